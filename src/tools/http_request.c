/* http_request: what does a web server answer, how long does each phase take, is its certificate good? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mcp/tool.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/guard.h"
#include "sys/httpc.h"
#include "sys/httpc_text.h"

enum {
    BODY_MAX = 10 << 20,
    HEADER_TEXT_MAX = 2000, /* of one header in the answer */
    HEADERS_TEXT_MAX = 16000, /* of all of them */
};

struct args {
    const char *url, *body;
    int method, body_format;
    struct mcp_map headers;
    bool follow_redirects;
    int64_t timeout_ms, max_bytes;
};

struct settings {
    bool private, link_local;
    const char *ca_file;
};

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", NULL };

enum body_format { BODY_AUTO, BODY_TEXT, BODY_BASE64, BODY_NONE };
static const char *const body_formats[] = { "auto", "text", "base64", "none", NULL };

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, url, .required = true, .format = MCP_URL, .min = 1, .max = 8000,
        .example = "https://example.org/",
        .about = { "Adresse http:// ou https://", "http:// or https:// address" }),
    MCP_ARG_ENUM(
        struct args, method, .choices = methods, .preset = "GET", .about = { "Méthode HTTP", "HTTP method" }),
    MCP_ARG_MAP(
        struct args, headers, .max_items = 64, .about = { "En-têtes de la requête", "Request headers" }),
    MCP_ARG_STRING(struct args, body, .alias = "data", .max = 1000000, .secret = true,
        .about = { "Corps de la requête ; type JSON reconnu d'office, sinon formulaire",
            "Request body; JSON is recognised, else sent as a form" }),
    MCP_ARG_BOOL(struct args, follow_redirects, .preset = "true",
        .about = { "Suivre les redirections (10 au plus)", "Follow redirects (10 at most)" }),
    MCP_ARG_INT(struct args, timeout_ms, .preset = "10000", .min = 100, .max = 10000, .unit = "ms",
        .about = { "Durée maximale, redirections comprises", "Longest time, redirects included" }),
    MCP_ARG_INT(struct args, max_bytes, .preset = "100000", .min = 0, .max = BODY_MAX, .unit = "bytes",
        .about = { "Taille maximale lue du corps, décompressé", "Most of the body to read, decompressed" }),
    MCP_ARG_ENUM(struct args, body_format, .choices = body_formats, .preset = "auto",
        .about = { "auto : le corps en texte UTF-8 si c'en est un",
            "auto: the body as UTF-8 text if it is text" }),
    { 0 },
};

static const struct mcp_param settings[] = {
    MCP_ARG_BOOL(struct settings, private, .preset = "true",
        .about = { "Autoriser cette machine et les réseaux privés",
            "Allow this machine and private networks" }),
    MCP_ARG_BOOL(struct settings, link_local, .preset = "false",
        .about = { "Autoriser les adresses de lien local et de métadonnées d'hébergeur",
            "Allow link-local and cloud metadata addresses" }),
    MCP_ARG_STRING(struct settings, ca_file, .format = MCP_PATH,
        .about = { "Certificats reconnus (PEM) au lieu de ceux du système",
            "Trusted certificates (PEM) instead of the system's" }),
    { 0 },
};

/* Whether it holds certificates is seen when it is used: it may be renewed meanwhile. */
static const char *check_settings(const void *given, struct mcp_text *ret_accepted)
{
    const struct settings *set = given;
    struct stat status;
    *ret_accepted =
        (struct mcp_text){ "un fichier PEM qui existe et se lit", "a PEM file that exists and can be read" };
    bool is_fine = !set->ca_file ||
        (stat(set->ca_file, &status) == 0 && S_ISREG(status.st_mode) && access(set->ca_file, R_OK) == 0);
    return is_fine ? NULL : "ca_file";
}

