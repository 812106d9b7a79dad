/* Both questions are answered by one walk over rules and values; a fault is what the rule wants. */
#include "toolkit/form.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/scope.h"
#include "base/text.h"

/* Why a value is refused; `limit` or `options` say what would not be. */
struct misfit {
    enum { FIT, TYPE, SHORT, LONG, FORMAT, LOW, HIGH, CHOICE, FEW, MANY } kind;
    const char *word; /* TYPE: which; FORMAT: which */
    double limit;
    const struct mcp_json *rule; /* CHOICE: the options are in it */
};

static bool is_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return true;
}

static int number_of(const char *text, size_t count)
{
    int number = 0;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

/* RFC 3339, full-date: the first ten characters. */
static bool begins_with_date(const char *text)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_shape = strnlen(text, 10) == 10 && is_digits(text, 4) && text[4] == '-' &&
        is_digits(text + 5, 2) && text[7] == '-' && is_digits(text + 8, 2);
    if (!is_shape)
        return false;
    int year = number_of(text, 4), month = number_of(text + 5, 2), day = number_of(text + 8, 2);
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && is_leap);
}

static bool is_clock(const char *text)
{
    return strnlen(text, 5) == 5 && is_digits(text, 2) && text[2] == ':' && is_digits(text + 3, 2) &&
        number_of(text, 2) <= 23 && number_of(text + 3, 2) <= 59;
}

/* RFC 3339, date-time: "2026-07-28T12:00:00.5+02:00". */
static bool is_date_time(const char *text)
{
    if (!begins_with_date(text) || !strchr("Tt ", text[10]) || !text[10] || !is_clock(text + 11))
        return false;
    const char *at = text + 16;
    if (at[0] != ':' || !isdigit((unsigned char)at[1]) || !isdigit((unsigned char)at[2]) ||
        number_of(at + 1, 2) > 60)
        return false;
    at += 3;
    if (*at == '.') {
        size_t digits = strspn(at + 1, "0123456789");
        if (!digits)
            return false;
        at += 1 + digits;
    }
    if (*at == 'Z' || *at == 'z')
        return at[1] == '\0';
    return (*at == '+' || *at == '-') && is_clock(at + 1) && at[6] == '\0';
}

/* An address as web forms take it: something, one @, a host of labels. */
static bool is_email(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || at == text || !at[1] || strchr(at + 1, '@') || text[strcspn(text, " \t\r\n<>\"(),;:\\")])
        return false;
    const char *host = at + 1;
    return host[0] != '.' && host[0] != '-' && host[strlen(host) - 1] != '.' && !strstr(host, "..");
}

/* RFC 3986: a scheme, and no white space or bracket that a URI cannot hold. */
static bool is_uri(const char *text)
{
    size_t len = 0;
    while (isalnum((unsigned char)text[len]) || (len && text[len] && strchr("+-.", text[len])))
        len++;
    if (!len || !isalpha((unsigned char)text[0]) || text[len] != ':' || !text[len + 1])
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c == 0x7F || strchr("<>\"{}|\\^`", *c))
            return false;
    return true;
}

static bool has_format(const struct mcp_json *value, const char *format)
{
    if (strlen(value->text) != value->len)
        return false;
    if (strcmp(format, "email") == 0)
        return is_email(value->text);
    if (strcmp(format, "uri") == 0)
        return is_uri(value->text);
    if (strcmp(format, "date") == 0)
        return value->len == 10 && begins_with_date(value->text);
    return strcmp(format, "date-time") != 0 || is_date_time(value->text);
}

/* The options of a choice, by any of its spellings: enum, oneOf, anyOf. NULL: it is no choice. */
static const struct mcp_json *options_of(const struct mcp_json *rule)
{
    const struct mcp_json *options = mcp_json_get(rule, "enum");
    if (!options)
        options = mcp_json_get(rule, "oneOf");
    return options ? options : mcp_json_get(rule, "anyOf");
}

/* The value of an option: the string itself, or its `const`. */
static const struct mcp_json *option_value(const struct mcp_json *option)
{
    return option->kind == MCP_JSON_OBJECT ? mcp_json_get(option, "const") : option;
}

static bool is_option(const struct mcp_json *rule, const struct mcp_json *value)
{
    const struct mcp_json *options = options_of(rule);
    for (const struct mcp_json *option = options ? options->first : NULL; option; option = option->next) {
        const struct mcp_json *own = option_value(option);
        if (own && value->kind == MCP_JSON_STRING && own->kind == MCP_JSON_STRING && own->len == value->len &&
            memcmp(own->text, value->text, own->len) == 0)
            return true;
    }
    return false;
}

