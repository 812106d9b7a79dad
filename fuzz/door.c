/* The JSON-RPC door: a conversation over a pipe and over HTTP at once, in every era. A line is one step:
 *
 *   @Name: value   a header of the requests to come; @ alone: none any more
 *   {...} or [...] POST of that body          |{...}   the same over the pipe
 *   <              GET                        ~        DELETE of the session
 *   ?              the oldest client leaves   !N uri   something changed (enum mcp_change)
 *   ^              nothing was said to it for a while
 *
 * In a line, $S is the session that began last, $R the last requestState or cursor, $Q the id of the last
 * question of the server, $T the last task, $E the last event id. Every message must be well formed, every
 * request must end. */
#include "fuzz.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "served.h"

enum { LINES_MAX = 40, HEADERS_MAX = 12, OPEN_MAX = LINES_MAX + 1 };

/* A request that was sent. */
struct request {
    struct talk *talk;
    struct mcp_exchange *exchange; /* HTTP only */
    bool is_over;
};

struct talk {
    struct arena arena;
    struct mcp_server *server;
    struct mcp_peer *peer;
    struct request requests[OPEN_MAX];
    size_t request_count;
    const char *headers[HEADERS_MAX][2];
    size_t header_count;
    const char *session, *state, *question, *task, *event;
};

/* The text behind `name` up to one of `ends`, if it is there. */
static void find(
    struct talk *talk, const char *json, const char *name, const char *ends, const char **ret_text)
{
    const char *at = strstr(json, name);
    if (at)
        *ret_text = arena_strndup(&talk->arena, at + strlen(name), strcspn(at + strlen(name), ends));
}

static void hear(struct talk *talk, const char *json, size_t len)
{
    if (len == 0)
        return;
    served_check_message(json, len);
    const char *text = arena_strndup(&talk->arena, json, len);
    find(talk, text, "\"requestState\":\"", "\"", &talk->state);
    find(talk, text, "\"nextCursor\":\"", "\"", &talk->state);
    find(talk, text, "\"taskId\":\"", "\"", &talk->task);
    if (strstr(text, "\"method\":\"elicitation/create\"") ||
        strstr(text, "\"method\":\"sampling/createMessage\"") || strstr(text, "\"method\":\"roots/list\""))
        find(talk, text, "\"id\":", ",}", &talk->question);
}

static void on_event(void *user, const struct mcp_event *event)
{
    struct request *request = user;
    MUST(!request->is_over);
    hear(request->talk, event->json, event->len);
    if (event->id)
        request->talk->event = arena_strdup(&request->talk->arena, event->id);
}

static void on_hang_up(void *user)
{
    struct request *request = user;
    MUST(!request->is_over);
    request->is_over = true;
}

static void on_end(void *user, const struct mcp_reply *reply)
{
    struct request *request = user;
    MUST(!request->is_over);
    request->is_over = true;
    MUST(reply->status == 200 || reply->status == 202 || reply->status == 400 || reply->status == 404 ||
        reply->status == 403 || reply->status == 405 || reply->status == 409 || reply->status == 503);
    MUST(reply->status != 202 || reply->len == 0);
    hear(request->talk, reply->json, reply->len);
    if (reply->session)
        request->talk->session = arena_strdup(&request->talk->arena, reply->session);
}

static const struct mcp_sink http_sink = { .event = on_event, .hang_up = on_hang_up, .end = on_end };
static const struct mcp_sink pipe_sink = { .event = on_event, .end = on_end };

static const char *get_header(void *user, const char *name)
{
    const struct talk *talk = user;
    for (size_t i = 0; i < talk->header_count; i++)
        if (strcasecmp(talk->headers[i][0], name) == 0)
            return talk->headers[i][1];
    return NULL;
}

/* "$S" and its like become what they stand for. */
static char *expand(struct talk *talk, const char *line, size_t len, size_t *ret_len)
{
    struct buf out = { 0 };
    for (size_t i = 0; i < len; i++) {
        char c = line[i] == '$' && i + 1 < len ? line[i + 1] : '\0';
        const char *text = c == 'S' ? talk->session
            : c == 'R'              ? talk->state
            : c == 'Q'              ? talk->question
            : c == 'T'              ? talk->task
            : c == 'E'              ? talk->event
                                    : NULL;
        if (text) {
            buf_adds(&out, text);
            i++;
        } else {
            buf_addc(&out, line[i]);
        }
    }
    *ret_len = out.len;
    char *copy = arena_strndup(&talk->arena, buf_str(&out), out.len);
    buf_done(&out);
    return copy;
}

