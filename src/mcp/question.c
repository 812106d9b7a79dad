/* What a handler asked, as messages (MCP, client/elicitation, client/sampling, client/roots). */
#include "mcp/question.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const char *method_of(enum mcp_ask_kind kind)
{
    static const char *const methods[] = {
        [MCP_ASK_FORM] = "elicitation/create",
        [MCP_ASK_URL] = "elicitation/create",
        [MCP_ASK_SAMPLE] = "sampling/createMessage",
        [MCP_ASK_ROOTS] = "roots/list",
    };
    return methods[kind];
}

/* The question; and, when it was asked before, why that answer was not taken. */
static void put_message(struct json_writer *w, const struct call_question *question)
{
    struct buf text = { 0 };
    buf_adds(&text, question->message);
    if (question->misfit)
        buf_addf(&text, " (%s)", question->misfit);
    json_put_strn(w, "message", buf_str(&text), text.len);
    buf_done(&text);
}

void question_put_page(struct json_writer *w, const struct call_question *question, const char *id)
{
    json_put_str(w, "mode", "url");
    put_message(w, question);
    json_put_str(w, "url", question->url);
    if (id)
        json_put_str(w, "elicitationId", id);
}

static void put_form(
    struct json_writer *w, const struct revision *revision, const struct call_question *question)
{
    if (revision->has_url_elicitation)
        json_put_str(w, "mode", "form");
    put_message(w, question);
    json_put_raw(w, "requestedSchema", question->params, strlen(question->params));
}

void question_put(struct json_writer *w, const struct revision *revision,
    const struct call_question *question, const char *id)
{
    json_put_str(w, "method", method_of(question->kind));
    if (question->kind == MCP_ASK_SAMPLE) {
        json_put_raw(w, "params", question->params, strlen(question->params));
        return;
    }
    json_open_object(w, "params");
    if (question->kind == MCP_ASK_FORM)
        put_form(w, revision, question);
    else if (question->kind == MCP_ASK_URL)
        question_put_page(w, question, id);
    json_close_object(w);
}

bool question_new_id(char ret_id[QUESTION_ID_SIZE])
{
    unsigned char random[(QUESTION_ID_SIZE - 1) / 2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(ret_id + 2 * i, 3, "%02x", random[i]);
    return true;
}

const char *question_unfit(
    const struct revision *revision, const struct call_question *questions, enum mcp_lang lang)
{
    for (; questions; questions = questions->next)
        if (questions->has_lists && !revision->has_form_lists)
            return lang == MCP_FR
                ? "cet outil pose une question à choix multiples, que la révision du protocole de ce client "
                  "ne connaît pas"
                : "this tool has a question with several choices, which this client's protocol revision "
                  "does not know";
    return NULL;
}

static void put_empty(struct json_writer *w, const char *key)
{
    json_open_object(w, key);
    json_close_object(w);
}

const char *question_lacks_data(struct arena *arena, unsigned lacks)
{
    const unsigned url = 1U << MCP_ASK_URL, tools = 1U << MCP_ASK_SAMPLE_TOOLS;
    const unsigned context = 1U << MCP_ASK_SAMPLE_CONTEXT;
    struct buf data = { 0 };
    struct json_writer w = { .out = &data };
    json_open_object(&w, NULL);
    json_open_object(&w, "requiredCapabilities");
    if (lacks & (1U << MCP_ASK_FORM | url)) {
        json_open_object(&w, "elicitation");
        if (lacks & url)
            put_empty(&w, "url");
        json_close_object(&w);
    }
    if (lacks & (1U << MCP_ASK_SAMPLE | tools | context)) {
        json_open_object(&w, "sampling");
        if (lacks & tools)
            put_empty(&w, "tools");
        if (lacks & context)
            put_empty(&w, "context");
        json_close_object(&w);
    }
    if (lacks & (1U << MCP_ASK_ROOTS))
        put_empty(&w, "roots");
    json_close_object(&w);
    json_close_object(&w);
    char *text = arena_strdup(arena, buf_str(&data));
    buf_done(&data);
    return text;
}
