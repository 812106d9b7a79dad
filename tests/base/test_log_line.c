/* How events are written: whatever a value holds, one event is one line, and none passes for another. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "base/log_line.h"
#include "base/scope.h"
#include "base/text.h"

#define MOMENT 1795356187250 /* 2026-11-22T14:03:07.250Z */

static const char *line_of(enum log_format format, enum log_level level, const struct log_field *fields,
    char ret_line[LOG_LINE_BYTES + 1])
{
    const struct log_event event = { .level = level, .name = "call", .wall_ms = MOMENT, .fields = fields };
    size_t len = log_line(format, &event, ret_line);
    assert_in_range(len, 1, LOG_LINE_BYTES);
    ret_line[len] = '\0';
    assert_int_equal(strlen(ret_line), len);
    assert_ptr_equal(strchr(ret_line, '\n'), ret_line + len - 1);
    return ret_line;
}

static void the_same_event_in_both_forms(void **state)
{
    (void)state;
    static const char *const names[] = { "debug", "info", "warning", "error" };
    const struct log_field fields[] = { log_str("tool", "ping_host"), log_str("nobody", NULL),
        log_int("bytes", -12), log_num("ms", 1.23456, 3), log_str("said", "two words"), { 0 } };
    for (int level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_ERROR; level++) {
        char line[LOG_LINE_BYTES + 1], wanted[256];
        snprintf(wanted, sizeof wanted,
            "time=2026-11-22T14:03:07.250Z level=%s event=call tool=ping_host bytes=-12 ms=1.235 said=\"two "
            "words\"\n",
            names[level]);
        assert_string_equal(line_of(LOG_FORMAT_LOGFMT, (enum log_level)level, fields, line), wanted);
        snprintf(wanted, sizeof wanted,
            "{\"time\":\"2026-11-22T14:03:07.250Z\",\"level\":\"%s\",\"event\":\"call\",\"tool\":\"ping_"
            "host\","
            "\"bytes\":-12,\"ms\":1.235,\"said\":\"two words\"}\n",
            names[level]);
        assert_string_equal(line_of(LOG_FORMAT_JSON, (enum log_level)level, fields, line), wanted);
    }
}

static void numbers_are_written_out(void **state)
{
    (void)state;
    static const struct {
        double number;
        int decimals;
        const char *written;
    } cases[] = { { 0, 3, "0.000" }, { 0.0004, 3, "0.000" }, { 0.0005, 3, "0.001" }, { -0.25, 2, "-0.25" },
        { 12345.6789, 3, "12345.679" }, { 9.9999, 3, "10.000" }, { 7, 0, "7" },
        { 123456789012.0, 3, "123456789012.000" } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char line[LOG_LINE_BYTES + 1], wanted[64];
        const struct log_field fields[] = { log_num("v", cases[i].number, cases[i].decimals), { 0 } };
        snprintf(wanted, sizeof wanted, " v=%s\n", cases[i].written);
        assert_non_null(strstr(line_of(LOG_FORMAT_JSON, LOG_LEVEL_INFO, fields, line), "\"v\":"));
        assert_non_null(strstr(line_of(LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO, fields, line), wanted));
    }
    static const int64_t integers[] = { 0, 1, -1, 10, 1234567890123, INT64_MAX, INT64_MIN };
    for (size_t i = 0; i < ARRAY_LEN(integers); i++) {
        char line[LOG_LINE_BYTES + 1], wanted[64];
        const struct log_field fields[] = { log_int("v", integers[i]), { 0 } };
        snprintf(wanted, sizeof wanted, " v=%lld\n", (long long)integers[i]);
        assert_non_null(strstr(line_of(LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO, fields, line), wanted));
    }
}

