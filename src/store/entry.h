/* Rows in the queue of the store. */
#ifndef STORE_ENTRY_H
#define STORE_ENTRY_H

struct store_entry;
struct store_row;

/* A copy of the row and its texts, valid UTF-8, to be released; NULL without memory. */
struct store_entry *entry_new(const struct store_row *row);
/* Releases this one and all behind it. NULL is fine. */
void entry_free_all(struct store_entry *entry);

#endif
