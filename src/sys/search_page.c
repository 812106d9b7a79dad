/* Result pages read by gumbo. Knows no HTTP and no tools. */
#include "sys/search_page.h"

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <gumbo.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/text.h"

/* Real pages have some 1,000 tags, and trees of ten times their size: half a megabyte. gumbo takes time by
 * the square of the tags that are open. */
#define TAGS_MAX 6000
#define ATTRIBUTES_MAX 500 /* of one tag: gumbo compares each with all before it */
#define TREE_MAX_BYTES ((size_t)32 << 20)
#define TITLE_MAX 300
#define SNIPPET_MAX 500
#define URL_MAX 4096

/* Parsing within bounds */

/* gumbo neither checks for lack of memory nor can be told to stop, some pages make it build trees far larger
 * than themselves, and freeing a deep tree recurses. So the tree lives in an arena that is dropped whole, and
 * a page that takes too much is left by a jump: gumbo holds nothing else. */
struct tree_memory {
    struct arena arena;
    jmp_buf too_much;
};

static void *tree_take(void *user, size_t size)
{
    struct tree_memory *memory = user;
    void *block = arena_try(&memory->arena, size);
    if (!block)
        longjmp(memory->too_much, 1);
    return block;
}

static void tree_drop(void *user, void *block)
{
    (void)user;
    (void)block;
}

static const GumboNode *parse(struct tree_memory *memory, const char *html, size_t len)
{
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = tree_take;
    options.deallocator = tree_drop;
    options.userdata = memory;
    options.max_errors = 0;
    if (setjmp(memory->too_much) != 0)
        return NULL;
    return gumbo_parse_with_options(&options, html, len)->document;
}

static bool has_too_many_tags(const char *html, size_t len)
{
    size_t tags = 0;
    const char *at = html, *end = html + len;
    while (at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        at++;
        tags++;
    }
    return tags > TAGS_MAX;
}

/* Where a reader of HTML can be within a tag. */
enum place {
    OPENED,
    TAG_NAME,
    BEFORE_NAME,
    IN_NAME,
    AFTER_NAME,
    BEFORE_VALUE,
    BARE,
    QUOTED,
    QUOTED_TWICE,
    OUTSIDE
};

static enum place step(enum place place, char c)
{
    bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (place == OPENED)
        return is_letter ? TAG_NAME : c == '/' ? OPENED : OUTSIDE;
    if (place == QUOTED || place == QUOTED_TWICE)
        return c == (place == QUOTED ? '\'' : '"') ? BEFORE_NAME : place;
    if (c == '>')
        return OUTSIDE;
    if (place == BEFORE_VALUE)
        return is_space ? place : c == '"' ? QUOTED_TWICE : c == '\'' ? QUOTED : BARE;
    if (place == BARE)
        return is_space ? BEFORE_NAME : place;
    if (c == '/')
        return BEFORE_NAME;
    if (is_space)
        return place == IN_NAME ? AFTER_NAME : place == TAG_NAME ? BEFORE_NAME : place;
    if (c == '=' && place != TAG_NAME && place != BEFORE_NAME)
        return BEFORE_VALUE;
    return place == TAG_NAME ? TAG_NAME : IN_NAME;
}

/* Which '<' begins a tag depends on scripts and comments. Here each may: for every place within a tag, the
 * most attributes that a tag begun anywhere has when it is there. */
static bool has_too_many_attributes(const char *html, size_t len)
{
    int most[OUTSIDE + 1];
    memset(most, -1, sizeof most); /* nobody is there */
    for (size_t i = 0; i < len; i++) {
        int next[OUTSIDE + 1];
        memset(next, -1, sizeof next);
        for (enum place place = OPENED; place < OUTSIDE; place++) {
            if (most[place] < 0)
                continue;
            enum place then = step(place, html[i]);
            int count = most[place] + (then == IN_NAME && place != IN_NAME);
            if (count > ATTRIBUTES_MAX)
                return true;
            if (count > next[then])
                next[then] = count;
        }
        if (html[i] == '<')
            next[OPENED] = 0;
        memcpy(most, next, sizeof most);
    }
    return false;
}

/* Walking the tree */

static const GumboVector *children_of(const GumboNode *node)
{
    if (node->type == GUMBO_NODE_DOCUMENT)
        return &node->v.document.children;
    if (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE)
        return &node->v.element.children;
    return NULL;
}

/* The next node in document order within `root`, without what is inside `node` when `skip_inside`; NULL at
 * the end. */
static const GumboNode *next_node(const GumboNode *root, const GumboNode *node, bool skip_inside)
{
    const GumboVector *children = skip_inside ? NULL : children_of(node);
    if (children && children->length > 0)
        return children->data[0];
    for (; node != root; node = node->parent) {
        const GumboVector *siblings = children_of(node->parent);
        if (siblings && node->index_within_parent + 1 < siblings->length)
            return siblings->data[node->index_within_parent + 1];
    }
    return NULL;
}

