/* Cursors and requestState: the client keeps what the server sealed, and hands it back as it likes. Only what
 * is unchanged, and comes for the same thing, is believed.
 *
 * The first byte chooses: 'c' a cursor, 's' a state, 't' a state for other arguments, 'u' one by another
 * principal; 'C' and 'S': the rest is the text itself. Else the rest are edits of the sealed text, three
 * bytes each: what, where, which byte. */
#include "fuzz.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "served.h"

#define META \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
    "\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{},\"sampling\":{}}}"

struct answer {
    struct buf json;
    bool is_over;
};

static void on_event(void *user, const struct mcp_event *event)
{
    (void)user;
    (void)event;
}

static void on_end(void *user, const struct mcp_reply *reply)
{
    struct answer *answer = user;
    answer->is_over = true;
    served_check_message(reply->json, reply->len);
    buf_add(&answer->json, reply->json, reply->len);
}

/* Sends a stateless request over a pipe; the answer, to be released. */
static struct answer ask_server(
    struct mcp_server *server, const char *principal, const char *method, const char *params)
{
    static const struct mcp_sink sink = { .event = on_event, .end = on_end };
    struct answer answer = { 0 };
    struct buf text = { 0 };
    buf_addf(
        &text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{" META "%s}}", method, params);
    const struct mcp_envelope envelope = { .principal = principal };
    struct mcp_peer *peer = mcp_peer_new(server, &sink, &answer);
    MUST(peer);
    mcp_receive(server, peer, text.data, text.len, &envelope, &sink, &answer);
    MUST(answer.is_over); /* everything here answers at once */
    mcp_peer_free(peer);
    buf_done(&text);
    return answer;
}

static char *find(struct arena *arena, const struct answer *answer, const char *name)
{
    const char *at = strstr(buf_str(&answer->json), name);
    MUST(at);
    at += strlen(name);
    return arena_strndup(arena, at, strcspn(at, "\""));
}

static void edit(const uint8_t *bytes, size_t len, const char *sealed, struct buf *out)
{
    buf_adds(out, sealed);
    for (size_t i = 0; i + 2 < len && i < 30; i += 3) {
        struct buf next = { 0 };
        size_t at = out->len ? bytes[i + 1] * (out->len + 1) / 256 : 0;
        bool is_insert = bytes[i] % 3 == 0;
        bool is_cut = bytes[i] % 3 == 2;
        buf_add(&next, buf_str(out), at);
        if (!is_cut && bytes[i + 2])
            buf_addc(&next, (char)bytes[i + 2]);
        size_t skip = at + !is_insert;
        if (skip < out->len)
            buf_add(&next, out->data + skip, out->len - skip);
        buf_done(out);
        *out = next;
    }
}

static void hand_back(struct mcp_server *server, char kind, const char *sealed, const struct buf *given)
{
    struct buf params = { 0 }, quoted = { 0 };
    json_quote(&quoted, buf_str(given), given->len);
    bool is_same = strlen(sealed) == given->len && memcmp(sealed, buf_str(given), given->len) == 0;
    struct answer answer;
    if (kind == 'c') {
        buf_addf(&params, ",\"cursor\":%s", buf_str(&quoted));
        answer = ask_server(server, "me", "tools/list", buf_str(&params));
    } else {
        buf_addf(&params,
            ",\"name\":\"ask\",\"arguments\":{\"word\":\"%s\"},\"requestState\":%s,"
            "\"inputResponses\":{\"name\":{\"action\":\"decline\"}}",
            kind == 't' ? "other" : "w", buf_str(&quoted));
        answer = ask_server(server, kind == 'u' ? "you" : "me", "tools/call", buf_str(&params));
        is_same = is_same && kind == 's';
    }
    bool is_believed = strstr(buf_str(&answer.json), "\"result\":") != NULL;
    if (is_believed != is_same)
        fprintf(stderr, "%s\n%s\n%s\n", sealed, buf_str(&quoted), buf_str(&answer.json));
    MUST(is_believed == is_same);
    buf_done(&params);
    buf_done(&quoted);
    buf_done(&answer.json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0 || len > 4000)
        return -1;
    char kind = (char)bytes[0];
    bool is_text = kind == 'C' || kind == 'S';
    kind = is_text ? (char)(kind | 32) : kind;
    if (!kind || !strchr("cstu", kind))
        return -1;
    struct arena arena = { 0 };
    struct mcp_server *server = served_new();
    struct answer first = kind == 'c'
        ? ask_server(server, "me", "tools/list", "")
        : ask_server(server, "me", "tools/call", ",\"name\":\"ask\",\"arguments\":{\"word\":\"w\"}");
    const char *sealed = find(&arena, &first, kind == 'c' ? "\"nextCursor\":\"" : "\"requestState\":\"");
    struct buf given = { 0 };
    if (is_text)
        buf_add(&given, bytes + 1, len - 1);
    else
        edit(bytes + 1, len - 1, sealed, &given);
    hand_back(server, kind, sealed, &given);
    buf_done(&given);
    buf_done(&first.json);
    mcp_server_free(server);
    arena_done(&arena);
    return 0;
}
