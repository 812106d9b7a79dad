/* The serving verbs: HTTP with every face, and MCP on the pipe. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mcp/server.h>

#include "app/admission.h"
#include "app/assist.h"
#include "app/logging.h"
#include "app/data_dir.h"
#include "app/gauges.h"
#include "app/notify.h"
#include "app/observe.h"
#include "app/privileges.h"
#include "app/survey.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/scope.h"
#include "base/text.h"
#include "guide/guide.h"
#include "http/endpoint.h"
#include "http/server.h"
#include "mcp/server_state.h"
#include "rest/routes.h"
#include "sys/own.h"

#define STOP_GRACE_MS 10000
#define DATA_DIR_LOOK_MS 10000

static const struct mcp_server_options server_options = {
    .name = ASSIST_NAME,
    .version = MCP_ASSIST_VERSION,
    .title = { "Assistance informatique", "IT assistance" },
    .instructions = { "Outils de diagnostic pour l'assistance informatique : ils regardent cette machine et "
                      "le réseau sans rien modifier ; seul http_request envoie ce qu'on lui dit d'envoyer, "
                      "aussi par POST, PUT ou DELETE. Un hôte injoignable ou un service absent est un "
                      "résultat, pas une erreur.\nPour une panne courante, commencez par l'invite qui la "
                      "décrit (slow_machine, no_network, disk_full, service_down, site_unreachable) ; sinon "
                      "par system_info.",
        "Diagnostic tools for IT support: they look at this machine and the network and change nothing; "
        "http_request alone sends what it is told to, by POST, PUT or DELETE too. A host that is down or a "
        "service that does not exist is a result, not an error.\n"
        "For a common trouble begin with the prompt that describes it (slow_machine, no_network, disk_full, "
        "service_down, site_unreachable); else with system_info." },
    .resources = guide_resources,
    .prompts = guide_prompts,
};

static struct mcp_server *new_server(const struct assist *assist, struct err *err)
{
    struct mcp_server_options options = server_options;
    options.answer_max_bytes = (size_t)assist->settings.values.answer_max_bytes;
    options.session_idle_s = (unsigned)assist->settings.values.session_idle_s;
    options.sessions_max = (unsigned)assist->settings.values.sessions_max;
    options.replay_max_bytes = (size_t)assist->settings.values.replay_max_bytes;
    return server_wrap(&options, assist->engine, err);
}

static int fail(const struct assist *assist, const struct err *err)
{
    assist_complain(assist, err);
    return err->code == -EINVAL ? 2 : 1; /* as for `call`: 2 is a wrong flag or setting */
}

static int start(struct assist *assist, int argc, char **argv, struct err *err)
{
    logging_prepare();
    int error = assist_take_flags(assist, NULL, &argc, argv, err);
    if (!error && argc > 0 && text_starts(argv[0], "--"))
        error = settings_flag(&assist->settings, argv[0] + 2, "", err); /* says which there are */
    else if (!error && argc > 0)
        error = err_say(err, -EINVAL, "%.64s n'est pas une option ; voir `mcp-assist help`",
            "%.64s is not a flag; see `mcp-assist help`", argv[0]);
    return error ? error : assist_init(assist, err);
}

/* Without a directory of its own the server still serves, and says what it lacks. It is looked at again and
 * again: a mistake in its permissions can be put right meanwhile, a file system can turn read-only. */
static void look_at_data_dir(void *user)
{
    struct assist *assist = user;
    struct err err = { 0 };
    int error = data_dir_make(assist->data_dir, (uid_t)-1, (gid_t)-1, &err);
    if (!error)
        error = data_dir_check(assist->data_dir, &err);
    bool changed = error ? health_set(&assist->health, "data_dir", HEALTH_DEGRADED, "%s", err.text)
                         : health_set(&assist->health, "data_dir", HEALTH_OK, NULL);
    if (changed)
        log_event(error ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "data_dir",
            (const struct log_field[]){
                log_str("path", assist->data_dir), log_str("error", error ? err.text : NULL), { 0 } });
}

/* Everything that needs root has been done, once the data directory is there to be given away; whether it can
 * be used is seen afterwards. */