static const struct mcp_field timing_fields[] = {
    { .name = "dns_ms", .kind = MCP_NUMBER, .label = { "DNS", "DNS" }, .unit = "ms", .optional = true },
    { .name = "connect_ms",
        .kind = MCP_NUMBER,
        .label = { "Connexion", "Connect" },
        .unit = "ms",
        .optional = true },
    { .name = "tls_ms", .kind = MCP_NUMBER, .label = { "TLS", "TLS" }, .unit = "ms", .optional = true },
    { .name = "first_byte_ms",
        .kind = MCP_NUMBER,
        .label = { "Premier octet", "First byte" },
        .unit = "ms",
        .optional = true },
    { .name = "total_ms", .kind = MCP_NUMBER, .label = { "Total", "Total" }, .unit = "ms" },
    { 0 },
};

static const struct mcp_field redirect_fields[] = {
    { .name = "status", .kind = MCP_INT, .label = { "Code", "Status" } },
    { .name = "url", .kind = MCP_STRING, .label = { "Adresse", "URL" } },
    { 0 },
};

static const struct mcp_field tls_fields[] = {
    { .name = "verified", .kind = MCP_BOOL, .label = { "Certificat reconnu", "Certificate trusted" } },
    { .name = "verify_error", .kind = MCP_STRING, .label = { "Défaut", "Problem" }, .optional = true },
    { .name = "verify_error_kind", .kind = MCP_STRING, .optional = true },
    { .name = "version", .kind = MCP_STRING, .label = { "Version", "Version" }, .optional = true },
    { .name = "cipher", .kind = MCP_STRING, .label = { "Chiffrement", "Cipher" }, .optional = true },
    { .name = "subject", .kind = MCP_STRING, .label = { "Titulaire", "Subject" }, .optional = true },
    { .name = "issuer", .kind = MCP_STRING, .label = { "Émetteur", "Issuer" }, .optional = true },
    { .name = "san", .kind = MCP_STRING, .label = { "Noms", "Names" }, .optional = true },
    { .name = "not_before", .kind = MCP_STRING, .label = { "Valable dès", "Valid from" }, .optional = true },
    { .name = "not_after", .kind = MCP_STRING, .label = { "Expire le", "Expires" }, .optional = true },
    { .name = "days_left", .kind = MCP_INT, .label = { "Jours restants", "Days left" }, .optional = true },
    { 0 },
};

static const struct mcp_field output[] = {
    { .name = "url", .kind = MCP_STRING, .label = { "Adresse", "URL" } },
    { .name = "status", .kind = MCP_INT, .label = { "Code HTTP", "HTTP status" }, .optional = true },
    { .name = "error", .kind = MCP_STRING, .label = { "Erreur", "Error" }, .optional = true },
    { .name = "error_kind", .kind = MCP_STRING, .optional = true },
    { .name = "http_version",
        .kind = MCP_STRING,
        .label = { "Version HTTP", "HTTP version" },
        .optional = true },
    { .name = "remote_address", .kind = MCP_STRING, .label = { "Serveur", "Server" }, .optional = true },
    { .name = "timings", .kind = MCP_OBJECT, .label = { "Durées", "Timings" }, .fields = timing_fields },
    { .name = "redirects",
        .kind = MCP_LIST,
        .label = { "Redirections", "Redirects" },
        .fields = redirect_fields },
    { .name = "tls", .kind = MCP_OBJECT, .label = { "TLS", "TLS" }, .optional = true, .fields = tls_fields },
    { .name = "headers", .kind = MCP_MAP, .label = { "En-têtes", "Headers" }, .optional = true },
    { .name = "headers_truncated", .kind = MCP_BOOL, .optional = true },
    { .name = "content_type", .kind = MCP_STRING, .optional = true },
    { .name = "body_bytes",
        .kind = MCP_INT,
        .label = { "Corps reçu", "Body received" },
        .unit = "bytes",
        .optional = true },
    { .name = "truncated",
        .kind = MCP_BOOL,
        .label = { "Corps incomplet", "Body incomplete" },
        .optional = true },
    { .name = "charset", .kind = MCP_STRING, .optional = true },
    { .name = "body", .kind = MCP_TEXT, .label = { "Corps", "Body" }, .optional = true },
    { .name = "body_base64",
        .kind = MCP_STRING,
        .label = { "Corps (base64)", "Body (base64)" },
        .optional = true },
    { 0 },
};

