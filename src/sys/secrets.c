/* One pass over the text; at each place, is this where a secret begins? */
#include "sys/secrets.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"

/* The text, one byte a character (what is none is 0x80), and the bytes it came from. */
struct text {
    char *at;
    size_t len;
    unsigned char *bytes;
    size_t step, low;
    bool is_masked;
};

/* A token of a well-known form: so it begins, and at least so many characters of a token follow. */
static const struct token_form {
    const char *prefix;
    size_t least;
} forms[] = {
    { "ghp_", 30 },
    { "gho_", 30 },
    { "ghu_", 30 },
    { "ghs_", 30 },
    { "ghr_", 30 },
    { "github_pat_", 20 },
    { "glpat-", 20 },
    { "xoxb-", 10 },
    { "xoxp-", 10 },
    { "xoxa-", 10 },
    { "xoxs-", 10 },
    { "xapp-", 10 },
    { "AKIA", 16 },
    { "ASIA", 16 },
    { "AIza", 30 },
    { "sk-", 20 },
    { "sk_live_", 16 },
    { "rk_live_", 16 },
    { "npm_", 30 },
    { "pypi-", 16 },
    { "dop_v1_", 40 },
    { "hf_", 30 },
    { "mcpa_", 40 },
};

/* Schemes of the header Authorization, wherever they stand. */
static const struct token_form schemes[] = { { "Bearer ", 16 }, { "bearer ", 16 }, { "Basic ", 12 } };

static bool contains_any(const char *word, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(word, parts[i]))
            return true;
    }
    return false;
}

bool secrets_is_name(const char *name, size_t len)
{
    static const char *const parts[] = {
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "accountkey",
        "encryptionkey",
        "authkey",
        "authorization",
        "privatekey",
        "credential",
        "bearer",
        "signature",
        "cookie",
        "motdepasse",
    };
    static const char *const wholes[] = { "auth", "pw", "psk", "pin", "passin", "passout" };
    char word[64];
    size_t used = 0;
    for (size_t i = 0; i < len && used < sizeof(word) - 1; i++) {
        if (isalnum((unsigned char)name[i]))
            word[used++] = (char)tolower((unsigned char)name[i]);
    }
    word[used] = '\0';
    /* These name where a secret is, or count words. */
    if (text_ends(word, "file") || text_ends(word, "path") || text_ends(word, "stdin") ||
        text_ends(word, "tokens"))
        return false;
    if (text_ends(word, "pass") || text_ends(word, "pwd") || text_ends(word, "mdp") ||
        contains_any(word, parts, ARRAY_LEN(parts)))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
        if (strcmp(word, wholes[i]) == 0)
            return true;
    }
    return false;
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static bool is_token_char(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_-.~+/=", c));
}

static bool is_end_of_line(char c)
{
    return c == '\n' || c == '\r' || c == '\0';
}

static bool begins_with(const struct text *text, size_t at, const char *word)
{
    size_t len = strlen(word);
    return text->len - at >= len && memcmp(text->at + at, word, len) == 0;
}

static size_t end_of_line(const struct text *text, size_t at)
{
    while (at < text->len && !is_end_of_line(text->at[at]))
        at++;
    return at;
}

static size_t hide(struct text *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (is_end_of_line(text->at[i]))
            continue;
        text->at[i] = '*';
        for (size_t j = 0; j < text->step; j++)
            text->bytes[i * text->step + j] = j == text->low ? '*' : 0;
        text->is_masked = true;
    }
    return to;
}

/* By form. Each returns where the secret ends, or `at` if there is none. */

/* All between the lines of a private key, to the end of the text if the last one is missing. */
static size_t hide_key_block(struct text *text, size_t at)
{
    enum { LABEL = 80 };
    if (!begins_with(text, at, "-----BEGIN "))
        return at;
    size_t label = at + strlen("-----BEGIN "), end = label;
    while (end < text->len && end - label < LABEL && !is_end_of_line(text->at[end]))
        end++;
    if (!memmem(text->at + label, end - label, "PRIVATE KEY", strlen("PRIVATE KEY")))
        return at;
    /* On one line too, as in JSON. */
    const char *dashes = memmem(text->at + label, end - label, "-----", 5);
    size_t from = dashes ? (size_t)(dashes - text->at) + 5 : end;
    const char *last = memmem(text->at + from, text->len - from, "-----END", strlen("-----END"));
    return hide(text, from, last ? (size_t)(last - text->at) : text->len);
}