static int give_up_root(const struct assist *assist, struct privileges_account *ret_account, struct err *err)
{
    int error = privileges_choose(assist->settings.values.user, ret_account, err);
    if (error)
        return error;
    data_dir_make(assist->data_dir, ret_account->uid, ret_account->gid, NULL);
    error = privileges_give_up(ret_account, err);
    return error ? error : privileges_hide(err);
}

/* Who serves: no surprise, whatever it is. */
static void tell_account(const struct privileges_account *account)
{
    if (account->is_other)
        log_event(LOG_LEVEL_INFO, "privileges",
            (const struct log_field[]){ log_str("user", account->name), { 0 } });
    else if (account->uid == 0)
        log_event(LOG_LEVEL_WARNING, "privileges",
            (const struct log_field[]){ log_str("user", "root"),
                log_str(
                    "note", "every tool runs as root; without --user root it would be an ordinary account"),
                { 0 } });
}

static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* The address, of those that others may reach us at, that is not loopback: what a container listens on is
 * known to its host alone, so that there it counts where the host publishes it. NULL: there is none. */
static const char *exposed_address(const struct settings_values *values)
{
    const struct mcp_strings *published = &values->published_on;
    for (size_t i = 0; i < published->count; i++)
        if (!is_loopback(published->items[i]))
            return published->items[i];
    return published->count > 0 || is_loopback(values->host) ? NULL : values->host;
}

/* Nobody is asked for a key, and it is not only this machine that may come. */
static void tell_exposed(const struct settings_values *values)
{
    const char *exposed = exposed_address(values);
    if (exposed && values->auth == SETTINGS_AUTH_NONE_I_UNDERSTAND)
        log_event(LOG_LEVEL_WARNING, "exposed",
            (const struct log_field[]){ log_str("address", exposed),
                log_str("note", "whoever reaches this address uses the tools without a key"), { 0 } });
}

static void print_welcome(const char *listening, const char *url, bool needs_key, enum mcp_lang lang)
{
    bool fr = lang == MCP_FR;
    printf("Listening on %s\n", listening);
    printf(
        fr ? "  Navigateur   %s/\n  Santé        %s/health\n  Outils       %s/tools\n  MCP          %s/mcp\n"
           : "  Browser      %s/\n  Health       %s/health\n  Tools        %s/tools\n  MCP          %s/mcp\n",
        url, url, url, url);
    printf(fr ? "  Essayer      curl %s/tools/system-info\n" : "  Try          curl %s/tools/system-info\n",
        url);
    printf(fr ? "  Claude Code  claude mcp add --transport http assist %s/mcp\n  Autre client : type "
                "\"http\", url \"%s/mcp\"\n"
              : "  Claude Code  claude mcp add --transport http assist %s/mcp\n  Any other client: type "
                "\"http\", url \"%s/mcp\"\n",
        url, url);
    if (needs_key)
        printf(fr ? "  Clé          chacun envoie l'en-tête Authorization: Bearer CLÉ\n"
                  : "  Key          each of them sends the header Authorization: Bearer KEY\n");
    fflush(stdout);
    clearerr(stdout); /* who does not want to read it is served all the same */
}

/* `host` and the port as a URL has them. */
static const char *url_of(struct assist *assist, const char *host, int port)
{
    return arena_printf(
        &assist->settings.arena, strchr(host, ':') ? "http://[%s]:%d" : "http://%s:%d", host, port);
}

/* What a person at this machine can open: all addresses are loopback too. */
static const char *page_url(struct assist *assist, int port)
{
    const struct settings_values *values = &assist->settings.values;
    const char *host = strcmp(values->host, "0.0.0.0") == 0 ? "127.0.0.1"
        : strcmp(values->host, "::") == 0                   ? "::1"
                                                            : values->host;
    return arena_printf(&assist->settings.arena, "%s%s", url_of(assist, host, port),
        values->base_path ? values->base_path : "");
}