/* What failed, in words */

static const struct {
    const char *kind;
    struct mcp_text text;
} certificate_faults[] = {
    { "expired", { "le certificat a expiré", "the certificate has expired" } },
    { "not_yet_valid", { "le certificat n'est pas encore valable", "the certificate is not valid yet" } },
    { "self_signed", { "le certificat est auto-signé", "the certificate is self-signed" } },
    { "unknown_issuer",
        { "l'émetteur du certificat n'est pas reconnu", "the certificate's issuer is not trusted" } },
    { "wrong_name", { "le certificat est établi pour un autre nom", "the certificate is for another name" } },
    { "revoked", { "le certificat est révoqué", "the certificate is revoked" } },
};

static const char *explain(struct mcp_call *call, const struct httpc_response *response)
{
    bool is_french = mcp_language(call) == MCP_FR;
    for (size_t i = 0; response->failure == HTTPC_CERTIFICATE && i < ARRAY_LEN(certificate_faults); i++) {
        if (response->tls.error_kind && strcmp(response->tls.error_kind, certificate_faults[i].kind) == 0)
            return mcp_pick(call, certificate_faults[i].text);
    }
    const char *words = httpc_failure_words(response->failure, is_french);
    const char *more = is_french ? response->failure_french : response->failure_text;
    return *more ? mcp_printf(call, "%s (%s)", words, more) : words;
}

static int refuse_address(struct mcp_call *call, const struct httpc_denial *denial)
{
    if (denial->is_own)
        return mcp_fail(call, MCP_DENIED,
            "%s à ce port est ce serveur lui-même, qui ne s'appelle pas par http_request : l'appel passerait "
            "à côté de la clé, des limites et du journal ; appelez ses outils directement",
            "%s at that port is this server itself, which is not called through http_request: the call would "
            "go past key, limits and record; call its tools directly",
            denial->address);
    switch (denial->class) {
    case GUARD_LINK_LOCAL:
    case GUARD_METADATA:
        return mcp_fail(call, MCP_DENIED,
            "l'adresse %s (lien local ou métadonnées d'hébergeur) est interdite ; réglage link_local de "
            "[http_request]",
            "the address %s (link-local or cloud metadata) is not allowed; setting link_local of "
            "[http_request]",
            denial->address);
    case GUARD_LOOPBACK:
    case GUARD_PRIVATE:
        return mcp_fail(call, MCP_DENIED,
            "l'adresse %s (cette machine ou réseau privé) est interdite ; réglage private de [http_request]",
            "the address %s (this machine or a private network) is not allowed; setting private of "
            "[http_request]",
            denial->address);
    case GUARD_PUBLIC:
    case GUARD_UNSPECIFIED:
    case GUARD_MULTICAST:
    case GUARD_RESERVED:
        break;
    }
    return mcp_fail(call, MCP_DENIED,
        "l'adresse %s ne désigne aucune machine à interroger ; aucun réglage ne l'autorise",
        "the address %s is not one of a machine to ask; no setting allows it", denial->address);
}

