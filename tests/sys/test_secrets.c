/* secrets.c: what is made unreadable, and what stays as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/scope.h"
#include "sys/secrets.h"

/* In the expected text a '~' stands for a masked character. */
static void check(const char *text, const char *expected)
{
    size_t len = strlen(text);
    char *copy = strdup(text), *wanted = strdup(expected);
    for (char *c = wanted; *c; c++)
        if (*c == '~')
            *c = '*';
    bool is_masked = secrets_mask((unsigned char *)copy, len, 1, 0);
    if (strcmp(copy, wanted) != 0)
        fail_msg("\n%s\nbecame\n%s\nnot\n%s", text, copy, wanted);
    assert_int_equal(is_masked, strcmp(text, wanted) != 0);
    free(copy);
    free(wanted);
}

static void test_by_name(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "password=hunter2 user=x", "password=~~~~~~~ user=x" },
        { "DB_PASSWORD = \"hun ter2\"\nport = 1", "DB_PASSWORD = \"~~~~~~~~\"\nport = 1" },
        { "{\"api_key\": \"abc\", \"port\": 1}", "{\"api_key\": \"~~~\", \"port\": 1}" },
        { "'client_secret' => 'x\\'y',", "'client_secret' => '~~~~'," },
        { "  password: correct horse\nnext: x", "  password: ~~~~~~~~~~~~~\nnext: x" },
        { "GET /?token=abc&page=2", "GET /?token=~~~&page=2" },
        { "run --password hunter2 --port 1", "run --password ~~~~~~~ --port 1" },
        { "Authorization: Digest a=b, c=d\nHost: x", "Authorization: ~~~~~~~~~~~~~~~\nHost: x" },
        { "< Set-Cookie: id=7; Path=/\nx", "< Set-Cookie: ~~~~~~~~~~~~\nx" },
        { "> cookie: a=b; c=d e", "> cookie: ~~~~~~~~~~" },
        { "curl -H 'Cookie: a=b; c=\"d\"' http://h/", "curl -H 'Cookie: ~~~~~~~~~~' http://h/" },
        { "[\"Authorization: x\\\"y z\", 1]", "[\"Authorization: ~~~~~~\", 1]" },
        { "\\\"Cookie: a=b; c=d\\\" x", "\\\"Cookie: ~~~~~~~~~\" x" },
        { "nginx: x Cookie: sid=7; id=8 from 192.0.2.1", "nginx: x Cookie: ~~~~~~~~~~~ from 192.0.2.1" },
        { "the session cookie: 8a9f from", "the session cookie: ~~~~ from" },
        { "user bob password: correct horse", "user bob password: ~~~~~~~ horse" },
        { "password:hunter2", "password:~~~~~~~" },
        { "x password:amd64x token:all.1 API_TOKEN:all", "x password:~~~~~~ token:~~~~~ API_TOKEN:~~~" },
        { "x \"passwd\":amd64, passwd: all", "x \"passwd\":~~~~~, passwd: ~~~" },
        { "x db_pass: correct horse", "x db_pass: ~~~~~~~ horse" },
        { "x secrets: hunter2 swordfish", "x secrets: ~~~~~~~ swordfish" },
        { "secrets: [ab,c]", "secrets: ~~~~~~" },
        { "<a:password>x y</a:password>", "<a:password>~~~</a:password>" },
        { "<password></password>", "<password></password>" },
        { "'a' => 1, 'password'=>'b'", "'a' => 1, 'password'=>'~'" },
        { "\"{\\\"token\\\": \\\"ab\\\", \\\"n\\\":1}\"", "\"{\\\"token\\\": \\\"~~~\", \\\"n\\\":1}\"" },
        { "password=>b, n=1", "password=>~, n=1" },
        { "mot_de_passe=x mdp: y, n=1", "mot_de_passe=~ mdp: ~, n=1" },
        { "AccountKey=ab==;Endpoint=c", "AccountKey=~~~~;Endpoint=c" },
        { "DB_PASSWORD=Tr0ub&LEAK", "DB_PASSWORD=~~~~~~~~~~" },
        { "password=abc,LE AK)", "password=~~~~~~~~~~" },
        { "x password=a,b;c)d}e'f\"g user=h", "x password=~~~~~~~~~~~~~ user=h" },
        { "x password=ab\"LEAK\"", "x password=~~~~~~~\"" },
        { "PASSWORD=$'LE AK'", "PASSWORD=~~~~~~~~" },
        { "f(password='it''LEAK', n=1)", "f(password='~~~~~~~~', n=1)" },
        { "{\"a\":1,\"password\": [\"x\",\"LEAK\"],\"n\":1}",
            "{\"a\":1,\"password\": ~~~~~~~~~~~],\"n\":1}" },
        { "{\"a\":1,\"secret\":{\"value\":\"LEAK\"}}", "{\"a\":1,\"secret\":~~~~~~~~~~~~~~~}}" },
        { "{\"password\":\"\",\"n\":\"x\"}", "{\"password\":\"\",\"n\":\"x\"}" },
        { "--password hunter2 --port 1", "--password ~~~~~~~ --port 1" },
        { "password=", "password=" },
        { "password=\nnext=1", "password=\nnext=1" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(rows[i][0], rows[i][1]);
}

