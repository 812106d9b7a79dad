/* What /metrics and /stats tell of the whole program, gathered when they are asked for. */
#ifndef APP_GAUGES_H
#define APP_GAUGES_H

struct assist;
struct mcp_server;
struct metrics;
struct rest_gauges;

/* Who is asked. */
struct gauges {
    struct assist *assist;
    const struct mcp_server *mcp;
};

/* Counters with the names of all tools, outcomes and faces. */
struct metrics *gauges_metrics(struct assist *assist);
/* The face that serves a path, as an index of its counters. */
int gauges_face(const char *path);

/* For rest_options.measure, with the struct gauges as `user`. */
void gauges_measure(void *user, struct rest_gauges *ret_gauges);

#endif