static bool is_over(
    const struct mcp_json *rule, const char *bound, double value, bool is_maximum, double *ret)
{
    return mcp_json_number(mcp_json_get(rule, bound), ret) && (is_maximum ? value > *ret : value < *ret);
}

static struct misfit check_text(const struct mcp_json *rule, const struct mcp_json *value)
{
    double limit = 0, columns = (double)text_columns(value->text, value->len);
    const char *format = mcp_json_get_text(rule, "format");
    if (options_of(rule))
        return (struct misfit){ .kind = is_option(rule, value) ? FIT : CHOICE, .rule = rule };
    if (is_over(rule, "minLength", columns, false, &limit))
        return (struct misfit){ .kind = SHORT, .limit = limit };
    if (is_over(rule, "maxLength", columns, true, &limit))
        return (struct misfit){ .kind = LONG, .limit = limit };
    if (format && !has_format(value, format))
        return (struct misfit){ .kind = FORMAT, .word = format };
    return (struct misfit){ 0 };
}

static struct misfit check_number(const struct mcp_json *rule, const struct mcp_json *value, bool is_integer)
{
    double number = 0, limit = 0, whole = 0;
    if (!mcp_json_number(value, &number) || (is_integer && __builtin_modf(number, &whole) != 0))
        return (struct misfit){ .kind = TYPE, .word = is_integer ? "integer" : "number" };
    if (is_over(rule, "minimum", number, false, &limit))
        return (struct misfit){ .kind = LOW, .limit = limit };
    if (is_over(rule, "maximum", number, true, &limit))
        return (struct misfit){ .kind = HIGH, .limit = limit };
    return (struct misfit){ 0 };
}

static struct misfit check_list(const struct mcp_json *rule, const struct mcp_json *value)
{
    double limit = 0;
    const struct mcp_json *items = mcp_json_get(rule, "items");
    for (const struct mcp_json *item = value->first; item; item = item->next)
        if (!is_option(items, item))
            return (struct misfit){ .kind = CHOICE, .rule = items };
    if (is_over(rule, "minItems", value->count, false, &limit))
        return (struct misfit){ .kind = FEW, .limit = limit };
    if (is_over(rule, "maxItems", value->count, true, &limit))
        return (struct misfit){ .kind = MANY, .limit = limit };
    return (struct misfit){ 0 };
}

static struct misfit check_value(const struct mcp_json *rule, const struct mcp_json *value)
{
    const char *type = mcp_json_get_text(rule, "type");
    bool is_integer = strcmp(type, "integer") == 0;
    if (strcmp(type, "string") == 0 && value->kind == MCP_JSON_STRING)
        return check_text(rule, value);
    if ((is_integer || strcmp(type, "number") == 0) && value->kind == MCP_JSON_NUMBER)
        return check_number(rule, value, is_integer);
    if (strcmp(type, "array") == 0 && value->kind == MCP_JSON_ARRAY)
        return check_list(rule, value);
    bool is_truth = strcmp(type, "boolean") == 0 && value->kind == MCP_JSON_BOOL;
    return (struct misfit){ .kind = is_truth ? FIT : TYPE, .word = type };
}

static void put_options(struct buf *out, const struct mcp_json *rule)
{
    const char *separator = "";
    for (const struct mcp_json *option = options_of(rule)->first; option; option = option->next) {
        buf_addf(out, "%s%s", separator, option_value(option)->text);
        separator = ", ";
    }
}

static const char *type_name(const char *type, bool fr)
{
    static const struct {
        const char *type, *fr, *en;
    } names[] = {
        { "string", "un texte", "a text" },
        { "number", "un nombre", "a number" },
        { "integer", "un nombre entier", "a whole number" },
        { "boolean", "oui ou non", "true or false" },
        { "array", "une liste de choix", "a list of choices" },
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i].type, type) == 0)
            return fr ? names[i].fr : names[i].en;
    return type;
}

static const char *told(
    struct arena *arena, const char *name, const struct misfit *misfit, enum mcp_lang lang)
{
    bool fr = lang == MCP_FR;
    double limit = misfit->limit;
    CLEANUP(buf_done) struct buf out = { 0 };
    buf_addf(&out, fr ? "%.100s : " : "%.100s: ", name);
    switch (misfit->kind) {
    case FIT:
        break;
    case TYPE:
        buf_addf(&out, fr ? "%s est attendu" : "%s is expected", type_name(misfit->word, fr));
        break;
    case SHORT:
        buf_addf(&out, fr ? "au moins %g caractères" : "at least %g characters", limit);
        break;
    case LONG:
        buf_addf(&out, fr ? "au plus %g caractères" : "at most %g characters", limit);
        break;
    case FORMAT:
        buf_addf(&out, fr ? "le format %s est attendu" : "the format %s is expected", misfit->word);
        break;
    case LOW:
        buf_addf(&out, fr ? "%g au moins" : "%g or more", limit);
        break;
    case HIGH:
        buf_addf(&out, fr ? "%g au plus" : "%g or less", limit);
        break;
    case FEW:
        buf_addf(&out, fr ? "au moins %g choix" : "at least %g choices", limit);
        break;
    case MANY:
        buf_addf(&out, fr ? "au plus %g choix" : "at most %g choices", limit);
        break;
    case CHOICE:
        buf_adds(&out, fr ? "choix possibles : " : "possible choices: ");
        put_options(&out, misfit->rule);
        break;
    }
    return arena_strdup(arena, buf_str(&out));
}