static void test_on_the_next_lines(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "password: |\n  ab\n\n    c: d\nport: 1", "password: |\n  ~~\n\n    ~~~~\nport: 1" },
        { "- token: >-\n    ab\n  port: 1", "- token: >-\n    ~~\n  port: 1" },
        { "db:\r\n  \"password\":\r\n    ab cd\r\n  port: 1",
            "db:\r\n  \"password\":\r\n    ~~~~~\r\n  port: 1" },
        { "{\n  \"secret\":\n    \"ab\",\n  \"n\": 1}", "{\n  \"secret\":\n    ~~~~~\n  \"n\": 1}" },
        { "password: |2\n  ab", "password: |2\n  ~~" },
        { "password: |\nab", "password: ~\nab" },
        { "password:\n", "password:\n" },
        { "credentials:\n  user: x\n  port: 1", "credentials:\n  user: x\n  port: 1" },
        { "tokens: |\n  ab", "tokens: |\n  ab" },
        { "secrets:\n  - name: x", "secrets:\n  - name: x" },
        { "secret:\n  key:\n    x", "secret:\n  key:\n    x" },
        { "bad password:\n  for root", "bad password:\n  for root" },
        { "password: | more", "password: ~~~~~~" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(rows[i][0], rows[i][1]);
}

static void test_by_form(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "x ghp_0123456789abcdefghijABCDEFGHIJ012345 y", "x ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ y" },
        { "key AKIAABCDEFGHIJKLMNOP.", "key ~~~~~~~~~~~~~~~~~~~~~" },
        { "(Bearer 0123456789abcdef)", "(Bearer ~~~~~~~~~~~~~~~~)" },
        { "authorisation bearer 0123456789abcdef", "authorisation bearer ~~~~~~~~~~~~~~~~" },
        { "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~" },
        { "root:$6$abcdefgh$ijklmnop:19000", "root:~~~~~~~~~~~~~~~~~~~~:19000" },
        { "postgres://app:s3cret@db/x", "postgres://app:~~~~~~@db/x" },
        { "https://t0ken@host/", "https://~~~~~@host/" },
        { "postgres://u:p/LE?AK@host/db", "postgres://u:~~~~~~~@host/db" },
        { "https://user@host:8080/a@b", "https://~~~~@host:8080/a@b" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(rows[i][0], rows[i][1]);
}

static void test_key_blocks(void **state)
{
    (void)state;
    check("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabcd\n-----END RSA PRIVATE KEY-----\nb",
        "a\n-----BEGIN RSA PRIVATE KEY-----\n~~~~\n~~~~\n-----END RSA PRIVATE KEY-----\nb");
    check("-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE\nab", "-----BEGIN OPENSSH PRIVATE KEY-----\n~~~~\n~~");
    check("\"k\":\"-----BEGIN PRIVATE KEY-----\\nMI\\n-----END PRIVATE KEY-----\"",
        "\"k\":\"-----BEGIN PRIVATE KEY-----~~~~~~-----END PRIVATE KEY-----\"");
    check("-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----");
}

