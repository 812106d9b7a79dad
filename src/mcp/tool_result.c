/* Data, text and content blocks of a tool's answer, shaped for the revision (MCP, server/tools, Tool Result).
 */
#include "mcp/tool_result.h"

#include "mcp/content.h"
#include "mcp/run.h"

/* MCP 2025-11-25, server/tools, Error Handling: faults of a tool are results that a model can read and act
 * on. */
static void put_fault(struct json_writer *w, const struct revision *revision,
    const struct call_outcome *outcome, enum mcp_lang lang)
{
    struct buf text = { 0 };
    run_put_fault(&text, outcome, lang);
    json_open_array(w, "content");
    if (outcome->blocks) /* the tool said it in its own words */
        content_put_blocks(w, revision, outcome->blocks);
    else
        content_put_text(w, buf_str(&text), text.len);
    json_close_array(w);
    json_put_bool(w, "isError", true);
    buf_done(&text);
}

void tool_result_put(struct json_writer *w, const struct revision *revision,
    const struct call_outcome *outcome, enum mcp_lang lang)
{
    if (outcome->fault) {
        put_fault(w, revision, outcome, lang);
        return;
    }
    json_open_array(w, "content");
    if (outcome->has_data || outcome->text_len)
        content_put_text(w, outcome->text, outcome->text_len);
    if (outcome->has_data && !revision->has_structured_content)
        content_put_text(w, outcome->json, outcome->json_len);
    content_put_blocks(w, revision, outcome->blocks);
    json_close_array(w);
    if (outcome->has_data && revision->has_structured_content)
        json_put_raw(w, "structuredContent", outcome->json, outcome->json_len);
    json_put_bool(w, "isError", false);
}