static int fail_fetch(struct mcp_call *call, const struct args *args, int rc, const struct err *err,
    const struct httpc_denial *denial)
{
    const char *why = mcp_language(call) == MCP_FR ? err_french(err) : err->text;
    switch (rc) {
    case -EACCES:
        return refuse_address(call, denial);
    case -EINVAL:
        return mcp_reject(call, "url",
            "« %.200s » n'est pas acceptée : %s ; attendu : une adresse comme https://example.org/",
            "'%.200s' is not accepted: %s; expected: an address like https://example.org/", args->url, why);
    case -ENOSYS:
        return mcp_fail(
            call, MCP_UNSUPPORTED, "bibliothèque HTTP indisponible : %s", "no HTTP library: %s", why);
    case -ENOMEM:
        return mcp_fail(call, MCP_TOO_LARGE, "réponse trop volumineuse pour la mémoire disponible",
            "the answer is too large for the memory there is");
    default:
        return rc;
    }
}

/* The request */

static int check_headers(struct mcp_call *call, const struct mcp_map *headers)
{
    int rc = 0;
    for (size_t i = 0; i < headers->count; i++) {
        const char *name = headers->items[i].name;
        switch (httpc_check_header(name, headers->items[i].value)) {
        case HTTPC_HEADER_OK:
            break;
        case HTTPC_HEADER_NAME:
            rc = mcp_reject(call, "headers",
                "« %.80s » n'est pas un nom d'en-tête : lettres, chiffres et !#$%%&'*+-.^_`|~ seulement",
                "'%.80s' is not a header name: letters, digits and !#$%%&'*+-.^_`|~ only", name);
            break;
        case HTTPC_HEADER_VALUE:
            rc = mcp_reject(call, "headers",
                "valeur de l'en-tête « %.80s » refusée : ni saut de ligne ni caractère de contrôle, Host : "
                "nom[:port]",
                "value of header '%.80s' refused: no line break, no control character, Host: name[:port]",
                name);
            break;
        case HTTPC_HEADER_REFUSED:
            rc = mcp_reject(call, "headers",
                "l'en-tête « %.80s » dépend de la connexion et ne peut pas être fixé",
                "the header '%.80s' belongs to the connection and cannot be set", name);
            break;
        }
    }
    return rc;
}

static const char *type_of_body(struct mcp_call *call, const char *body)
{
    const struct mcp_json *value;
    size_t start = strspn(body, " \t\r\n");
    if ((body[start] == '{' || body[start] == '[') && mcp_parse_json(call, body, strlen(body), &value) == 0)
        return "application/json";
    return "application/x-www-form-urlencoded";
}

static void fill_headers(struct mcp_call *call, const struct args *args, struct httpc_request *request)
{
    struct httpc_header *headers = mcp_alloc(call, (args->headers.count + 1) * sizeof(*headers));
    size_t count = 0;
    bool has_type = false;
    for (size_t i = 0; i < args->headers.count; i++) {
        const struct mcp_pair *pair = &args->headers.items[i];
        has_type = has_type || text_same(pair->name, "Content-Type");
        headers[count++] = (struct httpc_header){ .name = pair->name, .value = pair->value };
    }
    if (args->body && !has_type)
        headers[count++] =
            (struct httpc_header){ .name = "Content-Type", .value = type_of_body(call, args->body) };
    request->headers = headers;
    request->headers_count = count;
}

/* The answer */

static void put_duration(struct mcp_call *call, const char *field, double ms)
{
    if (ms >= 0)
        mcp_put_round(call, field, ms, 2);
}

static void put_timings(struct mcp_call *call, const struct httpc_timings *timings)
{
    mcp_open(call, "timings");
    put_duration(call, "dns_ms", timings->dns_ms);
    put_duration(call, "connect_ms", timings->connect_ms);
    put_duration(call, "tls_ms", timings->tls_ms);
    put_duration(call, "first_byte_ms", timings->first_byte_ms);
    mcp_put_round(call, "total_ms", timings->total_ms, 2);
    mcp_close(call);
}

