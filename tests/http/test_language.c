/* language.c: Accept-Language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/scope.h"
#include "http/language.h"

static void test_language(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum mcp_lang lang, otherwise;
    } cases[] = {
        { "fr", MCP_FR, MCP_EN },
        { "FR-ca", MCP_FR, MCP_EN },
        { "en-US,en;q=0.9,fr;q=0.8", MCP_EN, MCP_FR },
        { "en;q=0.8, fr;q=0.9", MCP_FR, MCP_EN },
        { "en;q=0.5,fr ; q=0.5", MCP_EN, MCP_FR },
        { "de,fr;q=0.3", MCP_FR, MCP_EN },
        { "de, es", MCP_FR, MCP_FR },
        { "de, es", MCP_EN, MCP_EN },
        { "fr;q=0, en;q=0.1", MCP_EN, MCP_FR },
        { "fr;q=0", MCP_EN, MCP_EN },
        { "*", MCP_FR, MCP_FR },
        { "fry", MCP_EN, MCP_EN },
        { "french", MCP_EN, MCP_EN },
        { "fr;q=1.000, en", MCP_FR, MCP_EN },
        { "", MCP_FR, MCP_FR },
        { ",,, ,fr", MCP_FR, MCP_EN },
        { ";", MCP_EN, MCP_EN },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (language_choose(cases[i].header, cases[i].otherwise) != cases[i].lang)
            fail_msg("%s", cases[i].header);
    }
    assert_int_equal(language_choose(NULL, MCP_FR), MCP_FR);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_language) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