static void set_header(struct talk *talk, char *line)
{
    char *colon = strchr(line, ':');
    if (line[0] == '\0')
        talk->header_count = 0;
    if (!colon || talk->header_count == HEADERS_MAX)
        return;
    *colon = '\0';
    talk->headers[talk->header_count][0] = line;
    talk->headers[talk->header_count++][1] = colon + 1 + strspn(colon + 1, " ");
}

static void send_message(struct talk *talk, bool is_pipe, bool is_get, const char *text, size_t len)
{
    struct request *request = &talk->requests[talk->request_count++];
    request->talk = talk;
    const struct mcp_envelope envelope = {
        .lang = len % 2 ? MCP_FR : MCP_EN,
        .id = "fuzz",
        .principal = is_pipe ? "local" : NULL,
        .header = is_pipe ? NULL : get_header,
        .user = talk,
        .can_stream = is_pipe || !get_header(talk, "x-no-stream"),
    };
    struct mcp_exchange *exchange = is_get ? mcp_listen(talk->server, &envelope, &http_sink, request)
                                           : mcp_receive(talk->server, is_pipe ? talk->peer : NULL, text, len,
                                                 &envelope, is_pipe ? &pipe_sink : &http_sink, request);
    MUST(exchange || request->is_over);
    request->exchange = is_pipe ? NULL : exchange;
}

/* The oldest HTTP request that still waits; NULL if there is none. */
static struct request *oldest(struct talk *talk)
{
    for (size_t i = 1; i < talk->request_count; i++)
        if (!talk->requests[i].is_over && talk->requests[i].exchange)
            return &talk->requests[i];
    return NULL;
}

static void leave(struct request *request)
{
    if (!request)
        return;
    request->is_over = true;
    mcp_leave(request->exchange);
}

static void take_line(struct talk *talk, const char *raw, size_t raw_len)
{
    size_t len = 0;
    char *line = expand(talk, raw, raw_len, &len);
    if (line[0] == '@') {
        set_header(talk, line + 1);
    } else if (line[0] == '?') {
        leave(oldest(talk));
    } else if (line[0] == '^') {
        struct request *request = oldest(talk);
        if (request)
            mcp_prime(request->exchange);
    } else if (line[0] == '~') {
        const char *session = get_header(talk, "mcp-session-id");
        if (session)
            mcp_end_session(talk->server, session, NULL);
    } else if (line[0] == '!') {
        bool is_resource = line[1] == '3';
        enum mcp_change change = is_resource ? MCP_RESOURCE_UPDATED : (enum mcp_change)(line[1] & 1);
        mcp_announce(talk->server, change, is_resource ? line + 2 : NULL);
    } else {
        bool is_pipe = line[0] == '|';
        send_message(talk, is_pipe, line[0] == '<', line + is_pipe, len - is_pipe);
    }
    mcp_server_pump(talk->server);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct talk talk = { .server = served_new(), .session = "none", .request_count = 1 };
    talk.requests[0].talk = &talk; /* what the pipe hears beside its requests */
    talk.peer = mcp_peer_new(talk.server, &pipe_sink, &talk.requests[0]);
    MUST(talk.peer);
    const char *text = (const char *)bytes, *end = text + len;
    for (size_t lines = 0; text < end && lines < LINES_MAX; lines++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = stop ? (size_t)(stop - text) : (size_t)(end - text);
        take_line(&talk, text, line_len);
        text += line_len + 1;
    }
    for (size_t i = 1; i < talk.request_count; i += 2)
        leave(oldest(&talk));
    mcp_stop_listening(talk.server);
    mcp_server_pump(talk.server);
    mcp_peer_free(talk.peer);
    mcp_server_free(talk.server);
    arena_done(&talk.arena);
    return 0;
}
