/* mcp_put_*: the one pass in which a tool writes its answer, checked against its own output table. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "toolkit/call_state.h"

static const struct mcp_field targets_label = { .label = { "Cibles", "Targets" } };

void result_init(struct mcp_call *call)
{
    struct result *result = &call->result;
    buf_init(&result->json, call->answer_max);
    result->writer = (struct json_writer){ .out = &result->json };
    render_init(&result->render, call->lang, call->answer_max, call->wants_text);
    result->frames[0] = (struct result_frame){ .fields = call->tool->output, .more = call->tool->target };
    result->depth = 1;
    json_open_object(&result->writer, NULL);
}

void result_done(struct result *result)
{
    buf_done(&result->json);
    render_done(&result->render);
}

static struct result_frame *top(struct mcp_call *call)
{
    return &call->result.frames[call->result.depth - 1];
}

/* A tool that answers what it did not declare is wrong, not its caller: stop at once where developers see it.
 */
static void report_bug(struct mcp_call *call, const char *what, const char *field)
{
    if (call->result.bug)
        return;
    call->result.bug =
        arena_printf(&call->arena, "%s: %s: %s", call->tool->name, field ? field : "(element)", what);
#ifndef NDEBUG
    fprintf(stderr, "contract broken by %s\n", call->result.bug);
    abort();
#endif
}

/* The row called `name` in `fields`; *bit set to its number. */
static const struct mcp_field *find_field(
    const struct mcp_field *fields, const char *name, unsigned hint, unsigned *bit)
{
    unsigned count = 0;
    if (!fields)
        return NULL;
    for (; fields[count].name; count++)
        if (count == hint && (fields[count].name == name || strcmp(fields[count].name, name) == 0)) {
            *bit = count;
            return &fields[count];
        }
    for (unsigned i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0) {
            *bit = i;
            return &fields[i];
        }
    return NULL;
}

/* Closes targets[] when something else is put beside it. */
static void leave_targets(struct mcp_call *call)
{
    struct result *result = &call->result;
    if (!result->several || result->depth != 2 || top(call)->self != &targets_label)
        return;
    json_close_array(&result->writer);
    render_close(&result->render);
    result->depth--;
}

/* The row that may be put now under `name`, marked as put; NULL (reported) if there is none. */
static const struct mcp_field *admit(struct mcp_call *call, const char *name)
{
    leave_targets(call);
    struct result_frame *frame = top(call);
    if (call->result.bug || call->fault)
        return NULL;
    if (!name) {
        bool is_list = frame->self && frame->self->kind == MCP_LIST;
        if (!is_list)
            report_bug(call, "an element outside a list", frame->self ? frame->self->name : NULL);
        return is_list ? frame->self : NULL;
    }
    unsigned bit = 0;
    uint64_t *seen = &frame->seen;
    const struct mcp_field *field = find_field(frame->fields, name, frame->hint, &bit);
    if (field)
        frame->hint = bit + 1;
    else if (frame->more) {
        field = find_field(frame->more, name, UINT32_MAX, &bit);
        seen = &frame->seen_more;
    }
    if (!field) {
        report_bug(call, "not declared in the output table", name);
        return NULL;
    }
    if (*seen & (UINT64_C(1) << bit)) {
        report_bug(call, "put twice", name);
        return NULL;
    }
    *seen |= UINT64_C(1) << bit;
    return field;
}

static bool is_kind(
    struct mcp_call *call, const struct mcp_field *field, const char *name, enum mcp_kind a, enum mcp_kind b)
{
    enum mcp_kind kind = name ? field->kind : field->of;
    if (kind == a || kind == b)
        return true;
    report_bug(call, "declared with another kind", field->name);
    return false;
}

void mcp_put_int(struct mcp_call *call, const char *name, int64_t value)
{
    const struct mcp_field *field = admit(call, name);
    if (!field || !is_kind(call, field, name, MCP_INT, MCP_NUMBER))
        return;
    json_put_int(&call->result.writer, name, value);
    render_int(&call->result.render, field, value);
}

/* What cannot be said in JSON is left out; that is only right for an optional field. */
static bool is_left_out(struct mcp_call *call, const struct mcp_field *field, const char *name)
{
    if (!name || !field->optional)
        report_bug(call, "has no value but is not optional", field->name);
    return true;
}

void mcp_put_num(struct mcp_call *call, const char *name, double value)
{
    const struct mcp_field *field = admit(call, name);
    if (!field || !is_kind(call, field, name, MCP_NUMBER, MCP_NUMBER))
        return;
    if (!isfinite(value) && is_left_out(call, field, name))
        return;
    json_put_num(&call->result.writer, name, value);
    render_num(&call->result.render, field, value);
}

void mcp_put_round(struct mcp_call *call, const char *name, double value, int decimals)
{
    double scale = pow(10, decimals);
    double rounded = round(value * scale) / scale;
    mcp_put_num(call, name, isfinite(rounded) ? rounded + 0.0 : value);
}

void mcp_put_bool(struct mcp_call *call, const char *name, bool value)
{
    const struct mcp_field *field = admit(call, name);
    if (!field || !is_kind(call, field, name, MCP_BOOL, MCP_BOOL))
        return;
    json_put_bool(&call->result.writer, name, value);
    render_bool(&call->result.render, field, value);
}

