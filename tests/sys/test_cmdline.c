#include "sys/recorded.h"

#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "sys/cmdline.h"

struct example {
    const char *arguments; /* separated by '|' */
    const char *shown;
};

static void show(const char *arguments, struct buf *ret_text)
{
    char raw[512];
    size_t len = strlen(arguments);
    assert_true(len < sizeof(raw));
    for (size_t i = 0; i <= len; i++)
        raw[i] = arguments[i] == '|' ? '\0' : arguments[i];
    cmdline_show(raw, len + 1, ret_text);
}

static void check(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(buf_done) struct buf text = { 0 };
        show(examples[i].arguments, &text);
        assert_string_equal(buf_str(&text), examples[i].shown);
    }
}

static void leaves_what_is_no_secret(void **state)
{
    (void)state;
    static const struct example examples[] = {
        { "/sbin/init|splash", "/sbin/init splash" },
        { "nginx: worker process", "nginx: worker process" },
        { "server|--password-file=/run/secret|--port=80", "server --password-file=/run/secret --port=80" },
        { "llm|--max-tokens|512", "llm --max-tokens 512" },
        { "ssh|-p|22|user@host", "ssh -p 22 user@host" },
        { "curl|https://example.org/a?b=c", "curl https://example.org/a?b=c" },
        { "x|a\nb\tc\x1b[31md", "x a b c?[31md" },
        { "", "" },
    };
    check(examples, ARRAY_LEN(examples));
}

static void masks_values_of_secret_names(void **state)
{
    (void)state;
    static const struct example examples[] = {
        { "app|--password=hunter2|--port|80", "app --password=*** --port 80" },
        { "app|--password=two words, \"quoted\"|-x", "app --password=*** -x" },
        { "app|--Password|hunter2|-x", "app --Password *** -x" },
        { "app|-token|abc", "app -token ***" },
        { "app|--password|--verbose", "app --password --verbose" },
        { "app|--api-key=1|--api_key|2|--APIKEY=3", "app --api-key=*** --api_key *** --APIKEY=***" },
        { "env|DB_PASSWORD=a b|PGPASSWORD=x|app", "env DB_PASSWORD=*** PGPASSWORD=*** app" },
        { "java|-Dspring.datasource.password=x|Main", "java -Dspring.datasource.password=*** Main" },
        { "sh|-c|login --password hunter2 --host h", "sh -c login --password *** --host h" },
        { "sh|-c|TOKEN='a b' run; SECRET=x go", "sh -c TOKEN=***" },
        { "sh|-c|run TOKEN='a b' ; SECRET=x go", "sh -c run TOKEN=***' ; SECRET=*** go" },
        { "app|{\"user\":\"u\",\"password\":\"a\\\"b\",\"x\":1}",
            "app {\"user\":\"u\",\"password\":***\",\"x\":1}" },
        { "curl|-H|Authorization: Bearer abc def", "curl -H Authorization: ***" },
        { "curl|-HX-Api-Key: abc", "curl -HX-Api-Key: ***" },
        { "sh|-c|curl -H 'Authorization: Bearer abc' http://h/",
            "sh -c curl -H 'Authorization: ***' http://h/" },
        { "title --token abc", "title --token ***" },
    };
    check(examples, ARRAY_LEN(examples));
}

static void masks_user_information_of_urls(void **state)
{
    (void)state;
    static const struct example examples[] = {
        { "git|clone|https://user:p@ss@host/x@y", "git clone https://user:***@host/x@y" },
        { "git|clone|https://ghp_token@host/x", "git clone https://***@host/x" },
        { "psql|postgres://u:pw@db:5432/x?sslmode=off", "psql postgres://u:***@db:5432/x?sslmode=off" },
        { "app|--url=redis://:pw@h", "app --url=redis://:***@h" },
        { "app|http://h/?token=abc&x=1", "app http://h/?token=***&x=1" },
    };
    check(examples, ARRAY_LEN(examples));
}

static void masks_password_options_of_known_programs(void **state)
{
    (void)state;
    static const struct example examples[] = {
        { "/usr/bin/mysql|-uroot|-phunter2|db", "/usr/bin/mysql -uroot -p*** db" },
        { "mysql|-p|db", "mysql -p db" },
        { "sshpass|-p|x y|ssh|h", "sshpass -p *** ssh h" },
        { "curl|-u|me:pw|http://h", "curl -u *** http://h" },
        { "curl|--user|me:pw|http://h", "curl --user *** http://h" },
        { "curl|--user=me:pw|http://h", "curl --user=*** http://h" },
        { "systemd|--user", "systemd --user" },
        { "pip|install|--user|name", "pip install --user name" },
        { "sudo|mysql|-ppw", "sudo mysql -p***" },
        { "sshpass|-p|x|mysql|-ppw", "sshpass -p *** mysql -p***" },
        { "redis-cli|-a|pw|ping", "redis-cli -a *** ping" },
    };
    check(examples, ARRAY_LEN(examples));
}

static void shortens_by_characters(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf text = { 0 };
    buf_adds(&text, "éèàùç");
    cmdline_shorten(&text, 5);
    assert_string_equal(buf_str(&text), "éèàùç");
    cmdline_shorten(&text, 4);
    assert_string_equal(buf_str(&text), "éèà…");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_what_is_no_secret),
        cmocka_unit_test(masks_values_of_secret_names),
        cmocka_unit_test(masks_user_information_of_urls),
        cmocka_unit_test(masks_password_options_of_known_programs),
        cmocka_unit_test(shortens_by_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
