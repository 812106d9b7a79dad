/* Parameters and people: what a row accepts, in words; and texts (flags, queries, settings) turned into JSON.
 */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/text.h"
#include "toolkit/params.h"

static char *accepted_number(struct arena *arena, const struct mcp_param *row, enum mcp_lang lang)
{
    bool fr = lang == MCP_FR, is_whole = row->kind == MCP_INT;
    const char *unit = row->unit ? row->unit : "";
    if (fr && strcmp(unit, "bytes") == 0)
        unit = "octets";
    const char *what = is_whole ? (fr ? "un entier" : "an integer") : (fr ? "un nombre" : "a number");
    const char *space = row->unit ? " " : "";
    if (is_whole) /* never with an exponent */
        return arena_printf(arena, fr ? "%s de %.0f à %.0f%s%s" : "%s from %.0f to %.0f%s%s", what, row->min,
            row->max, space, unit);
    return arena_printf(arena, fr ? "%s de %.15g à %.15g%s%s" : "%s from %.15g to %.15g%s%s", what, row->min,
        row->max, space, unit);
}

static char *accepted_choices(struct arena *arena, const struct mcp_param *row, enum mcp_lang lang)
{
    struct buf list = { 0 };
    buf_adds(&list, lang == MCP_FR ? "l'un de : " : "one of: ");
    for (int i = 0; row->choices[i]; i++)
        buf_addf(&list, "%s%s", i ? ", " : "", row->choices[i]);
    char *text = arena_strdup(arena, buf_str(&list));
    buf_done(&list);
    return text;
}

static const char *shape_name(enum mcp_format format, enum mcp_lang lang)
{
    static const struct mcp_text names[] = {
        [MCP_ANY] = { "texte", "text" },
        [MCP_HOST] = { "nom d'hôte ou adresse IP, sans espace", "host name or IP address, without spaces" },
        [MCP_IP] = { "adresse IP", "IP address" },
        [MCP_URL] = { "URL, sans espace", "URL, without spaces" },
        [MCP_PATH] = { "chemin de fichier", "file path" },
    };
    return lang == MCP_FR ? names[format].fr : names[format].en;
}

static char *accepted_string(struct arena *arena, const struct mcp_param *row, enum mcp_lang lang)
{
    bool fr = lang == MCP_FR;
    unsigned min = params_min_length(row), max = params_max_length(row);
    const char *shape = shape_name(row->format, lang);
    char *text = min > 0
        ? arena_printf(arena,
              fr ? "une chaîne (%s) de %u à %u caractères" : "a string (%s) of %u to %u characters", shape,
              min, max)
        : arena_printf(arena,
              fr ? "une chaîne (%s) de %u caractères au plus" : "a string (%s) of at most %u characters",
              shape, max);
    if (row->kind == MCP_STRING)
        return text;
    return arena_printf(arena,
        fr ? "%s, ou une liste de 1 à %u chaînes" : "%s, or a list of 1 to %u such strings", text,
        row->max_items);
}

char *params_accepted(struct arena *arena, const struct mcp_param *row, enum mcp_lang lang)
{
    bool fr = lang == MCP_FR;
    switch (row->kind) {
    case MCP_BOOL:
        return arena_strdup(arena, fr ? "true ou false" : "true or false");
    case MCP_INT:
    case MCP_NUMBER:
        return accepted_number(arena, row, lang);
    case MCP_ENUM:
        return accepted_choices(arena, row, lang);
    case MCP_MAP:
        return arena_printf(arena,
            fr ? "un objet d'au plus %u chaînes, ou en texte « Nom: valeur » ou NOM=valeur"
               : "an object of at most %u strings, or as text \"Name: value\" or NAME=value",
            row->max_items);
    default:
        return accepted_string(arena, row, lang);
    }
}

/* Each piece of `text` between commas as a string of the array being written, without spaces around it. */
static void put_pieces(struct json_writer *w, const char *text)
{
    for (;;) {
        text += strspn(text, " ");
        size_t len = strcspn(text, ","), used = len;
        while (used && text[used - 1] == ' ')
            used--;
        json_put_strn(w, NULL, text, used);
        if (!text[len])
            return;
        text += len + 1;
    }
}

/* The first text for `row` that is no "Name: value"; NULL if there is none. */
static const char *find_no_member(
    const struct mcp_param *rows, const struct params_text *texts, size_t count, const struct mcp_param *row)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strcspn(texts[i].value, ":=");
        if (params_find(rows, texts[i].name) == row && (len == 0 || !texts[i].value[len]))
            return texts[i].value;
    }
    return NULL;
}

/* "Name: value" or "name=value" as a member of the object being written. */
static void put_member(struct json_writer *w, struct arena *arena, const char *text)
{
    size_t len = strcspn(text, ":=");
    const char *value = text + len + 1;
    while (*value == ' ')
        value++;
    json_put_str(w, arena_strndup(arena, text, len), value);
}

static void put_scalar(
    struct json_writer *w, const struct mcp_param *row, const char *name, const char *value)
{
    int64_t integer;
    double number;
    bool truth;
    if (row && row->kind == MCP_INT && text_int(value, &integer))
        json_put_int(w, name, integer);
    else if (row && row->kind == MCP_NUMBER && text_number(value, &number))
        json_put_num(w, name, number);
    else if (row && row->kind == MCP_BOOL && text_bool(value, &truth))
        json_put_bool(w, name, truth);
    else
        json_put_str(w, name, value);
}

static bool is_json(struct arena *arena, const char *text)
{
    const struct mcp_json *value;
    struct json_error error;
    return json_read(arena, text, strlen(text), &(struct json_limits){ 0 }, &value, &error) == 0;
}

static bool came_before(
    const struct mcp_param *rows, const struct params_text *texts, size_t index, const struct mcp_param *row)
{
    for (size_t i = 0; i < index; i++)
        if (params_find(rows, texts[i].name) == row)
            return true;
    return false;
}

void params_from_texts(
    struct buf *out, const struct mcp_param *rows, const struct params_text *texts, size_t count)
{
    struct arena arena = { 0 };
    struct json_writer w = { .out = out };
    json_open_object(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct mcp_param *row = params_find(rows, texts[i].name);
        bool gathers = row && (row->kind == MCP_STRINGS || row->kind == MCP_MAP);
        if (!gathers) {
            put_scalar(&w, row, texts[i].name, texts[i].value);
            continue;
        }
        if (came_before(rows, texts, i, row))
            continue;
        bool is_map = row->kind == MCP_MAP;
        if (texts[i].value[0] == (is_map ? '{' : '[') && is_json(&arena, texts[i].value)) {
            json_put_raw(&w, texts[i].name, texts[i].value, strlen(texts[i].value));
            continue;
        }
        const char *wrong = is_map ? find_no_member(rows, texts, count, row) : NULL;
        if (wrong) {
            json_put_str(&w, texts[i].name, wrong);
            continue;
        }
        if (is_map)
            json_open_object(&w, texts[i].name);
        else
            json_open_array(&w, texts[i].name);
        for (size_t j = i; j < count; j++) {
            if (params_find(rows, texts[j].name) != row)
                continue;
            if (is_map)
                put_member(&w, &arena, texts[j].value);
            else
                put_pieces(&w, texts[j].value);
        }
        if (is_map)
            json_close_object(&w);
        else
            json_close_array(&w);
    }
    json_close_object(&w);
    arena_done(&arena);
}
