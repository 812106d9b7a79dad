/* Grammar and evaluation of expressions, on an explicit stack of values. Knows no language and no JSON. */
#include "sys/expression.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"
#include "base/wait.h"
#include "sys/expression_scan.h"

/* Each level holds back at most five operators with their left sides, a power's base and two arguments. */
#define MAX_VALUES ((size_t)EXPRESSION_MAX_DEPTH * 8)
#define MAX_NAME 32
/* Two evaluations that agree in this many bits agree in EXACT_SHOWN_DIGITS digits. */
#define AGREED_BITS 112
/* What shrinks by this many bits when the precision grows is rounding noise around zero. */
#define NOISE_BITS 1000

/* Tried in turn until two results agree. The last one resolves any digit of the largest number. */
static const mpfr_prec_t precisions[] = { 256, 512, 2048, 8192, 36864 };

struct unit {
    const char *name;
    unsigned base, exponent; /* base^exponent bytes, or bits */
    bool is_bits;
};

/* Upper and lower case differ: Mb is not known, because half of its readers would mean MB. */
static const struct unit units[] = {
    { "B", 2, 0, false },
    { "kB", 10, 3, false },
    { "KB", 10, 3, false },
    { "MB", 10, 6, false },
    { "GB", 10, 9, false },
    { "TB", 10, 12, false },
    { "PB", 10, 15, false },
    { "KiB", 2, 10, false },
    { "MiB", 2, 20, false },
    { "GiB", 2, 30, false },
    { "TiB", 2, 40, false },
    { "PiB", 2, 50, false },
    { "ko", 10, 3, false },
    { "Ko", 10, 3, false },
    { "Mo", 10, 6, false },
    { "Go", 10, 9, false },
    { "To", 10, 12, false },
    { "Po", 10, 15, false },
    { "Kio", 2, 10, false },
    { "Mio", 2, 20, false },
    { "Gio", 2, 30, false },
    { "Tio", 2, 40, false },
    { "Pio", 2, 50, false },
    { "bit", 2, 0, true },
    { "kbit", 10, 3, true },
    { "Mbit", 10, 6, true },
    { "Gbit", 10, 9, true },
    { "Tbit", 10, 12, true },
};

struct parser {
    struct scan scan;
    const struct wait *wait;
    struct exact_mode mode;
    unsigned depth;
    struct expression_error error;
    size_t count;
    struct exact values[MAX_VALUES]; /* the first `count` are initialised */
};

/* A place in the text, kept to blame it later. */
struct word {
    size_t start, len;
};

static int parse_binary(struct parser *p, unsigned min_level);
static int parse_unary(struct parser *p);

static struct word current_word(const struct parser *p)
{
    return (struct word){ p->scan.start, p->scan.len };
}

static int fail_at(struct parser *p, struct word word, enum expression_fault fault)
{
    const char *found = p->scan.text + word.start;
    size_t len = text_utf8_cut(found, word.len, sizeof(p->error.found) - 1);
    p->error.fault = fault;
    p->error.column = text_columns(p->scan.text, word.start) + 1;
    memcpy(p->error.found, found, len);
    p->error.found[len] = '\0';
    return -EINVAL;
}

static int fail_here(struct parser *p, enum expression_fault fault)
{
    return fail_at(p, current_word(p), fault);
}

/* 0 for EXACT_OK. */
static int judge(struct parser *p, struct word word, enum exact_fault why)
{
    if (why == EXACT_OK)
        return 0;
    p->error.why = why;
    return fail_at(p, word, EXPRESSION_ARITHMETIC);
}

static int push(struct parser *p)
{
    if (p->count == MAX_VALUES)
        return fail_here(p, EXPRESSION_TOO_DEEP);
    exact_init(&p->mode, &p->values[p->count++]);
    return 0;
}

static struct exact *top(struct parser *p)
{
    return &p->values[p->count - 1];
}

static void pop_to(struct parser *p, size_t count)
{
    while (p->count > count)
        exact_done(&p->values[--p->count]);
}

/* The two values on top become one. */
static int apply(struct parser *p, struct word word, enum exact_operator op)
{
    int rc = p->wait ? wait_poll(p->wait, NULL, 0, 0) : 0;
    if (rc < 0)
        return rc;
    rc = judge(p, word, exact_apply(&p->mode, op, top(p) - 1, top(p)));
    pop_to(p, p->count - 1);
    return rc;
}

