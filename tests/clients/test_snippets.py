"""examples/clients: each file is read as its client reads it, and a session held with exactly what it says.

The formats are those of the clients' own documentation. Replaced are the program's path, the port, and the key."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from harness import program, tap
from harness.program import ROOT
from harness.server import Server

HERE = Path(__file__).resolve().parent
EXAMPLES = ROOT / "examples/clients"
PROGRAM, ADDRESS = "/usr/bin/mcp-assist", "http://localhost:8000/mcp"
KEY = "mcpt_" + "k" * 32


def expand(value, pattern):
    """What a client puts in the place of a reference, which must be one to the key."""
    found = re.findall(pattern, value)
    assert all(name in ("ASSIST_KEY", "assist-key") for name in found), value
    expanded = re.sub(pattern, KEY, value)
    assert "$" not in expanded, f"not a reference of this client: {value}"
    return expanded


def stdio(entry, allowed):
    assert set(entry) <= {"command", "args", "env"} | allowed, entry
    return {"command": entry["command"], "args": entry.get("args", []), "env": entry.get("env", {})}


def http(entry, address, pattern, allowed=frozenset()):
    assert set(entry) <= {address, "headers"} | allowed, entry
    headers = {name: expand(value, pattern) for name, value in entry.get("headers", {}).items()}
    return {"url": entry[address], "headers": headers}


def one(entry, address, pattern, *, typed=None):
    """An entry of the usual shape: a command, or an address under its own name, perhaps with a type of transport."""
    kind = "stdio" if "command" in entry else "http"
    if typed == "required" or "type" in entry:
        assert typed and entry["type"] == kind, entry
    allowed = {"type"} if typed else frozenset()
    return stdio(entry, allowed) if kind == "stdio" else http(entry, address, pattern, allowed)


SHELL = r"\$\{(\w+)\}"
ENV = r"\$\{env:(\w+)\}"
NONE = r"YOUR_(KEY)\b"


def literal(value):
    return value.replace("YOUR_KEY", KEY)


def claude_code(file):
    return {name: one(entry, "url", SHELL, typed="http") for name, entry in file["mcpServers"].items()}


def claude_desktop(file):
    return {name: stdio(entry, set()) for name, entry in file["mcpServers"].items()}


def vscode(file):
    prompted = {each["id"] for each in file["inputs"] if each["type"] == "promptString" and each["password"]}
    assert prompted == {"assist-key"}
    return {name: one(entry, "url", r"\$\{input:([\w-]+)\}", typed="required") for name, entry in file["servers"].items()}


def cursor(file):
    return {name: one(entry, "url", ENV) for name, entry in file["mcpServers"].items()}


def codex(file):
    def read(entry):
        if "command" in entry:
            return stdio(entry, set())
        assert set(entry) <= {"url", "bearer_token_env_var", "http_headers"}, entry
        headers = dict(entry.get("http_headers", {}))
        if "bearer_token_env_var" in entry:
            assert entry["bearer_token_env_var"] == "ASSIST_KEY"
            headers["Authorization"] = f"Bearer {KEY}"
        return {"url": entry["url"], "headers": headers}

    return {name: read(entry) for name, entry in file["mcp_servers"].items()}


def gemini_cli(file):
    return {name: one(entry, "httpUrl", SHELL) for name, entry in file["mcpServers"].items()}


def windsurf(file):
    return {name: one(entry, "serverUrl", ENV) for name, entry in file["mcpServers"].items()}


def with_literal_keys(section):
    def read(file):
        filled = json.loads(literal(json.dumps(file[section])))
        return {name: one(entry, "url", NONE) for name, entry in filled.items()}

    return read


READERS = {
    "claude-code.json": claude_code,
    "claude-desktop.json": claude_desktop,
    "vscode.json": vscode,
    "cursor.json": cursor,
    "codex.toml": codex,
    "gemini-cli.json": gemini_cli,
    "windsurf.json": windsurf,
    "zed.json": with_literal_keys("context_servers"),
    "lm-studio.json": with_literal_keys("mcpServers"),
}
# Starts ssh: there is no other machine. The form is that of Claude Desktop.
UNTRIED = {"other-machine.json"}


def parse(name):
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    return tomllib.loads(text) if name.endswith(".toml") else json.loads(text)


def entries():
    return [(name, entry) for name, read in READERS.items() for entry in read(parse(name))]


@pytest.fixture(scope="module")
def keyed(binary, tmp_path_factory):
    """A server that asks for a key also on loopback."""
    env = {"MCP_ASSIST_KEYS": f"laptop:{KEY}"}
    with Server(binary, tmp_path_factory.mktemp("keyed"), args=["--auth", "keys"], env=env) as server:
        yield server


def ready(name, key, binary, port, folder):
    """An entry as the file has it, but for the program's path and the port."""
    entry = READERS[name](parse(name))[key]
    if "command" in entry:
        assert entry["command"] == PROGRAM
        reports = {n: v for n, v in program.environment(folder / "sanitizer").items() if n.endswith("SAN_OPTIONS")}
        own = reports | program.database() | {"MCP_ASSIST_DATA_DIR": str(folder)}
        command, *words = tap.stdio_command(folder, [binary, *entry["args"]])
        return entry | {"command": command, "args": words, "env": entry["env"] | own}
    assert entry["url"] == ADDRESS
    return entry | {"url": entry["url"].replace(":8000", f":{port}")}


@pytest.fixture(scope="module")
def sessions(binary, shared, keyed, tmp_path_factory):
    """What came of each session; one process holds them all, for it is slow to start."""
    folder = tmp_path_factory.mktemp("snippets")
    with tap.Relay(shared.port) as to_shared, tap.Relay(keyed.port) as to_keyed:
        wanted = {
            f"{name} {key}": ready(name, key, binary, (to_keyed if key == "assist-with-key" else to_shared).port, folder)
            for name, key in entries()
        }
        url = ADDRESS.replace(":8000", f":{to_keyed.port}")
        wanted["no key"] = {"url": url, "headers": {}}
        wanted["wrong key"] = {"url": url, "headers": {"Authorization": "Bearer wrong"}}
        done = subprocess.run(
            [sys.executable, HERE / "snippet_client.py"],
            input=json.dumps(wanted), env=program.environment(folder / "sanitizer", {"NO_PROXY": "*"}),
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert tap.judge_stdio(folder)
    report = program.sanitizer_reports(folder / "sanitizer")
    assert not report, report
    return json.loads(done.stdout)


@pytest.mark.parametrize(("name", "key"), entries())
def test_session(sessions, name, key):
    said = sessions[f"{name} {key}"]
    assert "error" not in said, said
    assert len(said["tools"]) == 12
    assert said["result"]["result"] == "42"


def test_a_session_without_its_key_is_refused(sessions, keyed):
    """Or the sessions above would say nothing about the key."""
    url = ADDRESS.replace(":8000", f":{keyed.port}")
    assert httpx.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, trust_env=False).status_code == 401
    assert "error" in sessions["no key"]
    assert "error" in sessions["wrong key"]


def test_every_file_is_tried():
    assert {path.name for path in EXAMPLES.iterdir()} == set(READERS) | UNTRIED
    for name in READERS:
        wanted = {"assist-local"} if name == "claude-desktop.json" else {"assist-local", "assist", "assist-with-key"}
        assert set(READERS[name](parse(name))) == wanted
    claude_desktop(parse("other-machine.json"))
