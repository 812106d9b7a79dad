/* params_text.c: texts of a shell or a query as the JSON they mean, and what rows accept, in words. */
#include "toolkit_json.h"

#include "base/buf.h"
#include "base/scope.h"
#include "toolkit/params.h"

struct args {
    bool flag;
    int64_t count;
    double ratio;
    const char *name;
    int mode;
    struct mcp_strings hosts;
    struct mcp_map headers;
};

static const char *const modes[] = { "auto", "4", "6", NULL };

#define ABOUT .about = { "fr", "en" }

static const struct mcp_param rows[] = {
    MCP_ARG_BOOL(struct args, flag, ABOUT),
    MCP_ARG_INT(struct args, count, .min = 1, .max = 100, .alias = "n", .unit = "ms", ABOUT),
    MCP_ARG_NUMBER(struct args, ratio, .min = -0.5, .max = 1, ABOUT),
    MCP_ARG_STRING(struct args, name, .format = MCP_PATH, ABOUT),
    MCP_ARG_ENUM(struct args, mode, .preset = "auto", .choices = modes, ABOUT),
    MCP_ARG_STRINGS(struct args, hosts, .alias = "host", .format = MCP_IP, .max = 20, .max_items = 4, ABOUT),
    MCP_ARG_MAP(struct args, headers, .max_items = 4, ABOUT),
    { 0 },
};

static void check(const struct params_text *texts, size_t count, const char *expected)
{
    CLEANUP(buf_done) struct buf out = { 0 };
    params_from_texts(&out, rows, texts, count);
    assert_string_equal(buf_str(&out), expected);
}

static void test_each_kind(void **state)
{
    (void)state;
    static const struct {
        struct params_text text;
        const char *json;
    } cases[] = {
        { { "flag", "yes" }, "{\"flag\":true}" },
        { { "flag", "OFF" }, "{\"flag\":false}" },
        { { "flag", "maybe" }, "{\"flag\":\"maybe\"}" },
        { { "count", "-7" }, "{\"count\":-7}" },
        { { "n", "7" }, "{\"n\":7}" },
        { { "count", "7 " }, "{\"count\":\"7 \"}" },
        { { "count", "7.0" }, "{\"count\":\"7.0\"}" },
        { { "count", "99999999999999999999" }, "{\"count\":\"99999999999999999999\"}" },
        { { "ratio", "2.5e-1" }, "{\"ratio\":0.25}" },
        { { "ratio", "1e999" }, "{\"ratio\":\"1e999\"}" },
        { { "ratio", "nan" }, "{\"ratio\":\"nan\"}" },
        { { "name", "4" }, "{\"name\":\"4\"}" },
        { { "name", "a,b" }, "{\"name\":\"a,b\"}" },
        { { "name", "q\"\\\n" }, "{\"name\":\"q\\\"\\\\\\n\"}" },
        { { "mode", "4" }, "{\"mode\":\"4\"}" },
        { { "hosts", "a" }, "{\"hosts\":[\"a\"]}" },
        { { "host", "a,b,,c" }, "{\"host\":[\"a\",\"b\",\"\",\"c\"]}" },
        { { "hosts", " a , b c ," }, "{\"hosts\":[\"a\",\"b c\",\"\"]}" },
        { { "headers", "A: b: c" }, "{\"headers\":{\"A\":\"b: c\"}}" },
        { { "headers", "A=b=c" }, "{\"headers\":{\"A\":\"b=c\"}}" },
        { { "headers", "A:" }, "{\"headers\":{\"A\":\"\"}}" },
        { { "headers", "{\"A\":\"b\"}" }, "{\"headers\":{\"A\":\"b\"}}" },
        { { "headers", "bad" }, "{\"headers\":\"bad\"}" },
        { { "headers", ": b" }, "{\"headers\":\": b\"}" },
        { { "headers", "" }, "{\"headers\":\"\"}" },
        { { "headers", "{A" }, "{\"headers\":\"{A\"}" },
        { { "unknown", "1" }, "{\"unknown\":\"1\"}" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check(&cases[i].text, 1, cases[i].json);
    check(NULL, 0, "{}");
}

static void test_repeated_names_gather(void **state)
{
    (void)state;
    static const struct params_text texts[] = {
        { "hosts", "a" },
        { "headers", "A: 1" },
        { "count", "2" },
        { "host", "b,c" },
        { "headers", "B: 2" },
    };
    check(texts, ARRAY_LEN(texts),
        "{\"hosts\":[\"a\",\"b\",\"c\"],\"headers\":{\"A\":\"1\",\"B\":\"2\"},\"count\":2}");
}

static void test_one_wrong_member_is_told(void **state)
{
    (void)state;
    static const struct params_text texts[] = { { "headers", "A: 1" }, { "headers", "bad" }, { "n", "2" } };
    check(texts, ARRAY_LEN(texts), "{\"headers\":\"bad\",\"n\":2}");
}

static void test_a_repeated_scalar_stays_visible(void **state)
{
    (void)state;
    /* The reader of the faces refuses duplicate names: the last one must not win silently. */
    static const struct params_text texts[] = { { "count", "2" }, { "count", "3" } };
    check(texts, ARRAY_LEN(texts), "{\"count\":2,\"count\":3}");
}

static void test_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *name, *en, *fr;
    } cases[] = {
        { "flag", "true or false", "true ou false" },
        { "count", "an integer from 1 to 100 ms", "un entier de 1 à 100 ms" },
        { "ratio", "a number from -0.5 to 1", "un nombre de -0.5 à 1" },
        { "name", "a string (file path) of 1 to 1024 characters",
            "une chaîne (chemin de fichier) de 1 à 1024 caractères" },
        { "mode", "one of: auto, 4, 6", "l'un de : auto, 4, 6" },
        { "hosts", "a string (IP address) of 1 to 20 characters, or a list of 1 to 4 such strings",
            "une chaîne (adresse IP) de 1 à 20 caractères, ou une liste de 1 à 4 chaînes" },
        { "headers", "an object of at most 4 strings, or as text \"Name: value\" or NAME=value",
            "un objet d'au plus 4 chaînes, ou en texte « Nom: valeur » ou NOM=valeur" },
    };
    struct arena arena = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct mcp_param *row = params_find(rows, cases[i].name);
        assert_string_equal(params_accepted(&arena, row, MCP_EN), cases[i].en);
        assert_string_equal(params_accepted(&arena, row, MCP_FR), cases[i].fr);
    }
    arena_done(&arena);
}

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(params_find(rows, "n"), params_find(rows, "count"));
    assert_null(params_find(rows, "Count"));
    assert_null(params_find(rows, ""));
    assert_null(params_find(NULL, "count"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind),
        cmocka_unit_test(test_repeated_names_gather),
        cmocka_unit_test(test_one_wrong_member_is_told),
        cmocka_unit_test(test_a_repeated_scalar_stays_visible),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
