/* Arithmetic expressions as people type them, evaluated exactly where that is possible. Knows no JSON and no
 * language: faults are told as facts.
 *
 * From weakest to strongest: |   &   << >>   + -   * / // %   unary - + ~   ** or ^ (from the right)   ! and
 * units. So -2**2 is -4 and 2**3**2 is 512. `%` is the remainder of the floor division `//`: it has the sign
 * of the divisor. */
#ifndef SYS_EXPRESSION_H
#define SYS_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "sys/exact.h"

struct wait;

#define EXPRESSION_MAX_CHARS 1000
#define EXPRESSION_MAX_DEPTH 64

enum expression_fault {
    EXPRESSION_OK,
    EXPRESSION_TOO_LONG, /* more than EXPRESSION_MAX_CHARS characters */
    EXPRESSION_TOO_DEEP, /* more than EXPRESSION_MAX_DEPTH signs, powers and parentheses within each other */
    EXPRESSION_NO_VALUE, /* a number, a name or "(" should stand there */
    EXPRESSION_NO_OPERATOR, /* an operator or the end should stand there */
    EXPRESSION_NO_CLOSE, /* an operator or ")" should stand there */
    EXPRESSION_NO_ARGUMENTS, /* "(" should stand behind the function */
    EXPRESSION_BAD_NUMBER,
    EXPRESSION_UNKNOWN_NAME,
    EXPRESSION_WRONG_COUNT, /* of arguments: see min_args and max_args */
    EXPRESSION_PERCENT, /* nothing stands behind %: a percentage was meant */
    EXPRESSION_ARITHMETIC, /* see `why` */
    EXPRESSION_UNDECIDED, /* floor(), min()... depend on digits beyond what is computed */
};

struct expression_error {
    enum expression_fault fault;
    enum exact_fault why; /* ARITHMETIC */
    size_t column; /* in characters, from 1 */
    char found[44]; /* what stands there: an operator, a name, a number; "" at the end */
    unsigned min_args, max_args, given_args; /* WRONG_COUNT; max_args 0 = any number */
};

struct expression_result {
    struct buf text; /* integer, finite decimal, p/q; rounded decimal when not rational */
    struct buf approximation; /* rounded decimal, when `text` is p/q or itself rounded; else empty */
    bool is_exact; /* `text` is the value, not a rounded one */
    double value; /* may be infinite */
};

/* Evaluates `text` (NUL-terminated UTF-8). 0 and *ret_result, to be released with expression_result_done();
 * -EINVAL and *ret_error; -ECANCELED or -ETIMEDOUT, looked at between any two operations (`wait` may be
 * NULL). */
int expression_evaluate(const struct wait *wait, const char *text, struct expression_result *ret_result,
    struct expression_error *ret_error);
void expression_result_done(struct expression_result *result);

/* Every name that may be used, for people: "sqrt, cbrt, ..., pi, e, B, kB, ...". */
void expression_put_names(struct buf *out);

#endif
