/* The server that the official conformance suite expects, on the public headers alone. Names, arguments and
 * answers are the suite's. */
#ifndef CONFORMANCE_FIXTURE_H
#define CONFORMANCE_FIXTURE_H

#include <mcp/resource.h>
#include <mcp/tool.h>

/* The arguments of everything here. */
struct words {
    const char *prompt, *message, *name, *region, *label, *filename, *id, *arg1, *arg2, *resourceUri;
    double seconds;
};

#define ABOUT .about = { "-", "-" }

/* A tool, a resource (with `uri`) or a prompt. Tables of them end with an empty row. */
struct row {
    const char *name;
    int (*run)(struct mcp_call *call, const void *args);
    const struct mcp_param *params;
    enum mcp_task task;
    const char *input_schema, *uri, *mime_type;
    const struct mcp_icon *icons;
    const char *meta;
    struct mcp_annotations annotations;
    mcp_completer *complete;
};

/* The first tool of all must succeed without arguments. */
extern const struct row content_tools[], question_tools[], task_tools[];
extern const struct row fixture_resources[], fixture_prompts[];

/* A name as the only argument. */
extern const struct mcp_param name_params[];

/* What image and audio blocks carry: a transparent pixel, a sound without samples. */
extern const unsigned char fixture_png[], fixture_wav[];
extern const size_t fixture_png_size, fixture_wav_size;

/* The pixel again, as clients show it beside a name. */
extern const struct mcp_icon fixture_icons[];

/* Schemas of forms, and requests to the client's model. */
extern const char form_user[], form_name[], form_color[], form_context[], form_ok[], form_confirm[];
extern const char form_defaults[], form_enums[], form_rules[], form_broken[];
extern const char sample_capital[], sample_greeting[], sample_weather[];
extern const char schema_2020_12[];

/* A question that lends the model a tool; and, as a format, the second one: what the model answered, and the
 * id of its tool use. */
#define WEATHER_TOOL \
    "\"tools\":[{\"name\":\"weather\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\"city\":{" \
    "\"type\":\"string\"}}}}],\"toolChoice\":{\"mode\":\"auto\"},\"maxTokens\":100"
#define WEATHER_QUESTION \
    "{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"How is the weather in Paris?\"}}"
#define WEATHER_RESULT_FORMAT \
    "{\"messages\":[" WEATHER_QUESTION ",{\"role\":\"assistant\",\"content\":%.*s},{\"role\":\"user\"," \
    "\"content\":[{\"type\":\"tool_result\",\"toolUseId\":%s,\"content\":[{\"type\":\"text\",\"text\":" \
    "\"sunny\"}]}]}]," WEATHER_TOOL "}"

/* mcp_ask() for one kind each. */
int ask_form(struct mcp_call *call, const char *key, const char *message, const char *schema,
    struct mcp_answer *answer);
int ask_model(struct mcp_call *call, const char *key, const char *params, struct mcp_answer *answer);
int ask_roots(struct mcp_call *call, const char *key, struct mcp_answer *answer);

/* A text member of an object, "" if there is none. */
const char *text_of(const struct mcp_json *content, const char *member);

#endif
