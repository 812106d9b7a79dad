/* Exact numbers as text: integers and finite decimals in full, fractions, rounded decimals. */
#include "sys/exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Bits enough to round a fraction to EXACT_SHOWN_DIGITS digits. */
#define FRACTION_PRECISION 256
/* Rounded decimals between these powers of ten are written without exponent. */
#define MIN_PLAIN_EXPONENT (-6)
#define MAX_PLAIN_EXPONENT 34

static void put_integer(struct buf *out, const mpz_t number)
{
    char *room = buf_reserve(out, mpz_sizeinbase(number, 10) + 2);
    if (!room)
        return;
    mpz_get_str(room, 10, number);
    out->len += strlen(room);
}

/* 10^digits is the smallest power of ten that `denominator` divides; false if there is none, or a very large
 * one. */
static bool find_decimal_digits(const mpz_t denominator, unsigned long *ret_digits)
{
    mpz_t rest, five;
    mpz_init(rest);
    mpz_init_set_ui(five, 5);
    unsigned long twos = mpz_scan1(denominator, 0);
    mpz_tdiv_q_2exp(rest, denominator, twos);
    unsigned long fives = mpz_remove(rest, rest, five);
    bool is_finite = mpz_cmp_ui(rest, 1) == 0;
    mpz_clear(rest);
    mpz_clear(five);
    unsigned long digits = twos > fives ? twos : fives;
    if (!is_finite || digits > EXACT_MAX_DIGITS)
        return false;
    *ret_digits = digits;
    return true;
}

/* `value` is an integer divided by 10^digits, digits > 0. */
static void put_decimal(struct buf *out, const mpq_t value, unsigned long digits)
{
    mpz_t scaled;
    mpz_init(scaled);
    mpz_ui_pow_ui(scaled, 10, digits);
    mpz_divexact(scaled, scaled, mpq_denref(value));
    mpz_mul(scaled, scaled, mpq_numref(value));
    if (mpz_sgn(scaled) < 0)
        buf_addc(out, '-');
    mpz_abs(scaled, scaled);
    char *text = mpz_get_str(NULL, 10, scaled);
    mpz_clear(scaled);
    size_t len = strlen(text);
    if (len <= digits) {
        buf_adds(out, "0.");
        for (size_t i = len; i < digits; i++)
            buf_addc(out, '0');
        buf_add(out, text, len);
    } else {
        buf_add(out, text, len - digits);
        buf_addc(out, '.');
        buf_add(out, text + len - digits, digits);
    }
    free(text);
}

bool exact_put(struct buf *out, const struct exact *value)
{
    unsigned long digits;
    if (value->is_real) {
        exact_put_approximation(out, value);
        return false;
    }
    if (mpz_cmp_ui(mpq_denref(value->q), 1) == 0) {
        put_integer(out, mpq_numref(value->q));
        return false;
    }
    if (find_decimal_digits(mpq_denref(value->q), &digits)) {
        put_decimal(out, value->q, digits);
        return false;
    }
    put_integer(out, mpq_numref(value->q));
    buf_addc(out, '/');
    put_integer(out, mpq_denref(value->q));
    return true;
}

/* `digits` without trailing zeros, the point before the digit number `point` (counted from 0, may be
 * outside). */
static void put_digits(struct buf *out, const char *digits, size_t count, long point)
{
    if (point - 1 < MIN_PLAIN_EXPONENT || point > MAX_PLAIN_EXPONENT) {
        buf_addc(out, digits[0]);
        if (count > 1)
            buf_addc(out, '.');
        buf_add(out, digits + 1, count - 1);
        buf_addf(out, "e%+ld", point - 1);
        return;
    }
    if (point <= 0)
        buf_adds(out, "0.");
    for (long i = point; i < 0; i++)
        buf_addc(out, '0');
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (long)i == point)
            buf_addc(out, '.');
        buf_addc(out, digits[i]);
    }
    for (long i = (long)count; i < point; i++)
        buf_addc(out, '0');
}

void exact_put_approximation(struct buf *out, const struct exact *value)
{
    if (exact_is_zero(value)) {
        buf_addc(out, '0');
        return;
    }
    mpfr_t real;
    exact_to_real(FRACTION_PRECISION, value, real);
    char digits[EXACT_SHOWN_DIGITS + 3];
    mpfr_exp_t point;
    mpfr_get_str(digits, &point, 10, EXACT_SHOWN_DIGITS, real, MPFR_RNDN);
    mpfr_clear(real);
    const char *first = digits;
    if (*first == '-') {
        buf_addc(out, '-');
        first++;
    }
    size_t count = strlen(first);
    while (count > 1 && first[count - 1] == '0')
        count--;
    put_digits(out, first, count, (long)point);
}

double exact_to_double(const struct exact *value)
{
    if (value->is_real)
        return mpfr_get_d(value->r, MPFR_RNDN);
    mpfr_t real;
    mpfr_init2(real, 53);
    mpfr_set_q(real, value->q, MPFR_RNDN);
    double nearest = mpfr_get_d(real, MPFR_RNDN);
    mpfr_clear(real);
    return nearest;
}
