/* Pieces of files: windows, lines, tails, budgets, character sets; large and sparse files, files of /proc. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/text.h"
#include "sys/excerpt.h"

#define ROOM 60000

static int make_file(const void *bytes, size_t len)
{
    int fd = memfd_create("excerpt", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    return fd;
}

static struct excerpt read_piece(int fd, struct excerpt_request request)
{
    struct stat info;
    struct excerpt excerpt = { 0 };
    assert_int_equal(fstat(fd, &info), 0);
    if (request.room == 0)
        request.room = ROOM;
    assert_int_equal(excerpt_read(fd, (uint64_t)info.st_size, &request, &excerpt), 0);
    return excerpt;
}

/* Asserts what reading `text` gives, and where that stands in it. */
static void assert_piece(const char *text, size_t len, struct excerpt_request request, const char *content,
    uint64_t offset, uint64_t next_offset, uint64_t lines, bool is_cut)
{
    CLEANUP(scope_close) int fd = make_file(text, len);
    CLEANUP(excerpt_done) struct excerpt excerpt = read_piece(fd, request);
    assert_string_equal(buf_str(&excerpt.text), content);
    assert_int_equal(excerpt.offset, offset);
    assert_int_equal(excerpt.next_offset, next_offset);
    assert_int_equal(excerpt.lines, lines);
    assert_int_equal(excerpt.is_cut, is_cut);
}

static void test_windows(void **state)
{
    (void)state;
    static const char text[] = "one\ntwo\nthree\nfour";
    const size_t len = sizeof(text) - 1;
    assert_piece(text, len, (struct excerpt_request){ 0 }, text, 0, 18, 4, false);
    assert_piece(text, len, (struct excerpt_request){ .lines = 2 }, "one\ntwo\n", 0, 8, 2, true);
    assert_piece(text, len, (struct excerpt_request){ .lines = 4 }, text, 0, 18, 4, false);
    assert_piece(text, len, (struct excerpt_request){ .offset = 8, .lines = 1 }, "three\n", 8, 14, 1, true);
    assert_piece(text, len, (struct excerpt_request){ .offset = 16 }, "ur", 16, 18, 1, false);
    assert_piece(text, len, (struct excerpt_request){ .offset = 18 }, "", 18, 18, 0, false);
    assert_piece("", 0, (struct excerpt_request){ 0 }, "", 0, 0, 0, false);
    assert_piece("\n\n", 2, (struct excerpt_request){ .lines = 1 }, "\n", 0, 1, 1, true);
}

static void test_beyond_the_end(void **state)
{
    (void)state;
    CLEANUP(scope_close) int fd = make_file("abc", 3);
    struct excerpt excerpt;
    struct excerpt_request request = { .offset = 4, .room = ROOM };
    assert_int_equal(excerpt_read(fd, 3, &request, &excerpt), -ERANGE);
    request.offset = UINT64_MAX;
    assert_int_equal(excerpt_read(fd, 3, &request, &excerpt), -ERANGE);
}

static void test_tails(void **state)
{
    (void)state;
    assert_piece("one\ntwo\nthree\n", 14, (struct excerpt_request){ .tail = 1 }, "three\n", 8, 14, 1, false);
    assert_piece("one\ntwo\nthree", 13, (struct excerpt_request){ .tail = 2 }, "two\nthree", 4, 13, 2, false);
    assert_piece("one\ntwo\n", 8, (struct excerpt_request){ .tail = 9 }, "one\ntwo\n", 0, 8, 2, false);
    assert_piece("\n\n\n", 3, (struct excerpt_request){ .tail = 2 }, "\n\n", 1, 3, 2, false);
    assert_piece("one", 3, (struct excerpt_request){ .tail = 1 }, "one", 0, 3, 1, false);
    assert_piece("", 0, (struct excerpt_request){ .tail = 5 }, "", 0, 0, 0, false);
}

static void test_cut_to_room(void **state)
{
    (void)state;
    /* A newline counts two: "one\n" is 5. */
    assert_piece(
        "one\ntwo\nthree\n", 14, (struct excerpt_request){ .room = 12 }, "one\ntwo\n", 0, 8, 2, true);
    assert_piece(
        "one\ntwo\nthree\n", 14, (struct excerpt_request){ .room = 10 }, "one\ntwo\n", 0, 8, 2, true);
    assert_piece("one\ntwo\nthree\n", 14, (struct excerpt_request){ .room = 9 }, "one\n", 0, 4, 1, true);
    assert_piece("abcdef", 6, (struct excerpt_request){ .room = 4 }, "abcd", 0, 4, 1, true);
    assert_piece("\xC3\xA9\xC3\xA9\xC3\xA9", 6, (struct excerpt_request){ .room = 5 }, "\xC3\xA9\xC3\xA9", 0,
        4, 1, true);
    assert_piece(
        "one\ntwo\nthree\n", 14, (struct excerpt_request){ .tail = 3, .room = 8 }, "three\n", 8, 14, 1, true);
}

