/* What a tool is: a constant descriptor and one straight-line function.
 *
 * Everything a person or a program learns about a tool (JSON Schemas, argument checks, command line flags,
 * REST routes, documentation, the text of its answers) is derived from the tables below. A program hands its
 * tools to mcp_server_new() (docs/LIBMCP.md); a tool of mcp-assist itself is a file, a line and a test
 * (CONTRIBUTING.md).
 *
 * Threads: `run` has its call for itself and may block in mcp_wait() only. It must not touch global state. */
#ifndef MCP_TOOL_H
#define MCP_TOOL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mcp/json.h>

struct mcp_call;
struct wait;

/* Words in both languages */

enum mcp_lang { MCP_EN, MCP_FR };

/* Every sentence a person reads. Both are required. */
struct mcp_text {
    const char *fr, *en;
};

/* Pictures and hints for clients that show what a server offers */

/* A picture (MCP 2025-11-25, schema Icon); older clients are not told. Tables end with { 0 }. */
struct mcp_icon {
    const char *src; /* "https://..." or "data:image/png;base64,..." */
    const char *mime_type; /* "image/png"; NULL = unsaid */
    const char *sizes; /* "48x48 96x96", "any"; NULL = fit for any size */
    enum { MCP_ANY_THEME, MCP_LIGHT, MCP_DARK } theme; /* the background it is made for */
};

enum mcp_role { MCP_USER, MCP_ASSISTANT };

/* For whom a resource or a block of content is, and how much it matters (MCP, schema Annotations). All may be
 * left out. */
struct mcp_annotations {
    unsigned audience; /* bits 1 << enum mcp_role; 0 = unsaid */
    bool has_priority;
    double priority; /* 0 (can be left out) to 1 (must be there) */
    const char *last_modified; /* ISO 8601, "2026-07-28T12:00:00Z"; clients before 2025-06-18 are not told */
};

/* Parameters: JSON in, typed C struct out */

enum mcp_kind {
    MCP_BOOL,
    MCP_INT, /* int64_t */
    MCP_NUMBER, /* double */
    MCP_STRING, /* const char *, NUL-terminated UTF-8 without NUL inside; NULL when absent */
    MCP_ENUM, /* int: index into `choices` */
    MCP_STRINGS, /* struct mcp_strings: one string, or a list of them ("a,b" on the command line and in a
                    query) */
    MCP_MAP, /* struct mcp_map: an object whose values are strings */
    MCP_TEXT, /* output only: a string of many lines, shown as a block */
    MCP_OBJECT, /* output only: an object with `fields` */
    MCP_LIST, /* output only: a list of objects with `fields`, or of scalars of kind `of` */
};

struct mcp_strings {
    size_t count;
    const char *const *items;
};

struct mcp_pair {
    const char *name, *value;
};

struct mcp_map {
    size_t count;
    const struct mcp_pair *items;
};

/* Meaning of a STRING or of each item of STRINGS: checked for its shape only, published as JSON Schema
 * `format` where there is one. What it names is the tool's business. */
enum mcp_format { MCP_ANY, MCP_HOST, MCP_IP, MCP_URL, MCP_PATH };

/* One row: schema, check, default, command line flag, REST, documentation. */
struct mcp_param {
    const char *name; /* snake_case */
    enum mcp_kind kind;
    size_t at; /* where the typed value goes in the args struct (the macros below fill it) */
    const char *alias; /* an older name: accepted, not published */
    struct mcp_text about; /* what it means, one short sentence; units and ranges are added by the schema */
    bool required, secret; /* secret: never in a log, an error or the store */
    enum mcp_format format;
    const char *preset; /* default as text ("4", "auto", "true"); NULL = zero value, "absent" */
    const char *unit; /* "ms", "bytes", "%" */
    double min, max; /* INT, NUMBER: range; STRING, STRINGS items: length in characters when max > 0 */
    unsigned max_items; /* STRINGS, MAP: how many (required there) */
    const char *const *choices; /* ENUM: NULL-terminated */
    const char *example; /* text of a typical value, for the documentation */
    /* STRING, INT, BOOL: the value also travels as the HTTP header Mcp-Param-<header>, for intermediaries
     * (MCP 2026-07-28, x-mcp-header). A token of RFC 9110; never for secrets. */
    const char *header;
};

