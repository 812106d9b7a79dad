/* One call of one tool, from arguments to outcome, behind every face; and the engine that runs calls.
 *
 * Threads: the engine and its calls belong to the I/O thread. A call of a WORKER tool is lent to one worker
 * between dispatch and completion; only its cancel flag and its notes are shared in that time (struct
 * mcp_call says which members).
 *
 * No event loop is assumed: engine_fd() becomes readable when there is something to do, engine_pump() does
 * it. */
#ifndef TOOLKIT_CALL_H
#define TOOLKIT_CALL_H

#include <mcp/tool.h>

#include "toolkit/params.h"

struct catalog;
struct engine;
struct err;

/* What ended a round of a call. */
struct call_outcome {
    enum mcp_fault fault; /* MCP_OK: `json` and `text` hold the result */
    bool is_cancelled; /* the caller asked to stop; without it CANCELLED is a handler's word, to be told */
    bool needs_input; /* neither result nor fault: `questions` must be answered first, then call again */
    const char *message; /* fault: one sentence in the caller's language; "" else */
    const struct problems *problems; /* INVALID: every fault of the input; empty else */
    const char *json; /* the structured result, an object */
    size_t json_len;
    const char *text; /* the human rendering, complete by itself */
    size_t text_len;
    int64_t duration_ns; /* since engine_call() */
    const struct call_question *questions;
    const struct call_block *blocks; /* mcp_add_*(), in order */
    bool has_data; /* the tool has an output table: `json` and `text` are worth sending */
    const char *meta; /* of the result, a JSON object; NULL = none */
    unsigned lacks; /* UNSUPPORTED because the client cannot answer these: bits 1 << enum mcp_ask_kind */
};

enum call_block_kind { BLOCK_TEXT, BLOCK_IMAGE, BLOCK_AUDIO, BLOCK_LINK, BLOCK_RESOURCE, BLOCK_BLOB };

/* Content that is not data. */
struct call_block {
    enum call_block_kind kind;
    enum mcp_role role;
    const char *uri, *name, *mime_type; /* may be NULL */
    const char *text; /* TEXT, RESOURCE: the text; IMAGE, AUDIO, BLOB: base64 */
    size_t len;
    struct mcp_annotations annotations;
    const char *meta; /* a JSON object; may be NULL */
    const struct call_block *next;
};

/* A question that mcp_ask() recorded, in order. */
struct call_question {
    const char *key;
    enum mcp_ask_kind kind;
    const char *message, *url,
        *params; /* as in struct mcp_question, the message in the caller's language; may be NULL */
    const char *misfit; /* why the last answer was not taken, for a person; NULL: there was none */
    bool has_lists; /* FORM: some choice takes several values */
    const struct call_question *next;
};

/* What a face hears of its call: always on the I/O thread. */
struct call_events {
    /* mcp_progress(); `message` may be NULL. NULL if the face does not want any. */
    void (*progress)(void *user, double done, double total, const char *message);
    /* mcp_log() at or above the request's level; mcp_changed(); mcp_hang_up(); mcp_detach(). Each may be
     * NULL. */
    void (*log)(void *user, enum mcp_level level, const char *logger, const char *text);
    void (*changed)(void *user, enum mcp_change change, const char *uri);
    void (*hang_up)(void *user);
    void (*detach)(void *user);
    /* mcp_page_done(): the page that question `key` led to is done with. May be NULL. */
    void (*page_done)(void *user, const char *key);
    /* The end, exactly once unless call_abandon() came first. The outcome and all it points to die when it
     * returns. May be called before engine_call() returns. */
    void (*done)(void *user, const struct call_outcome *outcome);
};

#define CALL_LOG_NOTHING (-1)

