/* Result pages: every page of tests/data/search-duckduckgo against what must be read from it, and hostile
 * ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/search_page.h"

#define FOLDER MCP_TEST_DATA "/search-duckduckgo"

static void read_file(const char *name, const char *suffix, struct buf *out)
{
    char path[600];
    snprintf(path, sizeof(path), "%s/%s%s", FOLDER, name, suffix);
    FILE *file = fopen(path, "rbe");
    if (!file)
        fail_msg("no %s", path);
    char block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof(block), file)) > 0)
        buf_add(out, block, got);
    fclose(file);
}

static void describe(const struct search_page *page, struct buf *out)
{
    static const char *const kinds[] = { "results", "empty", "challenge", "unknown" };
    buf_addf(out, "%s\n%s\n", kinds[page->kind], page->title);
    if (page->next_form)
        buf_addf(out, "next %lld %s\n", (long long)page->next_offset, page->next_form);
    else
        buf_adds(out, "last\n");
    for (size_t i = 0; i < page->count; i++)
        buf_addf(out, "%s\n%s\n%s\n", page->results[i].title, page->results[i].url, page->results[i].snippet);
}

static void check_page(const char *name)
{
    CLEANUP(buf_done) struct buf html = { 0 }, expected = { 0 }, got = { 0 };
    CLEANUP(search_page_done) struct search_page page = { 0 };
    read_file(name, ".html", &html);
    read_file(name, ".expected", &expected);
    assert_int_equal(search_page_read(buf_str(&html), html.len, &page), 0);
    describe(&page, &got);
    assert_string_equal(buf_str(&got), buf_str(&expected));
}

static void reads_every_page_of_the_folder(void **state)
{
    (void)state;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    size_t count = 0;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (!text_ends(entry->d_name, ".html"))
            continue;
        char name[sizeof(entry->d_name)];
        snprintf(name, sizeof(name), "%.*s", (int)(strlen(entry->d_name) - strlen(".html")), entry->d_name);
        check_page(name);
        count++;
    }
    closedir(folder);
    assert_true(count >= 8);
}

/* Cut anywhere, a page is read without harm, and a cut one never says "nothing found" where there were
 * results. */
static void survives_truncation(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf html = { 0 };
    read_file("redirects", ".html", &html);
    for (size_t len = 0; len < html.len; len += 7) {
        CLEANUP(scope_free) char *piece = malloc(len + 1);
        memcpy(piece, html.data, len);
        struct search_page page;
        assert_int_equal(search_page_read(piece, len, &page), 0);
        assert_int_not_equal(page.kind, SEARCH_PAGE_EMPTY);
        assert_int_not_equal(page.kind, SEARCH_PAGE_CHALLENGE);
        search_page_done(&page);
    }
}

static void survives_random_changes(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf html = { 0 };
    read_file("links", ".html", &html);
    uint32_t random = 12345;
    for (int round = 0; round < 300; round++) {
        CLEANUP(scope_free) char *copy = malloc(html.len);
        memcpy(copy, html.data, html.len);
        for (int i = 0; i < 60; i++) {
            random = random * 1664525u + 1013904223u;
            copy[(random >> 8) % html.len] = "<>/=\"' &;a\0\xc3"[(random >> 4) % 12];
        }
        struct search_page page;
        assert_int_equal(search_page_read(copy, html.len, &page), 0);
        for (size_t i = 0; i < page.count; i++) {
            assert_true(text_is_utf8(page.results[i].title, strlen(page.results[i].title)));
            assert_true(strncasecmp(page.results[i].url, "http", 4) == 0);
        }
        search_page_done(&page);
    }
}

static void repeat(struct buf *html, const char *before, const char *after, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(html, "%s%zu%s", before, i, after);
}

static int read_made_up(const struct buf *html)
{
    struct search_page page;
    int r = search_page_read(html->data, html->len, &page);
    if (r == 0)
        search_page_done(&page);
    return r;
}

static void refuses_pages_that_cost_too_much(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf html = { 0 };
    repeat(&html, "<div a", ">", 5000);
    assert_int_equal(read_made_up(&html), 0);

    buf_clear(&html);
    repeat(&html, "<b>", "", 6001);
    assert_int_equal(read_made_up(&html), -E2BIG);

    /* Each paragraph would take a copy of each formatting element. */
    buf_clear(&html);
    buf_adds(&html, "<p>");
    repeat(&html, "<b a", ">", 2900);
    repeat(&html, "<p>", "", 2900);
    assert_int_equal(read_made_up(&html), -E2BIG);

    buf_clear(&html);
    repeat(&html, "text ", " ", 200000);
    assert_int_equal(read_made_up(&html), -E2BIG);
}

/* gumbo compares each attribute of a tag with all before it. */
static void refuses_tags_with_too_many_attributes(void **state)
{
    (void)state;
    static const char *const before[] = { "<p", "</p", "<script>x = '<b c=\"'</script><p",
        "<!-- <b c=' --><p", "<a b='<c d=\"'><p" };
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        CLEANUP(buf_done) struct buf html = { 0 };
        buf_adds(&html, before[i]);
        repeat(&html, " ", "", 400);
        buf_adds(&html, ">");
        assert_int_equal(read_made_up(&html), 0);
        buf_clear(&html);
        buf_adds(&html, before[i]);
        repeat(&html, "\na", i % 2 ? "=1" : "='>'", 20000 / (i + 2));
        buf_adds(&html, ">");
        assert_int_equal(read_made_up(&html), -E2BIG);
    }
    /* Many in all, but few in a tag. */
    CLEANUP(buf_done) struct buf html = { 0 };
    repeat(&html, "<p a b=' c d ' e=\"<\" f=", "/g>a < b c", 1500);
    assert_int_equal(read_made_up(&html), 0);
}

static void cuts_long_texts(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf html = { 0 };
    buf_adds(&html,
        "<div class=result><a class=result__a href='https://a.example/'>t</a><a class=result__snippet>x");
    repeat(&html, "é", "é", 1000);
    struct search_page page;
    assert_int_equal(search_page_read(html.data, html.len, &page), 0);
    assert_int_equal(page.count, 1);
    size_t len = strlen(page.results[0].snippet);
    assert_in_range(len, 400, 520);
    assert_true(text_is_utf8(page.results[0].snippet, len));
    search_page_done(&page);
}

static void encodes_forms(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf form = { 0 };
    search_form_add(&form, "q", "c++ & \"é\"");
    search_form_add(&form, "kl", "fr-fr");
    search_form_add(&form, "b", "");
    assert_string_equal(buf_str(&form), "q=c%2B%2B+%26+%22%C3%A9%22&kl=fr-fr&b=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_page_of_the_folder),
        cmocka_unit_test(survives_truncation),
        cmocka_unit_test(survives_random_changes),
        cmocka_unit_test(refuses_pages_that_cost_too_much),
        cmocka_unit_test(refuses_tags_with_too_many_attributes),
        cmocka_unit_test(cuts_long_texts),
        cmocka_unit_test(encodes_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
