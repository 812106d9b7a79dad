/* Arithmetic on rationals and reals, each operation bounded before it is computed. Knows no syntax and no
 * text. */
#include "sys/exact.h"

#include <limits.h>
#include <stdlib.h>

/* Roots of a higher degree are not looked for among the rationals. */
#define MAX_EXACT_ROOT 4096

void exact_init(const struct exact_mode *mode, struct exact *ret_value)
{
    ret_value->is_real = false;
    mpq_init(ret_value->q);
    mpfr_init2(ret_value->r, mode->precision);
}

void exact_done(struct exact *value)
{
    mpq_clear(value->q);
    mpfr_clear(value->r);
}

void exact_set(struct exact *value, const struct exact *other)
{
    value->is_real = other->is_real;
    if (other->is_real) {
        mpfr_set_prec(value->r, mpfr_get_prec(other->r));
        mpfr_set(value->r, other->r, MPFR_RNDN);
    } else {
        mpq_set(value->q, other->q);
    }
}

static bool is_integer(const struct exact *value)
{
    return !value->is_real && mpz_cmp_ui(mpq_denref(value->q), 1) == 0;
}

static bool is_too_long(const mpz_t number)
{
    return mpz_sizeinbase(number, 2) > EXACT_MAX_BITS;
}

enum exact_fault exact_check(struct exact_mode *mode, const struct exact *value)
{
    if (!value->is_real)
        return is_too_long(mpq_numref(value->q)) || is_too_long(mpq_denref(value->q)) ? EXACT_TOO_LARGE
                                                                                      : EXACT_OK;
    mode->approximated = true;
    if (mpfr_nan_p(value->r))
        return EXACT_NOT_REAL;
    return mpfr_inf_p(value->r) ? EXACT_TOO_LARGE : EXACT_OK;
}

bool exact_is_zero(const struct exact *value)
{
    return value->is_real ? mpfr_zero_p(value->r) != 0 : mpq_sgn(value->q) == 0;
}

int exact_compare(const struct exact *a, const struct exact *b)
{
    if (a->is_real)
        return b->is_real ? mpfr_cmp(a->r, b->r) : mpfr_cmp_q(a->r, b->q);
    return b->is_real ? -mpfr_cmp_q(b->r, a->q) : mpq_cmp(a->q, b->q);
}

bool exact_to_long(const struct exact *value, long *ret_value)
{
    if (!is_integer(value) || !mpz_fits_slong_p(mpq_numref(value->q)))
        return false;
    *ret_value = mpz_get_si(mpq_numref(value->q));
    return true;
}

/* Bits before the binary point, so that as many bits as asked remain behind it. */
static mpfr_prec_t precision_for(mpfr_prec_t precision, const mpq_t value)
{
    size_t numerator = mpz_sizeinbase(mpq_numref(value), 2);
    size_t denominator = mpz_sizeinbase(mpq_denref(value), 2);
    if (mpz_cmp_ui(mpq_denref(value), 1) == 0)
        return (mpfr_prec_t)numerator > precision ? (mpfr_prec_t)numerator : precision;
    return numerator > denominator ? precision + (mpfr_prec_t)(numerator - denominator) : precision;
}

bool exact_to_real(mpfr_prec_t precision, const struct exact *value, mpfr_t ret_real)
{
    if (value->is_real) {
        mpfr_init2(ret_real, mpfr_get_prec(value->r));
        mpfr_set(ret_real, value->r, MPFR_RNDN);
        return false;
    }
    mpfr_init2(ret_real, precision_for(precision, value->q));
    return mpfr_set_q(ret_real, value->q, MPFR_RNDN) == 0;
}

void exact_negate(struct exact *value)
{
    if (value->is_real)
        mpfr_neg(value->r, value->r, MPFR_RNDN);
    else
        mpq_neg(value->q, value->q);
}

enum exact_fault exact_complement(struct exact *value)
{
    if (!is_integer(value))
        return EXACT_NOT_INTEGER;
    mpz_com(mpq_numref(value->q), mpq_numref(value->q));
    return EXACT_OK;
}

