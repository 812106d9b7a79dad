/* Arguments from JSON: every row checked, every fault listed, typed values stored where the rows say. */
#include "toolkit/params.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

struct reader {
    struct arena *arena;
    struct problems *problems;
    enum mcp_lang lang;
    char *args;
};

void problems_add(struct arena *arena, struct problems *problems, const char *pointer, const char *message,
    const char *accepted)
{
    if (problems->count++ >= PARAMS_MAX_PROBLEMS)
        return;
    struct problem *problem = arena_alloc(arena, sizeof *problem);
    problem->pointer = arena_strdup(arena, pointer);
    problem->message = arena_strdup(arena, message);
    problem->accepted = accepted ? arena_strdup(arena, accepted) : NULL;
    if (problems->last)
        problems->last->next = problem;
    else
        problems->first = problem;
    problems->last = problem;
}

const struct mcp_param *params_find(const struct mcp_param *rows, const char *name)
{
    for (const struct mcp_param *row = rows; row && row->name; row++)
        if (strcmp(row->name, name) == 0 || (row->alias && strcmp(row->alias, name) == 0))
            return row;
    return NULL;
}

/* The compiler checks both against the arguments. */
__attribute__((format_arg(2), format_arg(3))) static const char *in(
    const struct reader *reader, const char *fr, const char *en)
{
    return reader->lang == MCP_FR ? fr : en;
}

/* A value as it was sent, short enough for a sentence. */
static const char *shown(const struct reader *reader, const struct mcp_json *value)
{
    const size_t most = 60;
    if (value->raw_len <= most)
        return arena_strndup(reader->arena, value->raw, value->raw_len);
    size_t cut = text_utf8_cut(value->raw, value->raw_len, most);
    return arena_printf(reader->arena, "%.*s…", (int)cut, value->raw);
}

static void refuse(
    const struct reader *reader, const struct mcp_param *row, const struct mcp_json *value, long index)
{
    char *pointer = index < 0 ? arena_printf(reader->arena, "/%s", row->name)
                              : arena_printf(reader->arena, "/%s/%ld", row->name, index);
    char *message = row->secret
        ? arena_printf(reader->arena, in(reader, "%s : valeur refusée", "%s: value not accepted"), row->name)
        : arena_printf(reader->arena, in(reader, "%s : %s n'est pas accepté", "%s: %s is not accepted"),
              row->name, shown(reader, value));
    problems_add(
        reader->arena, reader->problems, pointer, message, params_accepted(reader->arena, row, reader->lang));
}

unsigned params_min_length(const struct mcp_param *row)
{
    if (row->min > 0)
        return (unsigned)row->min;
    return row->required || row->kind == MCP_STRINGS || row->format;
}

unsigned params_max_length(const struct mcp_param *row)
{
    return row->max > 0 ? (unsigned)row->max : PARAMS_DEFAULT_LENGTH;
}

static size_t characters(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static bool has_shape(enum mcp_format format, const char *text, size_t len)
{
    if (format == MCP_ANY)
        return true;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < ' ' || c == 0x7F || (c == ' ' && format != MCP_PATH))
            return false;
    }
    return true;
}

static bool string_fits(const struct mcp_param *row, const struct mcp_json *value)
{
    if (value->kind != MCP_JSON_STRING || memchr(value->text, 0, value->len))
        return false;
    size_t count = characters(value->text, value->len);
    return count >= params_min_length(row) && count <= params_max_length(row) &&
        has_shape(row->format, value->text, value->len);
}

static void read_string(
    const struct reader *reader, const struct mcp_param *row, const struct mcp_json *value)
{
    if (!string_fits(row, value)) {
        refuse(reader, row, value, -1);
        return;
    }
    const char *copy = arena_strndup(reader->arena, value->text, value->len);
    memcpy(reader->args + row->at, &copy, sizeof copy);
}

