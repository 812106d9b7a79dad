/* The inside of the REST face: what its files share. */
#ifndef REST_STATE_H
#define REST_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/server.h"
#include "rest/routes.h"

struct assets;
struct catalog;
struct mcp_call;
struct survey_waiter;

/* What the machine was like when it was last looked at: survey.c. */
struct survey {
    char *json; /* the result, an object; NULL: none, see `fault` */
    const char *fault; /* why there is none: a word of faults.h; NULL when there is */
    int64_t read_ms; /* clock_ms() of the end; 0 = never */
    struct mcp_call *call; /* running */
    struct survey_waiter *waiters;
};

struct rest {
    struct rest_options options;
    const struct catalog *catalog;
    struct assets *assets;
    struct http_server *server;
    struct survey survey;
    int64_t started_ms;
    struct buf tools[2], openapi[2]; /* GET /tools, /openapi.json, by enum mcp_lang: written once */
};

/* The language of the answer: Accept-Language, else the server's. */
enum mcp_lang rest_language(const struct rest *rest, const struct http_request *request);

/* Handlers of the routes; `user` is the struct rest. */

http_handler about_root, about_health, about_tools, about_openapi; /* about.c */
http_handler stats_show, metrics_show; /* stats.c, metrics.c */
http_handler calls_post, calls_get; /* calls.c */
http_handler pages_show, pages_file, pages_move; /* pages.c */

/* Calls `reply` once the machine was looked at not long ago: at once, or when that is done. */
void survey_then(struct rest *rest, struct http_request *request,
    void (*reply)(struct rest *rest, struct http_request *request));
/* The result of the last look, read into `arena`; NULL: there is none. */
const struct mcp_json *survey_result(const struct survey *survey, struct arena *arena);
/* Ends what runs. */
void survey_done(struct survey *survey);

/* True if the client would rather have HTML than JSON, as browsers say. */
bool pages_wanted(const struct http_request *request);

/* True for a tool that acts on this machine only and changes nothing: a GET may call it. */
bool calls_is_local(const struct mcp_tool *tool);
/* The same of the tool that is meant by `word`, or there is none; `user` is the struct rest. */
bool calls_takes_get(const char *word, void *user);

#endif