/* A row whose C member has another type than its kind does not compile. */
#define MCP_ROW_(S, m, T, K, ...) \
    { \
        .name = #m, .kind = (K), .at = _Generic(((S *)0)->m, T : offsetof(S, m)), __VA_ARGS__ \
    }
#define MCP_ARG_BOOL(S, m, ...) MCP_ROW_(S, m, bool, MCP_BOOL, __VA_ARGS__)
#define MCP_ARG_INT(S, m, ...) MCP_ROW_(S, m, int64_t, MCP_INT, __VA_ARGS__)
#define MCP_ARG_NUMBER(S, m, ...) MCP_ROW_(S, m, double, MCP_NUMBER, __VA_ARGS__)
#define MCP_ARG_STRING(S, m, ...) MCP_ROW_(S, m, const char *, MCP_STRING, __VA_ARGS__)
#define MCP_ARG_ENUM(S, m, ...) MCP_ROW_(S, m, int, MCP_ENUM, __VA_ARGS__)
#define MCP_ARG_STRINGS(S, m, ...) MCP_ROW_(S, m, struct mcp_strings, MCP_STRINGS, __VA_ARGS__)
#define MCP_ARG_MAP(S, m, ...) MCP_ROW_(S, m, struct mcp_map, MCP_MAP, __VA_ARGS__)

/* Results: what a tool may answer */

/* One row of the output: schema, check and text rendering. Tables end with { 0 }. */
struct mcp_field {
    const char *name;
    enum mcp_kind kind; /* BOOL INT NUMBER STRING TEXT OBJECT LIST MAP */
    enum mcp_kind of; /* LIST of scalars: their kind (then `fields` is NULL) */
    struct mcp_text label; /* in the text rendering; without one the field is in the data only */
    const char *unit; /* "ms", "%", "s"; "bytes" is shown as KiB, MiB... */
    bool optional; /* may be absent; all others must be put */
    const struct mcp_field *fields; /* OBJECT, LIST of objects */
};

/* The tool */

enum mcp_cost {
    MCP_INLINE, /* under a millisecond and never waits: runs on the I/O thread */
    MCP_WORKER, /* may block: runs on a worker thread */
};

enum mcp_trait {
    MCP_READ_ONLY = 1 << 0, /* changes nothing anywhere */
    MCP_OPEN_WORLD = 1 << 1, /* reaches out to other machines */
    MCP_IDEMPOTENT = 1 << 2,
    MCP_DESTRUCTIVE = 1 << 3,
};

/* May a call outlive its request, to be asked for later (the extension io.modelcontextprotocol/tasks)? Only a
 * client that offers it gets one. */
enum mcp_task {
    MCP_TASK_NEVER,
    MCP_TASK_MAY, /* a client without the extension waits for the answer as usual */
    MCP_TASK_MUST, /* a client without the extension is refused */
    MCP_TASK_LATER, /* as MAY, but only once the handler calls mcp_detach() */
};

/* name, title, about, scope and run are needed, with WORKER also timeout_ms. */
struct mcp_tool {
    const char *name; /* "ping_host": MCP name, command line verb, file name */
    const char *path; /* "ping": REST path under /tools/; NULL = none */
    struct mcp_text title, about; /* about: what it does and when to use it, at most two sentences */
    const struct mcp_param *params; /* ends with { 0 }; NULL = no parameters */
    size_t args_size; /* sizeof the args struct that the rows fill */
    const struct mcp_param *settings; /* its section [name] of the configuration file: same rows, or NULL */
    size_t settings_size;
    /* Looks at settings whose rows fit, before the first call. NULL; or the name of the one that cannot be
     * used, and what is accepted instead. May be NULL. */
    const char *(*check)(const void *settings, struct mcp_text *ret_accepted);
    const struct mcp_field *output; /* ends with { 0 }; NULL = no structured result, only mcp_add_*() */
    /* Tools that take one target or several (a STRINGS parameter): `target` rows describe one of them. With
     * one target they stand at the top of the result beside `output`; with several, in `targets[]`. See
     * mcp_targets(). */
    const struct mcp_field *target;
    enum mcp_cost cost;
    /* WORKER: true if this call is surely INLINE all the same (a hop to a worker costs more than a small
     * sum). May be NULL. */
    bool (*is_quick)(const void *args);
    unsigned traits; /* enum mcp_trait, or-ed */
    unsigned timeout_ms; /* the deadline of a call; an argument of that name is the tool's own affair */
    enum mcp_task task;
    /* Instead of `params`: the input schema as JSON text, published verbatim. The engine then checks only
     * that the arguments are an object; `run` reads them with mcp_arguments(). No x-mcp-header in it. */
    const char *input_schema;
    const char *scope; /* "network", "system", "files"...: what permissions are given for */
    const struct mcp_icon *icons; /* ends with { 0 }; may be NULL */
    const char *meta; /* published as _meta: a JSON object as text; may be NULL */
    /* Returns 0; or what mcp_fail(), mcp_reject(), mcp_ask() returned; or a negative errno: -ECANCELED and
     * -ETIMEDOUT become CANCELLED and TIMED_OUT, any other INTERNAL. */
    int (*run)(struct mcp_call *call, const void *args);
};