static void read_strings(
    const struct reader *reader, const struct mcp_param *row, const struct mcp_json *value)
{
    const struct mcp_json *first = value;
    size_t count = 1;
    bool is_list = value->kind == MCP_JSON_ARRAY;
    if (is_list) {
        first = value->first;
        count = value->count;
    }
    if (count == 0 || count > row->max_items) {
        refuse(reader, row, value, -1);
        return;
    }
    const char **items = arena_alloc(reader->arena, count * sizeof *items);
    size_t i = 0;
    for (const struct mcp_json *item = first; i < count; item = item->next, i++) {
        if (string_fits(row, item))
            items[i] = arena_strndup(reader->arena, item->text, item->len);
        else
            refuse(reader, row, item, is_list ? (long)i : -1);
    }
    struct mcp_strings strings = { .count = count, .items = items };
    memcpy(reader->args + row->at, &strings, sizeof strings);
}

static void read_map(const struct reader *reader, const struct mcp_param *row, const struct mcp_json *value)
{
    if (value->kind != MCP_JSON_OBJECT || value->count > row->max_items) {
        refuse(reader, row, value, -1);
        return;
    }
    struct mcp_pair *pairs = arena_alloc(reader->arena, (value->count + 1) * sizeof *pairs);
    size_t count = 0;
    size_t max = params_max_length(row);
    for (const struct mcp_json *member = value->first; member; member = member->next) {
        bool fits = member->kind == MCP_JSON_STRING && !memchr(member->text, 0, member->len) &&
            !memchr(member->key, 0, member->key_len) && characters(member->text, member->len) <= max;
        if (!fits) {
            refuse(reader, row, member, -1);
            continue;
        }
        pairs[count].name = arena_strndup(reader->arena, member->key, member->key_len);
        pairs[count++].value = arena_strndup(reader->arena, member->text, member->len);
    }
    struct mcp_map map = { .count = count, .items = pairs };
    memcpy(reader->args + row->at, &map, sizeof map);
}

static int choice_index(const struct mcp_param *row, const char *text)
{
    for (int i = 0; row->choices[i]; i++)
        if (strcmp(row->choices[i], text) == 0)
            return i;
    return -1;
}

static void read_value(const struct reader *reader, const struct mcp_param *row, const struct mcp_json *value)
{
    char *at = reader->args + row->at;
    int64_t integer;
    double number;
    int choice;
    switch (row->kind) {
    case MCP_BOOL:
        if (value->kind == MCP_JSON_BOOL)
            memcpy(at, &value->truth, sizeof value->truth);
        else
            refuse(reader, row, value, -1);
        break;
    case MCP_INT:
        if (mcp_json_int(value, &integer) && (double)integer >= row->min && (double)integer <= row->max)
            memcpy(at, &integer, sizeof integer);
        else
            refuse(reader, row, value, -1);
        break;
    case MCP_NUMBER:
        if (mcp_json_number(value, &number) && number >= row->min && number <= row->max)
            memcpy(at, &number, sizeof number);
        else
            refuse(reader, row, value, -1);
        break;
    case MCP_ENUM:
        choice = value->kind == MCP_JSON_STRING && strlen(value->text) == value->len
            ? choice_index(row, value->text)
            : -1;
        if (choice >= 0)
            memcpy(at, &choice, sizeof choice);
        else
            refuse(reader, row, value, -1);
        break;
    case MCP_STRING:
        read_string(reader, row, value);
        break;
    case MCP_STRINGS:
        read_strings(reader, row, value);
        break;
    case MCP_MAP:
        read_map(reader, row, value);
        break;
    case MCP_TEXT:
    case MCP_OBJECT:
    case MCP_LIST:
        assert(0 && "a parameter cannot be of an output kind");
    }
}

/* Defaults are text in the rows and were proved to parse by catalog_init(). */
static void fill_preset(const struct reader *reader, const struct mcp_param *row)
{
    char *at = reader->args + row->at;
    int64_t integer = 0;
    double number = 0;
    bool truth = false;
    int choice;
    switch (row->kind) {
    case MCP_BOOL:
        text_bool(row->preset, &truth);
        memcpy(at, &truth, sizeof truth);
        break;
    case MCP_INT:
        text_int(row->preset, &integer);
        memcpy(at, &integer, sizeof integer);
        break;
    case MCP_NUMBER:
        text_number(row->preset, &number);
        memcpy(at, &number, sizeof number);
        break;
    case MCP_ENUM:
        choice = choice_index(row, row->preset);
        memcpy(at, &choice, sizeof choice);
        break;
    case MCP_STRING:
        memcpy(at, &row->preset, sizeof row->preset);
        break;
    default:
        break; /* lists and maps are empty by default */
    }
}