/* {"service": [...]} of the setting watch_services. */
static const struct mcp_json *survey_arguments(struct assist *assist)
{
    const struct mcp_strings *names = &assist->settings.values.watch_services;
    struct arena *arena = &assist->settings.arena;
    CLEANUP(buf_done) struct buf text = { 0 };
    struct json_writer w = { .out = &text };
    json_open_object(&w, NULL);
    if (names->count)
        json_open_array(&w, "service");
    for (size_t i = 0; i < names->count; i++)
        json_put_str(&w, NULL, names->items[i]);
    if (names->count)
        json_close_array(&w);
    json_close_object(&w);
    const struct mcp_json *arguments = NULL;
    const struct json_limits limits = { 0 };
    struct json_error error;
    json_read(arena, arena_strdup(arena, buf_str(&text)), text.len, &limits, &arguments, &error);
    return arguments;
}

/* A segment . or .. is gone before a client sends the path. */
static bool has_dots(const char *path)
{
    for (; path; path = strchr(path + 1, '/')) {
        size_t len = strcspn(path + 1, "/");
        if (len >= 1 && len <= 2 && strspn(path + 1, ".") >= len)
            return true;
    }
    return false;
}

/* "/a/b": what a link can begin with, whatever reads it, and nothing that is answered without it. */
static int check_base_path(const struct settings *settings, const struct http_server *http, struct err *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    static const struct mcp_text accepted = {
        "/ puis lettres, chiffres, '-', '.', '_', '~', sans / à la fin, sans étape . ni .., et aucun chemin "
        "du serveur lui-même comme /mcp",
        "/ and letters, digits, '-', '.', '_', '~', not ending with /, without a step . or .., and no path "
        "of the server itself such as /mcp",
    };
    const char *path = settings->values.base_path;
    size_t len = path ? strlen(path) : 0;
    if (len == 0 ||
        (path[0] == '/' && path[len - 1] != '/' && !strstr(path, "//") && strspn(path, plain) == len &&
            !has_dots(path) && !http_has_path(http, path)))
        return 0;
    return settings_refuse(settings, "base_path", path, accepted, err);
}

/* No tool is to ask the server that runs it. */
static void tell_tools(const struct http_server *http)
{
    struct sockaddr_storage address;
    http_address(http, &address);
    own_listens((const struct sockaddr *)&address);
}

/* The faces on one server; serves until it is told to stop. */
static int serve(
    struct assist *assist, struct http_server *http, struct mcp_server *mcp, bool needs_key, struct err *err)
{
    const struct settings *settings = &assist->settings;
    const struct endpoint_options endpoint_options = {
        .path = "/mcp",
        .lang = settings->lang,
        .legacy_sse = settings->values.legacy_sse,
        .base_path = settings->values.base_path,
    };
    struct gauges gauges = { .assist = assist, .mcp = mcp };
    const struct rest_options rest_options = {
        .metrics = assist->metrics,
        .measure = gauges_measure,
        .measure_user = &gauges,
        .survey = &survey_handler,
        .survey_arguments = survey_arguments(assist),
        .engine = assist->engine,
        .name = ASSIST_NAME,
        .version = MCP_ASSIST_VERSION,
        .lang = settings->lang,
        .base_path = settings->values.base_path,
        .needs_key = needs_key,
        .health = &assist->health,
    };
    struct notify notify = { .health = &assist->health, .lang = settings->lang };
    struct endpoint *endpoint = endpoint_new(http, mcp, &endpoint_options);
    struct rest *rest = rest_new(&rest_options, http);
    struct privileges_account account = { 0 };
    int error = endpoint && rest
        ? check_base_path(settings, http, err)
        : err_say(err, -ENOMEM, "pas de mémoire pour les routes", "no memory for the routes");
    if (!error)
        error = http_listen(http, err);
    if (!error)
        error = give_up_root(assist, &account, err);
    if (!error)
        tell_tools(http);
    if (!error)
        error = http_signals(http, STOP_GRACE_MS);
    if (!error)
        error = logging_follow(http);
    if (!error) {
        notify.url = url_of(assist, settings->values.host, http_port(http));
        logging_begin(assist, "http", notify.url);
        tell_account(&account);
        tell_exposed(&settings->values);
        look_at_data_dir(assist);
        error = http_every(http, DATA_DIR_LOOK_MS, look_at_data_dir, assist);
    }
    if (!error)
        error = assist_open_store(assist, LOG_LEVEL_WARNING, err);
    if (!error) {
        print_welcome(notify.url, page_url(assist, http_port(http)), needs_key, settings->lang);
        error = notify_start(&notify, http, err);
    }
    if (!error) {
        error = http_run(http);
        logging_end(assist, NULL, http_stop_signal(http));
    }
    http_server_free(http);
    rest_free(rest);
    endpoint_free(endpoint);
    return error;
}

