/* Tools of the fixture that ask the client: a person, its model, its folders. */
#include "fixture.h"

static const struct mcp_param prompt_rows[] = { MCP_ARG_STRING(struct words, prompt, .required = true, ABOUT),
    { 0 } };
static const struct mcp_param message_rows[] = {
    MCP_ARG_STRING(struct words, message, .required = true, ABOUT), { 0 }
};

const char *text_of(const struct mcp_json *content, const char *member)
{
    const char *text = mcp_json_get_text(content, member);
    return text ? text : "";
}

int ask_form(struct mcp_call *call, const char *key, const char *message, const char *schema,
    struct mcp_answer *answer)
{
    const struct mcp_question question = {
        .kind = MCP_ASK_FORM, .message = { message, message }, .params = schema
    };
    return mcp_ask(call, key, &question, answer);
}

int ask_model(struct mcp_call *call, const char *key, const char *params, struct mcp_answer *answer)
{
    const struct mcp_question question = { .kind = MCP_ASK_SAMPLE, .params = params };
    return mcp_ask(call, key, &question, answer);
}

int ask_roots(struct mcp_call *call, const char *key, struct mcp_answer *answer)
{
    const struct mcp_question question = { .kind = MCP_ASK_ROOTS };
    return mcp_ask(call, key, &question, answer);
}

/* The model's text: content is one block or a list of them. */
static const char *model_text(const struct mcp_answer *answer)
{
    const struct mcp_json *content = mcp_json_get(answer->content, "content");
    if (content && content->kind == MCP_JSON_ARRAY)
        content = content->first;
    return text_of(content, "text");
}

static void add_form_answer(struct mcp_call *call, const char *label, const struct mcp_answer *answer)
{
    const struct mcp_json *content = answer->content;
    mcp_add_text(call,
        mcp_printf(call, "%s: action=%s, content=%.*s", label, answer->action,
            content ? (int)content->raw_len : 2, content ? content->raw : "{}"));
}

static int sampling(struct mcp_call *call, const void *args)
{
    const struct words *words = args;
    struct mcp_answer answer;
    const char *params = mcp_printf(call,
        "{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":%s}}],\"maxTokens\":100}",
        mcp_json_quote(call, words->prompt));
    int error = ask_model(call, "sample", params, &answer);
    if (error)
        return error;
    mcp_add_text(call, mcp_printf(call, "LLM response: %s", model_text(&answer)));
    return 0;
}

static int elicit(struct mcp_call *call, const char *message, const char *schema, const char *label)
{
    struct mcp_answer answer;
    int error = ask_form(call, "form", message, schema, &answer);
    if (error)
        return error;
    add_form_answer(call, label, &answer);
    return 0;
}

static int elicitation(struct mcp_call *call, const void *args)
{
    const struct words *words = args;
    return elicit(call, words->message, form_user, "User response");
}

static int elicitation_defaults(struct mcp_call *call, const void *args)
{
    (void)args;
    return elicit(call, "Please review and update the form", form_defaults, "Elicitation completed");
}

static int elicitation_enums(struct mcp_call *call, const void *args)
{
    (void)args;
    return elicit(call, "Please choose", form_enums, "Elicitation completed");
}

static int missing_capability(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    if (mcp_can_ask(call, MCP_ASK_SAMPLE)) {
        mcp_add_text(call, "sampling is there");
        return 0;
    }
    return ask_model(call, "sample", sample_capital, &answer);
}

static int input_elicitation(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    int error = ask_form(call, "user_name", "What is your name?", form_name, &answer);
    if (error)
        return error;
    mcp_add_text(call, mcp_printf(call, "Hello, %s!", text_of(answer.content, "name")));
    return 0;
}

static int input_sampling(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    int error = ask_model(call, "capital_question", sample_capital, &answer);
    if (error)
        return error;
    mcp_add_text(call, mcp_printf(call, "LLM response: %s", model_text(&answer)));
    return 0;
}

static void add_roots(struct mcp_call *call, const struct mcp_answer *answer)
{
    const struct mcp_json *roots = mcp_json_get(answer->content, "roots");
    const struct mcp_json *root = roots ? roots->first : NULL;
    for (; root; root = root->next)
        mcp_add_text(call, mcp_printf(call, "Root: %s", text_of(root, "uri")));
    mcp_add_text(call, "roots received");
}

static int input_roots(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    int error = ask_roots(call, "client_roots", &answer);
    if (error)
        return error;
    add_roots(call, &answer);
    return 0;
}

static int input_state(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    int error = ask_form(call, "confirm", "Please confirm", form_ok, &answer);
    if (error)
        return error;
    mcp_add_text(call, "confirmed, state-ok");
    return 0;
}

