"""Our JSON reader and writer against Python's json, on thousands of random and mutated documents.

Needs the program json_echo (tests/base/json_echo.c): MCP_ASSIST_JSON_ECHO names it, else it is looked for
in the sanitizer build, then in the release build.
"""

import contextlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from harness import program

MAX_DEPTH = 64
SEED = 20261122
sys.set_int_max_str_digits(0)


class Refused(Exception):
    """Python accepts it and RFC 8259, or our stricter reader, does not."""


class Number(str):
    """A number as it was written."""


class Members(tuple):
    """An object: its members in order, a name perhaps twice."""


def refuse_constant(name):
    raise Refused(name)


def strict(value, depth=0):
    """Refuses what we refuse and Python does not: lone surrogates, nesting beyond the limit."""
    if isinstance(value, Members | list):
        if depth >= MAX_DEPTH:
            raise Refused("too deep")
        for item in value:
            if isinstance(value, Members):
                strict(item[0])
                strict(item[1], depth + 1)
            else:
                strict(item, depth + 1)
    elif isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise Refused("lone surrogate")


def expected(document: bytes):
    """What the document means; raises Refused."""
    try:
        value = json.loads(
            document.decode("utf-8"),
            parse_int=Number,
            parse_float=Number,
            parse_constant=refuse_constant,
            object_pairs_hook=Members,
        )
    except (ValueError, RecursionError) as error:
        raise Refused(str(error)) from error
    strict(value)
    return value


def has_twins(value) -> bool:
    """True if any object in it names a member twice."""
    if isinstance(value, Members):
        names = [name for name, _ in value]
        return len(set(names)) < len(names) or any(has_twins(item) for _, item in value)
    return isinstance(value, list) and any(has_twins(item) for item in value)


def as_int64(token: str):
    """The whole number that the token is, None if it is none or does not fit."""
    mantissa, _, exponent = token.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    stripped = digits.rstrip("0")
    if not stripped:
        return 0
    power = int(exponent or "0") - len(fraction) + len(digits) - len(stripped)
    if power < 0 or len(stripped) + power > 19:
        return None
    value = int(stripped) * 10**power * (-1 if token[0] == "-" else 1)
    return value if -(2**63) <= value < 2**63 else None


def significant(text: str) -> str:
    return text.lower().split("e")[0].replace(".", "").lstrip("-0").rstrip("0")


def check_number(sent: str, got: str):
    whole = as_int64(sent)
    number = float(sent)
    if whole is not None:
        assert got == str(whole), sent
    elif number in (float("inf"), float("-inf")):
        assert got == sent
    else:
        assert float(got) == number, sent
        shortest = significant(repr(number))
        # At a power of two the doubles below are twice as near: a shorter decimal than the nearest may do.
        if significant(got) != shortest:
            assert abs(number).as_integer_ratio()[0].bit_count() == 1, (sent, got)
            assert len(significant(got)) <= len(shortest) + 1, (sent, got)


def check_same(sent, got):
    """The same document, numbers written in our way."""
    assert type(sent) is type(got)
    if isinstance(sent, Number):
        check_number(sent, got)
    elif isinstance(sent, Members):
        # The writer takes names as C strings.
        assert [name.partition("\0")[0] for name, _ in sent] == [name for name, _ in got]
        for (_, a), (_, b) in zip(sent, got, strict=True):
            check_same(a, b)
    elif isinstance(sent, list):
        for a, b in zip(sent, got, strict=True):
            check_same(a, b)
    else:
        assert sent == got


# ---- Documents ----

INTEGERS = """0 -0 1 -1 42.0 4.2e1 1E+5 1e22 1e23 9007199254740993 9223372036854775807 9223372036854775808
    -9223372036854775808 -9223372036854775809 0e999999""".split()
FRACTIONS = """0.1 1.5e-7 0.30000000000000004 1e400 -1e400 1e-400 5e-324 2.2250738585072011e-308
    1.7976931348623157e308""".split()
