/* url.c: which database a URL names, how it is shown, and what is refused without repeating a password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/scope.h"
#include "store/url.h"

static const struct {
    const char *text, *data_dir;
    enum store_kind kind;
    const char *path, *shown;
} accepted[] = {
    { NULL, "/data", STORE_SQLITE, "/data/assist.db", "/data/assist.db" },
    { "", "/data", STORE_SQLITE, "/data/assist.db", "/data/assist.db" },
    { NULL, "", STORE_NONE, NULL, "none" },
    { "none", "/data", STORE_NONE, NULL, "none" },
    { "sqlite:///var/lib/x.db", "/data", STORE_SQLITE, "/var/lib/x.db", "/var/lib/x.db" },
    { "sqlite:////var/x%20y.db", "", STORE_SQLITE, "//var/x y.db", "//var/x y.db" },
    { "postgres://h/db", "", STORE_POSTGRES, NULL, "postgresql://h/db" },
    { "postgresql://u:p%40w@h:5432/db?sslmode=disable&password=x", "", STORE_POSTGRES, NULL,
        "postgresql://u@h:5432/db" },
    { "postgres://u@h/db", "", STORE_POSTGRES, NULL, "postgresql://u@h/db" },
    { "postgres://u:a?b#c@h/db?x=y", "", STORE_POSTGRES, NULL, "postgresql://u@h/db" },
    { "postgres://h/db?user=u", "", STORE_POSTGRES, NULL, "postgresql://h/db" },
};

static const char *const refused[] = {
    "mysql://root:hunter2@h/db",
    "hunter2",
    "sqlite://relative.db",
    "sqlite:///",
    "sqlite:///dir/",
    "sqlite:///x.db?mode=hunter2",
    "sqlite:///x%zz.db",
    "sqlite:///x%00.db",
    "sqlite:/x.db",
    "postgres://u:hunter2 @h/db",
    "postgres://u:hunter2\n@h/db",
    "postgres://u:hunter2%zz@h/db",
    "postgres://u:x/hunter2@h/db",
    "postgres://u:x@hunter2@h/db",
    "postgres:hunter2",
    "NONE",
};

static void test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(accepted); i++) {
        CLEANUP(arena_done) struct arena arena = { 0 };
        struct store_url url = { 0 };
        struct err err = { 0 };
        assert_int_equal(store_url_parse(&arena, accepted[i].text, accepted[i].data_dir, &url, &err), 0);
        assert_int_equal(url.kind, accepted[i].kind);
        assert_string_equal(url.shown, accepted[i].shown);
        assert_true(url.path == NULL || accepted[i].path);
        if (accepted[i].path)
            assert_string_equal(url.path, accepted[i].path);
        if (url.kind == STORE_POSTGRES)
            assert_string_equal(url.full, accepted[i].text);
    }
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        CLEANUP(arena_done) struct arena arena = { 0 };
        struct store_url url = { .shown = "untouched" };
        struct err err = { 0 };
        assert_int_equal(store_url_parse(&arena, refused[i], "/data", &url, &err), -EINVAL);
        assert_string_equal(url.shown, "untouched");
        assert_non_null(strstr(err.text, "database_url"));
        assert_null(strstr(err.text, "hunter2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