static int input_multiple(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer name, greeting, roots;
    int waits = ask_form(call, "user_name", "What is your name?", form_name, &name);
    int also = ask_model(call, "greeting", sample_greeting, &greeting);
    int last = ask_roots(call, "client_roots", &roots);
    if (waits || also || last)
        return waits ? waits : also ? also : last;
    mcp_add_text(call, mcp_printf(call, "%s: %s", text_of(name.content, "name"), model_text(&greeting)));
    add_roots(call, &roots);
    return 0;
}

static int input_rounds(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer name, color;
    int error = ask_form(call, "step1", "What is your name?", form_name, &name);
    if (!error)
        error = ask_form(call, "step2", "What is your favorite color?", form_color, &color);
    if (error)
        return error;
    mcp_add_text(call,
        mcp_printf(call, "%s likes %s", text_of(name.content, "name"), text_of(color.content, "color")));
    return 0;
}

static int input_capabilities(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    int error = 0;
    if (mcp_can_ask(call, MCP_ASK_SAMPLE))
        error = ask_model(call, "capital_question", sample_capital, &answer);
    else
        error = ask_form(call, "user_name", "What is your name?", form_name, &answer);
    if (error)
        return error;
    mcp_add_text(call, "complete");
    return 0;
}

static int elicitation_rules(struct mcp_call *call, const void *args)
{
    (void)args;
    return elicit(call, "Please fill in", form_rules, "Filled in");
}

static int broken_question(struct mcp_call *call, const void *args)
{
    (void)args;
    return elicit(call, "Who are you?", form_broken, "Never");
}

/* A page that a person opens; the server itself would know when it is done with. */
static int elicitation_url(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    const struct mcp_question question = { .kind = MCP_ASK_URL,
        .message = { "Please sign in", "Please sign in" },
        .url = "https://example.org/sign-in" };
    int error = mcp_ask(call, "page", &question, &answer);
    if (error)
        return error;
    if (answer.accepted)
        mcp_page_done(call, "page");
    mcp_add_text(call, mcp_printf(call, "page: %s", answer.action));
    return 0;
}

/* The first block of that type in the model's answer; NULL if there is none. */
static const struct mcp_json *find_block(const struct mcp_answer *answer, const char *type)
{
    const struct mcp_json *content = mcp_json_get(answer->content, "content");
    const struct mcp_json *block = content && content->kind == MCP_JSON_ARRAY ? content->first : content;
    while (block && !mcp_json_is(mcp_json_get(block, "type"), type))
        block = block->next;
    return block;
}

/* Lends the model a tool; what it wants of it is answered in a second question. */
static int sampling_tools(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer first, second;
    int error = ask_model(call, "first", sample_weather, &first);
    if (error)
        return error;
    const struct mcp_json *use = find_block(&first, "tool_use");
    if (!use) {
        mcp_add_text(call, mcp_printf(call, "without the tool: %s", model_text(&first)));
        return 0;
    }
    const struct mcp_json *content = mcp_json_get(first.content, "content");
    const char *id = mcp_json_quote(call, text_of(use, "id"));
    error = ask_model(call, "second",
        mcp_printf(call, WEATHER_RESULT_FORMAT, (int)content->raw_len, content->raw, id), &second);
    if (error)
        return error;
    mcp_add_text(call, mcp_printf(call, "with the tool: %s", model_text(&second)));
    return 0;
}

const struct row question_tools[] = {
    { .name = "test_sampling", .run = sampling, .params = prompt_rows },
    { .name = "test_elicitation", .run = elicitation, .params = message_rows },
    { .name = "test_elicitation_sep1034_defaults", .run = elicitation_defaults },
    { .name = "test_elicitation_sep1330_enums", .run = elicitation_enums },
    { .name = "test_missing_capability", .run = missing_capability },
    { .name = "test_input_required_result_elicitation", .run = input_elicitation },
    { .name = "test_input_required_result_sampling", .run = input_sampling },
    { .name = "test_input_required_result_list_roots", .run = input_roots },
    { .name = "test_input_required_result_request_state", .run = input_state },
    { .name = "test_input_required_result_multiple_inputs", .run = input_multiple },
    { .name = "test_input_required_result_multi_round", .run = input_rounds },
    { .name = "test_input_required_result_tampered_state", .run = input_state },
    { .name = "test_input_required_result_capabilities", .run = input_capabilities },
    { .name = "test_elicitation_rules", .run = elicitation_rules },
    { .name = "test_elicitation_url", .run = elicitation_url },
    { .name = "test_broken_question", .run = broken_question },
    { .name = "test_sampling_tools", .run = sampling_tools },
    { 0 },
};
