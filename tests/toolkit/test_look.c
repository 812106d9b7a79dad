/* look.c: icons, annotations and _meta as JSON, and what is refused at start. */
#include "toolkit_json.h"

#include <errno.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "toolkit/look.h"

static void test_icons(void **state)
{
    (void)state;
    const struct mcp_icon icons[] = {
        { .src = "https://example.org/a.png" },
        { .src = "data:image/png;base64,AA==",
            .mime_type = "image/png",
            .sizes = "48x48 any",
            .theme = MCP_LIGHT },
        { .src = "https://example.org/b.svg", .theme = MCP_DARK },
        { 0 },
    };
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    json_open_object(&w, NULL);
    look_put_icons(&w, icons);
    json_close_object(&w);
    assert_string_equal(buf_str(&out),
        "{\"icons\":[{\"src\":\"https://example.org/a.png\"},{\"src\":\"data:image/png;base64,AA==\","
        "\"mimeType\":\"image/png\",\"sizes\":[\"48x48\",\"any\"],\"theme\":\"light\"},"
        "{\"src\":\"https://example.org/b.svg\",\"theme\":\"dark\"}]}");
}

static const char *annotated(struct buf *out, const struct mcp_annotations *annotations, bool has_modified)
{
    struct json_writer w = { .out = out };
    buf_clear(out);
    json_open_object(&w, NULL);
    look_put_annotations(&w, annotations, has_modified);
    json_close_object(&w);
    return buf_str(out);
}

static void test_annotations(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = { 0 };
    const struct mcp_annotations nothing = { 0 }, when = { .last_modified = "2026-01-01T00:00:00Z" };
    const struct mcp_annotations user = { .audience = 1U << MCP_USER, .has_priority = true };
    const struct mcp_annotations both = {
        .audience = 1U << MCP_USER | 1U << MCP_ASSISTANT, .has_priority = true, .priority = 0.25
    };
    assert_string_equal(annotated(&out, &nothing, true), "{}");
    assert_string_equal(annotated(&out, &when, false), "{}");
    assert_string_equal(
        annotated(&out, &when, true), "{\"annotations\":{\"lastModified\":\"2026-01-01T00:00:00Z\"}}");
    assert_string_equal(
        annotated(&out, &user, true), "{\"annotations\":{\"audience\":[\"user\"],\"priority\":0}}");
    assert_string_equal(annotated(&out, &both, true),
        "{\"annotations\":{\"audience\":[\"user\",\"assistant\"],\"priority\":0.25}}");
}

static void test_meta(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    json_open_object(&w, NULL);
    json_put_int(&w, "first", 0);
    look_put_members(&w, "{ \"a\" : [1, 2] , \"b\":{} }");
    look_put_members(&w, NULL);
    look_put_meta(&w, "{\"c\":1}");
    look_put_meta(&w, NULL);
    json_close_object(&w);
    assert_string_equal(buf_str(&out), "{\"first\":0,\"a\":[1, 2],\"b\":{},\"_meta\":{\"c\":1}}");
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const sources[] = { "http://example.org/x.png", "javascript:alert(1)", "file:///x.png",
        "", "data:text/html,x", "x.png" };
    static const char *const sizes[] = { "", "48", "48x", "x48", "48x48,96x96", "big", "48x48x48",
        "anything" };
    struct err err = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        const struct mcp_icon icons[] = { { .src = sources[i] }, { 0 } };
        assert_int_equal(look_check("thing", icons, NULL, &err), -EINVAL);
        assert_non_null(strstr(err.text, "thing"));
    }
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        const struct mcp_icon icons[] = { { .src = "https://example.org/", .sizes = sizes[i] }, { 0 } };
        assert_int_equal(look_check("thing", icons, NULL, &err), -EINVAL);
    }
    assert_int_equal(look_check("thing", NULL, "[]", &err), -EINVAL);
    assert_int_equal(look_check("thing", NULL, "{", &err), -EINVAL);
    assert_int_equal(look_check("thing", NULL, "{}", &err), 0);
    const struct mcp_annotations low = { .has_priority = true, .priority = -0.1 };
    const struct mcp_annotations high = { .has_priority = true, .priority = 1.1 };
    const struct mcp_annotations good = { .has_priority = true, .priority = 1 };
    assert_int_equal(look_check_annotations("thing", &low, &err), -EINVAL);
    assert_int_equal(look_check_annotations("thing", &high, &err), -EINVAL);
    assert_int_equal(look_check_annotations("thing", &good, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_icons),
        cmocka_unit_test(test_annotations),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