/* Following next_offset gives every byte once, whatever the room. */
static void test_pages_join(void **state)
{
    (void)state;
    struct buf text = { 0 };
    for (int i = 0; i < 400; i++)
        buf_addf(&text, "line %d \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 \"%d\"%s", i, i * i, i % 7 ? "\n" : "");
    CLEANUP(scope_close) int fd = make_file(text.data, text.len);
    for (size_t room = 8; room < 400; room += 13) {
        struct buf joined = { 0 };
        uint64_t offset = 0;
        for (bool more = true; more;) {
            struct excerpt excerpt =
                read_piece(fd, (struct excerpt_request){ .offset = offset, .room = room });
            assert_int_equal(excerpt.offset, offset);
            assert_true(excerpt.text.len > 0 && excerpt.text.len <= room);
            assert_true(text_is_utf8(excerpt.text.data, excerpt.text.len));
            buf_add(&joined, excerpt.text.data, excerpt.text.len);
            offset = excerpt.next_offset;
            more = excerpt.is_cut;
            excerpt_done(&excerpt);
        }
        assert_string_equal(buf_str(&joined), buf_str(&text));
        buf_done(&joined);
    }
    buf_done(&text);
}

static void assert_encoding(
    const char *bytes, size_t len, struct excerpt_request request, const char *encoding, const char *content)
{
    CLEANUP(scope_close) int fd = make_file(bytes, len);
    CLEANUP(excerpt_done) struct excerpt excerpt = read_piece(fd, request);
    assert_string_equal(excerpt.encoding, encoding);
    assert_string_equal(buf_str(&excerpt.text), content);
}

static void test_encodings(void **state)
{
    (void)state;
    static const struct excerpt_request none = { 0 };
    assert_encoding("caf\xC3\xA9", 5, none, "utf-8", "caf\xC3\xA9");
    assert_encoding("\xEF\xBB\xBFmark", 7, none, "utf-8", "mark");
    assert_encoding("caf\xE9 noir", 9, none, "latin-1", "caf\xC3\xA9 noir");
    assert_encoding("\xFF\xFE"
                    "a\0\n\0"
                    "b\0",
        8, none, "utf-16le", "a\nb");
    assert_encoding("\xFE\xFF\0a\0\n\0b", 8, (struct excerpt_request){ .tail = 1 }, "utf-16be", "b");
    assert_encoding("\xFF\xFE"
                    "a\0\n\0"
                    "b\0",
        8, (struct excerpt_request){ .offset = 3 }, "utf-16le", "\nb");
    assert_encoding("a\0b\0", 4, (struct excerpt_request){ .encoding = EXCERPT_UTF16 }, "utf-16le", "ab");
    assert_encoding("a\0b\0", 4, none, "binary", "");
    assert_encoding("\x7F"
                    "ELF\x02\x01\x01\0",
        8, (struct excerpt_request){ .tail = 3 }, "binary", "");
    assert_encoding("\xE9t\xE9", 3, (struct excerpt_request){ .encoding = EXCERPT_LATIN1 }, "latin-1",
        "\xC3\xA9t\xC3\xA9");
    assert_encoding(
        "\xE9t", 2, (struct excerpt_request){ .encoding = EXCERPT_UTF8 }, "utf-8", "\xEF\xBF\xBDt");
    assert_encoding(
        "\xC3\xA9t", 3, (struct excerpt_request){ .encoding = EXCERPT_UTF8, .offset = 1 }, "utf-8", "t");
    assert_encoding(
        "ab\xC3", 3, (struct excerpt_request){ .encoding = EXCERPT_UTF8 }, "utf-8", "ab\xEF\xBF\xBD");
}