static size_t hide_form(
    struct text *text, size_t at, const struct token_form *form, size_t count, bool keeps_prefix)
{
    for (size_t i = 0; i < count; i++) {
        if (!begins_with(text, at, form[i].prefix))
            continue;
        size_t from = at + strlen(form[i].prefix), end = from;
        while (end < text->len && is_token_char(text->at[end]))
            end++;
        if (end - from >= form[i].least)
            return hide(text, keeps_prefix ? from : at, end);
    }
    return at;
}

static bool is_base64url(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* Two base64url objects with a dot between them. */
static size_t hide_jwt(struct text *text, size_t at)
{
    if (!begins_with(text, at, "eyJ"))
        return at;
    size_t end = at;
    while (end < text->len && is_base64url(text->at[end]))
        end++;
    if (!begins_with(text, end, ".eyJ"))
        return at;
    while (end < text->len && is_token_char(text->at[end]))
        end++;
    return hide(text, at, end);
}

/* "$6$salt$hash" */
static size_t hide_crypt(struct text *text, size_t at)
{
    static const char *const ids[] = { "$1$", "$5$", "$6$", "$y$", "$2a$", "$2b$", "$2y$", "$7$", "$gy$",
        "$argon2" };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        if (!begins_with(text, at, ids[i]))
            continue;
        size_t end = at;
        while (
            end < text->len && (is_token_char(text->at[end]) || text->at[end] == '$' || text->at[end] == ','))
            end++;
        if (end - at >= 16)
            return hide(text, at, end);
    }
    return at;
}

static bool ends_url(char c)
{
    return c == '\0' || strchr(" \t\r\n'\"<>", c);
}

/* Behind "://": the password of "user:password@", or the whole of "token@". A password may hold what should
 * have been quoted in it: what stands behind the colon is then no port. */
static size_t hide_userinfo(struct text *text, size_t at)
{
    enum { LONGEST = 200 }; /* of such a password */
    if (!begins_with(text, at, "://"))
        return at;
    size_t from = at + 3, sign = 0, colon = 0, i = from;
    for (; i < text->len && !ends_url(text->at[i]) && !strchr("/?#", text->at[i]); i++) {
        if (text->at[i] == '@')
            sign = i;
        else if (text->at[i] == ':' && !colon)
            colon = i;
    }
    size_t port = colon ? colon + 1 : i;
    while (port < i && isdigit((unsigned char)text->at[port]))
        port++;
    size_t last = port < i && !sign ? i + LONGEST : 0;
    for (; i < last && i < text->len && !ends_url(text->at[i]); i++)
        if (text->at[i] == '@')
            sign = i;
    return sign ? hide(text, colon && colon < sign ? colon + 1 : from, sign) : at;
}

/* By name */

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* Behind the backslash of a quote, as there is one where JSON stands in a text of JSON. */
static size_t skip_backslashes(const struct text *text, size_t at)
{
    size_t i = at;
    while (i < text->len && text->at[i] == '\\')
        i++;
    return i < text->len && is_quote(text->at[i]) ? i : at;
}

/* Where the value behind a name begins; 0 if none follows on the line. */
static size_t find_value(const struct text *text, size_t at, bool is_option, bool *ret_colon)
{
    size_t i = skip_backslashes(text, at);
    if (i < text->len && is_quote(text->at[i]))
        i++;
    while (i < text->len && (text->at[i] == ' ' || text->at[i] == '\t'))
        i++;
    bool is_element = i == at && i < text->len && text->at[i] == '>'; /* <password>x</password> */
    bool is_sign = is_element || (i < text->len && (text->at[i] == '=' || text->at[i] == ':'));
    if (!is_sign && (!is_option || i == at))
        return 0;
    *ret_colon = is_sign && text->at[i] == ':';
    i += is_sign;
    if (is_sign && i < text->len && text->at[i] == '>')
        i++;
    while (i < text->len && (text->at[i] == ' ' || text->at[i] == '\t'))
        i++;
    i = skip_backslashes(text, i);
    return i < text->len && !is_end_of_line(text->at[i]) ? i : 0;
}