static void values_are_quoted_when_they_need_to_be(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
    } cases[] = {
        { "plain", "plain" },
        { "/var/log/x-1.log", "/var/log/x-1.log" },
        { "h\xC3\xA9", "\"h\xC3\xA9\"" },
        { "", "\"\"" },
        { "two words", "\"two words\"" },
        { "a=b", "\"a=b\"" },
        { "say \"hi\"", "\"say \\\"hi\\\"\"" },
        { "back\\slash", "\"back\\\\slash\"" },
        { "line\nlevel=error", "\"line\\nlevel=error\"" },
        { "\r\t\x01\x1B[31m\x7F", "\"\\r\\t\\u0001\\u001b[31m\\u007f\"" },
        { "\xC2\x85\xC2\x9B", "\"\\u0085\\u009b\"" },
        { "\xE2\x80\xA8\xE2\x80\xAE\xE2\x81\xA6\xEF\xBB\xBF", "\"\\u2028\\u202e\\u2066\\ufeff\"" },
        { "bad\xFF\xC3", "\"bad\xEF\xBF\xBD\xEF\xBF\xBD\"" },
        { "\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\"" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char line[LOG_LINE_BYTES + 1], wanted[256];
        const struct log_field fields[] = { log_str("v", cases[i].text), { 0 } };
        snprintf(wanted, sizeof wanted, "time=2026-11-22T14:03:07.250Z level=info event=call v=%s\n",
            cases[i].written);
        assert_string_equal(line_of(LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO, fields, line), wanted);
    }
}

/* Every byte, alone and in pairs, is read back from JSON as it was, or as U+FFFD where it was no UTF-8. */
static void json_is_json_whatever_the_bytes(void **state)
{
    (void)state;
    for (unsigned pair = 0x100; pair < 0x10000; pair += 37) {
        char line[LOG_LINE_BYTES + 1], text[3] = { (char)(pair >> 8), (char)(pair & 0xFF), '\0' };
        const struct log_field fields[] = { log_str("v", text), { 0 } };
        line_of(LOG_FORMAT_JSON, LOG_LEVEL_INFO, fields, line);
        CLEANUP(arena_done) struct arena arena = { 0 };
        const struct mcp_json *value = NULL;
        struct json_error error;
        const struct json_limits limits = { .unique_keys = true };
        assert_int_equal(json_read(&arena, line, strlen(line), &limits, &value, &error), 0);
        if (text_is_utf8(text, strlen(text)))
            assert_string_equal(mcp_json_get_text(value, "v"), text);
        else
            assert_non_null(strstr(mcp_json_get_text(value, "v"), "\xEF\xBF\xBD"));
    }
}

static void long_values_are_cut_and_many_left_out(void **state)
{
    (void)state;
    for (int lead = 0; lead < 3; lead++) {
        char content[9001], line[LOG_LINE_BYTES + 1];
        memset(content, 'x', (size_t)lead);
        for (size_t i = (size_t)lead; i < sizeof content; i++)
            content[i] = "\xE2\x82\xAC"[(i - (size_t)lead) % 3];
        content[sizeof content - 1] = '\0';
        const struct log_field one[] = { log_str("v", content), log_int("after", 1), { 0 } };
        line_of(LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO, one, line);
        assert_true(text_is_utf8(line, strlen(line)));
        assert_in_range(strlen(line), LOG_VALUE_BYTES, LOG_VALUE_BYTES + 100);
        assert_non_null(strstr(line, "\xAC...\" after=1\n"));
        const struct log_field many[] = { log_str("a", content), log_str("b", content), log_str("c", content),
            log_str("d", content), log_str("e", content), log_int("small", 7), { 0 } };
        line_of(LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO, many, line);
        assert_non_null(strstr(line, " small=7 truncated=true\n"));
        assert_null(strstr(line, " e="));
        line_of(LOG_FORMAT_JSON, LOG_LEVEL_INFO, many, line);
        CLEANUP(arena_done) struct arena arena = { 0 };
        const struct mcp_json *value = NULL;
        struct json_error error;
        const struct json_limits limits = { 0 };
        assert_int_equal(json_read(&arena, line, strlen(line), &limits, &value, &error), 0);
        assert_true(mcp_json_get(value, "truncated")->truth);
    }
}

