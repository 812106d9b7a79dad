/* URL parsing over libcurl's own parser, so that what is judged is what is asked. */
#include "sys/httpc_url.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/dns_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define URL_MAX 8192

static char *get_part(const struct httpc_url *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    if (url->api->url_get(url->parts, part, &text, flags) != CURLUE_OK || !text)
        return NULL;
    char *copy = strdup(text);
    url->api->free(text);
    return copy;
}

static void forget_texts(struct httpc_url *url)
{
    free(url->text);
    free(url->host);
    free(url->port);
    url->text = url->host = url->port = NULL;
}

static int refuse_scheme(struct err *err)
{
    return err_say(err, -EINVAL, "elle ne commence pas par http:// ou https://",
        "it does not begin with http:// or https://");
}

/* libcurl's own words are English, and for those who know it. */
static int refuse_part(CURLUcode code, struct err *err)
{
    switch (code) {
    case CURLUE_BAD_SCHEME:
    case CURLUE_BAD_SLASHES:
    case CURLUE_UNSUPPORTED_SCHEME:
        return refuse_scheme(err);
    case CURLUE_BAD_PORT_NUMBER:
        return err_say(err, -EINVAL, "le port n'est pas un nombre de 0 à 65535",
            "the port is not a number from 0 to 65535");
    case CURLUE_NO_HOST:
    case CURLUE_BAD_HOSTNAME:
    case CURLUE_BAD_IPV6:
        return err_say(err, -EINVAL, "l'hôte manque, ou n'est ni un nom ni une adresse IP",
            "the host is missing, or neither a name nor an IP address");
    default:
        return err_say(err, -EINVAL, "sa forme n'est pas celle d'une adresse web (libcurl : erreur %d)",
            "it has not the form of a web address (libcurl: error %d)", (int)code);
    }
}

/* The ASCII form of `host` without the dot that may end it. */
static int spell_host(const char *host, char ret_host[HTTPC_HOST_SIZE], struct err *err)
{
    size_t len = host ? strlen(host) : 0;
    bool is_ascii = true;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)host[i] <= ' ' || host[i] == 0x7f)
            return err_say(err, -EINVAL, "l'hôte contient un espace ou un caractère de contrôle",
                "the host has a blank or a control character");
        is_ascii = is_ascii && (unsigned char)host[i] < 0x80;
    }
    char ascii[DNS_NAME_SIZE];
    if (!is_ascii) {
        if (dns_name_check(host, ascii) != DNS_NAME_OK)
            return err_say(err, -EINVAL, "l'hôte n'est pas un nom de domaine international",
                "the host is not an international domain name");
        host = ascii;
        len = strlen(ascii);
    }
    if (len > 1 && host[len - 1] == '.')
        len--;
    if (len == 0 || len >= HTTPC_HOST_SIZE)
        return err_say(err, -EINVAL, "l'hôte manque ou est trop long", "the host is missing or too long");
    memcpy(ret_host, host, len);
    ret_host[len] = '\0';
    return 0;
}

/* Only a whole URL is searched for numbers that are addresses ("0xa9" is 0.0.0.169): without this, a host
 * that became one by losing its dot or by conversion would be a name to us and an address to the transfer. */