enum exact_fault exact_factorial(struct exact *value)
{
    if (!is_integer(value))
        return EXACT_NOT_INTEGER;
    if (mpq_sgn(value->q) < 0)
        return EXACT_NEGATIVE;
    if (mpz_cmp_ui(mpq_numref(value->q), EXACT_MAX_FACTORIAL) > 0)
        return EXACT_TOO_LARGE;
    mpz_fac_ui(mpq_numref(value->q), mpz_get_ui(mpq_numref(value->q)));
    return EXACT_OK;
}

/* Real arithmetic leaves 1.999... where 2 is meant (sqrt(2) ** 2): what is that close to an integer is that
 * integer. */
static bool snap_to_integer(mpfr_t real)
{
    mpfr_prec_t precision = mpfr_get_prec(real);
    mpfr_t nearest, distance;
    mpfr_init2(nearest, precision);
    mpfr_init2(distance, MPFR_PREC_MIN);
    mpfr_round(nearest, real);
    mpfr_sub(distance, real, nearest, MPFR_RNDA);
    bool is_close = mpfr_zero_p(distance) || mpfr_get_exp(distance) < -(precision / 2);
    if (is_close)
        mpfr_set(real, nearest, MPFR_RNDN);
    mpfr_clear(nearest);
    mpfr_clear(distance);
    return is_close;
}

static void round_to_integer(mpfr_t real, enum exact_rounding rounding)
{
    if (snap_to_integer(real))
        return;
    switch (rounding) {
    case EXACT_FLOOR:
        mpfr_floor(real, real);
        break;
    case EXACT_CEIL:
        mpfr_ceil(real, real);
        break;
    case EXACT_TRUNC:
        mpfr_trunc(real, real);
        break;
    case EXACT_HALF_AWAY:
        mpfr_round(real, real);
        break;
    }
}

static enum exact_fault round_real(struct exact *value, enum exact_rounding rounding)
{
    round_to_integer(value->r, rounding);
    /* A real may have an exponent of billions: as an integer it would take all the memory. */
    if (!mpfr_zero_p(value->r) && mpfr_get_exp(value->r) > EXACT_MAX_BITS)
        return EXACT_TOO_LARGE;
    mpfr_get_z(mpq_numref(value->q), value->r, MPFR_RNDN);
    mpz_set_ui(mpq_denref(value->q), 1);
    value->is_real = false;
    return EXACT_OK;
}

enum exact_fault exact_round(struct exact *value, enum exact_rounding rounding)
{
    if (value->is_real)
        return round_real(value, rounding);
    mpz_ptr numerator = mpq_numref(value->q), denominator = mpq_denref(value->q);
    if (rounding == EXACT_HALF_AWAY) {
        /* trunc((2 |n| + d) / 2d), with the sign of n */
        int sign = mpz_sgn(numerator);
        mpz_abs(numerator, numerator);
        mpz_mul_2exp(numerator, numerator, 1);
        mpz_add(numerator, numerator, denominator);
        mpz_mul_2exp(denominator, denominator, 1);
        mpz_tdiv_q(numerator, numerator, denominator);
        if (sign < 0)
            mpz_neg(numerator, numerator);
    } else if (rounding == EXACT_FLOOR) {
        mpz_fdiv_q(numerator, numerator, denominator);
    } else if (rounding == EXACT_CEIL) {
        mpz_cdiv_q(numerator, numerator, denominator);
    } else {
        mpz_tdiv_q(numerator, numerator, denominator);
    }
    mpz_set_ui(denominator, 1);
    return EXACT_OK;
}