/* Whether a name and a sign stand there, as where the next of several values begins. */
static bool is_pair(const struct text *text, size_t at)
{
    size_t from = at;
    while (at < text->len && is_name_char(text->at[at]))
        at++;
    return at > from && at < text->len && strchr("=:", text->at[at]);
}

/* Whether the value that stands before this character ends with it. A password may hold any of these: then
 * more of it follows without a blank, and it is not the next pair. */
static bool ends_word(const struct text *text, size_t at)
{
    char c = text->at[at], next = at + 1 < text->len ? text->at[at + 1] : '\0';
    if (c == ' ' || c == '\t')
        return true;
    if (strchr("&;,", c))
        return next == '\0' || isspace((unsigned char)next) || is_quote(next) || is_pair(text, at + 1);
    return strchr("'\")}", c) && !isalnum((unsigned char)next);
}

/* A list or an object of JSON: to the bracket that closes it, or to the end of the line. */
static size_t end_of_brackets(const struct text *text, size_t at)
{
    size_t depth = 0;
    for (; at < text->len && !is_end_of_line(text->at[at]); at++) {
        depth += text->at[at] == '[' || text->at[at] == '{';
        depth -= text->at[at] == ']' || text->at[at] == '}';
        if (depth == 0)
            return at;
    }
    return at;
}

/* To the closing quote (two of them are one that belongs to it); else to what ends a word, or to the end of
 * the line. */
static size_t end_of_value(const struct text *text, size_t at, bool takes_line)
{
    bool is_element = at > 1 && text->at[at - 1] == '>' && text->at[at - 2] != '=';
    char quote = is_quote(text->at[at]) ? text->at[at] : is_element ? '<' : '\0';
    bool is_escaped = quote && at > 0 && text->at[at - 1] == '\\';
    if (!quote && !takes_line && (text->at[at] == '[' || text->at[at] == '{'))
        return end_of_brackets(text, at);
    size_t end = at + is_quote(quote);
    for (; end < text->len && !is_end_of_line(text->at[end]); end++) {
        bool is_twice =
            is_quote(quote) && text->at[end] == quote && end + 1 < text->len && text->at[end + 1] == quote;
        if (is_twice || (quote && text->at[end] == '\\' && !is_escaped && end + 1 < text->len))
            end++;
        else if (quote ? text->at[end] == quote : !takes_line && ends_word(text, end))
            break;
    }
    return end < text->len ? end : text->len;
}

/* Nothing but blanks, quotes and a list's dash stands before it on its line. */
static bool begins_line(const struct text *text, size_t at)
{
    while (at > 0 && text->at[at - 1] && strchr(" \t-\"'", text->at[at - 1]))
        at--;
    return at == 0 || is_end_of_line(text->at[at - 1]);
}

/* Whether another pair follows on the line, as a log has them. */
static bool has_pair(const struct text *text, size_t at)
{
    for (; at + 1 < text->len && !is_end_of_line(text->at[at]); at++)
        if (strchr(" \t;,", text->at[at]) && is_pair(text, at + 1))
            return true;
    return false;
}

/* At the beginning of a line, as curl -v shows it there, or of a quoted text. */
static bool begins_header(const struct text *text, size_t at)
{
    size_t sign = at > 1 && text->at[at - 1] == ' ' ? at - 2 : at;
    if (sign < at && (text->at[sign] == '<' || text->at[sign] == '>') && begins_line(text, sign))
        return true;
    return begins_line(text, at) || (at > 0 && is_quote(text->at[at - 1]));
}

static bool is_one_of(const char *word, size_t len, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (len == strlen(words[i]) && strncasecmp(word, words[i], len) == 0)
            return true;
    return false;
}

/* "Cookie", "Set-Cookie", "X-Session-Cookie". */
static bool is_cookie(const struct text *text, size_t at, size_t end)
{
    size_t len = strlen("cookie");
    return end - at >= len && strncasecmp(text->at + end - len, "cookie", len) == 0;
}

/* "passwd:amd64" in the logs of dpkg and apt is a package of an architecture: its name has small letters,
 * digits and "+-." only. */
static bool is_package(const struct text *text, size_t at, size_t end, size_t value, size_t value_end)
{
    static const char *const architectures[] = { "amd64", "all", "any", "i386", "arm64", "armhf", "armel",
        "ppc64el", "s390x", "riscv64", "mips64el", "loong64" };
    for (size_t i = at; i < end; i++)
        if (isupper((unsigned char)text->at[i]) || text->at[i] == '_')
            return false;
    return is_one_of(text->at + value, value_end - value, architectures, ARRAY_LEN(architectures));
}

