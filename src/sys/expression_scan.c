/* Splits an expression into words and reads its numbers. Knows nothing of grammar. */
#include "sys/expression_scan.h"

#include <string.h>

#include "base/scope.h"
#include "base/text.h"

/* Longer numbers than this are refused as too large before they are read. */
#define MAX_NUMBER_CHARS 1000

struct symbol {
    const char *text;
    enum scan_kind kind;
    enum exact_operator op;
    unsigned level;
};

/* Longer ones first. */
static const struct symbol symbols[] = {
    { "**", SCAN_OPERATOR, EXACT_POWER, SCAN_LEVEL_POWER }, { "//", SCAN_OPERATOR, EXACT_FLOOR_DIVIDE, 5 },
    { "<<", SCAN_OPERATOR, EXACT_SHIFT_LEFT, 3 }, { ">>", SCAN_OPERATOR, EXACT_SHIFT_RIGHT, 3 },
    { "^", SCAN_OPERATOR, EXACT_POWER, SCAN_LEVEL_POWER }, { "*", SCAN_OPERATOR, EXACT_MULTIPLY, 5 },
    { "\xC3\x97", SCAN_OPERATOR, EXACT_MULTIPLY, 5 }, /* multiplication sign */
    { "\xC2\xB7", SCAN_OPERATOR, EXACT_MULTIPLY, 5 }, /* middle dot */
    { "/", SCAN_OPERATOR, EXACT_DIVIDE, 5 },
    { "\xC3\xB7", SCAN_OPERATOR, EXACT_DIVIDE, 5 }, /* division sign */
    { "%", SCAN_OPERATOR, EXACT_MODULO, 5 }, { "+", SCAN_OPERATOR, EXACT_ADD, SCAN_LEVEL_SUM },
    { "-", SCAN_OPERATOR, EXACT_SUBTRACT, SCAN_LEVEL_SUM },
    { "\xE2\x88\x92", SCAN_OPERATOR, EXACT_SUBTRACT, SCAN_LEVEL_SUM }, /* minus sign */
    { "&", SCAN_OPERATOR, EXACT_AND, 2 }, { "|", SCAN_OPERATOR, EXACT_OR, 1 },
    { "~", SCAN_NOT, EXACT_ADD, 0 }, { "!", SCAN_FACTORIAL, EXACT_ADD, 0 }, { "(", SCAN_OPEN, EXACT_ADD, 0 },
    { ")", SCAN_CLOSE, EXACT_ADD, 0 }, { ",", SCAN_SEPARATOR, EXACT_ADD, 0 },
    { ";", SCAN_SEPARATOR, EXACT_ADD, 0 }, { "\xCF\x80", SCAN_NAME, EXACT_ADD, 0 }, /* the letter pi */
};

static const char *const spaces[] = { " ", "\t", "\n", "\r", "\xC2\xA0", "\xE2\x80\xAF" };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void skip_spaces(struct scan *scan)
{
    for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
        if (text_starts(scan->text + scan->at, spaces[i])) {
            scan->at += strlen(spaces[i]);
            i = (size_t)-1;
        }
    }
}

/* Takes in what a person would see as one number, right or wrong: "0x1F", "1.5e-3", "1.2.3", "12abc" up to
 * the letters. */
static size_t number_length(const char *text)
{
    size_t len = 0;
    if (text[0] == '0' && text[1] && strchr("xXbBoO", text[1])) {
        len = 2;
        while (is_digit(text[len]) || is_letter(text[len]))
            len++;
        return len;
    }
    while (is_digit(text[len]) || text[len] == '.' || (text[len] == '_' && len > 0))
        len++;
    if (text[len] == 'e' || text[len] == 'E') {
        size_t exponent = len + 1;
        if (text[exponent] == '+' || text[exponent] == '-')
            exponent++;
        if (is_digit(text[exponent])) {
            len = exponent;
            while (is_digit(text[len]) || text[len] == '.' || text[len] == '_')
                len++;
        }
    }
    return len;
}

static void take_symbol(struct scan *scan)
{
    const char *text = scan->text + scan->at;
    for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
        if (text_starts(text, symbols[i].text)) {
            scan->kind = symbols[i].kind;
            scan->op = symbols[i].op;
            scan->level = symbols[i].level;
            scan->len = strlen(symbols[i].text);
            return;
        }
    }
    size_t step = text_utf8_step(text, strlen(text));
    scan->kind = SCAN_OTHER;
    scan->len = step ? step : 1;
}