static bool is_required(const struct mcp_json *schema, const char *name)
{
    const struct mcp_json *required = mcp_json_get(schema, "required");
    for (const struct mcp_json *each = required ? required->first : NULL; each; each = each->next)
        if (mcp_json_is(each, name))
            return true;
    return false;
}

const char *form_misfit(
    struct arena *arena, const struct mcp_json *schema, const struct mcp_json *content, enum mcp_lang lang)
{
    const struct mcp_json *properties = mcp_json_get(schema, "properties");
    for (const struct mcp_json *rule = properties->first; rule; rule = rule->next) {
        const struct mcp_json *value = mcp_json_get(content, rule->key);
        if (!value && is_required(schema, rule->key))
            return arena_printf(arena, lang == MCP_FR ? "%.100s : manque" : "%.100s: is missing", rule->key);
        const struct misfit misfit = value ? check_value(rule, value) : (struct misfit){ 0 };
        if (misfit.kind != FIT)
            return told(arena, rule->key, &misfit, lang);
    }
    return NULL;
}

/* A non-empty list of strings, or of objects {const, title}. */
static bool are_options(const struct mcp_json *options)
{
    if (!options || options->kind != MCP_JSON_ARRAY || !options->count)
        return false;
    for (const struct mcp_json *option = options->first; option; option = option->next) {
        const struct mcp_json *value = option_value(option);
        if (!value || value->kind != MCP_JSON_STRING)
            return false;
    }
    return true;
}

static const char *bad_rule(struct arena *arena, const struct mcp_json *rule)
{
    static const char *const types[] = { "string", "number", "integer", "boolean", "array" };
    static const char *const formats[] = { "email", "uri", "date", "date-time" };
    const char *type = mcp_json_get_text(rule, "type"), *format = mcp_json_get_text(rule, "format");
    const struct mcp_json *preset = mcp_json_get(rule, "default");
    bool is_list = type && strcmp(type, "array") == 0, is_type = false, is_format = !format;
    for (size_t i = 0; type && i < ARRAY_LEN(types); i++)
        is_type |= strcmp(types[i], type) == 0;
    for (size_t i = 0; format && i < ARRAY_LEN(formats); i++)
        is_format |= strcmp(formats[i], format) == 0;
    if (!is_type)
        return arena_printf(arena, "%.100s is no string, number, integer, boolean or array", rule->key);
    if (!is_format)
        return arena_printf(arena, "%.100s has the unknown format %.40s", rule->key, format);
    const struct mcp_json *options = options_of(is_list ? mcp_json_get(rule, "items") : rule);
    if ((is_list || options) && !are_options(options))
        return arena_printf(arena, "%.100s has no list of choices", rule->key);
    if (preset && check_value(rule, preset).kind != FIT)
        return arena_printf(arena, "the default of %.100s does not fit its own rule", rule->key);
    return NULL;
}

const char *form_bad_schema(struct arena *arena, const struct mcp_json *schema)
{
    const struct mcp_json *properties = mcp_json_get(schema, "properties");
    const struct mcp_json *required = mcp_json_get(schema, "required");
    if (!mcp_json_is(mcp_json_get(schema, "type"), "object") || !properties ||
        properties->kind != MCP_JSON_OBJECT)
        return "a form's schema has the type object, and properties";
    for (const struct mcp_json *rule = properties->first; rule; rule = rule->next) {
        const char *fault = bad_rule(arena, rule);
        if (fault)
            return fault;
    }
    if (required && required->kind != MCP_JSON_ARRAY)
        return "required must be a list";
    for (const struct mcp_json *name = required ? required->first : NULL; name; name = name->next)
        if (name->kind != MCP_JSON_STRING || !mcp_json_get(properties, name->text))
            return "required names what is no property";
    return NULL;
}

bool form_has_lists(const struct mcp_json *schema)
{
    const struct mcp_json *properties = mcp_json_get(schema, "properties");
    for (const struct mcp_json *rule = properties ? properties->first : NULL; rule; rule = rule->next)
        if (mcp_json_is(mcp_json_get(rule, "type"), "array"))
            return true;
    return false;
}
