/* calculator: the exact value of an arithmetic expression. The mathematics is sys/expression's; here are
 * words for it. */
#include <mcp/tool.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/scope.h"
#include "sys/expression.h"

#define TIMEOUT_MS 5000

struct args {
    const char *expression;
};

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, expression, .required = true, .min = 1, .max = EXPRESSION_MAX_CHARS,
        .about = { "Opérateurs + - * / // % ** ^ ! & | << >> ~ ; % est le reste. Fonctions sqrt, round(x, "
                   "n), log (népérien ou "
                   "log(x, base)), sin (radians), gcd... ; pi, e ; unités kB, MiB, Go, Mbit, en octets.",
            "Operators + - * / // % ** ^ ! & | << >> ~; % is the remainder. Functions sqrt, round(x, n), log "
            "(natural, or "
            "log(x, base)), sin (radians), gcd...; pi, e; units kB, MiB, Mbit, in bytes." },
        .example = "10 GiB / 100 Mbit"),
    { 0 },
};

static const struct mcp_field output[] = {
    { .name = "expression", .kind = MCP_STRING, .label = { "Expression", "Expression" } },
    { .name = "result", .kind = MCP_STRING, .label = { "Résultat", "Result" } },
    { .name = "exact", .kind = MCP_BOOL, .label = { "Exact", "Exact" } },
    { .name = "approximate",
        .kind = MCP_STRING,
        .label = { "Valeur approchée", "Approximately" },
        .optional = true },
    { .name = "value", .kind = MCP_NUMBER, .optional = true },
    { 0 },
};

/* What was found, for a sentence. */
static const char *found(struct mcp_call *call, const struct expression_error *error)
{
    if (!error->found[0])
        return mcp_pick(call, (struct mcp_text){ "la fin", "the end" });
    return mcp_printf(call, "\"%s\"", error->found);
}

static int reject_arithmetic(struct mcp_call *call, const struct expression_error *error)
{
    static const struct mcp_text whys[] = {
        [EXACT_OK] = { "", "" },
        [EXACT_DIVISION_BY_ZERO] = { "division par zéro", "division by zero" },
        [EXACT_NOT_REAL] = { "pas de valeur réelle à cet endroit (racine ou puissance d'un nombre négatif, "
                             "logarithme de zéro...)",
            "no real value there (root or power of a negative number, logarithm of zero...)" },
        [EXACT_NOT_INTEGER] = { "un entier est attendu", "an integer is needed" },
        [EXACT_NEGATIVE] = { "un nombre positif ou nul est attendu",
            "a number that is not negative is needed" },
        [EXACT_TOO_LARGE] = { "nombre trop grand : 10 000 chiffres au plus, factorielles jusqu'à 3249!",
            "number too large: 10,000 digits at most, factorials up to 3249!" },
    };
    return mcp_reject(call, "expression", "colonne %zu, %s : %s", "column %zu, %s: %s", error->column,
        found(call, error), mcp_pick(call, whys[error->why]));
}

static int reject_name(struct mcp_call *call, const struct expression_error *error)
{
    CLEANUP(buf_done) struct buf names = { 0 };
    expression_put_names(&names);
    return mcp_reject(call, "expression", "colonne %zu : nom inconnu \"%s\" ; acceptés : %s",
        "column %zu: unknown name \"%s\"; accepted: %s", error->column, error->found, buf_str(&names));
}

static int reject_count(struct mcp_call *call, const struct expression_error *error)
{
    if (error->max_args == 0) {
        return mcp_reject(call, "expression", "colonne %zu : arguments de %s : au moins %u, reçus : %u",
            "column %zu: arguments of %s: at least %u, given: %u", error->column, error->found,
            error->min_args, error->given_args);
    }
    return mcp_reject(call, "expression", "colonne %zu : arguments de %s : de %u à %u, reçus : %u",
        "column %zu: arguments of %s: from %u to %u, given: %u", error->column, error->found, error->min_args,
        error->max_args, error->given_args);
}