/* What we listen on is a name of ours, as a URL writes it. */
static const char *listening_name(struct assist *assist)
{
    const char *host = assist->settings.values.host;
    return strchr(host, ':') ? arena_printf(&assist->settings.arena, "[%s]", host) : host;
}

/* As many connections as the hard limit allows; some descriptors are kept for the calls themselves. */
static unsigned connections_within(unsigned wanted, unsigned threads)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return wanted;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit); /* where it may not be raised, what there is counts */
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return wanted;
    rlim_t reserve = 64 + 4 * (rlim_t)threads;
    rlim_t room = limit.rlim_cur > 2 * reserve ? limit.rlim_cur - reserve : limit.rlim_cur / 2;
    return wanted < room ? wanted : (unsigned)room;
}

/* What was in the environment and is read now is nobody's business: /proc/PID/environ shows it. */
static void forget_secrets(void)
{
    static const char *const names[] = { "MCP_ASSIST_KEYS", "DATABASE_URL", "MCP_ASSIST_DATABASE_URL" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char *value = getenv(names[i]);
        if (value)
            explicit_bzero(value, strlen(value));
    }
}

static int check_allowed_hosts(const struct settings *settings, struct err *err)
{
    static const struct mcp_text accepted = {
        "des noms d'hôte entiers comme assist.example.org, ou [ADRESSE IPv6], sans port ni joker",
        "whole host names such as assist.example.org, or [IPv6 ADDRESS], without port or wildcard",
    };
    const struct mcp_strings *names = &settings->values.allowed_hosts;
    for (size_t i = 0; i < names->count; i++)
        if (!origin_is_name(names->items[i]))
            return settings_refuse(settings, "allowed_hosts", names->items[i], accepted, err);
    return 0;
}

/* Who may come in: names, keys, and whether a key is needed. */
static int init_admission(struct assist *assist, struct admission *admission, struct err *err)
{
    const struct settings_values *values = &assist->settings.values;
    const char *exposed = exposed_address(values);
    const char **hosts =
        arena_alloc(&assist->settings.arena, (values->allowed_hosts.count + 2) * sizeof *hosts);
    for (size_t i = 0; i < values->allowed_hosts.count; i++)
        hosts[i] = values->allowed_hosts.items[i];
    hosts[values->allowed_hosts.count] = listening_name(assist);
    *admission = (struct admission){
        .origin = { .loopback = is_loopback(values->host), .allowed_hosts = hosts },
        /* In a container every client comes from the host's end of its network. */
        .frees_loopback = values->auth == SETTINGS_AUTH_LOOPBACK && !values->published_on.count,
        .needs_key =
            values->auth == SETTINGS_AUTH_KEYS || (values->auth == SETTINGS_AUTH_LOOPBACK && exposed),
        .health = &assist->health,
    };
    rate_init(&admission->rate, values->rate_per_minute, values->rate_burst);
    int error = proxies_read(&admission->proxies, values->trusted_proxies, err);
    if (!error)
        error = check_allowed_hosts(&assist->settings, err);
    if (!error && assist->data_dir[0])
        error = keyring_open(&admission->keys, assist->data_dir, err);
    if (!error && values->keys)
        error = keyring_give(&admission->keys, values->keys, "environment MCP_ASSIST_KEYS", err);
    if (!error && values->keys_file)
        error = keyring_give_file(&admission->keys, values->keys_file, err);
    forget_secrets();
    bool lacks_key = admission->needs_key && keyring_is_empty(&admission->keys);
    if (!error && lacks_key && values->auth == SETTINGS_AUTH_KEYS)
        error = err_say(err, -EACCES,
            "auth = keys demande une clé d'accès, et il n'y en a pas : en créer une par `mcp-assist key add "
            "NOM`, ou donner keys_file ou MCP_ASSIST_KEYS",
            "auth = keys needs an API key, and there is none: make one with `mcp-assist key add NAME`, or "
            "set keys_file or MCP_ASSIST_KEYS");
    else if (!error && lacks_key)
        error = err_say(err, -EACCES,
            "l'adresse %.64s demande une clé d'accès, et il n'y en a pas : en créer une par `mcp-assist key "
            "add NOM`, ou écouter sur 127.0.0.1 ; avec --auth none-i-understand, qui atteint l'adresse se "
            "sert des outils",
            "address %.64s needs an API key, and there is none: make one with `mcp-assist key add NAME`, or "
            "listen on 127.0.0.1; whoever reaches the address uses the tools with --auth none-i-understand",
            exposed ? exposed : values->host);
    return error;
}

