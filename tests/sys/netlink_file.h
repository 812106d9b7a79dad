/* Recorded rtnetlink answers and what is expected of them, for the unit tests of their readers. */
#ifndef TESTS_SYS_NETLINK_FILE_H
#define TESTS_SYS_NETLINK_FILE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

#define MUTATIONS 20000

/* The content of a file beneath the test data. */
static inline struct buf netlink_file(const char *name)
{
    char path[512];
    struct buf content = { 0 };
    snprintf(path, sizeof(path), "%s/%s", MCP_TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t count;
    char *room;
    while ((room = buf_reserve(&content, 4096)) && (count = fread(room, 1, 4096, file)) > 0)
        content.len += count;
    fclose(file);
    assert_false(content.failed);
    return content;
}

/* A copy of `original` in a block of exactly its size, with a few bytes changed or its end cut off: a reader
 * that goes one byte too far is seen by the address sanitizer. Free it. */
static inline char *netlink_mutate(const struct buf *original, size_t *ret_len)
{
    size_t len = original->len;
    if (rand() % 4 == 0)
        len = (size_t)rand() % len + 1;
    char *copy = malloc(len);
    assert_non_null(copy);
    memcpy(copy, original->data, len);
    for (int i = rand() % 8; i >= 0; i--)
        copy[(size_t)rand() % len] = rand() % 2 ? (char)rand() : (char)(rand() % 2 ? 0 : 0xFF);
    *ret_len = len;
    return copy;
}

#endif
