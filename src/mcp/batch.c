/* A batch counts its messages down and sends one array. */
#include "mcp/batch.h"

#include <stdlib.h>

#include "mcp/exchange.h"

struct batch {
    struct mcp_exchange *owner;
    unsigned expected; /* messages without an answer yet, and one while the batch is open */
    struct buf out;
};

struct batch *batch_new(struct mcp_exchange *owner)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return NULL;
    *batch = (struct batch){ .owner = owner, .expected = 1 };
    return batch;
}

void batch_expect(struct batch *batch)
{
    batch->expected++;
}

void batch_close(struct batch *batch)
{
    if (--batch->expected > 0)
        return;
    if (batch->out.len)
        buf_addc(&batch->out, ']');
    const struct mcp_reply reply = {
        .status = batch->out.len ? 200 : 202,
        .json = buf_str(&batch->out),
        .len = batch->out.len,
    };
    struct mcp_exchange *owner = batch->owner;
    if (batch->out.failed) {
        exchange_error(
            owner, JSONRPC_INTERNAL_ERROR, NULL, "the answers of this batch are too large together");
        buf_done(&batch->out);
        free(batch);
        return;
    }
    if (owner->sink)
        owner->sink->end(owner->user, &reply);
    exchange_free(owner);
    buf_done(&batch->out);
    free(batch);
}

static void pass_event(void *user, const struct mcp_event *event)
{
    const struct mcp_exchange *owner = ((const struct batch *)user)->owner;
    if (owner->sink)
        owner->sink->event(owner->user, event);
}

static void take_end(void *user, const struct mcp_reply *reply)
{
    struct batch *batch = user;
    if (reply->len) {
        buf_addc(&batch->out, batch->out.len ? ',' : '[');
        buf_add(&batch->out, reply->json, reply->len);
    }
    batch_close(batch);
}

const struct mcp_sink *batch_sink(void)
{
    static const struct mcp_sink sink = { .event = pass_event, .end = take_end };
    return &sink;
}
