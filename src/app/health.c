/* The verb `health`: asks a running server how it is; for scripts and for the health checks of containers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/assist.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "base/text.h"
#include "base/wait.h"
#include "sys/httpget.h"
#include "tools/registry.h"

#define DEADLINE_MS 5000 /* for everything: the check of a container has 10 s */

extern char **environ;

/* What a person asked for. */
struct health_question {
    const char *url;
    bool wants_json;
    enum mcp_lang lang;
};

static const char *pick(const struct health_question *question, const char *fr, const char *en)
{
    return question->lang == MCP_FR ? fr : en;
}

/* Where the server of these settings listens; from here a wildcard address is this machine. */
static const char *default_url(struct settings *settings)
{
    const char *host = settings->values.host;
    if (strcmp(host, "0.0.0.0") == 0)
        host = "127.0.0.1";
    else if (strcmp(host, "::") == 0 || strcmp(host, "[::]") == 0)
        host = "::1";
    bool bare_v6 = strchr(host, ':') && host[0] != '[';
    return arena_printf(
        &settings->arena, bare_v6 ? "http://[%s]:%d" : "http://%s:%d", host, (int)settings->values.port);
}

static int read_flags(int *argc, char **argv, struct health_question *question, struct err *err)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            question->wants_json = true;
        else if (text_starts(argv[i], "--url="))
            question->url = argv[i] + strlen("--url=");
        else if (strcmp(argv[i], "--url") == 0 && i + 1 < *argc)
            question->url = argv[++i];
        else if (strcmp(argv[i], "--url") == 0)
            return err_say(err, -EINVAL, "l'option --url demande une valeur", "flag --url needs a value");
        else
            argv[kept++] = argv[i];
    }
    *argc = kept;
    return 0;
}

/* Why there is no answer, in the words of whoever asked. */
static const char *no_answer(const struct health_question *question, int error)
{
    switch (error) {
    case -ENOENT:
        return pick(question, "ce nom n'a pas d'adresse", "that name has no address");
    case -ECONNREFUSED:
        return pick(
            question, "connexion refusée : rien n'écoute là", "connection refused: nothing listens there");
    case -ETIMEDOUT:
        return pick(question, "pas de réponse complète en 5 s", "no complete answer within 5 s");
    case -ECONNRESET:
        return pick(question, "connexion fermée avant la réponse", "connection closed before the answer");
    case -EPROTO:
        return pick(question, "ce qui répond ne parle pas HTTP", "what answers does not speak HTTP");
    case -EMSGSIZE:
        return pick(question, "la réponse est trop longue", "the answer is too long");
    default:
        return pick(question, err_reason_french(-error), strerrordesc_np(-error));
    }
}

static void print_json(const struct buf *json)
{
    CLEANUP(buf_done) struct buf pretty = { 0 };
    json_indent(&pretty, buf_str(json), json->len);
    printf("%s\n", buf_str(&pretty));
}

/* Says that nothing is known of the server; the exit code. */
static int say_unreachable(const struct health_question *question, const char *reason)
{
    if (!question->wants_json) {
        fprintf(stderr, question->lang == MCP_FR ? "mcp-assist : %s : %s\n" : "mcp-assist: %s: %s\n",
            question->url, reason);
        return 1;
    }
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    json_open_object(&w, NULL);
    json_put_str(&w, "status", "unreachable");
    json_put_str(&w, "url", question->url);
    json_put_str(&w, "reason", reason);
    json_close_object(&w);
    print_json(&out);
    return 1;
}

static const char *status_word(const struct health_question *question, const char *status)
{
    if (strcmp(status, "ok") == 0)
        return "ok";
    return strcmp(status, "degraded") == 0 ? pick(question, "dégradé", "degraded")
                                           : pick(question, "en panne", "failing");
}

