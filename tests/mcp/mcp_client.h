/* A client of a server under test: messages in as text, messages out collected. */
#ifndef MCP_CLIENT_H
#define MCP_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#include <mcp/server.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "base/wait.h"

#define MODERN_META \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"

struct client {
    struct mcp_server *server;
    struct mcp_peer *peer; /* a pipe; NULL: HTTP */
    const char *headers[9][2]; /* HTTP: name and value; ends with NULL */
    enum mcp_lang lang;
    const char *principal;
    bool no_stream;
    struct arena arena;
    /* What came of the last message sent. */
    unsigned ends, event_count;
    int status;
    char *json, *events[64], *session;
};

/* Events that only carry an id, to resume after, are not messages. */
static inline void client_event(void *user, const struct mcp_event *event)
{
    struct client *client = user;
    assert_int_equal(client->ends, 0);
    assert_false(client->no_stream);
    if (event->len && client->event_count < 64)
        client->events[client->event_count++] = arena_strndup(&client->arena, event->json, event->len);
}

static inline void client_end(void *user, const struct mcp_reply *reply)
{
    struct client *client = user;
    client->ends++;
    client->status = reply->status;
    client->json = arena_strndup(&client->arena, reply->json, reply->len);
    client->session = reply->session ? arena_strdup(&client->arena, reply->session) : NULL;
}

static inline const char *client_header(void *user, const char *name)
{
    const struct client *client = user;
    for (size_t i = 0; i < 9 && client->headers[i][0]; i++)
        if (strcasecmp(client->headers[i][0], name) == 0)
            return client->headers[i][1];
    return NULL;
}

static const struct mcp_sink client_sink = { .event = client_event, .end = client_end };

/* Hands over one message. The exchange, or NULL when it has ended. */
static inline struct mcp_exchange *client_start_bytes(struct client *client, const char *bytes, size_t len)
{
    client->ends = client->event_count = 0;
    client->json = client->session = NULL;
    const struct mcp_envelope envelope = {
        .lang = client->lang,
        .id = "test",
        .principal = client->principal,
        .header = client->peer ? NULL : client_header,
        .user = client,
        .can_stream = !client->no_stream,
    };
    struct mcp_exchange *exchange =
        mcp_receive(client->server, client->peer, bytes, len, &envelope, &client_sink, client);
    assert_int_equal(exchange == NULL, client->ends);
    return exchange;
}

static inline struct mcp_exchange *client_start(struct client *client, const char *json)
{
    return client_start_bytes(client, json, strlen(json));
}

/* Lets the server work until something happens or `timeout_ms` pass. */
static inline void client_turn(struct client *client, int timeout_ms)
{
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    wait_fd(&forever, mcp_server_fd(client->server), POLLIN, timeout_ms);
    mcp_server_pump(client->server);
}

static inline void client_until_end(struct client *client)
{
    for (int i = 0; i < 200 && !client->ends; i++)
        client_turn(client, 50);
    assert_int_equal(client->ends, 1);
}

static inline const struct mcp_json *client_parse(struct client *client, const char *text)
{
    const struct mcp_json *value = NULL;
    struct json_error error = { 0 };
    const struct json_limits limits = { .unique_keys = true };
    if (json_read(&client->arena, text, strlen(text), &limits, &value, &error) < 0)
        fail_msg("%s: byte %zu: %s", text, error.offset, error.what);
    return value;
}

/* Sends a message and waits for its end; the answer, NULL if there is none to read. */
static inline const struct mcp_json *client_send(struct client *client, const char *json)
{
    client_start(client, json);
    client_until_end(client);
    return client->json[0] ? client_parse(client, client->json) : NULL;
}

/* The value at "result|content|0|text"; NULL if there is none. */
static inline const struct mcp_json *json_at(const struct mcp_json *value, const char *path)
{
    while (value && *path) {
        char step[80];
        size_t len = strcspn(path, "|");
        assert_in_range(len, 1, sizeof step - 1);
        memcpy(step, path, len);
        step[len] = '\0';
        path += len + (path[len] == '|');
        if (value->kind == MCP_JSON_ARRAY) {
            long index = strtol(step, NULL, 10);
            value = value->first;
            while (value && index-- > 0)
                value = value->next;
        } else {
            value = mcp_json_get(value, step);
        }
    }
    return value;
}

/* `value`, which must be there. */
static inline const struct mcp_json *json_must(const struct mcp_json *value)
{
    if (!value) {
        fail_msg("the value is not there");
        abort(); /* never reached, but compilers do not know */
    }
    return value;
}

/* The text of a string there, or the bytes of any other value; "(none)" if there is none. */
static inline const char *text_at(struct client *client, const struct mcp_json *value, const char *path)
{
    const struct mcp_json *found = json_at(value, path);
    if (!found)
        return "(none)";
    return found->kind == MCP_JSON_STRING ? found->text
                                          : arena_strndup(&client->arena, found->raw, found->raw_len);
}

#define expect_at(client, value, path, expected) assert_string_equal(text_at(client, value, path), expected)

static inline void client_set(struct client *client, const char *name, const char *value)
{
    size_t i = 0;
    while (client->headers[i][0] && strcasecmp(client->headers[i][0], name) != 0)
        i++;
    assert_in_range(i, 0, 7);
    client->headers[i][0] = name;
    client->headers[i][1] = value;
}

/* A session over HTTP in that revision, with those declared capabilities. */
static inline void client_begin(struct client *client, const char *revision, const char *capabilities)
{
    memset(client->headers, 0, sizeof client->headers);
    client_send(client,
        arena_printf(&client->arena,
            "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"%s\","
            "\"capabilities\":%s,\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}",
            revision, capabilities));
    assert_int_equal(client->status, 200);
    if (!client->peer) {
        assert_non_null(client->session);
        client_set(client, "Mcp-Session-Id", client->session);
    }
}

/* A stateless request over HTTP: body and headers that agree. `params` begins with a comma or is empty. */
static inline const struct mcp_json *client_modern(
    struct client *client, const char *method, const char *name, const char *capabilities, const char *params)
{
    memset(client->headers, 0, sizeof client->headers);
    client_set(client, "MCP-Protocol-Version", "2026-07-28");
    client_set(client, "Mcp-Method", method);
    if (name)
        client_set(client, "Mcp-Name", name);
    const char *named = name ? arena_printf(&client->arena, ",\"name\":\"%s\"", name) : "";
    return client_send(client,
        arena_printf(&client->arena,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{\"_meta\":{"
            "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            "\"io.modelcontextprotocol/clientCapabilities\":%s}%s%s}}",
            method, capabilities, named, params));
}

static inline void client_done(struct client *client)
{
    mcp_peer_free(client->peer);
    mcp_server_free(client->server);
    arena_done(&client->arena);
    memset(client, 0, sizeof *client);
}

#endif