/* left = left ** exponent for an integer exponent; `left` is rational. */
static enum exact_fault power_integer(struct exact *left, const mpz_t exponent)
{
    mpz_ptr numerator = mpq_numref(left->q), denominator = mpq_denref(left->q);
    if (mpz_sgn(exponent) == 0) {
        mpq_set_ui(left->q, 1, 1);
        return EXACT_OK;
    }
    if (mpz_sgn(numerator) == 0)
        return mpz_sgn(exponent) > 0 ? EXACT_OK : EXACT_DIVISION_BY_ZERO;
    if (mpz_cmpabs_ui(numerator, 1) == 0 && mpz_cmp_ui(denominator, 1) == 0) {
        if (mpz_even_p(exponent))
            mpz_set_ui(numerator, 1);
        return EXACT_OK;
    }
    size_t bits = mpz_sizeinbase(numerator, 2), denominator_bits = mpz_sizeinbase(denominator, 2);
    if (denominator_bits > bits)
        bits = denominator_bits;
    /* The larger of the two is 2^(bits - 1) at least, and bits > 1 here. */
    if (mpz_cmpabs_ui(exponent, EXACT_MAX_BITS) > 0)
        return EXACT_TOO_LARGE;
    unsigned long times = (unsigned long)labs(mpz_get_si(exponent));
    if ((bits - 1) * times > EXACT_MAX_BITS)
        return EXACT_TOO_LARGE;
    mpz_pow_ui(numerator, numerator, times);
    mpz_pow_ui(denominator, denominator, times);
    if (mpz_sgn(exponent) < 0)
        mpq_inv(left->q, left->q);
    return EXACT_OK;
}

/* left = the exact root of that degree and true, or unchanged and false. */
static bool take_exact_root(struct exact *left, const mpz_t degree)
{
    if (mpz_cmp_ui(degree, MAX_EXACT_ROOT) > 0)
        return false;
    unsigned long n = mpz_get_ui(degree);
    mpq_t root;
    mpq_init(root);
    bool exact = mpz_root(mpq_numref(root), mpq_numref(left->q), n) != 0 &&
        mpz_root(mpq_denref(root), mpq_denref(left->q), n) != 0;
    if (exact)
        mpq_swap(left->q, root);
    mpq_clear(root);
    return exact;
}

static enum exact_fault apply_real(
    struct exact_mode *mode, enum exact_operator op, struct exact *left, const struct exact *right);

static enum exact_fault power(struct exact_mode *mode, struct exact *left, const struct exact *right)
{
    if (is_integer(right))
        return power_integer(left, mpq_numref(right->q));
    if (mpq_sgn(left->q) < 0)
        return EXACT_NOT_REAL;
    if (mpq_sgn(left->q) == 0)
        return mpq_sgn(right->q) > 0 ? EXACT_OK : EXACT_DIVISION_BY_ZERO;
    if (take_exact_root(left, mpq_denref(right->q)))
        return power_integer(left, mpq_numref(right->q));
    return apply_real(mode, EXACT_POWER, left, right);
}

static enum exact_fault apply_bits(enum exact_operator op, struct exact *left, const struct exact *right)
{
    if (!is_integer(left) || !is_integer(right))
        return EXACT_NOT_INTEGER;
    mpz_ptr a = mpq_numref(left->q);
    mpz_srcptr b = mpq_numref(right->q);
    switch (op) {
    case EXACT_AND:
        mpz_and(a, a, b);
        return EXACT_OK;
    case EXACT_OR:
        mpz_ior(a, a, b);
        return EXACT_OK;
    case EXACT_XOR:
        mpz_xor(a, a, b);
        return EXACT_OK;
    default:
        break;
    }
    if (mpz_sgn(b) < 0)
        return EXACT_NEGATIVE;
    bool is_far = mpz_cmp_ui(b, EXACT_MAX_BITS) > 0;
    if (op == EXACT_SHIFT_LEFT && is_far && mpz_sgn(a) != 0)
        return EXACT_TOO_LARGE;
    unsigned long bits = is_far ? EXACT_MAX_BITS : mpz_get_ui(b);
    if (op == EXACT_SHIFT_LEFT)
        mpz_mul_2exp(a, a, bits);
    else
        mpz_fdiv_q_2exp(a, a, bits);
    return EXACT_OK;
}

/* `right` may be `left`. */
static enum exact_fault divide(enum exact_operator op, struct exact *left, const struct exact *right)
{
    if (mpq_sgn(right->q) == 0)
        return EXACT_DIVISION_BY_ZERO;
    if (op == EXACT_DIVIDE) {
        mpq_div(left->q, left->q, right->q);
        return EXACT_OK;
    }
    mpq_t quotient;
    mpq_init(quotient);
    mpq_div(quotient, left->q, right->q);
    mpz_fdiv_q(mpq_numref(quotient), mpq_numref(quotient), mpq_denref(quotient));
    mpz_set_ui(mpq_denref(quotient), 1);
    if (op == EXACT_MODULO) {
        mpq_mul(quotient, quotient, right->q);
        mpq_sub(left->q, left->q, quotient);
    } else {
        mpq_swap(left->q, quotient);
    }
    mpq_clear(quotient);
    return EXACT_OK;
}