static int reread(struct httpc_url *url, struct err *err)
{
    char spelled[HTTPC_HOST_SIZE];
    char *text = get_part(url, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
    CURLUcode code = url->api->url_set(url->parts, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    free(text);
    if (code != CURLUE_OK)
        return refuse_part(code, err);
    char *host = get_part(url, CURLUPART_HOST, 0);
    int rc = spell_host(host, spelled, err);
    if (rc == 0 && strcmp(host, spelled) != 0)
        rc = err_say(
            err, -EINVAL, "l'hôte a une partie vide entre deux points", "the host has an empty label");
    free(host);
    return rc;
}

/* The name that is resolved, looked up in libcurl's cache and compared with the certificate must be one and
 * the same. libcurl itself converts international names by the locale of the process, so it only gets the
 * converted ones. */
static int normalise_host(struct httpc_url *url, struct err *err)
{
    char host[HTTPC_HOST_SIZE];
    char *given = get_part(url, CURLUPART_HOST, 0);
    int rc = spell_host(given, host, err);
    free(given);
    if (rc < 0)
        return rc;
    CURLUcode code = url->api->url_set(url->parts, CURLUPART_HOST, host, 0);
    return code == CURLUE_OK ? reread(url, err) : refuse_part(code, err);
}

static int read_parts(struct httpc_url *url, struct err *err)
{
    char *scheme = get_part(url, CURLUPART_SCHEME, 0);
    bool is_tls = scheme && text_same(scheme, "https");
    bool is_http = is_tls || (scheme && text_same(scheme, "http"));
    free(scheme);
    if (!is_http)
        return refuse_scheme(err);
    int rc = normalise_host(url, err);
    if (rc < 0)
        return rc;
    url->api->url_set(url->parts, CURLUPART_FRAGMENT, NULL, 0);
    forget_texts(url);
    url->is_tls = is_tls;
    url->text = get_part(url, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
    url->host = get_part(url, CURLUPART_HOST, 0);
    url->port = get_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (!url->text || !url->host || !url->port)
        return err_say(err, -EINVAL, "elle ne peut pas être décomposée", "it cannot be taken apart");
    return 0;
}

int httpc_url_parse(
    const struct httpc_curl *api, const char *text, struct httpc_url *ret_url, struct err *err)
{
    *ret_url = (struct httpc_url){ .api = api };
    if (!text || strlen(text) > URL_MAX)
        return err_say(
            err, -EINVAL, "une adresse a %d caractères au plus", "a URL has at most %d characters", URL_MAX);
    ret_url->parts = api->url();
    if (!ret_url->parts)
        return err_say(err, -ENOMEM, "mémoire épuisée", "out of memory");
    unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER | CURLU_URLENCODE;
    CURLUcode code = api->url_set(ret_url->parts, CURLUPART_URL, text, flags);
    if (code == CURLUE_USER_NOT_ALLOWED)
        return err_say(err, -EINVAL,
            "utilisateur et mot de passe n'y sont pas acceptés : envoyez un en-tête Authorization",
            "a user or password in the URL is not accepted: send an Authorization header");
    if (code != CURLUE_OK)
        return refuse_part(code, err);
    return read_parts(ret_url, err);
}

/* Servers send them and browsers take them; some versions of libcurl refuse them. */
static void encode_spaces(const char *location, struct buf *out)
{
    for (; *location; location++) {
        if (*location == ' ')
            buf_adds(out, "%20");
        else
            buf_addc(out, *location);
    }
}

int httpc_url_follow(struct httpc_url *url, const char *location, struct err *err)
{
    if (strlen(location) > URL_MAX)
        return err_say(
            err, -EINVAL, "une adresse a %d caractères au plus", "a URL has at most %d characters", URL_MAX);
    struct httpc_url next;
    int rc = httpc_url_parse(url->api, url->text, &next, err);
    if (rc == 0) {
        CLEANUP(buf_done) struct buf encoded = { 0 };
        encode_spaces(location, &encoded);
        CURLUcode code = url->api->url_set(
            next.parts, CURLUPART_URL, buf_str(&encoded), CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE);
        if (code != CURLUE_OK)
            rc = refuse_part(code, err);
    }
    if (rc == 0) {
        url->api->url_set(next.parts, CURLUPART_USER, NULL, 0);
        url->api->url_set(next.parts, CURLUPART_PASSWORD, NULL, 0);
        url->api->url_set(next.parts, CURLUPART_OPTIONS, NULL, 0);
        rc = read_parts(&next, err);
    }
    if (rc < 0) {
        httpc_url_done(&next);
        return rc;
    }
    httpc_url_done(url);
    *url = next;
    return 0;
}

void httpc_url_done(struct httpc_url *url)
{
    if (!url || !url->api)
        return;
    forget_texts(url);
    url->api->url_cleanup(url->parts);
    url->parts = NULL;
}

bool httpc_url_is_v6(const struct httpc_url *url)
{
    return url->host[0] == '[';
}
