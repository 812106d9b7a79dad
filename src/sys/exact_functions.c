/* The functions of exact numbers by name. Exact where the result is rational, else a real of the mode's
 * precision. */
#include "sys/exact.h"

#include "base/scope.h"
#include "base/text.h"

#define MAX_ROUND_DIGITS 1000

/* One real function of one argument; its result is kept as a rational when it is one (exp(0), log2(8),
 * cbrt(27)). */
static enum exact_fault call_real(
    struct exact_mode *mode, struct exact *value, int (*function)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t))
{
    mpfr_t argument;
    bool is_exact = exact_to_real(mode->precision, value, argument);
    mpfr_set_prec(value->r, mode->precision);
    mpfr_clear_flags();
    int rounded = function(value->r, argument, MPFR_RNDN);
    mpfr_clear(argument);
    value->is_real = true;
    if (mpfr_nan_p(value->r) || mpfr_divby0_p()) {
        mpfr_set_zero(value->r, 1);
        return EXACT_NOT_REAL;
    }
    if (is_exact && rounded == 0 && mpfr_number_p(value->r)) {
        mpfr_get_q(value->q, value->r);
        value->is_real = false;
    }
    return exact_check(mode, value);
}

static enum exact_fault apply_sqrt(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)count;
    mpz_ptr numerator = mpq_numref(args->q), denominator = mpq_denref(args->q);
    if (!args->is_real && mpz_perfect_square_p(numerator) && mpz_perfect_square_p(denominator)) {
        mpz_sqrt(numerator, numerator);
        mpz_sqrt(denominator, denominator);
        return EXACT_OK;
    }
    return call_real(mode, args, mpfr_sqrt);
}

static enum exact_fault apply_cbrt(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)count;
    if (!args->is_real) {
        mpq_t root;
        mpq_init(root);
        bool is_exact = mpz_root(mpq_numref(root), mpq_numref(args->q), 3) != 0 &&
            mpz_root(mpq_denref(root), mpq_denref(args->q), 3) != 0;
        if (is_exact)
            mpq_swap(args->q, root);
        mpq_clear(root);
        if (is_exact)
            return EXACT_OK;
    }
    return call_real(mode, args, mpfr_cbrt);
}

static enum exact_fault apply_abs(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)mode;
    (void)count;
    if (args->is_real)
        mpfr_abs(args->r, args->r, MPFR_RNDN);
    else
        mpq_abs(args->q, args->q);
    return EXACT_OK;
}

static enum exact_fault apply_min(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)mode;
    if (count == 2 && exact_compare(&args[1], &args[0]) < 0)
        exact_set(&args[0], &args[1]);
    return EXACT_OK;
}

static enum exact_fault apply_max(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)mode;
    if (count == 2 && exact_compare(&args[1], &args[0]) > 0)
        exact_set(&args[0], &args[1]);
    return EXACT_OK;
}

static enum exact_fault apply_floor(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)mode;
    (void)count;
    return exact_round(args, EXACT_FLOOR);
}

static enum exact_fault apply_ceil(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)mode;
    (void)count;
    return exact_round(args, EXACT_CEIL);
}

static enum exact_fault apply_trunc(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)mode;
    (void)count;
    return exact_round(args, EXACT_TRUNC);
}

/* round(x) or round(x, digits behind the point): halves go away from zero. */
static enum exact_fault apply_round(struct exact_mode *mode, struct exact *args, unsigned count)
{
    if (count == 1)
        return exact_round(&args[0], EXACT_HALF_AWAY);
    long digits;
    if (!exact_to_long(&args[1], &digits))
        return EXACT_NOT_INTEGER;
    if (digits < -MAX_ROUND_DIGITS || digits > MAX_ROUND_DIGITS)
        return EXACT_TOO_LARGE;
    struct exact scale;
    exact_init(mode, &scale);
    mpq_set_ui(scale.q, 10, 1);
    enum exact_fault fault = exact_apply(mode, EXACT_POWER, &scale, &args[1]);
    if (fault == EXACT_OK)
        fault = exact_apply(mode, EXACT_MULTIPLY, &args[0], &scale);
    if (fault == EXACT_OK)
        fault = exact_round(&args[0], EXACT_HALF_AWAY);
    if (fault == EXACT_OK)
        fault = exact_apply(mode, EXACT_DIVIDE, &args[0], &scale);
    exact_done(&scale);
    return fault;
}

