/* Command lines made fit to be shown. Better one word masked too many than a password in an answer. */
#include "sys/cmdline.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/secrets.h"

#define MASK "***"

/* A part of an argument. */
struct piece {
    const char *at;
    size_t len;
};

/* Options that carry a password in these programs: "-p" in "mysql -pSECRET" or "sshpass -p SECRET". */
struct password_option {
    const char *program;
    char letter;
    bool may_stand_apart; /* the value may be the next argument */
};

static const struct password_option password_options[] = {
    { "mysql", 'p', false },
    { "mysqldump", 'p', false },
    { "mysqladmin", 'p', false },
    { "mariadb", 'p', false },
    { "sshpass", 'p', true },
    { "curl", 'u', true },
    { "curl", 'U', true },
    { "redis-cli", 'a', true },
    { "ldapsearch", 'w', true },
    { "ldapmodify", 'w', true },
    { "ldapadd", 'w', true },
    { "smbclient", 'U', true },
    { "rpcclient", 'U', true },
    { "mosquitto_pub", 'P', true },
    { "mosquitto_sub", 'P', true },
    { "mongo", 'p', true },
    { "mongosh", 'p', true },
    { "mongodump", 'p', true },
    { "sqlcmd", 'P', true },
    { "rdesktop", 'p', true },
    { "zip", 'P', true },
    { "unzip", 'P', true },
    { "7z", 'p', false },
    { "ipmitool", 'P', true },
    { "snmpwalk", 'A', true },
    { "snmpwalk", 'X', true },
    { "snmpget", 'A', true },
    { "snmpget", 'X', true },
};

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static void add_plain(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        buf_addc(out, isspace(c) ? ' ' : c < 0x20 || c == 0x7f ? '?' : text[i]);
    }
}

/* Bytes of a value at `text`: to its closing quote, else to the next separator. */
static size_t value_length(const char *text, size_t len, bool has_spaces)
{
    const char *stops = has_spaces ? "'\"" : " \t\n\r&;,'\")}";
    size_t start = len > 0 && (*text == '"' || *text == '\'');
    char quote = start ? *text : '\0';
    for (size_t i = start; i < len; i++) {
        if (text[i] == '\\' && quote)
            i++;
        else if (quote ? text[i] == quote : strchr(stops, text[i]) != NULL)
            return i;
    }
    return len;
}

/* Length of the userinfo of an URL whose authority begins at `text`; 0 if it has none. */
static size_t userinfo_length(const char *text, size_t len)
{
    size_t end = 0;
    for (size_t i = 0; i < len && !strchr("/?# \t\n'\"", text[i]); i++) {
        if (text[i] == '@')
            end = i;
    }
    return end;
}

/* "user:password" of an URL: the user alone may be shown, and only if a password is there (else it may be a
 * token). */
static size_t mask_userinfo(struct buf *out, const char *text, size_t len)
{
    size_t info = userinfo_length(text, len);
    if (info == 0)
        return 0;
    const char *colon = memchr(text, ':', info);
    if (colon)
        add_plain(out, text, (size_t)(colon - text) + 1);
    buf_adds(out, MASK);
    return info;
}

/* Behind a secret name of `text`: how many bytes lead to the value ('=', ': ', '":"', or blanks after an
 * option); 0 if no value follows. */
static size_t separator_length(struct piece text, bool is_option, bool *ret_colon)
{
    size_t i = 0;
    if (i < text.len && (text.at[i] == '"' || text.at[i] == '\''))
        i++;
    bool is_sign = i < text.len && (text.at[i] == '=' || text.at[i] == ':');
    if (!is_sign && (!is_option || i > 0 || text.len == 0 || text.at[0] != ' '))
        return 0;
    *ret_colon = is_sign && text.at[i] == ':';
    i += is_sign;
    while (i < text.len && text.at[i] == ' ')
        i++;
    return i < text.len ? i : 0;
}

/* Writes the name at `rest` and, if it is a secret's, the mask for its value. Returns how many bytes were
 * dealt with. */
static size_t show_name(struct buf *out, struct piece rest, bool is_first)
{
    size_t name = 0;
    while (name < rest.len && is_name_char(rest.at[name]))
        name++;
    add_plain(out, rest.at, name);
    if (!secrets_is_name(rest.at, name))
        return name;
    bool is_colon = false;
    struct piece behind = { rest.at + name, rest.len - name };
    size_t gap = separator_length(behind, rest.at[0] == '-', &is_colon);
    if (gap == 0)
        return name;
    add_plain(out, behind.at, gap);
    buf_adds(out, MASK);
    /* An argument that is NAME=value or a header ends with its value, whatever is in it. */
    if (is_first && (behind.at[0] == '=' || behind.at[0] == ':'))
        return rest.len;
    return name + gap + value_length(behind.at + gap, behind.len - gap, is_colon);
}

