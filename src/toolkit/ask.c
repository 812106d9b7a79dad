/* mcp_ask(): a question is recorded until the call has an answer that fits it. */
#include <string.h>

#include "base/json_read.h"
#include "toolkit/call_state.h"
#include "toolkit/form.h"
#include "toolkit/sampling.h"

bool mcp_can_ask(const struct mcp_call *call, enum mcp_ask_kind kind)
{
    return call->asks & (1U << kind);
}

/* What a question is made of, once it is known to be a good one. */
struct question {
    const struct mcp_question *given;
    const struct mcp_json *params; /* FORM, SAMPLE: parsed */
    unsigned needs; /* bits 1 << enum mcp_ask_kind */
};

static const struct mcp_json *parse(struct mcp_call *call, const char *text)
{
    const struct mcp_json *value = NULL;
    struct json_error error;
    const struct json_limits limits = { .unique_keys = true };
    const char *copy = arena_strdup(&call->arena, text ? text : "");
    int failed = json_read(&call->arena, copy, strlen(copy), &limits, &value, &error);
    return failed ? NULL : value;
}

/* NULL if the question can be asked of anybody; else what its author did wrong. */
static const char *read_question(
    struct mcp_call *call, const struct mcp_question *given, struct question *ret_question)
{
    struct question question = { .given = given, .needs = 1U << given->kind };
    const char *fault = NULL;
    bool needs_words = given->kind == MCP_ASK_FORM || given->kind == MCP_ASK_URL;
    if (needs_words && (!given->message.fr || !given->message.en))
        fault = "a form or a page needs a message in both languages";
    if (!fault && given->kind == MCP_ASK_URL && (!given->url || !strstr(given->url, "://")))
        fault = "a page needs its URL";
    if (given->kind == MCP_ASK_FORM || given->kind == MCP_ASK_SAMPLE)
        question.params = parse(call, given->params);
    if (!fault && given->kind == MCP_ASK_FORM)
        fault = form_bad_schema(&call->arena, question.params);
    if (!fault && given->kind == MCP_ASK_SAMPLE) {
        fault = sampling_bad_params(question.params);
        question.needs = sampling_needs(question.params);
    }
    if (given->kind > MCP_ASK_ROOTS)
        fault = "this kind is for mcp_can_ask() only";
    *ret_question = question;
    return fault;
}

/* A person's answer. *ret_misfit: why its values are refused, or NULL. */
static bool read_person(struct mcp_call *call, const struct question *question, const struct mcp_json *value,
    struct mcp_answer *ret_answer, const char **ret_misfit)
{
    const char *action = mcp_json_get_text(value, "action");
    const struct mcp_json *content = mcp_json_get(value, "content");
    bool accepted = action && strcmp(action, "accept") == 0;
    if (!action || (!accepted && strcmp(action, "decline") != 0 && strcmp(action, "cancel") != 0))
        return false;
    if (accepted && question->given->kind == MCP_ASK_FORM) {
        if (!content || content->kind != MCP_JSON_OBJECT)
            return false;
        *ret_misfit = form_misfit(&call->arena, question->params, content, call->lang);
        if (*ret_misfit)
            return false;
    }
    *ret_answer =
        (struct mcp_answer){ .accepted = accepted, .action = action, .content = accepted ? content : NULL };
    return true;
}

/* A list of objects that each have a uri. */
static bool are_roots(const struct mcp_json *roots)
{
    if (!roots || roots->kind != MCP_JSON_ARRAY)
        return false;
    for (const struct mcp_json *root = roots->first; root; root = root->next)
        if (!mcp_json_get_text(root, "uri"))
            return false;
    return true;
}

/* True and *ret_answer filled if the client's answer fits the question. */
static bool read_answer(struct mcp_call *call, const struct question *question, const struct mcp_json *value,
    struct mcp_answer *ret_answer, const char **ret_misfit)
{
    if (!value || value->kind != MCP_JSON_OBJECT)
        return false;
    enum mcp_ask_kind kind = question->given->kind;
    if (kind != MCP_ASK_SAMPLE && kind != MCP_ASK_ROOTS)
        return read_person(call, question, value, ret_answer, ret_misfit);
    if (kind == MCP_ASK_ROOTS ? !are_roots(mcp_json_get(value, "roots")) : !sampling_is_answer(value))
        return false;
    *ret_answer = (struct mcp_answer){ .accepted = true, .content = value };
    return true;
}

int mcp_ask(struct mcp_call *call, const char *key, const struct mcp_question *question,
    struct mcp_answer *ret_answer)
{
    struct question wanted;
    const char *misfit = NULL, *fault = read_question(call, question, &wanted);
    if (fault)
        return mcp_fail(call, MCP_INTERNAL, "question %s mal formée : %s", "the question %s is malformed: %s",
            key, fault);
    if (read_answer(call, &wanted, mcp_json_get(call->answers, key), ret_answer, &misfit))
        return 0;
    if (wanted.needs & ~call->asks) {
        call->lacks |= wanted.needs & ~call->asks;
        return mcp_fail(call, MCP_UNSUPPORTED,
            "cet outil doit poser une question (%s) et ce client ne peut pas y répondre",
            "this tool has a question (%s) and this client cannot answer it", key);
    }
    struct call_question *asked = arena_alloc(&call->arena, sizeof *asked);
    *asked = (struct call_question){
        .key = key,
        .kind = question->kind,
        .message = question->message.en ? mcp_pick(call, question->message) : NULL,
        .misfit = misfit,
        .url = question->url,
        .params = question->params,
        .has_lists = question->kind == MCP_ASK_FORM && form_has_lists(wanted.params),
    };
    *call->questions_tail = asked;
    call->questions_tail = &asked->next;
    return MCP_NEEDS_INPUT;
}
