/* The words of an expression: numbers, names, operators. Private to the expression modules. */
#ifndef SYS_EXPRESSION_SCAN_H
#define SYS_EXPRESSION_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "sys/exact.h"

enum scan_kind {
    SCAN_END,
    SCAN_NUMBER,
    SCAN_NAME,
    SCAN_OPERATOR, /* see `op` and `level` */
    SCAN_NOT, /* ~ */
    SCAN_FACTORIAL,
    SCAN_OPEN,
    SCAN_CLOSE,
    SCAN_SEPARATOR, /* , or ; */
    SCAN_OTHER, /* nothing that has a place in an expression */
};

#define SCAN_LEVEL_SUM 4 /* of + and -, which may be signs */
#define SCAN_LEVEL_POWER 7

struct scan {
    const char *text; /* the whole expression */
    size_t at; /* where the next word is looked for */
    /* The current word. */
    enum scan_kind kind;
    size_t start, len;
    enum exact_operator op;
    unsigned level; /* of an operator: a higher one binds stronger */
};

/* Goes to the next word. */
void scan_next(struct scan *scan);
/* The value of the current word, a number. EXACT_OK; EXACT_TOO_LARGE; or EXACT_NOT_REAL when it is malformed.
 */
enum exact_fault scan_number(const struct scan *scan, struct exact *ret_value);

#endif