/* "pam_unix(passwd:chauthtok)": what a program asked of PAM. */
static bool is_pam(const struct text *text, size_t at, size_t value, size_t value_end)
{
    static const char *const types[] = { "auth", "account", "session", "chauthtok", "setcred" };
    return at > 0 && text->at[at - 1] == '(' && value_end < text->len && text->at[value_end] == ')' &&
        is_one_of(text->at + value, value_end - value, types, ARRAY_LEN(types));
}

/* "Started Session Cookie: keeps users signed in.", "could not unlock secrets: The name is not known": a
 * cookie is no plain word, and what is said of several things goes on behind it. */
static bool is_prose(const struct text *text, size_t at, size_t end, size_t value)
{
    bool is_plural = text->at[end - 1] == 's' && text->at[end - 2] != 's'; /* "pass" is none */
    if (!is_cookie(text, at, end) && !is_plural)
        return false;
    size_t i = value;
    while (i < text->len && isalpha((unsigned char)text->at[i]))
        i++;
    return i > value && i + 1 < text->len && text->at[i] == ' ' && isalnum((unsigned char)text->at[i + 1]);
}

/* Lines of nsswitch.conf, and words that a log uses for other things. */
static bool is_harmless(const struct text *text, size_t at, size_t end, size_t value)
{
    static const char *const sources[] = { "files", "compat", "sss", "nis", "db" };
    static const char *const words[] = { "auth", "pin", "pw" };
    if (is_one_of(text->at + at, end - at, words, ARRAY_LEN(words)))
        return true;
    for (size_t i = 0; end - at == 6 && begins_with(text, at, "passwd") && i < ARRAY_LEN(sources); i++)
        if (begins_with(text, value, sources[i]))
            return true;
    if (value > end + 1)
        return text->at[end] == ':' && !begins_header(text, at) && is_prose(text, at, end, value);
    size_t value_end = value;
    while (value_end < text->len && isalnum((unsigned char)text->at[value_end]))
        value_end++;
    bool is_word =
        value_end == text->len || !text->at[value_end] || strchr(" \t\r\n,;)'\"", text->at[value_end]);
    return is_word && (is_package(text, at, end, value, value_end) || is_pam(text, at, value, value_end));
}

static size_t skip_blanks(const struct text *text, size_t at)
{
    while (at < text->len && (text->at[at] == ' ' || text->at[at] == '\t'))
        at++;
    return at;
}

/* Behind a name and its colon: where the line ends if the value begins on the next one ("|" and ">" of YAML
 * say so themselves, *ret_is_block), else 0. */
static size_t end_before_value(const struct text *text, size_t at, bool *ret_is_block)
{
    if (at < text->len && is_quote(text->at[at]))
        at++;
    at = skip_blanks(text, at);
    if (at == text->len || text->at[at] != ':')
        return 0;
    at = skip_blanks(text, at + 1);
    *ret_is_block = at < text->len && (text->at[at] == '|' || text->at[at] == '>');
    for (at += *ret_is_block; *ret_is_block && at < text->len && strchr("+-123456789", text->at[at]);)
        at++;
    at = skip_blanks(text, at);
    return at < text->len && is_end_of_line(text->at[at]) ? at : 0;
}

/* A line of a list or of a map, or a comment: no part of one plain value. */
static bool has_structure(const struct text *text, size_t from, size_t end)
{
    size_t len = end - from;
    return begins_with(text, from, "- ") || text->at[from] == '#' || memmem(text->at + from, len, ": ", 2) ||
        text->at[end - 1] == ':';
}

/* A value of YAML on the lines behind its name: all that are indented further than the name. Returns where it
 * ends, 0 if there is none. */
static size_t hide_lines(struct text *text, size_t name, size_t behind)
{
    bool is_block = false;
    size_t end = begins_line(text, name) ? end_before_value(text, behind, &is_block) : 0;
    size_t column = 0, last = 0;
    while (end > 0 && column < name && !is_end_of_line(text->at[name - column - 1]))
        column++;
    column -= column > 0 && is_quote(text->at[name - 1]);
    while (end > 0 && end < text->len && text->at[end]) {
        size_t line = end + 1 + (text->at[end] == '\r' && begins_with(text, end, "\r\n"));
        size_t from = skip_blanks(text, line);
        end = end_of_line(text, from);
        if (from == end)
            continue;
        if (from - line <= column || (!is_block && has_structure(text, from, end)))
            break;
        last = hide(text, from, end);
    }
    return last;
}