/* Takes a datagram apart as the documentation of the protocol says; the value of `name`, or NULL. */
static const char *journal_value(const char *bytes, size_t len, const char *name, char ret_value[8192])
{
    const char *found = NULL;
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        assert_non_null(end);
        const char *equals = memchr(bytes, '=', (size_t)(end - bytes));
        size_t name_len = (size_t)((equals ? equals : end) - bytes), value_len, used;
        const char *value;
        if (equals) {
            value = equals + 1;
            value_len = (size_t)(end - value);
            used = (size_t)(end + 1 - bytes);
        } else {
            uint64_t size = 0;
            assert_true(len > name_len + 9);
            for (size_t i = 0; i < 8; i++)
                size |= (uint64_t)(unsigned char)end[1 + i] << (8 * i);
            value = end + 9;
            value_len = (size_t)size;
            used = name_len + 9 + value_len + 1;
            assert_true(used <= len);
            assert_int_equal(bytes[used - 1], '\n');
        }
        assert_true(value_len < 8192);
        if (strlen(name) == name_len && memcmp(name, bytes, name_len) == 0) {
            assert_null(found); /* a second one would be an injected one */
            memcpy(ret_value, value, value_len);
            ret_value[value_len] = '\0';
            found = ret_value;
        }
        bytes += used;
        len -= used;
    }
    return found;
}

static void the_journal_gets_fields(void **state)
{
    (void)state;
    char bytes[LOG_DATAGRAM_BYTES], value[8192];
    const struct log_field fields[] = { log_str("tool", "ping_host"), log_int("bytes", 12),
        log_str("agent", "x\nPRIORITY=0\nMESSAGE=forged"), log_num("ms", 1.5, 3), { 0 } };
    const struct log_event event = { .level = LOG_LEVEL_WARNING, .name = "call", .fields = fields };
    size_t len = log_datagram(LOG_FORMAT_LOGFMT, &event, bytes);
    assert_string_equal(journal_value(bytes, len, "PRIORITY", value), "4");
    assert_string_equal(journal_value(bytes, len, "SYSLOG_IDENTIFIER", value), "mcp-assist");
    assert_string_equal(journal_value(bytes, len, "MESSAGE", value),
        "event=call tool=ping_host bytes=12 agent=\"x\\nPRIORITY=0\\nMESSAGE=forged\" ms=1.500");
    assert_string_equal(journal_value(bytes, len, "MCP_EVENT", value), "call");
    assert_string_equal(journal_value(bytes, len, "MCP_TOOL", value), "ping_host");
    assert_string_equal(journal_value(bytes, len, "MCP_BYTES", value), "12");
    assert_string_equal(journal_value(bytes, len, "MCP_AGENT", value), "x\nPRIORITY=0\nMESSAGE=forged");
    assert_string_equal(journal_value(bytes, len, "MCP_MS", value), "1.500");
    len = log_datagram(LOG_FORMAT_JSON, &event, bytes);
    assert_true(text_starts(journal_value(bytes, len, "MESSAGE", value), "{\"time\":"));
}

static void the_journal_stays_within_its_room(void **state)
{
    (void)state;
    char bytes[LOG_DATAGRAM_BYTES], value[8192], content[5000];
    memset(content, '\n', sizeof content - 1);
    content[sizeof content - 1] = '\0';
    struct log_field fields[32] = { { 0 } };
    for (size_t i = 0; i < ARRAY_LEN(fields) - 1; i++)
        fields[i] = log_str(i ? "more" : "first", content);
    const struct log_event event = { .level = LOG_LEVEL_INFO, .name = "call", .fields = fields };
    size_t len = log_datagram(LOG_FORMAT_LOGFMT, &event, bytes);
    assert_in_range(len, 1, LOG_DATAGRAM_BYTES);
    assert_int_equal(strlen(journal_value(bytes, len, "MCP_FIRST", value)), LOG_VALUE_BYTES);
    assert_non_null(strstr(journal_value(bytes, len, "MESSAGE", value), "truncated=true"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_event_in_both_forms),
        cmocka_unit_test(numbers_are_written_out),
        cmocka_unit_test(values_are_quoted_when_they_need_to_be),
        cmocka_unit_test(json_is_json_whatever_the_bytes),
        cmocka_unit_test(long_values_are_cut_and_many_left_out),
        cmocka_unit_test(the_journal_gets_fields),
        cmocka_unit_test(the_journal_stays_within_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