/* What was expected at a place where something else stands. */
static int reject_syntax(struct mcp_call *call, const struct expression_error *error)
{
    struct mcp_text expected;
    switch (error->fault) {
    case EXPRESSION_NO_VALUE:
        expected = (struct mcp_text){ "un nombre, un nom ou \"(\"", "a number, a name or \"(\"" };
        break;
    case EXPRESSION_NO_CLOSE:
        expected = (struct mcp_text){ "un opérateur, \",\" entre arguments ou \")\"",
            "an operator, \",\" between arguments or \")\"" };
        break;
    case EXPRESSION_NO_ARGUMENTS:
        expected =
            (struct mcp_text){ "\"(\" après le nom de la fonction", "\"(\" behind the function's name" };
        break;
    case EXPRESSION_BAD_NUMBER:
        expected = (struct mcp_text){ "un nombre comme 1234.5, 1.5e-3, 0xFF, 0b101 ou 0o17",
            "a number such as 1234.5, 1.5e-3, 0xFF, 0b101 or 0o17" };
        break;
    default:
        expected = (struct mcp_text){
            "un opérateur ou la fin (le séparateur décimal est le point, \"2 pi\" s'écrit 2*pi)",
            "an operator or the end (the decimal separator is a point, \"2 pi\" is written 2*pi)"
        };
        break;
    }
    return mcp_reject(call, "expression", "colonne %zu : trouvé %s, attendu : %s",
        "column %zu: found %s, expected %s", error->column, found(call, error), mcp_pick(call, expected));
}

static int reject(struct mcp_call *call, const struct expression_error *error)
{
    switch (error->fault) {
    case EXPRESSION_ARITHMETIC:
        return reject_arithmetic(call, error);
    case EXPRESSION_UNKNOWN_NAME:
        return reject_name(call, error);
    case EXPRESSION_WRONG_COUNT:
        return reject_count(call, error);
    case EXPRESSION_TOO_LONG:
        return mcp_reject(call, "expression", "expression trop longue : %d caractères au plus",
            "expression too long: %d characters at most", EXPRESSION_MAX_CHARS);
    case EXPRESSION_TOO_DEEP:
        return mcp_reject(call, "expression",
            "colonne %zu : plus de %d parenthèses, signes ou puissances imbriqués",
            "column %zu: more than %d parentheses, signs or powers within each other", error->column,
            EXPRESSION_MAX_DEPTH);
    case EXPRESSION_PERCENT:
        return mcp_reject(call, "expression",
            "colonne %zu : %% est le reste d'une division et attend un nombre à droite ; 20 %% s'écrit "
            "20/100",
            "column %zu: %% is the remainder of a division and needs a number on its right; 20%% is written "
            "20/100",
            error->column);
    case EXPRESSION_UNDECIDED:
        return mcp_reject(call, "expression",
            "valeur impossible à déterminer : infinie, ou sur une limite (tan(pi/2), 1/sin(pi))",
            "the value cannot be determined: infinite, or on a boundary (tan(pi/2), 1/sin(pi))");
    default:
        return reject_syntax(call, error);
    }
}

static int run(struct mcp_call *call, const void *arguments)
{
    const struct args *args = arguments;
    struct expression_error error = { 0 };
    CLEANUP(expression_result_done) struct expression_result result = { 0 };
    int rc = expression_evaluate(mcp_waiter(call), args->expression, &result, &error);
    if (rc == -EINVAL)
        return reject(call, &error);
    if (rc < 0)
        return rc;
    if (result.text.len + result.approximation.len > mcp_room(call)) {
        return mcp_fail(call, MCP_TOO_LARGE,
            "le résultat a %zu caractères, plus que la réponse ne peut en contenir",
            "the result has %zu characters, more than the answer can hold", result.text.len);
    }
    mcp_put_str(call, "expression", args->expression);
    mcp_put_str(call, "result", buf_str(&result.text));
    mcp_put_bool(call, "exact", result.is_exact);
    if (result.approximation.len)
        mcp_put_str(call, "approximate", buf_str(&result.approximation));
    if (isfinite(result.value))
        mcp_put_num(call, "value", result.value);
    return 0;
}

/* The four operations on a short line cannot grow: no powers, no factorials, no shifts, no functions. */
static bool is_quick(const void *arguments)
{
    const struct args *args = arguments;
    size_t len = strlen(args->expression);
    return len <= 80 && strspn(args->expression, "0123456789.+-*/%() ") == len &&
        !strstr(args->expression, "**");
}

const struct mcp_tool tool_calculator = {
    .name = "calculator",
    .path = "calculator",
    .title = { "Calculatrice exacte", "Exact calculator" },
    .about = { "Calcule une expression arithmétique sans erreur d'arrondi : entiers de toute taille, "
               "fractions, décimaux.",
        "Evaluates an arithmetic expression without rounding errors: integers of any size, fractions, "
        "decimals." },
    .params = params,
    .args_size = sizeof(struct args),
    .output = output,
    .cost = MCP_WORKER,
    .is_quick = is_quick,
    .traits = MCP_READ_ONLY | MCP_IDEMPOTENT,
    .timeout_ms = TIMEOUT_MS,
    .scope = "compute",
    .run = run,
};