static bool are_integers(const struct exact *args, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (args[i].is_real || mpz_cmp_ui(mpq_denref(args[i].q), 1) != 0)
            return false;
    }
    return true;
}

static enum exact_fault apply_gcd(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)mode;
    if (!are_integers(args, count))
        return EXACT_NOT_INTEGER;
    mpz_srcptr other = mpq_numref(args[count - 1].q);
    mpz_gcd(mpq_numref(args[0].q), mpq_numref(args[0].q), other);
    return EXACT_OK;
}

static enum exact_fault apply_lcm(struct exact_mode *mode, struct exact *args, unsigned count)
{
    if (!are_integers(args, count))
        return EXACT_NOT_INTEGER;
    mpz_srcptr other = mpq_numref(args[count - 1].q);
    mpz_lcm(mpq_numref(args[0].q), mpq_numref(args[0].q), other);
    return exact_check(mode, &args[0]);
}

static enum exact_fault apply_xor(struct exact_mode *mode, struct exact *args, unsigned count)
{
    if (!are_integers(args, count))
        return EXACT_NOT_INTEGER;
    return count == 1 ? EXACT_OK : exact_apply(mode, EXACT_XOR, &args[0], &args[1]);
}

static enum exact_fault apply_pow(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)count;
    return exact_apply(mode, EXACT_POWER, &args[0], &args[1]);
}

static enum exact_fault apply_mod(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)count;
    return exact_apply(mode, EXACT_MODULO, &args[0], &args[1]);
}

static enum exact_fault apply_factorial(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)mode;
    (void)count;
    return exact_factorial(args);
}

/* result = the integer nearest to `result`, if base to that power is `number` exactly. */
static void take_integer_log(
    struct exact_mode *mode, const struct exact *number, const struct exact *base, struct exact *result)
{
    if (number->is_real || base->is_real || !result->is_real)
        return;
    struct exact exponent, power;
    struct exact_mode trial = *mode;
    exact_init(mode, &exponent);
    exact_init(mode, &power);
    exact_set(&exponent, result);
    exact_set(&power, base);
    bool is_integer = exact_round(&exponent, EXACT_HALF_AWAY) == EXACT_OK &&
        exact_apply(&trial, EXACT_POWER, &power, &exponent) == EXACT_OK && exact_compare(&power, number) == 0;
    if (is_integer)
        exact_set(result, &exponent);
    exact_done(&exponent);
    exact_done(&power);
}

/* log(x): natural; log(x, base). */
static enum exact_fault apply_log(struct exact_mode *mode, struct exact *args, unsigned count)
{
    if (count == 1)
        return call_real(mode, args, mpfr_log);
    struct exact number, base;
    struct exact_mode trial = *mode;
    exact_init(mode, &number);
    exact_init(mode, &base);
    exact_set(&number, &args[0]);
    exact_set(&base, &args[1]);
    enum exact_fault fault = call_real(&trial, &args[0], mpfr_log);
    if (fault == EXACT_OK)
        fault = call_real(&trial, &args[1], mpfr_log);
    if (fault == EXACT_OK)
        fault = exact_apply(&trial, EXACT_DIVIDE, &args[0], &args[1]);
    if (fault == EXACT_OK)
        take_integer_log(mode, &number, &base, &args[0]);
    if (fault == EXACT_OK && (args[0].is_real || number.is_real || base.is_real))
        mode->approximated = true;
    exact_done(&number);
    exact_done(&base);
    return fault;
}