static void test_base64(void **state)
{
    (void)state;
    /* RFC 4648, section 10 */
    static const char *const cases[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
    struct excerpt_request request = { .encoding = EXCERPT_BASE64 };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_encoding(cases[i][0], strlen(cases[i][0]), request, "base64", cases[i][1]);
    request.room = 9;
    assert_piece("foobarx", 7, request, "Zm9vYmFy", 0, 6, 0, true);
    request.offset = 6;
    assert_piece("foobarx", 7, request, "eA==", 6, 7, 0, false);
}

static void test_sparse_giant(void **state)
{
    (void)state;
    CLEANUP(scope_close) int fd = make_file("", 0);
    const off_t size = (off_t)5 << 30;
    static const char end[] = "\nbefore last\nlast\n";
    assert_int_equal(ftruncate(fd, size), 0);
    assert_int_equal(pwrite(fd, end, sizeof(end) - 1, size - (off_t)(sizeof(end) - 1)), sizeof(end) - 1);
    CLEANUP(excerpt_done)
    struct excerpt tail = read_piece(fd, (struct excerpt_request){ .tail = 2, .encoding = EXCERPT_UTF8 });
    assert_string_equal(buf_str(&tail.text), "before last\nlast\n");
    assert_int_equal(tail.next_offset, size);
    /* With more room than may be read, and an end at an odd byte. */
    assert_int_equal(pwrite(fd, "x", 1, size), 1);
    CLEANUP(excerpt_done)
    struct excerpt wide = read_piece(
        fd, (struct excerpt_request){ .tail = 2, .encoding = EXCERPT_UTF8, .room = (size_t)64 << 20 });
    assert_string_equal(buf_str(&wide.text), "last\nx");
    CLEANUP(excerpt_done)
    struct excerpt middle = read_piece(fd, (struct excerpt_request){ .offset = (uint64_t)4 << 30 });
    assert_string_equal(middle.encoding, "binary");
}

/* A whole file of exactly what may be read is not cut. */
static void test_largest_whole(void **state)
{
    (void)state;
    struct buf text = { 0 };
    char *bytes = buf_reserve(&text, EXCERPT_MAX_READ);
    assert_non_null(bytes);
    memset(bytes, 'x', EXCERPT_MAX_READ);
    CLEANUP(scope_close) int fd = make_file(bytes, EXCERPT_MAX_READ);
    CLEANUP(excerpt_done)
    struct excerpt whole = read_piece(fd, (struct excerpt_request){ .room = (size_t)64 << 20 });
    assert_int_equal(whole.text.len, EXCERPT_MAX_READ);
    assert_false(whole.is_cut);
    buf_done(&text);
}

/* A file of /proc has no size, and is there entirely all the same. */
static void test_proc(void **state)
{
    (void)state;
    CLEANUP(scope_close) int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    CLEANUP(excerpt_done) struct excerpt whole = read_piece(fd, (struct excerpt_request){ 0 });
    assert_true(text_starts(buf_str(&whole.text), "MemTotal:"));
    assert_true(whole.lines > 20);
    assert_false(whole.is_cut);
    CLEANUP(excerpt_done)
    struct excerpt second =
        read_piece(fd, (struct excerpt_request){ .lines = 1, .offset = whole.next_offset });
    assert_int_equal(second.text.len, 0);
    CLEANUP(excerpt_done) struct excerpt tail = read_piece(fd, (struct excerpt_request){ .tail = 1 });
    assert_int_equal(tail.lines, 1);
    assert_int_equal(tail.next_offset, whole.next_offset);
}

/* Random bytes, requests and rooms: always some text within the room, in UTF-8, with offsets inside the file.
 */
static void test_anything(void **state)
{
    (void)state;
    srand(11);
    for (int round = 0; round < 3000; round++) {
        char bytes[300];
        size_t len = (size_t)rand() % sizeof(bytes);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(rand() % 3 ? 'a' + rand() % 5 : rand() % 2 ? '\n' : rand());
        CLEANUP(scope_close) int fd = make_file(bytes, len);
        struct excerpt_request request = {
            .encoding = (enum excerpt_encoding)(rand() % 5),
            .offset = len ? (uint64_t)rand() % len : 0,
            .room = (size_t)rand() % 200 + 8,
        };
        if (request.encoding != EXCERPT_BASE64 && rand() % 2)
            request.tail = (uint64_t)rand() % 20;
        if (request.encoding != EXCERPT_BASE64 && rand() % 2)
            request.lines = (uint64_t)rand() % 20;
        CLEANUP(excerpt_done) struct excerpt excerpt = read_piece(fd, request);
        assert_true(excerpt.text.len <= request.room);
        assert_true(text_is_utf8(buf_str(&excerpt.text), excerpt.text.len));
        assert_true(excerpt.offset <= excerpt.next_offset && excerpt.next_offset <= len);
        if (request.tail && strcmp(excerpt.encoding, "binary") != 0)
            assert_true(excerpt.lines <= request.tail);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_beyond_the_end),
        cmocka_unit_test(test_tails),
        cmocka_unit_test(test_cut_to_room),
        cmocka_unit_test(test_pages_join),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_sparse_giant),
        cmocka_unit_test(test_largest_whole),
        cmocka_unit_test(test_proc),
        cmocka_unit_test(test_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
