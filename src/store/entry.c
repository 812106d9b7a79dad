/* Copies of rows: one block each. */
#include "store/entry.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"
#include "store/backend.h"

/* PostgreSQL takes UTF-8 only: '?' for each byte that is none. */
static const char *copy_text(char **at, const char *given, size_t len)
{
    char *copy = *at;
    const char *text = given ? given : "";
    bool is_sound = text_is_utf8(text, len); /* as it nearly always is */
    if (is_sound)
        memcpy(copy, text, len);
    for (size_t i = 0; !is_sound && i < len;) {
        size_t step = text_utf8_step(text + i, len - i);
        copy[i] = step ? text[i] : '?';
        for (size_t k = 1; k < step; k++)
            copy[i + k] = text[i + k];
        i += step ? step : 1;
    }
    copy[len] = '\0';
    *at += len + 1;
    return copy;
}

struct store_entry *entry_new(const struct store_row *row)
{
    const char *const texts[] = { row->tool, row->outcome, row->face, row->client, row->principal, row->id,
        row->arguments };
    size_t lengths[ARRAY_LEN(texts)], size = sizeof(struct store_entry);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        lengths[i] = texts[i] ? strlen(texts[i]) : 0;
        size += lengths[i] + 1;
    }
    struct store_entry *entry = malloc(size);
    if (!entry)
        return NULL;
    *entry = (struct store_entry){ .row = *row, .size = size };
    const char **copies[] = { &entry->row.tool, &entry->row.outcome, &entry->row.face, &entry->row.client,
        &entry->row.principal, &entry->row.id, &entry->row.arguments };
    char *at = (char *)(entry + 1);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *copies[i] = copy_text(&at, texts[i], lengths[i]);
    return entry;
}

void entry_free_all(struct store_entry *entry)
{
    while (entry) {
        struct store_entry *next = entry->next;
        free(entry);
        entry = next;
    }
}
