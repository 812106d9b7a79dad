/* Trace context: which trace of a distributed system a request is part of (W3C Trace Context, W3C Baggage).
 *
 * MCP 2026-07-28, basic, _meta, OpenTelemetry trace context: the values MUST follow these formats; what does
 * not is ignored, as the W3C asks of a receiver. */
#ifndef TOOLKIT_TRACE_H
#define TOOLKIT_TRACE_H

#include <mcp/tool.h>

struct arena;

/* What of the three texts (each may be NULL) is well formed, copied into `arena`. Without a good traceparent
 * there is no tracestate. */
struct mcp_trace trace_read(
    struct arena *arena, const char *traceparent, const char *tracestate, const char *baggage);
/* A copy in `arena`. */
struct mcp_trace trace_copy(struct arena *arena, const struct mcp_trace *trace);

#endif
