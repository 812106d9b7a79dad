/* The engine's inside, for call.c and engine.c. */
#ifndef TOOLKIT_ENGINE_H
#define TOOLKIT_ENGINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "toolkit/call.h"

struct workers;
struct call_outcome;

struct engine {
    struct engine_options options;
    struct arena arena; /* settings and copies */
    void **settings; /* per tool: its typed settings, NULL if it has none */
    struct workers *workers;
    int wake_fd, timer_fd, fd; /* fd: an epoll of the other two */
    struct buf scratch; /* of engine_call(), kept for its memory */
    struct mcp_call *calls; /* those a worker has or will have */
    unsigned running;
    bool timer_set;
};

/* call.c, called by engine.c */
void call_run(struct mcp_call *call);
void call_finish(struct mcp_call *call);
void call_record(struct mcp_call *call, enum mcp_fault fault);
bool call_is_disabled(const struct engine_options *options, const struct mcp_tool *tool);
void call_answer(struct mcp_call *call, const struct call_outcome *outcome);

/* engine.c, called by call.c */
void engine_list(struct engine *engine, struct mcp_call *call);

#endif