static const struct unit *find_unit(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (!strcmp(units[i].name, name))
            return &units[i];
    }
    return NULL;
}

static int push_unit(struct parser *p, const struct unit *unit)
{
    int rc = push(p);
    if (rc < 0)
        return rc;
    mpq_ptr value = top(p)->q;
    mpz_ui_pow_ui(mpq_numref(value), unit->base, unit->exponent);
    mpz_set_ui(mpq_denref(value), unit->is_bits ? 8 : 1);
    mpq_canonicalize(value);
    return 0;
}

static int push_constant(struct parser *p, bool is_pi)
{
    int rc = push(p);
    if (rc < 0)
        return rc;
    struct exact *value = top(p);
    value->is_real = true;
    p->mode.approximated = true;
    if (is_pi) {
        mpfr_const_pi(value->r, MPFR_RNDN);
    } else {
        mpfr_set_ui(value->r, 1, MPFR_RNDN);
        mpfr_exp(value->r, value->r, MPFR_RNDN);
    }
    return 0;
}

static int check_count(
    struct parser *p, struct word name, const struct exact_function *function, unsigned given)
{
    if (given >= function->min_args && (function->max_args == 0 || given <= function->max_args))
        return 0;
    p->error.min_args = function->min_args;
    p->error.max_args = function->max_args;
    p->error.given_args = given;
    return fail_at(p, name, EXPRESSION_WRONG_COUNT);
}

static int call_function(
    struct parser *p, struct word name, const struct exact_function *function, size_t base)
{
    int rc = p->wait ? wait_poll(p->wait, NULL, 0, 0) : 0;
    if (rc < 0)
        return rc;
    unsigned count = (unsigned)(p->count - base);
    rc = judge(p, name, exact_function_call(&p->mode, function, &p->values[base], count));
    pop_to(p, base + 1);
    return rc;
}

/* Behind "name(": the arguments, the ")" and the result on top of the stack. */
static int parse_call(struct parser *p, struct word name, const struct exact_function *function)
{
    size_t base = p->count;
    unsigned given = 0;
    bool folds = function->max_args == 0;
    if (p->scan.kind == SCAN_CLOSE)
        return check_count(p, name, function, 0);
    for (;;) {
        int rc = parse_binary(p, 1);
        if (rc < 0)
            return rc;
        given++;
        /* Functions of any number of arguments are folded at once, so that the stack stays bounded. */
        if (folds && (rc = call_function(p, name, function, base)) < 0)
            return rc;
        if (!folds && given > function->max_args)
            return check_count(p, name, function, given);
        if (p->scan.kind == SCAN_CLOSE)
            break;
        if (p->scan.kind != SCAN_SEPARATOR)
            return fail_here(p, EXPRESSION_NO_CLOSE);
        scan_next(&p->scan);
    }
    scan_next(&p->scan);
    int rc = check_count(p, name, function, given);
    return rc < 0 || folds ? rc : call_function(p, name, function, base);
}

/* Copies the current word if it is short enough to be a name. */
static bool take_name(const struct parser *p, char ret_name[MAX_NAME])
{
    if (p->scan.kind != SCAN_NAME || p->scan.len >= MAX_NAME)
        return false;
    memcpy(ret_name, p->scan.text + p->scan.start, p->scan.len);
    ret_name[p->scan.len] = '\0';
    return true;
}

static int parse_name(struct parser *p)
{
    char name[MAX_NAME];
    struct word word = current_word(p);
    if (!take_name(p, name))
        return fail_here(p, EXPRESSION_UNKNOWN_NAME);
    const struct unit *unit = find_unit(name);
    const struct exact_function *function = exact_function_find(name);
    bool is_pi = text_same(name, "pi") || !strcmp(name, "\xCF\x80");
    if (!unit && !function && !is_pi && !text_same(name, "e"))
        return fail_here(p, EXPRESSION_UNKNOWN_NAME);
    scan_next(&p->scan);
    if (!function)
        return unit ? push_unit(p, unit) : push_constant(p, is_pi);
    if (p->scan.kind != SCAN_OPEN)
        return fail_here(p, EXPRESSION_NO_ARGUMENTS);
    scan_next(&p->scan);
    return parse_call(p, word, function);
}

