/* Gauges of the process and the names of the counters. */
#include "app/gauges.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/assist.h"
#include "base/clock.h"
#include "base/scope.h"
#include "base/text.h"
#include "mcp/server_state.h"
#include "rest/routes.h"
#include "store/metrics.h"
#include "sys/procfs.h"
#include "toolkit/faults.h"

/* In the order of `faces`. */
enum face { FACE_MCP, FACE_REST, FACE_PAGES, FACE_WATCH, FACE_OTHER };

static const char *const faces[] = { "mcp", "rest", "pages", "watch", "other", NULL };

static const struct {
    const char *path; /* with a slash at its end: and everything beneath */
    enum face face;
} paths[] = {
    { "/mcp", FACE_MCP },
    { "/sse", FACE_MCP },
    { "/messages", FACE_MCP },
    { "/call/", FACE_REST },
    { "/tools", FACE_REST },
    { "/tools/", FACE_REST },
    { "/", FACE_PAGES },
    { "/docs", FACE_PAGES },
    { "/redoc", FACE_PAGES },
    { "/licenses", FACE_PAGES },
    { "/openapi.json", FACE_PAGES },
    { "/favicon.ico", FACE_PAGES },
    { "/assets/", FACE_PAGES },
    { "/health", FACE_WATCH },
    { "/metrics", FACE_WATCH },
    { "/stats", FACE_WATCH },
};

int gauges_face(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        size_t len = strlen(paths[i].path);
        bool is_folder = len > 1 && paths[i].path[len - 1] == '/';
        if (is_folder ? strncmp(path, paths[i].path, len) == 0 : strcmp(path, paths[i].path) == 0)
            return (int)paths[i].face;
    }
    return FACE_OTHER;
}

struct metrics *gauges_metrics(struct assist *assist)
{
    struct arena *arena = &assist->settings.arena;
    const struct catalog *catalog = &assist->catalog;
    const char **tools = arena_alloc(arena, (catalog->count + 2) * sizeof *tools);
    const char **outcomes = arena_alloc(arena, (MCP_INTERNAL + 2) * sizeof *outcomes);
    for (size_t i = 0; i < catalog->count; i++)
        tools[i] = catalog->tools[i]->name;
    tools[catalog->count] = "other"; /* resources and prompts */
    for (int fault = MCP_OK; fault <= MCP_INTERNAL; fault++)
        outcomes[fault] = fault_row((enum mcp_fault)fault)->word;
    const struct metrics_options options = { .tools = tools, .outcomes = outcomes, .faces = faces };
    return metrics_new(&options);
}

static uint64_t count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    uint64_t count = 0;
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count > 3 ? count - 3 : 0; /* ".", "..", and the one that reads */
}

/* /proc/self/statm: pages of address space, pages in memory. */
static void measure_memory(struct rest_gauges *gauges)
{
    char text[128];
    uint64_t size = 0, resident = 0, page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (procfs_read(-1, "/proc/self/statm", text, sizeof text) <= 0)
        return;
    const char *at = text;
    if (procfs_next_number(&at, &size) && procfs_next_number(&at, &resident)) {
        gauges->virtual_bytes = size * page;
        gauges->resident_bytes = resident * page;
    }
}

static double seconds(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

void gauges_measure(void *user, struct rest_gauges *ret_gauges)
{
    const struct gauges *gauges = user;
    struct server_counts counts = server_count(gauges->mcp);
    struct rusage usage = { 0 };
    struct rlimit limit = { 0 };
    getrusage(RUSAGE_SELF, &usage);
    getrlimit(RLIMIT_NOFILE, &limit);
    *ret_gauges = (struct rest_gauges){
        .store = gauges->assist->store,
        .mcp_sessions = counts.sessions,
        .mcp_streams = counts.streams,
        .cpu_s = seconds(&usage.ru_utime) + seconds(&usage.ru_stime),
        .started_s = (double)(clock_wall_ms() - (clock_ms() - gauges->assist->started_ms)) / 1000,
        .descriptors = count_descriptors(),
        .descriptors_max = limit.rlim_cur,
    };
    measure_memory(ret_gauges);
}