/* As much as a client may ask of the server, whoever it is. */
static struct http_options http_options_of(const struct settings *settings)
{
    const struct settings_values *values = &settings->values;
    return (struct http_options){
        .host = values->host,
        .port = (int)values->port,
        .body_max = (size_t)values->body_max_bytes,
        .header_max = 32768,
        .header_timeout_ms = 10000,
        .body_timeout_ms = 30000,
        .idle_timeout_ms = 75000,
        .connections_max = connections_within((unsigned)values->connections, (unsigned)values->threads),
        .stream_max = (size_t)8 << 20,
        .indent = values->debug,
        .lang = settings->lang,
        .base_path = values->base_path,
    };
}

int serve_http(struct assist *assist, int argc, char **argv)
{
    struct err err = { 0 };
    CLEANUP(admission_done) struct admission admission = { 0 };
    assist->is_service = true;
    if (start(assist, argc, argv, &err) < 0 || init_admission(assist, &admission, &err) < 0)
        return fail(assist, &err);
    const struct http_options options = http_options_of(&assist->settings);
    struct http_server *http = http_server_new(&options, &err);
    struct mcp_server *mcp = http ? new_server(assist, &err) : NULL;
    if (!mcp) {
        http_server_free(http);
        return fail(assist, &err);
    }
    http_admit(http, admission_admit, &admission);
    http_observe(http, observe_request, assist);
    assist->metrics = gauges_metrics(assist);
    int error = serve(assist, http, mcp, admission.needs_key, &err);
    mcp_server_free(mcp);
    return error ? fail(assist, &err) : 0;
}

int serve_stdio(struct assist *assist, int argc, char **argv)
{
    struct err err = { 0 };
    if (start(assist, argc, argv, &err) < 0)
        return fail(assist, &err);
    /* Whoever started us is at the other end of the pipe: root stays root unless told otherwise. */
    struct privileges_account account = { 0 };
    if (assist->settings.values.user && give_up_root(assist, &account, &err) < 0)
        return fail(assist, &err);
    struct mcp_server *mcp = new_server(assist, &err);
    if (!mcp)
        return fail(assist, &err);
    logging_begin(assist, "stdio", NULL);
    look_at_data_dir(assist);
    if (assist_open_store(assist, LOG_LEVEL_WARNING, &err) < 0) {
        mcp_server_free(mcp);
        return fail(assist, &err);
    }
    int ended = mcp_serve_stdio(mcp, STDIN_FILENO, STDOUT_FILENO, assist->settings.lang);
    const char *reason = ended == 0 ? "end of input" : ended == -EPIPE ? "the client is gone" : NULL;
    if (!reason && ended < 0)
        log_event(LOG_LEVEL_ERROR, "stdio",
            (const struct log_field[]){ log_str("error", strerrordesc_np(-ended)), { 0 } });
    logging_end(assist, ended < 0 && !reason ? strerrordesc_np(-ended) : reason, ended > 0 ? ended : 0);
    mcp_server_free(mcp);
    return ended < 0 && ended != -EPIPE ? 1 : 0;
}