/* The list a STRINGS row has by default: its preset cut at commas. */
static void fill_preset_list(const struct reader *reader, const struct mcp_param *row)
{
    size_t count = 1;
    for (const char *c = row->preset; *c; c++)
        count += *c == ',';
    const char **items = arena_alloc(reader->arena, count * sizeof *items);
    const char *start = row->preset;
    for (size_t i = 0; i < count; i++) {
        size_t len = strcspn(start, ",");
        items[i] = arena_strndup(reader->arena, start, len);
        start += len + 1;
    }
    struct mcp_strings strings = { .count = count, .items = items };
    memcpy(reader->args + row->at, &strings, sizeof strings);
}

static void report_unknown(
    const struct reader *reader, const struct mcp_param *rows, const struct mcp_json *member)
{
    struct buf names = { 0 };
    for (const struct mcp_param *row = rows; row && row->name; row++)
        buf_addf(&names, "%s%s", names.len ? ", " : "", row->name);
    size_t cut = text_utf8_cut(member->key, member->key_len, 60);
    const char *name = arena_strndup(reader->arena, member->key, cut);
    char *message =
        arena_printf(reader->arena, in(reader, "paramètre inconnu « %s »", "unknown parameter \"%s\""), name);
    /* A JSON Pointer escapes ~ and / (RFC 6901, section 3). */
    struct buf pointer = { 0 };
    buf_addc(&pointer, '/');
    for (const char *c = name; *c; c++) {
        if (*c == '~' || *c == '/')
            buf_adds(&pointer, *c == '~' ? "~0" : "~1");
        else
            buf_addc(&pointer, *c);
    }
    problems_add(reader->arena, reader->problems, buf_str(&pointer), message,
        names.len ? buf_str(&names) : in(reader, "aucun paramètre", "no parameters"));
    buf_done(&pointer);
    buf_done(&names);
}

/* The member that fills `row`: its name or its alias. Both at once is a fault. */
static const struct mcp_json *find_member(
    const struct reader *reader, const struct mcp_param *row, const struct mcp_json *arguments)
{
    const struct mcp_json *value = mcp_json_get(arguments, row->name);
    const struct mcp_json *other = row->alias ? mcp_json_get(arguments, row->alias) : NULL;
    if (value && other) {
        char *message = arena_printf(reader->arena,
            in(reader, "%s et %s sont le même paramètre", "%s and %s are the same parameter"), row->name,
            row->alias);
        problems_add(reader->arena, reader->problems, arena_printf(reader->arena, "/%s", row->alias), message,
            row->name);
    }
    return value ? value : other;
}

void *params_read(struct arena *arena, const struct mcp_param *rows, size_t args_size,
    const struct mcp_json *arguments, enum mcp_lang lang, struct problems *problems)
{
    struct reader reader = { .arena = arena, .problems = problems, .lang = lang };
    reader.args = arena_alloc(arena, args_size ? args_size : 1);
    if (arguments && arguments->kind != MCP_JSON_OBJECT) {
        problems_add(arena, problems, "",
            in(&reader, "les arguments doivent être un objet JSON", "the arguments must be a JSON object"),
            NULL);
        return reader.args;
    }
    for (const struct mcp_param *row = rows; row && row->name; row++) {
        if (row->preset && row->kind == MCP_STRINGS)
            fill_preset_list(&reader, row);
        else if (row->preset)
            fill_preset(&reader, row);
        const struct mcp_json *value = find_member(&reader, row, arguments);
        if (value) {
            read_value(&reader, row, value);
        } else if (row->required) {
            char *message =
                arena_printf(arena, in(&reader, "%s est obligatoire", "%s is required"), row->name);
            problems_add(arena, problems, arena_printf(arena, "/%s", row->name), message,
                params_accepted(arena, row, lang));
        }
    }
    if (arguments)
        for (const struct mcp_json *member = arguments->first; member; member = member->next)
            if (strlen(member->key) != member->key_len || !params_find(rows, member->key))
                report_unknown(&reader, rows, member);
    return reader.args;
}
