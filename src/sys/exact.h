/* Numbers that stay exact as long as they can: rationals (GMP), and reals of a chosen precision (MPFR) for
 * what is not rational. Every operation is bounded before it is computed. Knows nothing of expressions and
 * their text. */
#ifndef SYS_EXACT_H
#define SYS_EXACT_H

#include <stdbool.h>
#include <stddef.h>

#include <gmp.h>
#include <mpfr.h>

struct buf;

#define EXACT_MAX_DIGITS 10000
#define EXACT_MAX_BITS 33220 /* of a numerator or denominator: EXACT_MAX_DIGITS decimal digits */
#define EXACT_MAX_FACTORIAL 3249

enum exact_fault {
    EXACT_OK,
    EXACT_DIVISION_BY_ZERO,
    EXACT_NOT_REAL, /* sqrt(-1), log(0), asin(2) */
    EXACT_NOT_INTEGER, /* an integer is needed: 1.5!, gcd(0.5, 2), 1 << 0.5 */
    EXACT_NEGATIVE, /* a number that is not negative is needed: (-3)!, 1 << -1 */
    EXACT_TOO_LARGE, /* more than EXACT_MAX_DIGITS digits */
};

/* How to compute, and whether that left the rational numbers. */
struct exact_mode {
    mpfr_prec_t precision; /* bits of a real */
    bool approximated; /* set by the first operation whose result is not exact */
};

/* Embedded by value, between exact_init() and exact_done(). Starts as the rational 0. */
struct exact {
    bool is_real;
    mpq_t q; /* canonical; the value unless is_real */
    mpfr_t r; /* finite; the value if is_real */
};

enum exact_operator {
    EXACT_ADD,
    EXACT_SUBTRACT,
    EXACT_MULTIPLY,
    EXACT_DIVIDE,
    EXACT_FLOOR_DIVIDE, /* the largest integer not above the quotient */
    EXACT_MODULO, /* left - right * floor(left / right): the sign of `right` */
    EXACT_POWER,
    EXACT_SHIFT_LEFT,
    EXACT_SHIFT_RIGHT,
    EXACT_AND, /* two's complement of unlimited width, as the next two */
    EXACT_OR,
    EXACT_XOR,
};

enum exact_rounding { EXACT_FLOOR, EXACT_CEIL, EXACT_TRUNC, EXACT_HALF_AWAY };

void exact_init(const struct exact_mode *mode, struct exact *ret_value);
void exact_done(struct exact *value);
void exact_set(struct exact *value, const struct exact *other);

/* left = left OP right. On a fault `left` is some valid number. */
enum exact_fault exact_apply(
    struct exact_mode *mode, enum exact_operator op, struct exact *left, const struct exact *right);
void exact_negate(struct exact *value);
/* ~value, for integers. */
enum exact_fault exact_complement(struct exact *value);
enum exact_fault exact_factorial(struct exact *value);
/* To an integer, which is rational even if `value` was real. */
enum exact_fault exact_round(struct exact *value, enum exact_rounding rounding);

bool exact_is_zero(const struct exact *value);
/* < 0, 0 or > 0. */
int exact_compare(const struct exact *a, const struct exact *b);
/* True if `value` is an integer that fits. */
bool exact_to_long(const struct exact *value, long *ret_value);

/* For modules that compute on q or r themselves. */
/* EXACT_TOO_LARGE, EXACT_NOT_REAL or EXACT_OK, for a value just computed; sets `approximated` if it is real.
 */
enum exact_fault exact_check(struct exact_mode *mode, const struct exact *value);
/* The value as a real of at least `precision` bits, initialised by this function; integers are never rounded.
 * Returns true if it is the value exactly. */
bool exact_to_real(mpfr_prec_t precision, const struct exact *value, mpfr_t ret_real);

/* Functions by name (exact_functions.c) */

struct exact_function {
    const char *name;
    unsigned min_args, max_args; /* max_args 0: any number, folded two by two */
    /* args[0] becomes the result. */
    enum exact_fault (*apply)(struct exact_mode *mode, struct exact *args, unsigned count);
    int (*real)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t); /* instead of `apply`: a function of one real */
};

/* By name, any case; NULL if there is none. */
const struct exact_function *exact_function_find(const char *name);
/* `count` arguments between min_args and max_args (1 or 2 for those that fold). */
enum exact_fault exact_function_call(
    struct exact_mode *mode, const struct exact_function *function, struct exact *args, unsigned count);
/* The n-th name, NULL behind the last. */
const char *exact_function_name(size_t n);

/* Text (exact_text.c) */

/* Integers and finite decimals in full, else "p/q"; reals as exact_put_approximation(). Returns true if that
 * was p/q. */
bool exact_put(struct buf *out, const struct exact *value);
#define EXACT_SHOWN_DIGITS 30
/* Rounded to EXACT_SHOWN_DIGITS significant digits, "3.14159" or "1.5e+400". */
void exact_put_approximation(struct buf *out, const struct exact *value);
/* The nearest double, infinite if there is none. */
double exact_to_double(const struct exact *value);

#endif