TOKENS = INTEGERS + FRACTIONS
CHARACTERS = "abcdefgh 0123456789" * 3 + "éèàùçœ€" + "\"\\/\b\f\n\r\t\x00\x01\x1f\x7f"
CHARACTERS += "\x80\u07ff\u0800\u2028\u2029\ud7ff\ue000\ufffd\uffff\U00010000\U0001f600\U0010ffff"
WORDS = rb"""" \ { } [ ] , : 0 - . e + null true NaN -Infinity \u \ud83d \ude00 \u0000 // 01 1e""".split()
BYTES = [b" ", b"\n", b"\t", b"\x00", b"\x1f", b"\x7f", b"\x80", b"\xc3", b"\xff", b"\xc2\xa0", b"\xd9\xa1"]
SPICE = WORDS + BYTES + [b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf"]


def random_number(rng) -> str:
    kind = rng.randrange(5)
    if kind == 0:
        return rng.choice(TOKENS)
    if kind == 1:
        return str(rng.randrange(-(2 ** rng.randrange(1, 70)), 2 ** rng.randrange(1, 70)))
    if kind == 2:
        return repr(rng.uniform(-1, 1) * 10.0 ** rng.randrange(-320, 309))
    if kind == 3:
        return f"{rng.randrange(10**6)}.{rng.randrange(10**9)}e{rng.randrange(-40, 40)}"
    return f"{rng.uniform(-1000, 1000):.{rng.randrange(1, 30)}f}"


def random_string(rng) -> str:
    text = "".join(rng.choice(CHARACTERS) for _ in range(rng.choice([0, 1, 3, 8, 20, 60])))
    written = json.dumps(text, ensure_ascii=rng.random() < 0.4)
    return written.replace("/", "\\/") if rng.random() < 0.2 else written


def random_space(rng) -> str:
    return rng.choice(["", "", "", " ", "\n", "\t ", "\r\n"])


def random_document(rng, depth) -> str:
    kind = rng.randrange(7 if depth else 4)
    if kind == 0:
        return random_number(rng)
    if kind == 1:
        return rng.choice(["null", "true", "false"])
    if kind <= 3:
        return random_string(rng)
    items = []
    for _ in range(rng.choice([0, 1, 2, 3, 12]) if depth > 1 else rng.randrange(3)):
        item = random_space(rng) + random_document(rng, depth - 1) + random_space(rng)
        name = random_space(rng) + random_string(rng) + random_space(rng)
        items.append(item if kind == 4 else f"{name}:{item}")
    inside = ",".join(items) or random_space(rng)
    return f"[{inside}]" if kind == 4 else f"{{{inside}}}"


def random_nest(rng) -> str:
    """Around the limit of nesting."""
    depth = rng.randrange(MAX_DEPTH - 3, MAX_DEPTH + 4)
    kinds = [rng.random() < 0.5 for _ in range(depth)]
    opening = "".join('{"a":' if is_object else "[" for is_object in kinds)
    closing = "".join("}" if is_object else "]" for is_object in reversed(kinds))
    return opening + rng.choice(["0", "[]", "{}", '"x"']) + closing


def mutated(rng, document: bytes) -> bytes:
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(document) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            document = document[:at]
        elif kind == 1:
            document = document[:at] + document[at + rng.randrange(1, 4):]
        else:
            document = document[:at] + rng.choice(SPICE) + document[at + (kind == 2):]
    return document


# ---- The program ----


def find_echo() -> Path:
    named = os.environ.get("MCP_ASSIST_JSON_ECHO")
    builds = [program.BUILD / preset / "tests/base/json_echo" for preset in ("asan", "release")]
    for candidate in [Path(named)] if named else builds:
        if candidate.is_file():
            return candidate.resolve()
    raise FileNotFoundError("no json_echo: build the target `units`, or set MCP_ASSIST_JSON_ECHO")


def exactly(stream, size: int) -> bytes:
    data = stream.read(size)
    assert len(data) == size, "json_echo ended early"
    return data


@contextlib.contextmanager
def started(tmp_path, *arguments):
    reports = tmp_path / "json_echo"
    process = subprocess.Popen(
        [find_echo(), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=program.environment(reports),
    )

    def echo(document: bytes) -> bytes | None:
        """The document written again, None if it was refused."""
        process.stdin.write(len(document).to_bytes(4, "big") + document)
        process.stdin.flush()
        answer = exactly(process.stdout, int.from_bytes(exactly(process.stdout, 4), "big"))
        return None if answer == b"E" else answer

    with process:
        try:
            yield echo
        finally:
            process.stdin.close()
            code = process.wait(timeout=30)
            report = program.sanitizer_reports(reports)
            assert not report, report
    assert code == 0


@pytest.fixture
def echo(tmp_path):
    with started(tmp_path) as function:
        yield function


@pytest.fixture
def echo_unique(tmp_path):
    with started(tmp_path, "unique") as function:
        yield function


def check(echo, document: bytes) -> bool:
    """Compares one document; True if it is JSON."""
    answer = echo(document)
    try:
        meaning = expected(document)
    except Refused as why:
        assert answer is None, f"accepted, but: {why}: {document!r}"
        return False
    assert answer is not None, f"refused: {document!r}"
    check_same(meaning, expected(answer))
    return True


def test_random_documents_mean_the_same(echo):
    rng = random.Random(SEED)
    for _ in range(4000):
        document = random_space(rng) + random_document(rng, rng.randrange(6)) + random_space(rng)
        assert check(echo, document.encode()), document


def test_mutated_documents_are_judged_alike(echo):
    rng = random.Random(SEED + 1)
    documents = (random_document(rng, rng.randrange(5)).encode() for _ in range(12000))
    verdicts = [check(echo, mutated(rng, document)) for document in documents]
    assert verdicts.count(True) > 500
    assert verdicts.count(False) > 500


def test_nesting_ends_at_the_limit(echo):
    rng = random.Random(SEED + 2)
    verdicts = [check(echo, random_nest(rng).encode()) for _ in range(500)]
    assert True in verdicts
    assert False in verdicts


def test_numbers_are_the_same_numbers(echo):
    rng = random.Random(SEED + 3)
    powers = [repr(2.0**e) for e in range(-1074, 1024)]
    for token in TOKENS + powers + [random_number(rng) for _ in range(6000)]:
        assert check(echo, token.encode()), token


def test_what_python_accepts_and_we_do_not(echo):
    constants = [b"NaN", b"[Infinity]", b"-Infinity"]
    surrogates = [b'"\\ud800"', b'"\\udc00\\ud800"', b'{"\\udfff":1}']
    for document in [*constants, *surrogates, b"[" * 65 + b"]" * 65]:
        json.loads(document)
        assert echo(document) is None, document
    assert echo(b"\xef\xbb\xbf{}") is None
    assert echo("[1]".encode("utf-16")) is None


def test_names_given_twice(echo, echo_unique):
    rng = random.Random(SEED + 4)
    twins = 0
    for _ in range(1500):
        names = rng.choices(['"a"', '"\\u0061"', '"b"', '""', '"é"', '"\\u00e9"'], k=rng.randrange(1, 5))
        names += [f'"{i}"' for i in rng.sample(range(30), rng.randrange(12))]
        rng.shuffle(names)
        document = ("[0,{" + ",".join(f"{name}:{i}" for i, name in enumerate(names)) + "}]").encode()
        assert check(echo, document)
        assert (echo_unique(document) is None) == has_twins(expected(document)), document
        twins += has_twins(expected(document))
    assert 100 < twins < 1400