/* Answering: each function writes JSON and text in one pass, sticky on failure */

/* `name` must be declared in the output table in force, and put once. Inside a LIST of scalars `name` is
 * NULL. Putting what was not declared is a bug: assert in debug builds, the fault INTERNAL in release builds.
 * Text need not be UTF-8 (bad bytes become U+FFFD). A NULL text, a number that is not finite: as if not put
 * (then it must be optional). */
void mcp_put_int(struct mcp_call *call, const char *name, int64_t value);
void mcp_put_num(struct mcp_call *call, const char *name, double value);
/* Rounded to `decimals` places: 12.345678 is rarely what a reader wants. */
void mcp_put_round(struct mcp_call *call, const char *name, double value, int decimals);
void mcp_put_bool(struct mcp_call *call, const char *name, bool value);
void mcp_put_str(struct mcp_call *call, const char *name, const char *text);
void mcp_put_strn(struct mcp_call *call, const char *name, const char *text, size_t len);
void mcp_put_fmt(struct mcp_call *call, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A member of a field of kind MAP. */
void mcp_put_pair(struct mcp_call *call, const char *name, const char *value);

/* Opens an OBJECT, LIST or MAP field; inside a LIST of objects, mcp_open(call, NULL) opens the next object.
 */
void mcp_open(struct mcp_call *call, const char *name);
void mcp_close(struct mcp_call *call);

/* For tools with a `target` table: say first how many targets there are, then put each one's rows between
 * mcp_target() and mcp_target_end(), then (with several) the totals of `output`. With one target nothing is
 * nested. */
void mcp_targets(struct mcp_call *call, size_t count);
void mcp_target(struct mcp_call *call);
void mcp_target_end(struct mcp_call *call);

/* A sentence on top of the text rendering. The compiler checks both formats. */
void mcp_say(struct mcp_call *call, const char *fr, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

/* Time ran out or a limit was met, and what was put so far is worth having: the result carries `complete:
 * false` and this sentence. Then return 0. */
void mcp_partial(struct mcp_call *call, const char *fr, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

/* How many bytes of text, escapes counted as JSON has them, the answer can still take within the caller's
 * budget (already counting that it may be sent as data and as text). A tool that returns contents cuts to
 * this and says so. */
size_t mcp_room(const struct mcp_call *call);

/* Content: what is not data (MCP, server/tools, Tool Result) */

/* Each adds one block behind the text of the result. All is copied. For a resource being read,
 * mcp_add_resource() and mcp_add_blob() are its contents; for a prompt each block is a message. `uri` NULL:
 * the one that is read. */
void mcp_add_text(struct mcp_call *call, const char *text);
void mcp_add_image(struct mcp_call *call, const void *bytes, size_t len, const char *mime_type);
void mcp_add_audio(struct mcp_call *call, const void *bytes, size_t len, const char *mime_type);
void mcp_add_link(struct mcp_call *call, const char *uri, const char *name, const char *mime_type);
void mcp_add_resource(struct mcp_call *call, const char *uri, const char *mime_type, const char *text);
void mcp_add_blob(
    struct mcp_call *call, const char *uri, const char *mime_type, const void *bytes, size_t len);

/* Annotations (may be NULL) and _meta (a JSON object as text, or NULL) of the block that was added last. */
void mcp_annotate(struct mcp_call *call, const struct mcp_annotations *annotations, const char *meta);
/* The _meta of the result itself: a JSON object as text. Keys of the protocol ("io.modelcontextprotocol/...")
 * are not a handler's. */
void mcp_result_meta(struct mcp_call *call, const char *meta);

/* Prompts: who says the blocks that follow; the user until told otherwise. */
void mcp_role(struct mcp_call *call, enum mcp_role role);

/* Faults: why there is no result. A host that is down is a finding, not a fault. */

enum mcp_fault {
    MCP_OK,
    MCP_INVALID, /* the arguments are wrong: what, and what is accepted */
    MCP_DENIED, /* policy says no */
    MCP_NOT_FOUND, /* the thing to work on does not exist */
    MCP_TOO_LARGE,
    MCP_UNSUPPORTED, /* this machine, build or client cannot */
    MCP_TIMED_OUT, /* and nothing to show */
    MCP_BUSY, /* later perhaps */
    MCP_CANCELLED, /* somebody said no: the caller, or who was asked */
    MCP_INTERNAL,
};

/* Ends the call with a fault; what was put is dropped. The first one sticks. Returns a value for `run` to
 * return. */
int mcp_fail(struct mcp_call *call, enum mcp_fault fault, const char *fr, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

/* The argument `param` is wrong (INVALID). May be called for several arguments before returning: all are
 * listed. The sentence says what was wrong, with which value, and what is accepted. */
int mcp_reject(struct mcp_call *call, const char *param, const char *fr, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

/* While it runs */

/* THE way to block: `fds` and `count` (0..1024) as for poll(2), `timeout_ms` -1 = until the deadline. > 0
 * ready, 0 `timeout_ms` passed, -ECANCELED (return it), -ETIMEDOUT: the call's deadline; put what there is,
 * mcp_partial(), return 0; or return it when there is nothing. */
int mcp_wait(struct mcp_call *call, struct pollfd *fds, nfds_t count, int timeout_ms);
/* The same deadline and cancel flag, to hand to code that does not know calls (src/base/wait.h; opaque
 * outside this project). Lives as long as the call. */
const struct wait *mcp_waiter(struct mcp_call *call);
/* True once the caller has gone or cancelled: for loops that compute rather than wait. */
bool mcp_cancelled(const struct mcp_call *call);

/* `done` of `total` (0 = unknown), with a short message in the caller's language or NULL. Dropped unless the
 * caller asked for progress; at most ten a second are sent; `done` must grow. */
void mcp_progress(struct mcp_call *call, double done, double total, const char *message);

/* In the order of RFC 5424; MCP, server/utilities/logging. */
enum mcp_level {
    MCP_DEBUG,
    MCP_INFO,
    MCP_NOTICE,
    MCP_WARNING,
    MCP_ERROR,
    MCP_CRITICAL,
    MCP_ALERT,
    MCP_EMERGENCY,
};

/* A log message for the client, if it asked for that level. */
void mcp_log(struct mcp_call *call, enum mcp_level level, const char *logger, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

enum mcp_change { MCP_TOOLS_CHANGED, MCP_PROMPTS_CHANGED, MCP_RESOURCES_CHANGED, MCP_RESOURCE_UPDATED };

/* Tells the clients that listen that a list has changed, or the resource `uri`. */
void mcp_changed(struct mcp_call *call, enum mcp_change change, const char *uri);

/* The answer takes longer than a connection should be held: lets the client go and come back for it where its
 * revision can (MCP 2025-11-25, polling); else does nothing. */
void mcp_hang_up(struct mcp_call *call);

/* From here on it takes long: with MCP_TASK_LATER, a client that offers tasks gets one now and asks for the
 * result later. Has no effect otherwise, or when the call is a task's already. */
void mcp_detach(struct mcp_call *call);

/* The arguments as they were sent: for tools with an `input_schema`. NULL when there are none. */
const struct mcp_json *mcp_arguments(const struct mcp_call *call);

/* Where the request stands in a distributed trace, to be handed on to whatever the handler asks in turn (W3C
 * Trace Context and Baggage; MCP: traceparent, tracestate and baggage in _meta). What the client did not
 * send, or sent malformed, is NULL. */
struct mcp_trace {
    const char *traceparent, *tracestate, *baggage;
    char id[33]; /* the trace id of traceparent; "" without one */
};

/* Never NULL; lives as long as the call. */
const struct mcp_trace *mcp_trace(const struct mcp_call *call);

/* The caller's language. */
enum mcp_lang mcp_language(const struct mcp_call *call);
/* The one of both that fits the caller. */
const char *mcp_pick(const struct mcp_call *call, struct mcp_text text);
/* The tool's typed settings (`settings` rows, defaults filled). */
const void *mcp_settings(const struct mcp_call *call);
/* Those of another tool of this server, for a completer or reader that deals with the same things; NULL when
 * this server does not have the tool, or has it switched off, or it has no settings. */
const void *mcp_settings_of(const struct mcp_call *call, const struct mcp_tool *tool);
/* The directory for the server's own files; "" when there is none. */
const char *mcp_data_dir(const struct mcp_call *call);
/* The root directory of the machine that is looked at: "/", or where a container sees that of its host. */
const char *mcp_host_root(const struct mcp_call *call);

/* Zeroed memory, freed with the call. Never NULL: for small and bounded things. */
void *mcp_alloc(struct mcp_call *call, size_t size);
/* The same for what an argument or a peer sizes: NULL when it is too much (then fail with MCP_TOO_LARGE). */
void *mcp_alloc_try(struct mcp_call *call, size_t size);
char *mcp_strdup(struct mcp_call *call, const char *text);
char *mcp_printf(struct mcp_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `text` as a JSON string literal, quotes included. */
const char *mcp_json_quote(struct mcp_call *call, const char *text);
/* Reads JSON that some peer sent. 0 and *ret_value, or -EBADMSG. `text` must live as long as the tree is
 * used. */
int mcp_parse_json(struct mcp_call *call, const char *text, size_t len, const struct mcp_json **ret_value);

/* Asking the client */

enum mcp_ask_kind {
    MCP_ASK_FORM, /* a person fills in a form: elicitation/create, mode form */
    MCP_ASK_URL, /* a person opens a page: elicitation/create, mode url */
    MCP_ASK_SAMPLE, /* the client's model writes: sampling/createMessage */
    MCP_ASK_ROOTS, /* which folders the client works in: roots/list */
    /* For mcp_can_ask() only: a SAMPLE whose params have tools or toolChoice, or includeContext. */
    MCP_ASK_SAMPLE_TOOLS,
    MCP_ASK_SAMPLE_CONTEXT,
};

struct mcp_question {
    enum mcp_ask_kind kind;
    struct mcp_text message; /* FORM, URL; never ask for a secret in a FORM (MCP, client/elicitation) */
    const char *url; /* URL; nothing in it may be secret, or open what is protected (Safe URL Handling) */
    /* FORM: the requestedSchema object, SAMPLE: the whole params object, as JSON text. A form is flat:
     * strings (minLength, maxLength, format), numbers (minimum, maximum), booleans, choices (enum, oneOf;
     * several of them: an array whose items have enum or anyOf). What is malformed is the fault INTERNAL. */
    const char *params;
};

struct mcp_answer {
    /* FORM: action "accept", and the values fit the schema (what is not required may be absent, with a
     * default too). URL: the person agreed to open the page; what happens there is not the client's to know.
     * SAMPLE, ROOTS: always. */
    bool accepted;
    const char *action; /* FORM, URL: "accept", "decline" or "cancel"; else NULL */
    const struct mcp_json *content; /* FORM: the form's values, an object; else the whole answer; or NULL */
};

#define MCP_NEEDS_INPUT 1000 /* mcp_ask(): not answered yet, return this from `run` */

/* Asks the client. 0 and *ret_answer filled once the answer is there; else MCP_NEEDS_INPUT, which `run`
 * returns (it may ask several questions first, each with its own key); or, when this client cannot answer
 * questions of that kind, what mcp_fail(UNSUPPORTED) returned. An answer that does not fit the question never
 * comes here: the client is asked again, and told why.
 *
 * When the answers are there `run` is called AGAIN FROM THE START, perhaps by another process: ask before
 * doing anything that cannot be done twice. `key` names the question within the call: [a-z0-9_]+. A handler
 * need not know the protocol revision: in a session this is a server request, in a stateless request an
 * `input_required` result. */
int mcp_ask(struct mcp_call *call, const char *key, const struct mcp_question *question,
    struct mcp_answer *ret_answer);

/* The page that the URL question `key` led to is done with: a client whose revision wants to know is told
 * (MCP 2025-11-25, notifications/elicitation/complete). A handler that asks for a page first looks whether
 * what the page brings is there already: a client that cannot be asked within a request gets the URL as an
 * error (-32042, same revision) and then simply calls again. */
void mcp_page_done(struct mcp_call *call, const char *key);

/* True if this client can answer questions of that kind. */
bool mcp_can_ask(const struct mcp_call *call, enum mcp_ask_kind kind);

#endif