static void put_tls(struct mcp_call *call, const struct httpc_tls *tls)
{
    if (!tls->present && !tls->error)
        return;
    mcp_open(call, "tls");
    mcp_put_bool(call, "verified", tls->verified);
    mcp_put_str(call, "verify_error", tls->error);
    mcp_put_str(call, "verify_error_kind", tls->error_kind);
    mcp_put_str(call, "version", tls->version);
    mcp_put_str(call, "cipher", tls->cipher);
    mcp_put_str(call, "subject", tls->subject);
    mcp_put_str(call, "issuer", tls->issuer);
    mcp_put_str(call, "san", tls->names);
    mcp_put_str(call, "not_before", tls->not_before);
    mcp_put_str(call, "not_after", tls->not_after);
    if (tls->has_days)
        mcp_put_int(call, "days_left", tls->days_left);
    mcp_close(call);
}

static bool came_before(const struct httpc_response *response, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (text_same(response->headers[i].name, response->headers[index].name))
            return true;
    }
    return false;
}

/* All values of the header at `index`, joined as RFC 9110 5.3 allows; Set-Cookie is the one that must not be.
 */
static void join_values(const struct httpc_response *response, size_t index, struct buf *out)
{
    const char *name = response->headers[index].name;
    const char *between = text_same(name, "Set-Cookie") ? "\n" : ", ";
    for (size_t i = index; i < response->headers_count; i++) {
        if (!text_same(response->headers[i].name, name))
            continue;
        if (i > index)
            buf_adds(out, between);
        buf_adds(out, response->headers[i].value);
    }
    buf_cut(out, text_utf8_cut(buf_str(out), out->len, HEADER_TEXT_MAX));
}

static void put_headers(struct mcp_call *call, const struct httpc_response *response)
{
    CLEANUP(buf_done) struct buf value = { 0 };
    size_t left = HEADERS_TEXT_MAX;
    bool is_cut = false;
    if (response->status == 0)
        return;
    mcp_open(call, "headers");
    for (size_t i = 0; i < response->headers_count; i++) {
        const char *name = response->headers[i].name;
        if (came_before(response, i))
            continue;
        buf_clear(&value);
        join_values(response, i, &value);
        size_t cost = strlen(name) + value.len;
        is_cut = is_cut || value.len >= HEADER_TEXT_MAX - 3 || cost > left;
        if (cost > left)
            continue;
        left -= cost;
        mcp_put_pair(call, name, buf_str(&value));
    }
    mcp_close(call);
    if (is_cut)
        mcp_put_bool(call, "headers_truncated", true);
}

static void put_base64(struct mcp_call *call, const char *bytes, size_t len)
{
    CLEANUP(buf_done) struct buf out = { 0 };
    base64_add(&out, bytes, len);
    mcp_put_strn(call, "body_base64", buf_str(&out), out.len);
}

/* True when the body was cut to fit the answer. */
static bool put_text(struct mcp_call *call, const struct httpc_response *response)
{
    const struct buf *body = &response->body;
    char charset[HTTPC_CHARSET_SIZE];
    CLEANUP(buf_done) struct buf text = { 0 };
    httpc_text_charset(buf_str(body), body->len, response->content_type, response->truncated, charset);
    if (httpc_text_convert(charset, buf_str(body), body->len, response->truncated, &text) < 0) {
        buf_clear(&text);
        snprintf(charset, sizeof(charset), "UTF-8");
        (void)httpc_text_convert(charset, buf_str(body), body->len, response->truncated, &text);
    }
    mcp_put_str(call, "charset", charset);
    size_t shown = text_json_cut(buf_str(&text), text.len, mcp_room(call));
    mcp_put_strn(call, "body", buf_str(&text), shown);
    return shown < text.len;
}