void mcp_put_strn(struct mcp_call *call, const char *name, const char *text, size_t len)
{
    const struct mcp_field *field = admit(call, name);
    if (!field || !is_kind(call, field, name, MCP_STRING, MCP_TEXT))
        return;
    if (!text && is_left_out(call, field, name))
        return;
    json_put_strn(&call->result.writer, name, text, len);
    render_str(&call->result.render, field, text, len);
}

void mcp_put_str(struct mcp_call *call, const char *name, const char *text)
{
    mcp_put_strn(call, name, text, text ? strlen(text) : 0);
}

void mcp_put_fmt(struct mcp_call *call, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(&call->arena, format, args);
    va_end(args);
    mcp_put_str(call, name, text);
}

void mcp_put_pair(struct mcp_call *call, const char *name, const char *value)
{
    const struct mcp_field *self = top(call)->self;
    if (call->result.bug || call->fault)
        return;
    if (!self || self->kind != MCP_MAP) {
        report_bug(call, "a pair outside a map", name);
        return;
    }
    json_put_str(&call->result.writer, name, value);
    render_pair(&call->result.render, name, value);
}

static void push(struct mcp_call *call, struct result_frame frame)
{
    assert(call->result.depth < RESULT_MAX_DEPTH); /* catalog_init() bounds the nesting of tables */
    call->result.frames[call->result.depth++] = frame;
}

void mcp_open(struct mcp_call *call, const char *name)
{
    const struct mcp_field *field = admit(call, name);
    if (!field)
        return;
    struct json_writer *w = &call->result.writer;
    if (!name) {
        json_open_object(w, NULL);
        render_open(&call->result.render, NULL);
        push(call, (struct result_frame){ .fields = field->fields });
        return;
    }
    if (field->kind != MCP_OBJECT && field->kind != MCP_LIST && field->kind != MCP_MAP) {
        report_bug(call, "a scalar cannot be opened", name);
        return;
    }
    if (field->kind == MCP_LIST)
        json_open_array(w, name);
    else
        json_open_object(w, name);
    render_open(&call->result.render, field);
    push(call,
        (struct result_frame){ .fields = field->kind == MCP_OBJECT ? field->fields : NULL, .self = field });
}

static void require_all(struct mcp_call *call, const struct mcp_field *fields, uint64_t seen)
{
    for (unsigned i = 0; fields && fields[i].name; i++)
        if (!fields[i].optional && !(seen & (UINT64_C(1) << i)))
            report_bug(call, "required but not put", fields[i].name);
}

void mcp_close(struct mcp_call *call)
{
    if (call->result.bug || call->fault)
        return;
    const struct result_frame *frame = top(call);
    if (call->result.depth == 1) {
        report_bug(call, "closed more than was opened", NULL);
        return;
    }
    if (frame->self && frame->self->kind == MCP_LIST)
        json_close_array(&call->result.writer);
    else
        json_close_object(&call->result.writer);
    require_all(call, frame->fields, frame->seen);
    render_close(&call->result.render);
    call->result.depth--;
}

void mcp_targets(struct mcp_call *call, size_t count)
{
    struct result *result = &call->result;
    if (result->targets_said || !call->tool->target)
        report_bug(call, "mcp_targets() needs a target table and is called once", "targets");
    result->targets_said = true;
    result->several = count != 1;
    if (!result->several)
        return;
    result->frames[0].more = NULL;
    json_open_array(&result->writer, "targets");
    struct mcp_field *list = arena_alloc(&call->arena, sizeof *list);
    *list = targets_label;
    list->kind = MCP_LIST;
    list->fields = call->tool->target;
    render_open(&result->render, list);
    push(call, (struct result_frame){ .self = &targets_label });
}

void mcp_target(struct mcp_call *call)
{
    if (!call->result.several || call->fault || call->result.bug)
        return;
    if (top(call)->self != &targets_label) {
        report_bug(call, "a target after the totals", "targets");
        return;
    }
    json_open_object(&call->result.writer, NULL);
    render_open(&call->result.render, NULL);
    push(call, (struct result_frame){ .fields = call->tool->target });
}

void mcp_target_end(struct mcp_call *call)
{
    if (call->result.several)
        mcp_close(call);
}

bool result_finish(struct mcp_call *call)
{
    struct result *result = &call->result;
    leave_targets(call);
    if (!call->fault && !result->bug) {
        if (result->depth != 1)
            report_bug(call, "opened but not closed", NULL);
        require_all(call, result->frames[0].fields, result->frames[0].seen);
        require_all(call, result->frames[0].more, result->frames[0].seen_more);
        if (result->partial)
            json_put_bool(&result->writer, "complete", false);
        json_close_object(&result->writer);
    }
    size_t text_len = 0;
    const char *text = render_finish(&result->render, &text_len);
    if (result->bug && !call->fault)
        mcp_fail(call, MCP_INTERNAL, "l'outil a rompu son contrat (%s)", "the tool broke its contract (%s)",
            result->bug);
    else if (!call->fault &&
        (result->json.failed || result->render.say.failed || result->render.out.failed ||
            result->json.len + text_json_length(text, text_len) > call->answer_max))
        mcp_fail(call, MCP_TOO_LARGE,
            "la réponse dépasse %zu octets ; demandez-en moins (limit, lines, max_bytes…)",
            "the answer exceeds %zu bytes; ask for less (limit, lines, max_bytes...)", call->answer_max);
    return !call->fault;
}