static enum exact_fault scale_by_half_turn(struct exact_mode *mode, struct exact *value,
    enum exact_operator with_pi, enum exact_operator with_degrees)
{
    if (exact_is_zero(value))
        return EXACT_OK;
    struct exact pi, degrees;
    exact_init(mode, &pi);
    exact_init(mode, &degrees);
    mpfr_const_pi(pi.r, MPFR_RNDN);
    pi.is_real = true;
    mpq_set_ui(degrees.q, 180, 1);
    enum exact_fault fault = exact_apply(mode, with_pi, value, &pi);
    if (fault == EXACT_OK)
        fault = exact_apply(mode, with_degrees, value, &degrees);
    exact_done(&pi);
    exact_done(&degrees);
    return fault;
}

static enum exact_fault apply_radians(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)count;
    return scale_by_half_turn(mode, args, EXACT_MULTIPLY, EXACT_DIVIDE);
}

static enum exact_fault apply_degrees(struct exact_mode *mode, struct exact *args, unsigned count)
{
    (void)count;
    return scale_by_half_turn(mode, args, EXACT_DIVIDE, EXACT_MULTIPLY);
}

static const struct exact_function functions[] = {
    { .name = "sqrt", .min_args = 1, .max_args = 1, .apply = apply_sqrt },
    { .name = "cbrt", .min_args = 1, .max_args = 1, .apply = apply_cbrt },
    { .name = "pow", .min_args = 2, .max_args = 2, .apply = apply_pow },
    { .name = "mod", .min_args = 2, .max_args = 2, .apply = apply_mod },
    { .name = "abs", .min_args = 1, .max_args = 1, .apply = apply_abs },
    { .name = "min", .min_args = 1, .max_args = 0, .apply = apply_min },
    { .name = "max", .min_args = 1, .max_args = 0, .apply = apply_max },
    { .name = "floor", .min_args = 1, .max_args = 1, .apply = apply_floor },
    { .name = "ceil", .min_args = 1, .max_args = 1, .apply = apply_ceil },
    { .name = "trunc", .min_args = 1, .max_args = 1, .apply = apply_trunc },
    { .name = "round", .min_args = 1, .max_args = 2, .apply = apply_round },
    { .name = "gcd", .min_args = 1, .max_args = 0, .apply = apply_gcd },
    { .name = "lcm", .min_args = 1, .max_args = 0, .apply = apply_lcm },
    { .name = "xor", .min_args = 1, .max_args = 0, .apply = apply_xor },
    { .name = "factorial", .min_args = 1, .max_args = 1, .apply = apply_factorial },
    { .name = "log", .min_args = 1, .max_args = 2, .apply = apply_log },
    { .name = "ln", .min_args = 1, .max_args = 1, .real = mpfr_log },
    { .name = "log2", .min_args = 1, .max_args = 1, .real = mpfr_log2 },
    { .name = "log10", .min_args = 1, .max_args = 1, .real = mpfr_log10 },
    { .name = "exp", .min_args = 1, .max_args = 1, .real = mpfr_exp },
    { .name = "sin", .min_args = 1, .max_args = 1, .real = mpfr_sin },
    { .name = "cos", .min_args = 1, .max_args = 1, .real = mpfr_cos },
    { .name = "tan", .min_args = 1, .max_args = 1, .real = mpfr_tan },
    { .name = "asin", .min_args = 1, .max_args = 1, .real = mpfr_asin },
    { .name = "acos", .min_args = 1, .max_args = 1, .real = mpfr_acos },
    { .name = "atan", .min_args = 1, .max_args = 1, .real = mpfr_atan },
    { .name = "radians", .min_args = 1, .max_args = 1, .apply = apply_radians },
    { .name = "degrees", .min_args = 1, .max_args = 1, .apply = apply_degrees },
};

const struct exact_function *exact_function_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        if (text_same(functions[i].name, name))
            return &functions[i];
    }
    return NULL;
}

enum exact_fault exact_function_call(
    struct exact_mode *mode, const struct exact_function *function, struct exact *args, unsigned count)
{
    if (function->real)
        return call_real(mode, args, function->real);
    return function->apply(mode, args, count);
}

const char *exact_function_name(size_t n)
{
    return n < ARRAY_LEN(functions) ? functions[n].name : NULL;
}
