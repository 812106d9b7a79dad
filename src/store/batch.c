/* Sums of a batch: few tools, few outcomes, so a sorted array is found in quickly. */
#include "store/batch.h"

#include <string.h>

#include "base/text.h"
#include "store/backend.h"

static void copy_name(char *ret_name, size_t size, const char *name)
{
    size_t len = strlen(name);
    len = len < size ? len : text_utf8_cut(name, len, size - 1);
    memcpy(ret_name, name, len);
    ret_name[len] = '\0';
}

static int compare(const struct store_total *a, const struct store_total *b)
{
    int order = strcmp(a->tool, b->tool);
    return order ? order : strcmp(a->outcome, b->outcome);
}

/* The sum of that name, inserted at its place if need be; NULL if there is no room. */
static struct store_total *sum_of(struct batch_totals *totals, size_t *count, const struct store_total *name)
{
    size_t low = 0, high = *count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(&totals->items[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < *count && compare(&totals->items[low], name) == 0)
        return &totals->items[low];
    if (*count == STORE_TOTALS_MAX)
        return NULL;
    memmove(&totals->items[low + 1], &totals->items[low], (*count - low) * sizeof *totals->items);
    totals->items[low] = *name;
    (*count)++;
    return &totals->items[low];
}

size_t batch_sum(const struct store_entry *first, struct batch_totals *ret_totals)
{
    size_t count = 0;
    struct store_total *last = NULL;
    const struct store_row *before = NULL;
    for (const struct store_entry *entry = first; entry; entry = entry->next) {
        const struct store_row *row = &entry->row;
        bool is_same =
            before && strcmp(before->tool, row->tool) == 0 && strcmp(before->outcome, row->outcome) == 0;
        if (!is_same) {
            struct store_total name = { 0 };
            copy_name(name.tool, sizeof name.tool, row->tool);
            copy_name(name.outcome, sizeof name.outcome, row->outcome);
            last = sum_of(ret_totals, &count, &name);
        }
        before = row;
        if (!last)
            continue;
        last->calls++;
        last->duration_us += row->duration_us;
        last->bytes_in += row->bytes_in;
        last->bytes_out += row->bytes_out;
        if (row->duration_us > last->longest_us)
            last->longest_us = row->duration_us;
    }
    return count;
}
