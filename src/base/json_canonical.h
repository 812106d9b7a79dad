/* One spelling for all JSON texts that say the same: for digests. */
#ifndef BASE_JSON_CANONICAL_H
#define BASE_JSON_CANONICAL_H

struct arena;
struct buf;
struct mcp_json;

/* Appends `value` without white space, members sorted by name, strings escaped one way, numbers in the
 * shortest form that reads back equal (1, 1.0 and 10e-1 are 1; what no double holds stays as it is written).
 * Small things are kept in `arena` meanwhile. */
void json_canonical(struct buf *out, struct arena *arena, const struct mcp_json *value);

#endif