static void put_body(struct mcp_call *call, const struct args *args, const struct httpc_response *response)
{
    const struct buf *body = &response->body;
    bool is_cut = response->truncated;
    if (response->status == 0)
        return; /* no answer has no body */
    mcp_put_int(call, "body_bytes", (int64_t)body->len);
    bool is_text = args->body_format == BODY_TEXT ||
        (args->body_format == BODY_AUTO && httpc_text_is(buf_str(body), body->len, response->content_type));
    if (body->len > 0 && args->body_format == BODY_BASE64) {
        size_t room = mcp_room(call) / 4 * 3;
        is_cut = is_cut || body->len > room;
        put_base64(call, buf_str(body), body->len < room ? body->len : room);
    } else if (body->len > 0 && is_text) {
        is_cut = put_text(call, response) || is_cut;
    }
    mcp_put_bool(call, "truncated", is_cut);
}

static void say_outcome(struct mcp_call *call, const struct args *args, const struct httpc_response *response)
{
    const char *method = methods[args->method];
    if (response->failure == HTTPC_OK)
        mcp_say(call, "%s %s : réponse %ld en %.0f ms", "%s %s: answer %ld in %.0f ms", method, response->url,
            response->status, response->timings.total_ms);
    else
        mcp_say(call, "%s %s : %s", "%s %s: %s", method, response->url, explain(call, response));
}

static void put_response(
    struct mcp_call *call, const struct args *args, const struct httpc_response *response)
{
    say_outcome(call, args, response);
    mcp_put_str(call, "url", response->url);
    if (response->status > 0)
        mcp_put_int(call, "status", response->status);
    if (response->failure != HTTPC_OK) {
        mcp_put_str(call, "error", explain(call, response));
        mcp_put_str(call, "error_kind", httpc_failure_name(response->failure));
    }
    mcp_put_str(call, "http_version", response->http_version);
    mcp_put_str(call, "remote_address", *response->remote_address ? response->remote_address : NULL);
    put_timings(call, &response->timings);
    mcp_open(call, "redirects");
    for (size_t i = 0; i < response->redirects_count; i++) {
        mcp_open(call, NULL);
        mcp_put_int(call, "status", response->redirects[i].status);
        mcp_put_str(call, "url", response->redirects[i].url);
        mcp_close(call);
    }
    mcp_close(call);
    put_tls(call, &response->tls);
    put_headers(call, response);
    mcp_put_str(call, "content_type", response->content_type);
    put_body(call, args, response);
}

static int run(struct mcp_call *call, const void *given)
{
    const struct args *args = given;
    const struct settings *set = mcp_settings(call);
    struct httpc_denial denial = { 0 };
    struct httpc_request request = {
        .method = methods[args->method],
        .url = args->url,
        .body = args->body,
        .body_len = args->body ? strlen(args->body) : 0,
        .ca_file = set->ca_file,
        .follow_redirects = args->follow_redirects,
        .timeout_ms = (int)args->timeout_ms,
        .body_max = (size_t)args->max_bytes,
        .allow_private = set->private,
        .allow_link_local = set->link_local,
        .denial = &denial,
    };
    int rc = check_headers(call, &args->headers);
    if (rc != 0)
        return rc;
    fill_headers(call, args, &request);
    CLEANUP(httpc_response_done) struct httpc_response response = { 0 };
    struct err err = { 0 };
    rc = httpc_fetch(mcp_waiter(call), &request, &response, &err);
    if (rc < 0)
        return fail_fetch(call, args, rc, &err, &denial);
    put_response(call, args, &response);
    return 0;
}

const struct mcp_tool tool_http_request = {
    .name = "http_request",
    .path = "http-request",
    .title = { "Requête HTTP", "HTTP request" },
    .about = { "Interroge une adresse web : code, en-têtes, corps, redirections, durée de chaque phase, "
               "certificat TLS.",
        "Asks a web address: status, headers, body, redirects, duration of each phase, TLS certificate." },
    .params = params,
    .args_size = sizeof(struct args),
    .settings = settings,
    .settings_size = sizeof(struct settings),
    .check = check_settings,
    .output = output,
    .cost = MCP_WORKER,
    .traits = MCP_OPEN_WORLD | MCP_DESTRUCTIVE,
    .timeout_ms = 11000,
    .scope = "network",
    .run = run,
};