static int parse_number(struct parser *p)
{
    int rc = push(p);
    if (rc < 0)
        return rc;
    enum exact_fault why = scan_number(&p->scan, top(p));
    if (why == EXACT_NOT_REAL)
        return fail_here(p, EXPRESSION_BAD_NUMBER);
    rc = judge(p, current_word(p), why);
    scan_next(&p->scan);
    return rc;
}

static int parse_parenthesis(struct parser *p)
{
    scan_next(&p->scan);
    int rc = parse_binary(p, 1);
    if (rc < 0)
        return rc;
    if (p->scan.kind != SCAN_CLOSE)
        return fail_here(p, EXPRESSION_NO_CLOSE);
    scan_next(&p->scan);
    return 0;
}

static int parse_primary(struct parser *p)
{
    switch (p->scan.kind) {
    case SCAN_NUMBER:
        return parse_number(p);
    case SCAN_OPEN:
        return parse_parenthesis(p);
    case SCAN_NAME:
        return parse_name(p);
    default:
        return fail_here(p, EXPRESSION_NO_VALUE);
    }
}

/* A primary with its factorials and, behind a number or a parenthesis, a unit: 5!, 10 GiB. */
static int parse_postfix(struct parser *p)
{
    bool may_have_unit = p->scan.kind != SCAN_NAME;
    int rc = parse_primary(p);
    while (rc == 0 && p->scan.kind == SCAN_FACTORIAL) {
        rc = judge(p, current_word(p), exact_factorial(top(p)));
        scan_next(&p->scan);
    }
    char name[MAX_NAME];
    const struct unit *unit = rc == 0 && may_have_unit && take_name(p, name) ? find_unit(name) : NULL;
    if (!unit)
        return rc;
    struct word word = current_word(p);
    scan_next(&p->scan);
    rc = push_unit(p, unit);
    return rc < 0 ? rc : apply(p, word, EXACT_MULTIPLY);
}

static int parse_power(struct parser *p)
{
    int rc = parse_postfix(p);
    if (rc < 0 || p->scan.kind != SCAN_OPERATOR || p->scan.level != SCAN_LEVEL_POWER)
        return rc;
    struct word word = current_word(p);
    scan_next(&p->scan);
    rc = parse_unary(p);
    return rc < 0 ? rc : apply(p, word, EXACT_POWER);
}

static int parse_sign(struct parser *p)
{
    struct word word = current_word(p);
    bool is_not = p->scan.kind == SCAN_NOT, is_minus = p->scan.op == EXACT_SUBTRACT;
    scan_next(&p->scan);
    int rc = parse_unary(p);
    if (rc == 0 && is_not)
        rc = judge(p, word, exact_complement(top(p)));
    else if (rc == 0 && is_minus)
        exact_negate(top(p));
    return rc;
}

/* Every recursion passes through here. */
static int parse_unary(struct parser *p)
{
    if (p->depth == EXPRESSION_MAX_DEPTH)
        return fail_here(p, EXPRESSION_TOO_DEEP);
    p->depth++;
    bool is_sign = p->scan.kind == SCAN_OPERATOR && p->scan.level == SCAN_LEVEL_SUM;
    int rc = is_sign || p->scan.kind == SCAN_NOT ? parse_sign(p) : parse_power(p);
    p->depth--;
    return rc;
}

static int parse_binary(struct parser *p, unsigned min_level)
{
    int rc = parse_unary(p);
    while (rc == 0 && p->scan.kind == SCAN_OPERATOR && p->scan.level >= min_level) {
        struct word word = current_word(p);
        enum exact_operator op = p->scan.op;
        unsigned level = p->scan.level;
        scan_next(&p->scan);
        bool starts_value = p->scan.kind == SCAN_NUMBER || p->scan.kind == SCAN_NAME ||
            p->scan.kind == SCAN_OPEN || p->scan.kind == SCAN_NOT || p->scan.level == SCAN_LEVEL_SUM;
        if (op == EXACT_MODULO && !starts_value)
            return fail_at(p, word, EXPRESSION_PERCENT);
        rc = parse_binary(p, level + 1);
        if (rc == 0)
            rc = apply(p, word, op);
    }
    return rc;
}