/* What somebody else wrote, without what a terminal would obey: '?' for each control character. */
static const char *plain(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text ? text : "?");
    for (char *c = copy; *c; c++) {
        bool is_c1 = *c == '\xC2' && (unsigned char)c[1] >= 0x80 && (unsigned char)c[1] < 0xA0;
        if (is_c1)
            *c++ = '?';
        if (is_c1 || (unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    }
    return copy;
}

/* "degraded (0.1.0, up 12 s)", and a line for each part that is not ok. */
static void print_report(
    const struct health_question *question, struct arena *arena, const struct mcp_json *report)
{
    int64_t uptime_s = 0;
    mcp_json_int(mcp_json_get(report, "uptime_s"), &uptime_s);
    printf(question->lang == MCP_FR ? "%s (version %s, en marche depuis %lld s)\n"
                                    : "%s (version %s, up for %lld s)\n",
        status_word(question, mcp_json_get_text(report, "status")),
        plain(arena, mcp_json_get_text(report, "version")), (long long)uptime_s);
    const struct mcp_json *parts = mcp_json_get(report, "components");
    for (const struct mcp_json *part = parts ? parts->first : NULL; part; part = part->next) {
        const char *status = mcp_json_get_text(part, "status");
        if (status && strcmp(status, "ok") != 0)
            printf(question->lang == MCP_FR ? "  %s : %s depuis %s : %s\n" : "  %s: %s since %s: %s\n",
                plain(arena, part->key), status_word(question, status),
                plain(arena, mcp_json_get_text(part, "since")),
                plain(arena, mcp_json_get_text(part, "reason")));
    }
}

static bool is_status(const char *word)
{
    return word && (strcmp(word, "ok") == 0 || strcmp(word, "degraded") == 0 || strcmp(word, "failing") == 0);
}

/* The answer, if it is one of ours: 503 says failing, anything else that is not 200 is somebody else's. */
static int judge(
    const struct health_question *question, struct arena *arena, int status, const struct buf *body)
{
    const struct mcp_json *report = NULL;
    struct json_error json_error;
    const struct json_limits limits = { 0 };
    bool is_ours = (status == 200 || status == 503) &&
        json_read(arena, buf_str(body), body->len, &limits, &report, &json_error) == 0 &&
        is_status(mcp_json_get_text(report, "status"));
    if (!is_ours)
        return say_unreachable(question,
            arena_printf(arena,
                question->lang == MCP_FR ? "la réponse (HTTP %d) n'est pas celle d'un /health de mcp-assist"
                                         : "the answer (HTTP %d) is not that of a /health of mcp-assist",
                status));
    if (question->wants_json)
        print_json(body);
    else
        print_report(question, arena, report);
    return strcmp(mcp_json_get_text(report, "status"), "failing") == 0 ? 1 : 0;
}

static int ask(struct assist *assist, const struct health_question *question)
{
    struct httpget_url url;
    if (!httpget_parse(question->url, &url)) {
        fprintf(stderr,
            question->lang == MCP_FR
                ? "mcp-assist : --url %s n'est pas accepté ; accepté : http://hôte[:port][/chemin]\n"
                : "mcp-assist: --url %s is not accepted; accepted: http://host[:port][/path]\n",
            question->url);
        return 2;
    }
    if (!url.path[0])
        memcpy(url.path, "/health", sizeof "/health");
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    const struct wait wait = wait_within(&forever, DEADLINE_MS);
    CLEANUP(buf_done) struct buf body = { 0 };
    int status = 0;
    int error = httpget(&wait, &url, &status, &body);
    return error ? say_unreachable(question, no_answer(question, error))
                 : judge(question, &assist->settings.arena, status, &body);
}

int cli_health(struct assist *assist, int argc, char **argv)
{
    struct err err = { 0 };
    struct health_question question = { 0 };
    int error = read_flags(&argc, argv, &question, &err);
    if (!error)
        error = assist_take_flags(assist, NULL, &argc, argv, &err);
    if (!error && argc > 0)
        error =
            err_say(&err, -EINVAL, "health ne connaît pas %.64s ; accepté : --url, --json, et les réglages",
                "health does not know %.64s; accepted: --url, --json, and settings", argv[0]);
    if (!error)
        error = settings_load(&assist->settings, tools_registry, environ, &err);
    if (error) {
        assist_complain(assist, &err);
        return 2;
    }
    question.lang = assist->settings.lang;
    if (!question.url)
        question.url = default_url(&assist->settings);
    return ask(assist, &question);
}
