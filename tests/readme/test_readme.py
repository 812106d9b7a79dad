"""Every command of README.md is run and answers what is shown; README.fr.md is the same page in French."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass

import httpx
import pytest
from blocks import Block, blocks, commands, missing_keys

from harness import mcp_schema, program
from harness.program import ROOT

README = ROOT / "README.md"
FRENCH = ROOT / "README.fr.md"
CLIENTS = ROOT / "docs/clients.md"
DEPLOYMENT = ROOT / "docs/deployment.md"
DEPLOYMENT_FRENCH = ROOT / "docs/deployment.fr.md"
CLIENTS_FRENCH = ROOT / "docs/clients.fr.md"
PORT = 8000
BACKUP = pytest.mark.sqlite_only("a PostgreSQL is backed up by its own pg_dump")
# A client that is not installed here: takes what `claude mcp add` was given, and connects with it.
CLAUDE = """#!{python}
import json, subprocess, sys, urllib.request
sys.path.insert(0, {tests!r})
from harness import mcp_schema
words = sys.argv[1:]
assert words[:2] == ["mcp", "add"], words
hello = {{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {{"protocolVersion": "2025-11-25",
    "capabilities": {{}}, "clientInfo": {{"name": "readme", "version": "1"}}}}}}
if "--transport" in words:
    assert words[2:4] == ["--transport", "http"] and len(words) == 6, words
    headers = {{"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}}
    request = urllib.request.Request(words[5], json.dumps(hello).encode(), headers)
    text = urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(request, timeout=20).read().decode()
else:
    assert words[3] == "--", words
    text = subprocess.run(words[4:], input=json.dumps(hello) + "\\n", capture_output=True, text=True, timeout=20).stdout
[answer] = mcp_schema.conversation(json.dumps(hello), text)
assert answer["result"]["serverInfo"], text
"""


@dataclass
class Step:
    """A command of the page and the block of its answer, if one is shown."""

    command: str
    answer: Block | None
    line: int


def steps(path):
    found, all_blocks = [], blocks(path)
    for index, block in enumerate(all_blocks):
        if block.kind != "bash":
            continue
        lines = commands(block)
        after = all_blocks[index + 1] if index + 1 < len(all_blocks) else None
        for number, line in enumerate(lines):
            shown = after if number == len(lines) - 1 and after and after.kind in ("json", "text") else None
            # The files of other clients are no answers.
            shown = None if line.startswith("claude") else shown
            found.append(Step(line, shown, block.line + 1 + number))
    return found


def parametrize(path, wanted):
    chosen = [step for step in steps(path) if step.command.startswith("./dev") == wanted]
    marked = [pytest.param(step, id=f"line{step.line}", marks=BACKUP if "db backup" in step.command else ()) for step in chosen]
    return pytest.mark.parametrize("step", marked)


@pytest.fixture(scope="module")
def port(binary, tmp_path_factory):
    """A server with default settings, on the port of the page when nobody else has it."""
    folder = tmp_path_factory.mktemp("readme")
    for wanted in (PORT, 0):
        env = program.environment(folder / "sanitizer", {"MCP_ASSIST_DATA_DIR": folder, "PORT": wanted})
        process = subprocess.Popen([binary, "serve"], env=env, stdout=subprocess.PIPE, text=True)
        if line := process.stdout.readline():
            break
        process.communicate()
    with process:
        rest = threading.Thread(target=process.stdout.read, daemon=True)
        rest.start()
        assert line.startswith("Listening on "), line
        yield int(line.rpartition(":")[2])
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not program.sanitizer_reports(folder / "sanitizer")


def run(step, port, binary, tmp_path, cwd=ROOT, lang=None):
    """Runs a line as the page has it; only what differs from one machine to another is replaced."""
    stub = tmp_path / "claude"
    stub.write_text(CLAUDE.format(python=sys.executable, tests=str(ROOT / "tests")))
    stub.chmod(0o755)
    (tmp_path / "docker-compose").symlink_to(ROOT / "tests/readme/docker_compose.py")
    command = step.command.replace(f"localhost:{PORT}", f"localhost:{port}")
    places = {
        '"$PWD/build/release/mcp-assist"': binary,
        "/path/to/mcp-assist": binary,
        "/usr/bin/mcp-assist": binary,
        "build/release/mcp-assist": binary,
        "build/release/examples": binary.parent / "examples",
    }
    # In one pass: the path of the binary may hold one of these itself.
    pattern = "|".join(map(re.escape, places))
    command = re.sub(pattern, lambda match: str(places[match[0]]), command)
    data = tmp_path.parent / "data"  # of all steps: one lists what the one before it made
    env = program.environment(tmp_path / "sanitizer", {"MCP_ASSIST_DATA_DIR": data})
    env |= {"LANG": lang} if lang else {}
    env |= {"REAL_DOCKER_COMPOSE": shutil.which("docker-compose"), "PROGRAM": str(binary)}
    env["PATH"] = f"{tmp_path}:{binary.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    if asked := re.search(r"-d '({\"jsonrpc\".*})'", command):
        mcp_schema.conversation(asked[1], done.stdout)
    return done


def check_answer(step, output):
    if step.answer is None:
        return
    if step.answer.kind == "json":
        assert not missing_keys(json.loads(step.answer.text), json.loads(output)), output[:2000]
        return
    for line in step.answer.text.splitlines():
        label = re.match(r"[^:]*:?", line)[0]
        assert label in output, f"{label!r} is not in the answer:\n{output}"


@parametrize(README, False)
def test_command(step, port, binary, tmp_path):
    done = run(step, port, binary, tmp_path)
    # --fail is not the page's business: a problem is an answer, and curl ends with 0.
    assert done.returncode == 0, f"{step.command}\n{done.stdout}{done.stderr}"
    check_answer(step, done.stdout)


@pytest.mark.parametrize(
    "step", [step for step in steps(FRENCH) if step.answer and step.answer.kind == "text"], ids=lambda step: f"line{step.line}"
)
def test_the_french_page_shows_french_texts(step, port, binary, tmp_path):
    check_answer(step, run(step, port, binary, tmp_path, lang="fr_FR.UTF-8").stdout)


@parametrize(CLIENTS, False)
def test_client_command(step, port, binary, tmp_path):
    done = run(step, port, binary, tmp_path)
    assert done.returncode == 0, f"{step.command}\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Where an administrator works: what docker-compose.yml names, in a directory of his own."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("docker-compose.yml", "packaging", "Dockerfile"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "config", folder / "config")
    (folder / "data").mkdir()
    shutil.copy(ROOT / ".env.example", folder / ".env")
    return folder


@parametrize(DEPLOYMENT, False)
def test_deployment_command(step, port, binary, tmp_path, site):
    """After a first call, which is in the database then."""
    env = program.environment(tmp_path / "sanitizer", {"MCP_ASSIST_DATA_DIR": tmp_path.parent / "data"})
    subprocess.run([binary, "call", "calculator", "1"], env=env, check=True, capture_output=True)
    done = run(step, port, binary, tmp_path, cwd=site)
    assert done.returncode == 0, f"{step.command}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("more", [set(), {".env"}, {".env", "docker-compose.override.yml"}], ids=len)
def test_the_backup_holds_what_there_is(tmp_path, more):
    kept = {"data/keys", "config/01-site.conf"} | more
    for name in kept | {"data/assist.db", "data/assist.db-wal", "docker-compose.yml"}:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (command,) = [step.command for step in steps(DEPLOYMENT) if step.command.startswith("tar ")]
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr
    listed = subprocess.run(["tar", "-tzf", "backup.tar.gz"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert {name for name in listed.stdout.split() if name[-1] != "/"} == kept


def test_git_ignores_what_the_page_has_the_reader_make():
    lines = (ROOT / ".gitignore").read_text().split()
    assert {"/.env", "/docker-compose.override.yml", "/certs/", "/config/*.conf", "/data/"} <= set(lines)


def test_the_override_file_of_the_page_is_one(site):
    (text,) = [block.text for block in blocks(DEPLOYMENT) if block.kind == "yaml"]
    (site / "docker-compose.override.yml").write_text(text)
    try:
        done = subprocess.run(["docker-compose", "config"], cwd=site, capture_output=True, text=True, check=False)
    finally:
        (site / "docker-compose.override.yml").unlink()
    assert done.returncode == 0, done.stderr
    assert "/:/host:ro,rslave" in done.stdout and "MCP_ASSIST_HOST_ROOT: /host" in done.stdout
    assert "/var/log:/host/var/log:ro" in done.stdout


@pytest.mark.parametrize("page", [README, DEPLOYMENT], ids=lambda page: page.name)
def test_what_the_page_puts_into_env_is_known(page):
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for block in blocks(page):
        for name in re.findall(r"^(\w+)=", block.text, re.M) if block.kind == "env" else []:
            assert re.search(rf"^#?{name}=", example, re.M), name


@parametrize(README, True)
def test_dev_command(step, tmp_path):
    """`run` is started until it listens. `test` is this very run, so it is not run again: its list of suites must hold
    this one. `build` was done before: the programs that it promises are there, and `run` builds anyway."""
    verb = step.command.split()[1]
    if verb == "run":
        check_run(tmp_path)
    elif verb == "test":
        done = subprocess.run([ROOT / "dev", "test", "--list"], capture_output=True, text=True, check=True)
        assert "readme" in done.stdout.split() and "unit" in done.stdout.split()
    elif verb == "package":
        # Built, read and installed by tests/packaging, which would be disturbed by another one being built.
        assert "./dev package" in subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    else:
        assert verb == "build", f"{step.command}: how is it tested?"
        assert os.access(ROOT / "build/release/mcp-assist", os.X_OK)


def check_run(tmp_path):
    env = program.environment(tmp_path / "sanitizer", {"MCP_ASSIST_DATA_DIR": tmp_path, "PORT": 0})
    command = [ROOT / "dev", "run"]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            url = (
                next((line for line in process.stdout if "Listening on " in line), "")
                .strip()
                .rpartition(" ")[2]
            )
            assert url.startswith("http://127.0.0.1:"), process.stderr.read()
            assert httpx.get(url + "/health", trust_env=False).json()["status"] == "ok"
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_dev_commands_that_the_page_names_exist():
    named = set(re.findall(r"\./dev (\w+)", README.read_text(encoding="utf-8")))
    offered = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    assert {"run", "test"} <= named
    assert not [verb for verb in named if not re.search(rf"^\./dev {verb}\b", offered, re.M)]


def table_rows(path, first_cell):
    """Rows of the tables whose first cell looks like this, as lists of cells."""
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    return [row for row in rows if re.fullmatch(first_cell, row[0])]


def test_the_table_of_tools_is_the_servers(port):
    tools = httpx.get(f"http://localhost:{port}/tools", trust_env=False).json()["tools"]
    rows = table_rows(README, r"`[a-z]+_?[a-z]+`")
    assert [row[0].strip("`") for row in rows] == [tool["name"] for tool in tools]
    for name, path, _ in rows:
        answer = httpx.post(f"http://localhost:{port}{path.strip('`')}", json={"no such": 1}, trust_env=False)
        assert answer.status_code == 400, name
        assert answer.json()["errors"], name


@pytest.mark.parametrize("page", [README, FRENCH], ids=["en", "fr"])
def test_the_resources_and_prompts_are_the_servers(server, page):
    text = page.read_text(encoding="utf-8")
    offered = {one["uri"] for one in server.rpc("resources/list")["result"]["resources"]}
    templates = server.rpc("resources/templates/list")["result"]["resourceTemplates"]
    offered |= {one["uriTemplate"] for one in templates}
    assert set(re.findall(r"`(assist://[^`]+)`", text)) == offered
    for prompt in server.rpc("prompts/list")["result"]["prompts"]:
        assert f"`{prompt['name']}`" in text


@pytest.mark.parametrize("page", [README, FRENCH], ids=["en", "fr"])
def test_the_table_of_settings_is_the_programs(binary, page):
    offered = subprocess.run([binary, "help"], capture_output=True, text=True, check=True).stdout
    rows = table_rows(page, r"`--[a-z-]+`")
    assert len(rows) >= 5
    for flag, variable, _, default in rows:
        pattern = rf"^  {flag.strip('`')} +{variable.strip('`')} .*"
        line = re.search(pattern, offered, re.M)
        assert line, flag
        assert not default or f"[{default.strip('`')}]" in line[0], flag


@pytest.mark.parametrize("page", [README, FRENCH], ids=["en", "fr"])
def test_the_configuration_file_is_accepted(cli, tmp_path, page):
    (ini,) = [block.text for block in blocks(page) if block.kind == "ini"]
    file = tmp_path / "mcp-assist.conf"
    file.write_text(ini)
    done = cli("tools", "--config", file)
    assert done.code == 0, done.err
    file.write_text(ini.replace("roots", "rots"))
    assert cli("tools", "--config", file).code == 2


def test_the_table_of_faults_is_the_programs(cli, server):
    """Those that can be brought about from outside."""
    rows = {row[0]: row[2:] for row in table_rows(README, r"[a-z]+(-[a-z]+)?") if row[-1].isdigit()}
    for fault, tool, args in [
        ("invalid", "ping_host", {"host": "127.0.0.1", "count": "400"}),
        ("denied", "read_file", {"path": "/etc/shadow"}),
        ("not-found", "read_file", {"path": "/var/log/no-such-file"}),
    ]:
        status, code = rows[fault]
        words = [word for name, value in args.items() for word in (f"--{name}", value)]
        assert cli("call", tool, *words).code == int(code), fault
        answer = server.post(f"/call/{tool}", json=args)
        assert answer.status_code == int(status), fault
        assert answer.json()["type"].endswith(":" + fault)
    assert len(rows) == 9


def headings(path):
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return [len(line.split()[0]) for line in text.splitlines() if re.match(r"#+ ", line)]


@pytest.mark.parametrize(
    "ours, theirs", [(README, FRENCH), (DEPLOYMENT, DEPLOYMENT_FRENCH), (CLIENTS, CLIENTS_FRENCH)], ids=["readme", "deployment", "clients"]
)
def test_the_french_page_is_the_same_page(ours, theirs):
    assert headings(theirs) == headings(ours)
    english, french = blocks(ours), blocks(theirs)
    assert [block.kind for block in french] == [block.kind for block in english]
    for other, one in zip(french, english, strict=True):
        same = other.kind in ("bash", "sh", "ini", "yaml") or other.name
        assert not same or (other.name, other.text) == (one.name, one.text), f"{theirs.name}, line {other.line}"
    assert len(table_rows(theirs, r".*")) == len(table_rows(ours, r".*"))


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda page: page.name
)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [README, FRENCH], ids=lambda page: page.name)
def test_the_contents_are_those_of_the_page(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    contents = re.findall(r"\[([^]]+)\]\(#([^)]+)\)", text)
    assert [title for title, _ in contents] == re.findall(r"^## (.*)$", text, re.M)
    for title, anchor in contents:
        assert anchor == re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_the_page_of_clients_shows_the_files():
    """Each of them, and nothing that is in none."""
    shown = {block.name: block.text for block in blocks(CLIENTS) if block.kind in ("json", "toml")}
    files = {f"examples/clients/{path.name}": path.read_text(encoding="utf-8") for path in (ROOT / "examples/clients").iterdir()}
    assert shown == files


@pytest.mark.parametrize("page", [README, FRENCH, CLIENTS], ids=lambda page: page.name)
def test_json_blocks_are_json(page):
    for block in blocks(page):
        if block.kind == "json":
            json.loads(block.text)