void scan_next(struct scan *scan)
{
    skip_spaces(scan);
    const char *text = scan->text + scan->at;
    scan->start = scan->at;
    scan->level = 0;
    if (!*text) {
        scan->kind = SCAN_END;
        scan->len = 0;
    } else if (is_digit(text[0]) || (text[0] == '.' && is_digit(text[1]))) {
        scan->kind = SCAN_NUMBER;
        scan->len = number_length(text);
    } else if (is_letter(text[0])) {
        scan->kind = SCAN_NAME;
        scan->len = 1;
        while (is_letter(text[scan->len]) || is_digit(text[scan->len]))
            scan->len++;
    } else {
        take_symbol(scan);
    }
    scan->at = scan->start + scan->len;
}

/* An underscore stands between two digits only. */
static bool is_underscore_wrong(const char *text, size_t len, size_t i)
{
    return i == 0 || i + 1 >= len || text[i - 1] == '_' || text[i + 1] == '_' || text[i - 1] == '.' ||
        text[i + 1] == '.';
}

/* Digits without underscores and point; the number of digits behind the point. */
static bool collect_digits(const char *text, size_t len, char *ret_digits, long *ret_decimals)
{
    size_t count = 0;
    bool has_point = false;
    long decimals = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '_') {
            if (is_underscore_wrong(text, len, i))
                return false;
        } else if (text[i] == '.') {
            if (has_point)
                return false;
            has_point = true;
        } else {
            ret_digits[count++] = text[i];
            decimals += has_point;
        }
    }
    ret_digits[count] = '\0';
    *ret_decimals = decimals;
    return count > 0;
}

static enum exact_fault read_prefixed(const char *text, size_t len, struct exact *ret_value)
{
    char digits[MAX_NUMBER_CHARS + 1];
    long decimals;
    int base = text[1] == 'x' || text[1] == 'X' ? 16 : text[1] == 'b' || text[1] == 'B' ? 2 : 8;
    if (!collect_digits(text + 2, len - 2, digits, &decimals) ||
        mpz_set_str(mpq_numref(ret_value->q), digits, base) < 0) {
        return EXACT_NOT_REAL;
    }
    return EXACT_OK;
}

/* The exponent behind e, limited to a number that is too large in any case. False if it is malformed. */
static bool read_exponent(const char *text, size_t len, long *ret_exponent)
{
    bool is_negative = text[0] == '-';
    long exponent = 0;
    for (size_t i = text[0] == '-' || text[0] == '+'; i < len; i++) {
        if (!is_digit(text[i]))
            return false;
        if (exponent < 10L * EXACT_MAX_DIGITS)
            exponent = exponent * 10 + (text[i] - '0');
    }
    *ret_exponent = is_negative ? -exponent : exponent;
    return true;
}

static enum exact_fault read_decimal(const char *text, size_t len, struct exact *ret_value)
{
    char digits[MAX_NUMBER_CHARS + 1];
    long decimals, exponent = 0;
    size_t mantissa = strcspn(text, "eE");
    if (mantissa < len && !read_exponent(text + mantissa + 1, len - mantissa - 1, &exponent))
        return EXACT_NOT_REAL;
    if (!collect_digits(text, mantissa < len ? mantissa : len, digits, &decimals))
        return EXACT_NOT_REAL;
    mpz_ptr numerator = mpq_numref(ret_value->q), denominator = mpq_denref(ret_value->q);
    mpz_set_str(numerator, digits, 10);
    exponent -= decimals;
    if (mpz_sgn(numerator) == 0)
        return EXACT_OK;
    if (exponent > EXACT_MAX_DIGITS || exponent < -EXACT_MAX_DIGITS)
        return EXACT_TOO_LARGE;
    mpz_ui_pow_ui(denominator, 10, (unsigned long)(exponent < 0 ? -exponent : exponent));
    if (exponent >= 0) {
        mpz_mul(numerator, numerator, denominator);
        mpz_set_ui(denominator, 1);
    }
    mpq_canonicalize(ret_value->q);
    return EXACT_OK;
}

enum exact_fault scan_number(const struct scan *scan, struct exact *ret_value)
{
    const char *text = scan->text + scan->start;
    if (scan->len > MAX_NUMBER_CHARS)
        return EXACT_TOO_LARGE;
    bool is_prefixed =
        scan->len > 1 && text[0] == '0' && is_letter(text[1]) && text[1] != 'e' && text[1] != 'E';
    struct exact_mode mode = { .precision = MPFR_PREC_MIN };
    enum exact_fault fault =
        is_prefixed ? read_prefixed(text, scan->len, ret_value) : read_decimal(text, scan->len, ret_value);
    return fault == EXACT_OK ? exact_check(&mode, ret_value) : fault;
}