/* Leaves the result as the only value. */
static int evaluate(struct parser *p, mpfr_prec_t precision)
{
    pop_to(p, 0);
    p->mode = (struct exact_mode){ .precision = precision };
    p->depth = 0;
    p->scan = (struct scan){ .text = p->scan.text };
    scan_next(&p->scan);
    int rc = parse_binary(p, 1);
    if (rc == 0 && p->scan.kind != SCAN_END)
        rc = fail_here(p, EXPRESSION_NO_OPERATOR);
    return rc;
}

static bool agree(const struct exact *a, const struct exact *b)
{
    if (a->is_real != b->is_real)
        return false;
    if (!a->is_real)
        return mpq_equal(a->q, b->q) != 0;
    if (mpfr_zero_p(a->r) || mpfr_zero_p(b->r))
        return false;
    mpfr_t difference;
    mpfr_init2(difference, AGREED_BITS);
    mpfr_sub(difference, a->r, b->r, MPFR_RNDN);
    bool close = mpfr_zero_p(difference) || mpfr_get_exp(b->r) - mpfr_get_exp(difference) >= AGREED_BITS;
    mpfr_clear(difference);
    return close;
}

static bool is_noise(const struct exact *before, const struct exact *now)
{
    if (!before->is_real || !now->is_real)
        return false;
    return mpfr_zero_p(now->r) ||
        (!mpfr_zero_p(before->r) && mpfr_get_exp(before->r) - mpfr_get_exp(now->r) >= NOISE_BITS);
}

/* Evaluates again with more and more digits: what two precisions agree in is true, not an accident of
 * rounding. */
static int evaluate_reals(struct parser *p)
{
    struct exact before;
    exact_init(&p->mode, &before);
    bool is_agreed = false;
    int rc = 0;
    for (size_t i = 1; rc == 0 && !is_agreed && i < ARRAY_LEN(precisions); i++) {
        exact_set(&before, top(p));
        rc = evaluate(p, precisions[i]);
        is_agreed = rc == 0 && agree(&before, top(p));
    }
    if (rc == 0 && !is_agreed && is_noise(&before, top(p))) {
        mpq_set_ui(top(p)->q, 0, 1);
        top(p)->is_real = false;
    } else if (rc == 0 && !is_agreed) {
        rc = fail_at(p, (struct word){ 0, 0 }, EXPRESSION_UNDECIDED);
    }
    exact_done(&before);
    return rc;
}

static void free_parser(struct parser **parser)
{
    if (!*parser)
        return;
    pop_to(*parser, 0);
    free(*parser);
    mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE);
}

int expression_evaluate(const struct wait *wait, const char *text, struct expression_result *ret_result,
    struct expression_error *ret_error)
{
    CLEANUP(free_parser) struct parser *p = malloc(sizeof(*p));
    if (!p)
        return -ENOMEM;
    memset(p, 0, offsetof(struct parser, values)); /* all of it would be most of the cost of a small sum */
    p->scan.text = text;
    p->wait = wait;
    int rc = 0;
    if (text_columns(text, strlen(text)) > EXPRESSION_MAX_CHARS)
        rc = fail_at(p, (struct word){ 0, 0 }, EXPRESSION_TOO_LONG);
    if (rc == 0)
        rc = evaluate(p, precisions[0]);
    bool is_exact = !p->mode.approximated;
    if (rc == 0 && !is_exact)
        rc = evaluate_reals(p);
    if (rc < 0) {
        if (rc == -EINVAL)
            *ret_error = p->error;
        return rc;
    }
    *ret_result = (struct expression_result){ .is_exact = is_exact, .value = exact_to_double(top(p)) };
    if (exact_put(&ret_result->text, top(p)) || !is_exact)
        exact_put_approximation(&ret_result->approximation, top(p));
    if (!ret_result->text.failed && !ret_result->approximation.failed)
        return 0;
    expression_result_done(ret_result);
    return -ENOMEM;
}

void expression_result_done(struct expression_result *result)
{
    buf_done(&result->text);
    buf_done(&result->approximation);
}

void expression_put_names(struct buf *out)
{
    for (size_t i = 0; exact_function_name(i); i++)
        buf_addf(out, "%s, ", exact_function_name(i));
    buf_adds(out, "pi, e");
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        buf_addf(out, ", %s", units[i].name);
}