static void test_what_logs_say_stays(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0",
        "dovecot: auth: Debug: client in",
        "passwd:         files systemd\nshadow: files",
        "token_file=/run/secrets/t tokens=17 password_path: /etc/x",
        "http://192.0.2.1:8000/a@b mail a@b.example 12:30:01",
        "task-1234567890123456789012 xsk-0123456789012345678901234",
        "Basic research, bearer of news",
        "Upgrade: libhttp-cookies-perl:amd64 (6.10-1, 6.10-2), passwd:amd64 (1:4.13+dfsg1-1, 1:4.13+dfsg1-2)",
        "Install: libsecret-1-0:amd64 (0.20.5-3, automatic), libsecret-common:all (0.20.5-3, automatic)",
        "Purge: libpam-passwdqc:i386 (2.0.2-1), python3-jwt-token:any (1), libauthen-passphrase-perl:all (1)",
        "Setting up libsecret-1-0:amd64 (0.20.5-3) ...\r\nSetting up passwd (1:4.13+dfsg1-1) ...\r\n",
        "Preparing to unpack .../passwd_1%3a4.13+dfsg1-1_amd64.deb ...",
        "dpkg-query: package 'libsecret-1-0:arm64' is not installed",
        "2026-11-01 10:00:00 upgrade passwd:amd64 1:4.13+dfsg1-1 1:4.13+dfsg1-2",
        "2026-11-01 10:00:00 status installed libhttp-cookies-perl:all 6.10-1",
        "2026-11-01 10:00:00 install libsecret-common:all <none> 0.20.5-3",
        "passwd[7]: pam_unix(passwd:chauthtok): password changed for root",
        "Nov  1 10:00:00 h systemd[1]: Started Session Cookie: keeps users signed in.",
        "Nov  1 10:00:00 h keyring[1]: could not unlock secrets: The name is not known",
        "Nov  1 10:00:00 h secrets: loaded 3 entries",
        "-----BEGIN",
        "://",
        "$6$",
        "password",
        "eyJ",
        "",
        "=",
        ":",
        "\"",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(rows[i], rows[i]);
}

static void test_utf_16(void **state)
{
    (void)state;
    static const char narrow[] = "password=hunter2\n";
    for (size_t low = 0; low < 2; low++) {
        unsigned char wide[2 * sizeof narrow] = { 0 };
        for (size_t i = 0; i < sizeof narrow; i++)
            wide[2 * i + low] = (unsigned char)narrow[i];
        assert_true(secrets_mask(wide, sizeof wide, 2, low));
        for (size_t i = 0; i < sizeof narrow; i++)
            assert_int_equal(wide[2 * i + low], i >= 9 && i < 16 ? '*' : narrow[i]);
    }
}

/* Each of these takes many minutes if what did not become a secret is looked at again and again: then the
 * alarm ends this. */
static void test_a_megabyte_of_beginnings(void **state)
{
    (void)state;
    static const char *const beginnings[] = { "eyJ+", "eyJa.", "-----BEGIN ", "://a:b/", "://", "$6$",
        "ghp_a ", "Bearer ", "password", "password ", "password:\n", "password=\"", "password=[", "- - '",
        "--", "token=a;", "token=a,b" };
    enum { SIZE = 1 << 20, ENOUGH_S = 200 };
    char *text = malloc(SIZE);
    alarm(ENOUGH_S);
    for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
        size_t len = strlen(beginnings[i]);
        for (size_t at = 0; at + len <= SIZE; at += len)
            memcpy(text + at, beginnings[i], len);
        secrets_mask((unsigned char *)text, SIZE / len * len, 1, 0);
    }
    alarm(0);
    free(text);
}

/* Nothing of any length or content may be read beyond. */
static void test_pieces_of_anything(void **state)
{
    (void)state;
    static const char all[] =
        "password: \"x\\-----BEGIN PRIVATE KEY-----\n$6$aaaaaaaaaaaaaaaaaaa://a:b@c Bearer "
        "0123456789abcdef eyJa.eyJb --token x ghp_";
    for (size_t from = 0; from < sizeof all; from++) {
        for (size_t to = from; to <= sizeof all; to++) {
            unsigned char *copy = malloc(to - from + 1);
            memcpy(copy, all + from, to - from);
            unsigned char *exact = realloc(copy, to > from ? to - from : 1);
            secrets_mask(exact, to - from, 1, 0);
            secrets_mask(exact, to - from, 2, 0);
            free(exact);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_on_the_next_lines),
        cmocka_unit_test(test_by_form),
        cmocka_unit_test(test_key_blocks),
        cmocka_unit_test(test_what_logs_say_stays),
        cmocka_unit_test(test_utf_16),
        cmocka_unit_test(test_a_megabyte_of_beginnings),
        cmocka_unit_test(test_pieces_of_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