static enum exact_fault modulo_real(mpfr_t left, const mpfr_t right)
{
    /* What is this much larger has no digits left around the point, and would cost time and memory. */
    if (!mpfr_zero_p(left) && mpfr_get_exp(left) - mpfr_get_exp(right) > EXACT_MAX_BITS)
        return EXACT_TOO_LARGE;
    mpfr_fmod(left, left, right, MPFR_RNDN);
    if (!mpfr_zero_p(left) && mpfr_signbit(left) != mpfr_signbit(right))
        mpfr_add(left, left, right, MPFR_RNDN);
    return EXACT_OK;
}

static enum exact_fault compute_real(
    enum exact_operator op, struct exact *left, const mpfr_t a, const mpfr_t b)
{
    bool divides = op == EXACT_DIVIDE || op == EXACT_FLOOR_DIVIDE || op == EXACT_MODULO;
    if (divides && mpfr_zero_p(b))
        return EXACT_DIVISION_BY_ZERO;
    switch (op) {
    case EXACT_ADD:
        mpfr_add(left->r, a, b, MPFR_RNDN);
        return EXACT_OK;
    case EXACT_SUBTRACT:
        mpfr_sub(left->r, a, b, MPFR_RNDN);
        return EXACT_OK;
    case EXACT_MULTIPLY:
        mpfr_mul(left->r, a, b, MPFR_RNDN);
        return EXACT_OK;
    case EXACT_DIVIDE:
    case EXACT_FLOOR_DIVIDE:
        mpfr_div(left->r, a, b, MPFR_RNDN);
        return EXACT_OK;
    case EXACT_MODULO:
        mpfr_set(left->r, a, MPFR_RNDN);
        return modulo_real(left->r, b);
    case EXACT_POWER:
        if (mpfr_zero_p(a) && mpfr_sgn(b) < 0)
            return EXACT_DIVISION_BY_ZERO;
        mpfr_pow(left->r, a, b, MPFR_RNDN);
        return EXACT_OK;
    default:
        return EXACT_NOT_INTEGER;
    }
}

static enum exact_fault apply_real(
    struct exact_mode *mode, enum exact_operator op, struct exact *left, const struct exact *right)
{
    mpfr_t a, b;
    exact_to_real(mode->precision, left, a);
    exact_to_real(mode->precision, right, b);
    mpfr_set_prec(left->r, mode->precision);
    left->is_real = true;
    enum exact_fault fault = compute_real(op, left, a, b);
    mpfr_clear(a);
    mpfr_clear(b);
    if (fault == EXACT_OK)
        fault = exact_check(mode, left);
    else
        mpfr_set_zero(left->r, 1);
    if (fault == EXACT_OK && op == EXACT_FLOOR_DIVIDE)
        fault = exact_round(left, EXACT_FLOOR);
    return fault;
}

static enum exact_fault apply_rational(
    struct exact_mode *mode, enum exact_operator op, struct exact *left, const struct exact *right)
{
    switch (op) {
    case EXACT_ADD:
        mpq_add(left->q, left->q, right->q);
        return EXACT_OK;
    case EXACT_SUBTRACT:
        mpq_sub(left->q, left->q, right->q);
        return EXACT_OK;
    case EXACT_MULTIPLY:
        mpq_mul(left->q, left->q, right->q);
        return EXACT_OK;
    case EXACT_DIVIDE:
    case EXACT_FLOOR_DIVIDE:
    case EXACT_MODULO:
        return divide(op, left, right);
    case EXACT_POWER:
        return power(mode, left, right);
    default:
        return apply_bits(op, left, right);
    }
}

enum exact_fault exact_apply(
    struct exact_mode *mode, enum exact_operator op, struct exact *left, const struct exact *right)
{
    if (left->is_real || right->is_real)
        return apply_real(mode, op, left, right);
    enum exact_fault fault = apply_rational(mode, op, left, right);
    return fault == EXACT_OK ? exact_check(mode, left) : fault;
}