static void show_argument(struct buf *out, struct piece argument)
{
    for (size_t i = 0; i < argument.len;) {
        struct piece rest = { argument.at + i, argument.len - i };
        if (rest.len >= 3 && memcmp(rest.at, "://", 3) == 0) {
            buf_adds(out, "://");
            i += 3 + mask_userinfo(out, rest.at + 3, rest.len - 3);
        } else if (is_name_char(*rest.at)) {
            i += show_name(out, rest, i == 0);
        } else {
            add_plain(out, rest.at, 1);
            i++;
        }
    }
}

/* What the argument behind an option is. */
enum next { NEXT_PLAIN, NEXT_SECRET, NEXT_LOGIN };

/* "--password", "-token": the next argument is the secret. */
static bool is_secret_option(struct piece argument)
{
    if (argument.len < 3 || argument.at[0] != '-')
        return false;
    for (size_t i = 0; i < argument.len; i++) {
        if (!is_name_char(argument.at[i]))
            return false;
    }
    return secrets_is_name(argument.at, argument.len);
}

/* Length of the name of an option that takes USER:PASSWORD (curl, wget), or just a user (many others); 0 if
 * it is none. */
static size_t login_option_length(struct piece argument)
{
    static const char *const names[] = { "--user", "--proxy-user" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t len = strlen(names[i]);
        if (argument.len >= len && memcmp(argument.at, names[i], len) == 0 &&
            (argument.len == len || argument.at[len] == '='))
            return len;
    }
    return 0;
}

static bool is_equal(struct piece text, const char *other)
{
    return text.len == strlen(other) && memcmp(text.at, other, text.len) == 0;
}

static struct piece base_name(struct piece program)
{
    const char *slash = memrchr(program.at, '/', program.len);
    if (!slash)
        return program;
    return (struct piece){ slash + 1, program.len - (size_t)(slash + 1 - program.at) };
}

static bool is_known_program(struct piece name)
{
    for (size_t i = 0; i < ARRAY_LEN(password_options); i++) {
        if (is_equal(name, password_options[i].program))
            return true;
    }
    return false;
}

static const struct password_option *find_option(struct piece program, struct piece argument)
{
    if (argument.len < 2 || argument.at[0] != '-')
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(password_options); i++) {
        const struct password_option *option = &password_options[i];
        if (argument.at[1] == option->letter && is_equal(program, option->program))
            return option;
    }
    return NULL;
}

static void show_masked(struct buf *out, struct piece argument, size_t plain_len)
{
    add_plain(out, argument.at, plain_len);
    buf_adds(out, MASK);
}

/* Writes one argument; says what the next one is. */
static enum next show_next(struct buf *out, struct piece program, struct piece argument)
{
    const struct password_option *option = find_option(program, argument);
    size_t login = login_option_length(argument);
    if (option && argument.len > 2) {
        show_masked(out, argument, 2);
        return NEXT_PLAIN;
    }
    if (login && memchr(argument.at, ':', argument.len)) {
        show_masked(out, argument, login + 1);
        return NEXT_PLAIN;
    }
    show_argument(out, argument);
    if (login && login == argument.len)
        return NEXT_LOGIN;
    bool is_secret = option ? option->may_stand_apart : is_secret_option(argument);
    return is_secret ? NEXT_SECRET : NEXT_PLAIN;
}

void cmdline_show(const char *raw, size_t len, struct buf *ret_text)
{
    struct piece program = { raw, 0 };
    enum next next = NEXT_PLAIN;
    for (size_t start = 0; start < len;) {
        struct piece argument = { raw + start, strnlen(raw + start, len - start) };
        bool is_long_option = argument.len > 2 && memcmp(argument.at, "--", 2) == 0;
        bool is_secret =
            next == NEXT_SECRET || (next == NEXT_LOGIN && memchr(argument.at, ':', argument.len));
        if (start > 0)
            buf_addc(ret_text, ' ');
        if (is_secret && !is_long_option && argument.len > 0) {
            show_masked(ret_text, argument, 0);
            next = NEXT_PLAIN;
        } else {
            next = show_next(ret_text, program, argument);
        }
        /* Known programs are often started by others: sudo, env, sshpass. */
        if (start == 0 || is_known_program(base_name(argument)))
            program = base_name(argument);
        start += argument.len + 1;
    }
    while (ret_text->len > 0 && ret_text->data[ret_text->len - 1] == ' ')
        buf_cut(ret_text, ret_text->len - 1);
}

void cmdline_shorten(struct buf *text, size_t max_columns)
{
    size_t kept = 0, columns = 0;
    for (size_t i = 0; i < text->len; columns++) {
        if (columns == max_columns - 1)
            kept = i;
        size_t step = text_utf8_step(text->data + i, text->len - i);
        i += step ? step : 1;
    }
    if (columns <= max_columns)
        return;
    buf_cut(text, kept);
    buf_adds(text, "…");
}