static bool is_element(const GumboNode *node, GumboTag tag)
{
    return node->type == GUMBO_NODE_ELEMENT && node->v.element.tag == tag;
}

/* "" when the node has no such attribute. */
static const char *attribute_of(const GumboNode *node, const char *name)
{
    if (node->type != GUMBO_NODE_ELEMENT)
        return "";
    const GumboAttribute *attribute = gumbo_get_attribute(&node->v.element.attributes, name);
    return attribute ? attribute->value : "";
}

static bool has_class(const GumboNode *node, const char *wanted)
{
    size_t len = strlen(wanted);
    for (const char *at = attribute_of(node, "class"); *at;) {
        size_t word = strcspn(at, " \t\r\n\f");
        if (word == len && memcmp(at, wanted, len) == 0)
            return true;
        at += word;
        at += strspn(at, " \t\r\n\f");
    }
    return false;
}

static const GumboNode *find_class(const GumboNode *root, const char *wanted)
{
    const GumboNode *node = root;
    while (node && !has_class(node, wanted))
        node = next_node(root, node, false);
    return node;
}

static const GumboNode *find_tag(const GumboNode *root, GumboTag tag)
{
    const GumboNode *node = root;
    while (node && !is_element(node, tag))
        node = next_node(root, node, false);
    return node;
}

/* Text */

/* Runs of white space (no-break spaces too) become one space. */
static void add_normalised(struct buf *out, const char *text)
{
    while (*text) {
        bool no_break = (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] == 0xa0;
        if (no_break || (unsigned char)*text <= ' ') {
            if (out->len > 0 && out->data[out->len - 1] != ' ')
                buf_addc(out, ' ');
            text += no_break ? 2 : 1;
        } else {
            buf_addc(out, *text++);
        }
    }
}

static const char *text_of(struct arena *arena, const GumboNode *root, size_t max)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    bool skip = false;
    for (const GumboNode *node = root; node; node = next_node(root, node, skip)) {
        skip = is_element(node, GUMBO_TAG_SCRIPT) || is_element(node, GUMBO_TAG_STYLE);
        if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
            node->type == GUMBO_NODE_CDATA)
            add_normalised(&text, node->v.text.text);
    }
    if (text.len > 0 && text.data[text.len - 1] == ' ')
        buf_cut(&text, text.len - 1);
    if (text.len <= max)
        return arena_strndup(arena, buf_str(&text), text.len);
    size_t kept = text_utf8_cut(buf_str(&text), text.len, max);
    return arena_printf(arena, "%.*s…", (int)kept, buf_str(&text));
}

/* Links */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decodes up to '&', '#' or the end. */
static void add_decoded(struct buf *out, const char *value)
{
    for (; *value && *value != '&' && *value != '#'; value++) {
        int high = *value == '%' ? hex_digit(value[1]) : -1;
        int low = high >= 0 ? hex_digit(value[2]) : -1;
        if (low >= 0) {
            buf_addc(out, (char)(high << 4 | low));
            value += 2;
        } else {
            buf_addc(out, *value);
        }
    }
}

static bool is_web_url(const char *url, size_t len)
{
    if (len == 0 || len > URL_MAX || strlen(url) != len || !text_is_utf8(url, len))
        return false;
    for (const char *c = url; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    return (strncasecmp(url, "https://", 8) == 0 && url[8] != '\0') ||
        (strncasecmp(url, "http://", 7) == 0 && url[7] != '\0');
}

/* What follows scheme and host when the link stays with the engine ("//duckduckgo.com/l/?uddg=...",
 * "/l/?..."). */
static const char *engine_path(const char *href)
{
    static const char *const prefixes[] = {
        "https://duckduckgo.com",
        "http://duckduckgo.com",
        "//duckduckgo.com",
        "https://html.duckduckgo.com",
        "http://html.duckduckgo.com",
        "//html.duckduckgo.com",
        "https://www.duckduckgo.com",
        "//www.duckduckgo.com",
    };
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        size_t len = strlen(prefixes[i]);
        if (strncasecmp(href, prefixes[i], len) == 0 && (href[len] == '/' || href[len] == '\0'))
            return href + len;
    }
    return href[0] == '/' && href[1] != '/' ? href : NULL;
}

/* Where a result really leads: the target of the engine's redirect, or the link itself. NULL for
 * advertisements and for what is not a web address. */
static const char *link_target(struct arena *arena, const char *href)
{
    CLEANUP(buf_done) struct buf url = { 0 };
    const char *path = engine_path(href);
    if (path && text_starts(path, "/l/")) {
        const char *query = strchr(path, '?');
        while (query && !text_starts(query + 1, "uddg="))
            query = strchr(query + 1, '&');
        if (query)
            add_decoded(&url, query + 1 + strlen("uddg="));
    } else if (!path || !text_starts(path, "/y.js")) {
        buf_addf(&url, "%s%s", href[0] == '/' && href[1] == '/' ? "https:" : "", href);
    }
    const char *target = buf_str(&url);
    const char *inner = engine_path(target);
    if (!is_web_url(target, url.len) || (inner && text_starts(inner, "/y.js")))
        return NULL;
    return arena_strdup(arena, target);
}

