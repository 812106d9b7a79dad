"""calculator against Python's integers, fractions and decimals: thousands of random expressions, limits, faults."""

import decimal
import math
import random
import re
from fractions import Fraction

import pytest
from harness.server import CallFault

TOO_MANY_DIGITS = 9000  # of a numerator or denominator: near the limit of 10,000 both outcomes are right


class Exact(Fraction):
    """A fraction that stays one: // of plain fractions makes an int, whose / and ** make floats."""

    def __neg__(self):
        return Exact(Fraction.__neg__(self))


def _stay_exact(operation):
    return lambda left, right: Exact(operation(left, right))


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(Exact, f"__{_name}__", _stay_exact(getattr(Fraction, f"__{_name}__")))


def exact(result: str) -> Fraction:
    """The number that a result's text is: an integer, a finite decimal or p/q."""
    return Fraction(result)


def random_expression(rng, depth):
    """Text that means the same to Python (after as_python) and to the calculator."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(
            [
                str(rng.randrange(0, 20)),
                str(rng.randrange(0, 10**rng.randrange(1, 30))),
                f"{rng.randrange(0, 1000)}.{rng.randrange(0, 1000):03d}",
                f"{rng.randrange(1, 99)}e{rng.randrange(-9, 9)}",
                hex(rng.randrange(0, 1 << 40)),
                bin(rng.randrange(0, 64)),
                oct(rng.randrange(0, 4096)),
            ]
        )
    kind = rng.random()
    left = random_expression(rng, depth - 1)
    if kind < 0.12:
        return f"({left})"
    if kind < 0.22:
        return f"-{left}"
    if kind < 0.30:
        return f"({left}) ** {rng.choice(['-3', '-1', '0', '1', '2', '5'])}"
    operator = rng.choice(["+", "-", "*", "/", "//", "%"])
    space = rng.choice(["", " "])
    return f"{left}{space}{operator}{space}{random_expression(rng, depth - 1)}"


def as_python(expression: str) -> str:
    number = r"0x[0-9a-f]+|0b[01]+|0o[0-7]+|\d+(?:\.\d+)?(?:e-?\d+)?"
    # The exponents of ** stay plain integers.
    return re.sub(
        rf"(\*\* -?\d+)|({number})",
        lambda m: m.group(1) or (f"F({int(m.group(2), 0)})" if m.group(2)[:2] in ("0x", "0b", "0o") else f"F('{m.group(2)}')"),
        expression,
    )


@pytest.mark.parametrize("seed", range(4))
def test_random_expressions_equal_fractions(call_tool, seed):
    rng = random.Random(seed)
    compared = 0
    for _ in range(750):
        expression = random_expression(rng, rng.randrange(1, 6))
        if len(expression) > 1000:
            continue
        try:
            expected = eval(as_python(expression), {"F": Exact})  # noqa: S307 - made above from digits and operators
        except ZeroDivisionError:
            with pytest.raises(CallFault) as fault:
                call_tool("calculator", {"expression": expression})
            assert fault.value.status == 400
            continue
        if max(abs(expected.numerator), expected.denominator) >= 10**TOO_MANY_DIGITS:
            continue
        result = call_tool("calculator", {"expression": expression})
        assert exact(result["result"]) == expected, expression
        assert result["exact"] is True
        assert result["expression"] == expression
        try:
            nearest = float(expected)
        except OverflowError:
            assert "value" not in result
        else:
            assert float(result["value"]) == nearest, expression
        compared += 1
    assert compared > 500


def test_fractions_carry_an_approximation(call_tool):
    decimal.getcontext().prec = 30
    for p, q in [(1, 3), (22, 7), (-5, 6), (10**40, 3), (1, 3 * 10**12)]:
        result = call_tool("calculator", {"expression": f"({p})/({q})"})
        assert exact(result["result"]) == Fraction(p, q)
        assert decimal.Decimal(result["approximate"]) == decimal.Decimal(p) / decimal.Decimal(q)
    assert "approximate" not in call_tool("calculator", {"expression": "1/8"})


def test_finite_decimals_are_complete(call_tool):
    for power in (1, 60, 400, 3000):
        result = call_tool("calculator", {"expression": f"2**-{power}"})["result"]
        assert exact(result) == Fraction(1, 2**power)
        assert "/" not in result


def test_integers_of_any_size(call_tool):
    assert call_tool("calculator", {"expression": "1000!"})["result"] == str(math.factorial(1000))
    assert call_tool("calculator", {"expression": "7**1234"})["result"] == str(7**1234)
    assert "value" not in call_tool("calculator", {"expression": "7**1234"})


def test_irrational_functions_equal_decimal(call_tool):
    """sqrt, ln, log10 and exp to 30 digits, as the decimal module computes them."""
    rng = random.Random(7)
    context = decimal.Context(prec=60)
    shown = decimal.Context(prec=30)
    functions = {"sqrt": context.sqrt, "ln": context.ln, "log10": context.log10, "exp": context.exp}
    for _ in range(200):
        name = rng.choice(list(functions))
        argument = decimal.Decimal(rng.randrange(1, 10**9)) / 10 ** rng.randrange(0, 8)
        argument %= 500
        if argument == 0:
            continue
        result = call_tool("calculator", {"expression": f"{name}({argument:f})"})
        expected = shown.plus(functions[name](argument))
        assert decimal.Decimal(result["result"]) == expected, (name, argument)
        assert result["value"] == pytest.approx(float(expected), rel=1e-15)


def sine(x: Fraction) -> Fraction:
    """sin x for small x by its series, to more than 40 digits."""
    term, total, n = x, x, 1
    while abs(term) > Fraction(1, 10**45):
        term = -term * x * x / ((n + 1) * (n + 2))
        total += term
        n += 2
    return total


def test_sine_equals_its_series(call_tool):
    for numerator in range(-30, 31, 7):
        x = Fraction(numerator, 9)
        result = call_tool("calculator", {"expression": f"sin({numerator}/9)"})
        assert abs(exact(result["result"]) - sine(x)) <= abs(sine(x)) * Fraction(1, 10**29)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("2 + 2 * 3", "8"),
        ("-2**2", "-4"),
        ("2^3^2", "512"),
        ("0.1 + 0.2", "0.3"),
        ("10 GiB + 512 MiB", "11274289152"),
        ("10 GB / 100 Mbit", "800"),
        ("0xFF & ~0x0F", "240"),
        ("1 << 10 | 1", "1025"),
        ("round(2.675, 2)", "2.68"),
        ("log(8, 2)", "3"),
        ("sqrt(16/9)", "4/3"),
        ("min(3; 1; 2)", "1"),
        ("sin(pi)", "0"),
        ("floor(sqrt(2)**2)", "2"),
    ],
)
def test_cases(call_tool, expression, result):
    assert call_tool("calculator", {"expression": expression})["result"] == result


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("2 +", ["column 4", "the end"]),
        ("2 $ 3", ["column 3", "$"]),
        ("1/0", ["column 2", "division by zero"]),
        ("foo(2)", ["column 1", "foo", "sqrt"]),
        ("sqrt(1, 2)", ["sqrt", "1 to 1", "2"]),
        ("20%", ["column 3", "20/100"]),
        ("1,5", ["column 2", "point"]),
        ("2**1000000", ["column 2", "10,000 digits"]),
        ("9**9**9", ["10,000 digits"]),
        ("1000000!", ["3249!"]),
        ("(" * 65 + "1" + ")" * 65, ["64"]),
        ("1" * 1001, ["1000"]),
        ("", []),
    ],
)
def test_faults_name_the_place(call_tool, expression, words):
    with pytest.raises(CallFault) as fault:
        call_tool("calculator", {"expression": expression})
    assert fault.value.status == 400
    [error] = fault.value.problem["errors"]
    assert error["pointer"].endswith("expression")
    said = str(error).replace("\u202f", ",")
    for word in words:
        assert word in said


def test_french(call_tool, server):
    with pytest.raises(CallFault) as fault:
        call_tool("calculator", {"expression": "1/0"}, lang="fr")
    assert "division par zéro" in str(fault.value.problem)
    assert "Résultat" in server.call_text("calculator", {"expression": "1/3"}, lang="fr")


def test_it_cannot_be_made_to_compute_for_long(call_tool):
    """The dearest expressions within the limits end by themselves, with a value or a fault."""
    for expression in [
        "+".join(["tan(pi/2)"] * 100),
        "+".join(["sin(9**9999)"] * 60),
        "+".join(["1/3249!"] * 100),
        "gcd(3249!, 3248!)+" * 50 + "1",
        "log(2**33000, 2)+" * 50 + "1",
    ]:
        try:
            call_tool("calculator", {"expression": expression})
        except CallFault as fault:
            assert fault.status in (400, 413, 504)
