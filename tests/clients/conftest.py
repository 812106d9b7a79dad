"""What all clients talk to: the product, with tools that find something to work on."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness import peers, program, tap
from harness.server import Server

import conversation

HERE = Path(__file__).resolve().parent
CALLS = json.loads((HERE / "calls.json").read_text())
PAGE = """<!DOCTYPE html><html><head><title>printer at DuckDuckGo</title></head><body>
<div id="links" class="results"><div class="result results_links web-result">
<h2 class="result__title"><a class="result__a" href="https://example.org/one">One</a></h2>
<a class="result__snippet" href="https://example.org/one">The first.</a></div></div></body></html>"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """The cases of one conversation go to one worker, which holds it once: before pytest-xdist reads the marks."""
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if "revision" in params:
            words = (params[name] for name in ("client", "transport", "revision"))
            item.add_marker(pytest.mark.xdist_group("-".join(words)))


@pytest.fixture(scope="session")
def world():
    """What the tools are pointed at, and the values of the placeholders in calls.json."""
    pages = {"/hello": ("text/plain", b"hello\n"), "/html/": ("text/html; charset=utf-8", PAGE.encode())}
    with peers.web(pages) as http_port, peers.dns() as dns_port:
        yield {"http_port": http_port, "dns_port": dns_port}


@pytest.fixture(scope="session")
def calls(world):
    def fill(value):
        for name, number in world.items():
            if value == f"${{{name}}}":
                return number
            if isinstance(value, str):
                value = value.replace(f"${{{name}}}", str(number))
        return value

    return {tool: {name: fill(value) for name, value in args.items()} for tool, args in CALLS.items()}


@pytest.fixture(scope="session")
def config(world):
    """In the file, since clients start their server with hardly a variable of ours."""
    server = {name.lower(): url for name, url in program.database().items()}
    return {"server": server, "web_search": {"duckduckgo_url": f"http://127.0.0.1:{world['http_port']}/html/"}}


@pytest.fixture(scope="session")
def shared(binary, config, tmp_path_factory):
    """The server of all HTTP conversations."""
    folder = tmp_path_factory.mktemp("server")
    with Server(binary, folder, config=config, args=["--legacy-sse"]) as server:
        yield server


@pytest.fixture(scope="session")
def stdio_command(binary, config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stdio")
    file = program.write_config(folder / "mcp-assist.conf", config)
    return [binary, "stdio", "--config", file, "--data-dir", folder]


@pytest.fixture(scope="session")
def watched(request):
    """watched(transport, folder): yields where a client finds the server; what passes is held against its schema."""

    @contextlib.contextmanager
    def watch(transport, folder):
        if transport == "stdio":
            yield json.dumps(tap.stdio_command(folder, request.getfixturevalue("stdio_command")))
            assert tap.judge_stdio(folder)
            return
        with tap.Relay(request.getfixturevalue("shared").port) as relay:
            yield f"http://127.0.0.1:{relay.port}/{'sse' if transport == 'sse' else 'mcp'}"

    return watch


@pytest.fixture(scope="session")
def offered(shared):
    """What the server has, by its own words: names of prompts, URIs of resources."""
    return {
        "resources": [each["uri"] for each in shared.rpc("resources/list")["result"]["resources"]],
        "prompts": [each["name"] for each in shared.rpc("prompts/list")["result"]["prompts"]],
    }


def _copy(language) -> Path:
    """The program's sources beside what building them leaves, outside of the source tree."""
    return Path(shutil.copytree(HERE / language, program.BUILD / "clients" / language, dirs_exist_ok=True))


def _build(command, folder, env=None):
    done = subprocess.run(command, cwd=folder, env=os.environ | (env or {}), capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"


def _need(tool, oldest, *version_command):
    """Skips the test where a toolchain is missing or too old."""
    found = ""
    if shutil.which(tool):
        found = subprocess.run([tool, *version_command], capture_output=True, text=True, check=True).stdout
    version = re.search(r"(\d+)\.(\d+)", found)
    if not version or tuple(map(int, version.groups())) < oldest:
        pytest.skip(f"needs {tool} >= {oldest[0]}.{oldest[1]}")


@pytest.fixture(scope="session")
def go():
    _need("go", (1, 25), "env", "GOVERSION")
    folder = _copy("go")
    _build(["go", "build", "-o", "client", "."], folder, {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"})
    return [folder / "client"]


@pytest.fixture(scope="session")
def rust():
    _need("cargo", (1, 88), "--version")
    folder = _copy("rust")
    _build(["cargo", "build", "--quiet"], folder)
    return [folder / "target/debug/rust-client"]


@pytest.fixture(scope="session")
def typescript():
    """The program beside the installed clients, so that it finds them."""
    folder = program.BUILD / "clients"
    assert (folder / "node_modules").is_dir(), "scripts/prepare-tests installs the TypeScript clients"
    return ["node", shutil.copy(HERE / "ts/run.mjs", folder / "run.mjs")]


@pytest.fixture(scope="session")
def inspector():
    found = program.BUILD / "inspector/node_modules/.bin/mcp-inspector"
    assert found.exists(), "scripts/prepare-tests installs the Inspector"
    return [sys.executable, HERE / "inspector_client.py", found]


@pytest.fixture(scope="session")
def converse(request, calls, watched, tmp_path_factory):
    """converse(client, transport, revision): the events of that conversation and its story, held once."""
    held = {}

    def command(client):
        name, _, variant = client.partition("-")
        if name in ("python", "fastmcp"):
            return [sys.executable, HERE / f"{name}_client.py"]
        return request.getfixturevalue(name) + ([variant] if variant else [])

    def run(client, transport, revision):
        key = (client, transport, revision)
        if key not in held:
            folder = tmp_path_factory.mktemp("client")
            home = {"HOME": folder} if client.startswith("inspector") else {}
            env = program.environment(folder / "sanitizer", {"NO_PROXY": "127.0.0.1", **home})
            with watched(transport, folder) as target:
                held[key] = conversation.hold([*command(client), transport, revision, target], calls, env)
            report = program.sanitizer_reports(folder / "sanitizer")
            assert not report, report
        return held[key]

    return run