/* Within a line: all "name=value" that follow each other with "; " between them. */
static size_t end_of_pairs(const struct text *text, size_t at)
{
    size_t end = end_of_value(text, at, false);
    while (end + 2 < text->len && text->at[end] == ';' && text->at[end + 1] == ' ' &&
        is_name_char(text->at[end + 2]))
        end = end_of_value(text, end + 2, false);
    return end;
}

/* Where the value of a header ends: with its line, or with the quote that it stands in. 0 if it is none. */
static size_t end_of_header(const struct text *text, size_t at, size_t end, size_t value)
{
    bool is_authorization = strncasecmp(text->at + at, "authorization", 13) == 0 ||
        strncasecmp(text->at + at, "proxy-authorization", 19) == 0;
    bool is_set = is_cookie(text, at, end);
    if ((!is_authorization && !is_set) || text->at[end] != ':' || is_quote(text->at[value]))
        return 0;
    if (is_set && !begins_header(text, at))
        return end_of_pairs(text, value);
    char quote = at > 0 && is_quote(text->at[at - 1]) ? text->at[at - 1] : '\0';
    bool is_escaped = quote && at > 1 && text->at[at - 2] == '\\';
    size_t stop = value;
    for (; stop < text->len && !is_end_of_line(text->at[stop]) && (!quote || text->at[stop] != quote); stop++)
        if (quote && !is_escaped && text->at[stop] == '\\' && stop + 1 < text->len &&
            !is_end_of_line(text->at[stop + 1]))
            stop++;
    return stop;
}

/* Returns where to go on: behind the value, else behind the name. */
static size_t hide_named(struct text *text, size_t at)
{
    size_t end = at;
    while (end < text->len && is_name_char(text->at[end]))
        end++;
    if (!secrets_is_name(text->at + at, end - at))
        return end;
    bool is_colon = false, is_option = text->at[at] == '-';
    size_t value = find_value(text, end, is_option, &is_colon);
    size_t block = hide_lines(text, at, end);
    if (block > 0 || value == 0 || (is_colon && is_harmless(text, at, end, value)))
        return block > 0 ? block : end;
    size_t stop = is_colon ? end_of_header(text, at, end, value) : 0;
    if (stop == 0)
        stop = end_of_value(
            text, value, begins_line(text, at) && (is_colon || (!is_option && !has_pair(text, value))));
    hide(text, value + is_quote(text->at[value]), stop);
    return stop > end ? stop : end;
}

/* At the beginning of a word. */
static size_t hide_word(struct text *text, size_t at)
{
    size_t end = hide_form(text, at, forms, ARRAY_LEN(forms), false);
    if (end == at)
        end = hide_form(text, at, schemes, ARRAY_LEN(schemes), true);
    if (end == at)
        end = hide_jwt(text, at);
    return end == at ? hide_named(text, at) : end;
}

static void scan(struct text *text)
{
    for (size_t i = 0; i < text->len;) {
        size_t end = i;
        char c = text->at[i];
        if (c == '-')
            end = hide_key_block(text, i);
        else if (c == '$')
            end = hide_crypt(text, i);
        else if (c == ':')
            end = hide_userinfo(text, i);
        if (end == i && is_name_char(c))
            end = hide_word(text, i);
        i = end > i ? end : i + 1;
    }
}

bool secrets_mask(unsigned char *bytes, size_t len, size_t step, size_t low)
{
    struct text text = { .len = len / step, .bytes = bytes, .step = step, .low = low };
    CLEANUP(scope_free) char *narrow = malloc(text.len + 1);
    if (!narrow)
        abort(); /* as much as the window that was got just before */
    for (size_t i = 0; i < text.len; i++) {
        bool is_wide = step == 2 && bytes[i * step + !low] != 0;
        narrow[i] = is_wide ? (char)0x80 : (char)bytes[i * step + low];
    }
    narrow[text.len] = '\0';
    text.at = narrow;
    scan(&text);
    return text.is_masked;
}
