/* Base64: the vectors of RFC 4648, section 10, every digit, and a buffer that is full. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/scope.h"

static void check(const void *bytes, size_t len, const char *expected)
{
    CLEANUP(buf_done) struct buf out = { 0 };
    base64_add(&out, bytes, len);
    assert_false(out.failed);
    assert_int_equal(out.len, base64_length(len));
    assert_string_equal(buf_str(&out), expected);
}

static void test_vectors(void **state)
{
    (void)state;
    check("", 0, "");
    check("f", 1, "Zg==");
    check("fo", 2, "Zm8=");
    check("foo", 3, "Zm9v");
    check("foob", 4, "Zm9vYg==");
    check("fooba", 5, "Zm9vYmE=");
    check("foobar", 6, "Zm9vYmFy");
}

static void test_every_digit(void **state)
{
    (void)state;
    static const unsigned char bytes[] = { 0x00, 0x10, 0x83, 0x10, 0x51, 0x87, 0x20, 0x92, 0x8B, 0x30, 0xD3,
        0x8F, 0x41, 0x14, 0x93, 0x51, 0x55, 0x97, 0x61, 0x96, 0x9B, 0x71, 0xD7, 0x9F, 0x82, 0x18, 0xA3, 0x92,
        0x59, 0xA7, 0xA2, 0x9A, 0xAB, 0xB2, 0xDB, 0xAF, 0xC3, 0x1C, 0xB3, 0xD3, 0x5D, 0xB7, 0xE3, 0x9E, 0xBB,
        0xF3, 0xDF, 0xBF };
    check(bytes, sizeof bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

static void test_a_full_buffer_fails_whole(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = { 0 };
    buf_init(&out, 7);
    base64_add(&out, "foobar", 6);
    assert_true(out.failed);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_every_digit),
        cmocka_unit_test(test_a_full_buffer_fails_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