/* The page */

/* What was seen on the way, beside the results. */
struct signs {
    bool challenge, empty;
};

static void read_result(struct search_page *page, struct signs *signs, const GumboNode *block)
{
    const GumboNode *link = find_class(block, "result__a");
    const GumboNode *snippet = find_class(block, "result__snippet");
    if (!link)
        return;
    const char *title = text_of(&page->arena, link, TITLE_MAX);
    if (strcmp(title, "No results.") == 0) {
        signs->empty = true;
        return;
    }
    const char *url = link_target(&page->arena, attribute_of(link, "href"));
    if (!url || page->count == SEARCH_PAGE_MAX_RESULTS)
        return;
    page->results[page->count++] = (struct search_result){
        .title = *title ? title : url,
        .url = url,
        .snippet = snippet ? text_of(&page->arena, snippet, SNIPPET_MAX) : "",
    };
}

/* "Previous" and "Next" look the same: the one that leads furthest is the next page. */
static void read_navigation(struct search_page *page, const GumboNode *block)
{
    CLEANUP(buf_done) struct buf form = { 0 };
    int64_t offset = -1;
    for (const GumboNode *node = block; node; node = next_node(block, node, false)) {
        const char *name = attribute_of(node, "name"), *value = attribute_of(node, "value");
        if (!is_element(node, GUMBO_TAG_INPUT) || strcmp(attribute_of(node, "type"), "hidden") != 0 || !*name)
            continue;
        search_form_add(&form, name, value);
        if (strcmp(name, "s") == 0 && !text_int(value, &offset))
            offset = -1;
    }
    if (offset <= page->next_offset)
        return;
    page->next_offset = offset;
    page->next_form = arena_strdup(&page->arena, buf_str(&form));
}

static void look_for_signs(const GumboNode *node, struct signs *signs)
{
    if (text_starts(attribute_of(node, "class"), "anomaly-modal") ||
        strcmp(attribute_of(node, "id"), "challenge-form") == 0 ||
        strstr(attribute_of(node, "action"), "/anomaly.js"))
        signs->challenge = true;
    if (has_class(node, "no-results") || has_class(node, "no-results__message") ||
        has_class(node, "result--no-result"))
        signs->empty = true;
}

static void read_tree(struct search_page *page, const GumboNode *document)
{
    struct signs signs = { 0 };
    bool skip = false;
    for (const GumboNode *node = document; node; node = next_node(document, node, skip)) {
        skip = false;
        if (node->type != GUMBO_NODE_ELEMENT)
            continue;
        look_for_signs(node, &signs);
        if (has_class(node, "result")) {
            skip = true;
            if (!has_class(node, "result--ad") && !has_class(node, "result--no-result"))
                read_result(page, &signs, node);
        } else if (has_class(node, "nav-link")) {
            skip = true;
            read_navigation(page, node);
        }
    }
    const GumboNode *title = find_tag(document, GUMBO_TAG_TITLE);
    page->title = title ? text_of(&page->arena, title, TITLE_MAX) : "";
    if (signs.challenge)
        page->kind = SEARCH_PAGE_CHALLENGE;
    else if (page->count > 0)
        page->kind = SEARCH_PAGE_RESULTS;
    else
        page->kind = signs.empty ? SEARCH_PAGE_EMPTY : SEARCH_PAGE_UNKNOWN;
}

int search_page_read(const char *html, size_t len, struct search_page *ret_page)
{
    if (len > SEARCH_PAGE_MAX_BYTES || has_too_many_tags(html, len) || has_too_many_attributes(html, len))
        return -E2BIG;
    struct tree_memory memory;
    arena_init(&memory.arena, TREE_MAX_BYTES);
    const GumboNode *document = parse(&memory, html, len);
    if (!document) {
        arena_done(&memory.arena);
        return -E2BIG;
    }
    *ret_page = (struct search_page){ .title = "" };
    read_tree(ret_page, document);
    arena_done(&memory.arena);
    return 0;
}

void search_page_done(struct search_page *page)
{
    if (!page)
        return;
    arena_done(&page->arena);
    *page = (struct search_page){ 0 };
}

static void add_encoded(struct buf *form, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._*", c))
            buf_addc(form, (char)c);
        else if (c == ' ')
            buf_addc(form, '+');
        else
            buf_addf(form, "%%%02X", c);
    }
}

void search_form_add(struct buf *form, const char *name, const char *value)
{
    if (form->len > 0)
        buf_addc(form, '&');
    add_encoded(form, name);
    buf_addc(form, '=');
    add_encoded(form, value);
}
