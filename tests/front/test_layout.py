"""Every source has its test, every public function its contract, every file its first comment."""

import re

import pytest

from harness.program import ROOT

# Sources whose test bears another name: what they do is seen only through their neighbour, or only from outside.
TESTED_BY = {
    "base/json_string.c": "tests/base/test_json_read.c",
    "base/log_file.c": "tests/base/test_log.c",
    "base/log_journal.c": "tests/logs/test_journal.py",
    "sys/exact.c": "tests/sys/test_expression.c",
    "sys/exact_functions.c": "tests/sys/test_expression.c",
    "sys/exact_text.c": "tests/sys/test_expression.c",
    "sys/expression_scan.c": "tests/sys/test_expression.c",
    "sys/httpget.c": "tests/cli/test_health.py",
    "sys/httpc_curl.c": "tests/sys/test_httpc.c",
    "sys/httpc_hop.c": "tests/sys/test_httpc.c",
    "sys/ports_names.c": "tests/sys/test_ports.c",
    "sys/units_bus.c": "tests/system/test_systemd_units.py",
    "sys/units_systemd.c": "tests/system/test_systemd_units.py",
    "http/endpoint.c": "tests/clients/test_official_clients.py",
    "http/rpc.c": "tests/http/test_legacy_sse.py",
    "http/serve.c": "tests/clients/test_official_clients.py",
    "mcp/completion.c": "tests/guide/test_guide.py",
    "mcp/content.c": "tests/conformance/test_answers.py",
    "mcp/lists.c": "tests/conformance/test_pages.py",
    "mcp/listen.c": "tests/conformance/test_many_listeners.py",
    "mcp/logging.c": "tests/conformance/test_answers.py",
    "mcp/offer.c": "tests/guide/test_guide.py",
    "mcp/prompts.c": "tests/guide/test_guide.py",
    "mcp/question.c": "tests/conformance/test_questions.py",
    "mcp/resources.c": "tests/guide/test_guide.py",
    "mcp/run.c": "tests/mcp/test_tools_call.c",
    "mcp/stream.c": "tests/conformance/test_resumption.py",
    "mcp/tool_result.c": "tests/mcp/test_tools_call.c",
    "mcp/watch.c": "tests/conformance/test_changes.py",
    "store/inspect.c": "tests/cli/test_db.py",
    "store/schema.c": "tests/store/test_sqlite.py",
    "toolkit/ask.c": "tests/toolkit/test_talk.c",
    "toolkit/content.c": "tests/conformance/test_answers.py",
    "toolkit/notes.c": "tests/toolkit/test_talk.c",
}

SOURCES = sorted(
    path.relative_to(ROOT / "src")
    for folder in ("base", "toolkit", "mcp", "sys", "store", "http")
    for path in (ROOT / "src" / folder).glob("*.c")
)
TOOLS = sorted(path.stem for path in (ROOT / "src/tools").glob("*.c") if path.stem != "registry")
C_FILES = sorted(
    path for folder in ("src", "include", "examples") for path in (ROOT / folder).rglob("*.[ch]")
)
PUBLIC = sorted((ROOT / "include/mcp").glob("*.h"))


def is_tool(name):
    return re.search(rf"\bconst struct mcp_tool tool_{name}\b", (ROOT / f"src/tools/{name}.c").read_text())


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_source_has_its_test(source):
    own = [f"tests/{source.parent}/test_{source.stem}{suffix}" for suffix in (".c", ".py")]
    named = TESTED_BY.get(str(source))
    assert any((ROOT / path).is_file() for path in ([named] if named else own)), f"none of {named or own}"


def test_no_test_is_excused_in_vain():
    for source in TESTED_BY:
        assert (ROOT / "src" / source).is_file(), source


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_has_its_test_and_its_line(name):
    if not is_tool(name):
        # A part of one tool in a file of its own begins with the same word; what tools share has its own test.
        assert (ROOT / f"tests/tools/test_{name}.py").is_file() or any(
            name.split("_")[0] == tool.split("_")[0] for tool in TOOLS if is_tool(tool)
        ), name
        return
    assert (ROOT / f"tests/tools/test_{name}.py").is_file()
    assert re.search(rf"\b(tool_)?{name}\b", (ROOT / "src/tools/registry.c").read_text())


@pytest.mark.parametrize("path", C_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_what_it_is_for(path):
    assert re.match(r"/\* \S", path.read_text(encoding="utf-8")), "no comment at its top"


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.name)
def test_public_functions_are_documented(path):
    """Each paragraph that declares functions starts with, or contains before them, a comment."""
    text = path.read_text(encoding="utf-8")
    paragraphs = [p for p in re.split(r"\n\s*\n", text) if re.search(r"^[a-z][^\n#=]*\w\([^;]*\);", p, re.M)]
    assert paragraphs, "declares nothing"
    for paragraph in paragraphs:
        declaration = re.search(r"^[a-z][^\n#=]*\w\([^;]*\);", paragraph, re.M)
        assert "/*" in paragraph[: declaration.start()], f"not documented: {declaration.group(0)}"


def test_headers_are_guarded_by_their_path():
    for path in C_FILES:
        if path.suffix != ".h":
            continue
        guard = re.search(r"^#ifndef (\w+)\n#define \1$", path.read_text(encoding="utf-8"), re.M)
        assert guard, path