struct call_request {
    int tool; /* index in the catalogue */
    const struct mcp_tool
        *handler; /* instead: what is no tool of the catalogue (a resource's reader, a prompt) */
    int log_level; /* enum mcp_level from which the face wants log messages; CALL_LOG_NOTHING: none */
    const struct mcp_json *arguments; /* an object, or NULL; read during engine_call() only */
    enum mcp_lang lang;
    const char *face; /* "mcp", "rest", "cli": static */
    const char *id; /* request id for the log; copied */
    const char *principal; /* who asks; copied; NULL = nobody in particular */
    const struct mcp_trace *trace; /* copied; NULL = none */
    const char *client; /* the program that asks, as it calls itself; copied, cut; NULL = not said */
    size_t answer_max; /* bytes of JSON and text together; 0 = 16 MiB */
    bool text_unwanted; /* only the structured result is used: `text` stays empty */
    unsigned asks; /* bit 1 << enum mcp_ask_kind: what this client can answer */
    const struct mcp_json *answers; /* key -> the client's answer; NULL on the first round; copied */
    unsigned round; /* 0 for the first */
    const struct call_events *events; /* borrowed */
    void *user;
};

/* For logs, statistics, audit: one finished call (never a round that only asked). All borrowed. */
struct call_record {
    const struct mcp_tool *tool;
    const char *trace_id; /* of the distributed trace the call is part of; NULL = none */
    int index; /* of the tool in the catalogue; -1: what is no tool (a resource's reader, a prompt) */
    const char *face, *id, *principal, *client; /* the last two may be NULL */
    enum mcp_fault fault;
    int64_t started_ms; /* wall clock */
    int64_t duration_ns;
    size_t argument_bytes, answer_bytes;
    const char *arguments; /* JSON fit to be kept, see redact.h; "" unless engine_options.keep_arguments */
};

struct engine_options {
    const struct catalog *catalog; /* borrowed */
    unsigned threads_max; /* worker threads; 0 = 32 */
    unsigned queue_max; /* calls waiting for a worker; 0 = 256 */
    unsigned lost_max; /* workers given up past their deadline before BUSY; 0 = 16 */
    const char *data_dir; /* copied; may be NULL */
    const char *host_root; /* copied; NULL = "/" */
    bool read_only; /* tools without MCP_READ_ONLY are DENIED */
    const char *const *disabled; /* names of tools switched off, NULL-terminated; borrowed; may be NULL */
    bool keep_arguments; /* the observer wants to know them */
    void (*observe)(const struct call_record *record, void *user); /* may be NULL */
    void *user;
};

/* NULL with *err filled: no memory or descriptors. */
struct engine *engine_new(const struct engine_options *options, struct err *err);
/* Cancels what runs, waits at most a second for workers, frees. Abandoned calls hear nothing more. NULL is
 * fine. */
void engine_free(struct engine *engine);

/* The tool's own settings as texts, each given once. Before the first call. NULL; or what is wrong with the
 * first one that is unknown or not accepted, told in `lang`: it lives as long as the engine. */
const struct problem *engine_configure(
    struct engine *engine, int tool, const struct params_text *texts, size_t count, enum mcp_lang lang);

/* Starts a call: arguments are checked, the gate asked, the tool run (INLINE) or queued (WORKER). Returns the
 * call, or NULL if `done` has been called already. */
struct mcp_call *engine_call(struct engine *engine, const struct call_request *request);
/* Asks a running call to stop; `done` follows with CANCELLED or whatever it still brings. */
void call_cancel(struct mcp_call *call);
/* From now on somebody else hears of the call. */
void call_redirect(struct mcp_call *call, const struct call_events *events, void *user);
/* As call_cancel(), and the face hears nothing more: `user` may be freed at once. */
void call_abandon(struct mcp_call *call);

int engine_fd(const struct engine *engine);
/* Delivers progress and outcomes, enforces deadlines. Never blocks. */
void engine_pump(struct engine *engine);
/* How many calls run or wait for a worker, how many of them wait, how many workers are lost. */
unsigned engine_running(const struct engine *engine);
unsigned engine_queued(const struct engine *engine);
unsigned engine_lost(const struct engine *engine);
/* True when so many are lost that every blocking call is BUSY. */
bool engine_exhausted(const struct engine *engine);
const struct catalog *engine_catalog(const struct engine *engine);

#endif
