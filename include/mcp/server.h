/* Build a Model Context Protocol server: tools in, a server out; serve standard input and output, or feed it
 * bytes from your own transport. <mcp/http.h> is such a transport.
 *
 * One thread (yours) owns the server and everything below it; tools that block run on worker threads of their
 * own. */
#ifndef MCP_SERVER_H
#define MCP_SERVER_H

#include <mcp/resource.h>
#include <mcp/tool.h>

struct mcp_exchange;
struct mcp_peer;
struct mcp_server;

struct mcp_server_options {
    const char *name; /* "my-server" */
    const char *version; /* "1.0.0" */
    struct mcp_text title; /* for people; may be empty */
    struct mcp_text description; /* what it is for; may be empty; clients before 2025-11-25 are not told */
    const char *website_url; /* may be NULL; as above */
    const struct mcp_icon *icons; /* ends with { 0 }; may be NULL; as above */
    struct mcp_text instructions; /* how a model should use this server; may be empty */
    const struct mcp_tool *const *tools; /* ends with NULL; borrowed, as are the next two */
    const struct mcp_resource *const *resources; /* ends with NULL; NULL = none */
    const struct mcp_prompt *const *prompts; /* ends with NULL; NULL = none */
    size_t answer_max_bytes; /* text and data of one answer together; 0 = 200,000 */
    unsigned session_idle_s; /* 0 = 3600 */
    /* HTTP sessions; 0 = 4096. One more ends the session that is idle for longest; when all are busy, it is
     * refused with status 503. */
    unsigned sessions_max;
    /* What all sessions together keep of their streams for clients that lost them (MCP 2025-11-25,
     * basic/transports, Resumability); 0 = 32 MiB. The oldest goes first. */
    size_t replay_max_bytes;
    unsigned threads_max; /* worker threads; 0 = 32 */
    /* How many tools, resources, templates or prompts one answer of a list method names (MCP,
     * server/utilities/pagination); 0 = 250. Cursors are sealed and hold all that is needed to go on, so they
     * are good in any later request to this server while it runs. */
    unsigned page_size;
};

/* Borrows the strings of `options`. NULL with one English line in `ret_error` (may be NULL): a table of some
 * tool is wrong, or there is no memory. */
struct mcp_server *mcp_server_new(
    const struct mcp_server_options *options, char *ret_error, size_t error_size);
/* Cancels what runs and frees. NULL is fine. */
void mcp_server_free(struct mcp_server *server);

/* Serves one client on two descriptors, a message a line (MCP, basic/transports, stdio), until end of input,
 * SIGTERM or SIGINT: what runs is cancelled, what is answered is written. `lang` is the language of texts. 0
 * at the end of input, the number of the signal that ended it, or a negative errno:
 * -EPIPE when the client is gone, another when the output cannot be written. */
int mcp_serve_stdio(struct mcp_server *server, int in_fd, int out_fd, enum mcp_lang lang);

/* Your own transport */

/* What a transport knows about a message beside its bytes. Borrowed during mcp_receive(), but `id` and
 * `principal` are copied. */
struct mcp_envelope {
    enum mcp_lang lang;
    const char *id; /* request id for logs; may be NULL */
    const char *principal; /* who asks, as established by the transport; NULL = nobody in particular */
    const char *face; /* the transport, for logs: static; NULL = "mcp-http" with headers, else "mcp-stdio" */
    /* HTTP only: the value of a request header, NULL if absent. A transport without headers leaves it NULL,
     * and the rules about headers do not apply. */
    const char *(*header)(void *user, const char *name);
    void *user;
    bool can_stream; /* messages may be sent before the response */
};

/* The end of an exchange. */
struct mcp_reply {
    int status; /* what HTTP should answer: 200, 202 (nothing to say), 400, 404, 503 */
    const char *json; /* the message, "" if there is none; borrowed */
    size_t len;
    const char *session; /* a session that begins here: its id for the header Mcp-Session-Id; else NULL */
};

/* A message before the end of an exchange. */
struct mcp_event {
    const char *json; /* "" for an event that only carries its id (SSE priming) */
    size_t len;
    const char *id; /* of the SSE event, to resume after; NULL = none */
    unsigned retry_ms; /* when a client that loses the stream should come back; 0 = unsaid */
};

struct mcp_sink {
    /* A notification or server request that belongs to the exchange and comes before its end. Not called when
     * !can_stream. */
    void (*event)(void *user, const struct mcp_event *event);
    /* End the transport's part without an answer: the client will come back for it (SSE polling). Then as
     * after mcp_leave(). NULL where there is nothing to come back to. */
    void (*hang_up)(void *user);
    /* The end, exactly once, unless mcp_leave() came first. May be called before mcp_receive() returns. */
    void (*end)(void *user, const struct mcp_reply *reply);
};

/* A pipe-like client: one per connection of a transport that keeps connections. What belongs to no exchange
 * (a list has changed) goes to `sink->event`. NULL: no memory. */
struct mcp_peer *mcp_peer_new(struct mcp_server *server, const struct mcp_sink *sink, void *user);
/* The connection is gone: cancels its calls. NULL is fine. */
void mcp_peer_free(struct mcp_peer *peer);
/* True while a call that this peer has cancelled still lets go of what it holds (sockets, files), for a fifth
 * of a second at most: a transport that hands over nothing meanwhile answers nothing before that is gone. */
bool mcp_peer_settling(const struct mcp_peer *peer);
/* How many requests of this peer are not answered yet. */
unsigned mcp_peer_pending(const struct mcp_peer *peer);

/* One message (or legacy batch). `peer` is NULL for HTTP, where a session is found by its header. The bytes
 * are copied; `sink` must be constant. Returns the exchange, or NULL when `end` has been called already. */
struct mcp_exchange *mcp_receive(struct mcp_server *server, struct mcp_peer *peer, const char *bytes,
    size_t len, const struct mcp_envelope *envelope, const struct mcp_sink *sink, void *user);
/* HTTP GET: the stream of a session on which the server speaks by itself, or, with the header Last-Event-ID,
 * the rest of a stream that was cut. As mcp_receive(). */
struct mcp_exchange *mcp_listen(
    struct mcp_server *server, const struct mcp_envelope *envelope, const struct mcp_sink *sink, void *user);
/* Nothing was said on this exchange for a while: it may begin its stream now, so that a client that loses it
 * can resume. */
void mcp_prime(struct mcp_exchange *exchange);
/* The client of this exchange has left: a stateless request is cancelled, a session's call goes on unheard
 * (MCP 2025-11-25, basic/transports: disconnection is not cancellation). `end` is not called any more. */
void mcp_leave(struct mcp_exchange *exchange);
/* Ends the session with that id: HTTP DELETE. False: there is none, or it is another principal's. */
bool mcp_end_session(struct mcp_server *server, const char *session, const char *principal);

/* Tells the clients that listen: a list has changed, or the resource `uri` (else NULL). On the server's
 * thread; a handler uses mcp_changed(). */
void mcp_announce(struct mcp_server *server, enum mcp_change change, const char *uri);

/* Ends the streams on which clients only listen: before a transport stops. */
void mcp_stop_listening(struct mcp_server *server);

/* Readable when mcp_server_pump() has something to do; call it then, and at least once a second. */
int mcp_server_fd(const struct mcp_server *server);
void mcp_server_pump(struct mcp_server *server);

#endif
