/* The calculator: no text makes it crash, none holds it longer than its deadline, and an exact result is
 * itself an expression with that result. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/wait.h"
#include "sys/expression.h"

#define DEADLINE_MS 200

static int evaluate(const char *text, struct expression_result *result, struct expression_error *error)
{
    const struct wait wait = { .cancel_fd = -1, .deadline_ms = clock_ms() + DEADLINE_MS };
    return expression_evaluate(&wait, text, result, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *text = strndup((const char *)bytes, len);
    MUST(text);
    struct expression_result result = { 0 }, again = { 0 };
    struct expression_error error = { 0 };
    int code = evaluate(text, &result, &error);
    MUST(code == 0 || code == -EINVAL || code == -ETIMEDOUT);
    if (code == -EINVAL) {
        MUST(error.fault != EXPRESSION_OK && error.column >= 1 && error.column <= len + 1);
        MUST(memchr(error.found, 0, sizeof error.found));
    }
    if (code == 0 && result.is_exact && result.text.len <= EXPRESSION_MAX_CHARS) {
        int repeated = evaluate(buf_str(&result.text), &again, &error);
        MUST(repeated == 0 || repeated == -ETIMEDOUT);
        if (repeated == 0)
            MUST(again.is_exact && strcmp(buf_str(&again.text), buf_str(&result.text)) == 0);
        if (repeated == 0)
            expression_result_done(&again);
    }
    if (code == 0)
        expression_result_done(&result);
    free(text);
    return 0;
}
