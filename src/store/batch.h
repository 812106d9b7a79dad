/* What a batch of rows adds to the totals. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stddef.h>

#include "store/store.h"

struct store_entry;

/* Embedded by value. */
struct batch_totals {
    struct store_total items[STORE_TOTALS_MAX];
};

/* Sums the rows by tool and outcome, sorted by both; returns how many sums there are. Beyond
 * STORE_TOTALS_MAX rows count for none. */
size_t batch_sum(const struct store_entry *first, struct batch_totals *ret_totals);

#endif
