"""Resources and prompts of the real binary, over both transports, in sessions and in stateless requests."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import uuid

import httpx
import pytest


LEGACY, MODERN = "2025-11-25", "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}
BOTH = {"Accept": "application/json, text/event-stream"}
NAMED = {"resources/read": "uri", "prompts/get": "name"}
PROMPTS = {
    "slow_machine": ("symptom", "depuis midi", ["system_info", "process_list", "disk_usage", "read_file"]),
    "no_network": ("destination", "srv1.example", ["network_interfaces", "ping_host", "dns_lookup", "port_scan"]),
    "disk_full": ("path", "/srv/données", ["disk_usage", "process_list", "read_file", "check_service"]),
    "service_down": ("service", "nginx", ["check_service", "process_list", "port_scan", "read_file"]),
    "site_unreachable": ("url", "https://intranet.example/", ["http_request", "dns_lookup", "port_scan", "ping_host"]),
}
TEMPLATES = ["assist://services/{name}", "assist://logs/{name}"]
FIXED = ["assist://system", "assist://interfaces", "assist://processes"]


def modern_headers(method, params):
    name = params.get(NAMED.get(method))
    return {"MCP-Protocol-Version": MODERN, "Mcp-Method": method} | ({"Mcp-Name": name} if name else {})


class Pipe:
    def __init__(self, stdio, era, lang="en", **options):
        self.era = era
        self.pipe = stdio(env={"LANG": {"en": "C.UTF-8", "fr": "fr_FR.UTF-8"}[lang]}, **options)
        self.started = self.pipe.initialize() if era == LEGACY else None

    def ask(self, method, params):
        return self.pipe.request(method, params | ({"_meta": META} if self.era == MODERN else {}))


class Web:
    def __init__(self, server, era, lang="en"):
        self.server, self.era = server, era
        self.headers = BOTH | {"Accept-Language": lang}
        self.started = None
        if era == LEGACY:
            client = {"capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
            response = self.post("initialize", {"protocolVersion": LEGACY} | client)
            self.started = response.json()["result"]
            self.headers["Mcp-Session-Id"] = response.headers["mcp-session-id"]

    def post(self, method, params):
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.server.post("/mcp", json=message, headers=self.headers)

    def ask(self, method, params):
        if self.era == LEGACY:
            return self.post(method, params).json()
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": META}}
        headers = self.headers | modern_headers(method, params)
        return self.server.post("/mcp", json=message, headers=headers).json()


class Client:
    """Asks over one transport in one era."""

    def __init__(self, door):
        self.door, self.era = door, door.era

    def answer(self, method, params=None):
        return self.door.ask(method, params or {})

    def ask(self, method, params=None):
        return self.answer(method, params)["result"]

    def read(self, uri):
        (contents,) = self.ask("resources/read", {"uri": uri})["contents"]
        assert contents["uri"] == uri
        return contents

    def refusal(self, uri):
        return self.answer("resources/read", {"uri": uri})["error"]

    def candidates(self, ref, value, name="name"):
        params = {"ref": ref, "argument": {"name": name, "value": value}}
        return self.ask("completion/complete", params)["completion"]["values"]


FACES = [(kind, era) for kind in ("stdio", "http") for era in (LEGACY, MODERN)]


@pytest.fixture(params=FACES, ids=lambda face: "-".join(face))
def connect(request, stdio):
    """connect(lang): a Client of the kind and era of this round."""
    kind, era = request.param

    def make(lang="en"):
        if kind == "stdio":
            return Client(Pipe(stdio, era, lang))
        return Client(Web(request.getfixturevalue("server"), era, lang))

    return make


@pytest.fixture
def logs(tmp_path):
    """A folder of the test's own beneath /var/log, with a few files."""
    folder = pathlib.Path("/var/log") / f"guide-test-{uuid.uuid4().hex}"
    try:
        folder.mkdir()
    except PermissionError:
        pytest.skip("writing to /var/log needs root")
    try:
        (folder / "sub").mkdir()
        (folder / "app.log").write_text("".join(f"line {i}\n" for i in range(1, 301)), encoding="utf-8")
        (folder / "sub/été.log").write_text("bonjour\n", encoding="utf-8")
        (folder / "shadow.log").write_text("hidden\n", encoding="utf-8")
        (folder / "twice.log").write_text("linked\n", encoding="utf-8")
        os.link(folder / "twice.log", folder / "again.log")
        (tmp_path / "outside.log").write_text("outside\n", encoding="ascii")
        (folder / "out.log").symlink_to(tmp_path / "outside.log")
        os.mkfifo(folder / "pipe.log")
        yield folder
    finally:
        shutil.rmtree(folder)


def log_uri(path):
    return "assist://logs/" + str(path).removeprefix("/var/log/").replace("/", "%2F").replace("é", "%C3%A9")


# ---- Lists ----


def test_lists_in_both_languages(connect):
    words = {}
    for lang in ("en", "fr"):
        client = connect(lang)
        resources = client.ask("resources/list")["resources"]
        templates = client.ask("resources/templates/list")["resourceTemplates"]
        prompts = client.ask("prompts/list")["prompts"]
        assert [resource["uri"] for resource in resources] == FIXED
        assert [template["uriTemplate"] for template in templates] == TEMPLATES
        assert [prompt["name"] for prompt in prompts] == list(PROMPTS)
        assert [[row["name"] for row in prompt["arguments"]] for prompt in prompts] == [
            [argument] for argument, _, _ in PROMPTS.values()
        ]
        words[lang] = [item[key] for item in resources + templates + prompts for key in ("title", "description")]
    assert len(words["en"]) == 20
    assert not set(words["en"]) & set(words["fr"])


@pytest.mark.parametrize("lang, word", [("en", "Diagnostic tools"), ("fr", "Outils de diagnostic")])
def test_instructions_have_two_lines(server, lang, word):
    instructions = Web(server, LEGACY, lang).started["instructions"]
    assert instructions.startswith(word) and instructions.count("\n") == 1
    may_write = [name for name, tool in server.tools().items() if not tool["annotations"]["readOnlyHint"]]
    assert may_write == ["http_request"] and may_write[0] in instructions
    assert all(name in instructions for name in PROMPTS)


# ---- Resources: the same facts as the tools ----


def test_system(connect, call_tool):
    contents = connect().read("assist://system")
    facts = json.loads(contents["text"])
    told = call_tool("system_info", {})
    assert contents["mimeType"] == "application/json"
    assert list(facts) == ["general", "cpu", "memory"]
    assert facts["general"]["hostname"] == os.uname().nodename == told["general"]["hostname"]
    assert facts["general"]["kernel"] == os.uname().release
    assert facts["cpu"]["logical"] == told["cpu"]["logical"]
    assert facts["memory"]["total_bytes"] == told["memory"]["total_bytes"]


def test_interfaces(connect):
    facts = json.loads(connect().read("assist://interfaces")["text"])
    shown = json.loads(subprocess.run(["ip", "-j", "addr"], capture_output=True, check=True, text=True).stdout)
    (mine,) = [link for link in facts["interfaces"] if link["name"] == "lo"]
    (theirs,) = [link for link in shown if link["ifname"] == "lo"]
    assert {row["address"] for row in mine["addresses"]} == {row["local"] for row in theirs["addr_info"]}


def test_processes(connect):
    facts = json.loads(connect().read("assist://processes")["text"])
    rows = facts["processes"]
    assert len(rows) == min(20, facts["total"])
    assert [row["cpu_percent"] for row in rows] == sorted((row["cpu_percent"] for row in rows), reverse=True)


def openrc(tmp_path):
    """A tree of OpenRC with three services, and the configuration that points there."""
    root = tmp_path / "root"
    for folder in ("etc/init.d", "run/openrc/started", "run/openrc/failed"):
        (root / folder).mkdir(parents=True)
    for name in ("nginx", "nginx-debug", "cron"):
        script = root / "etc/init.d" / name
        script.write_text("#!/bin/sh\n", encoding="ascii")
        script.chmod(0o755)
    (root / "etc/init.d/nginx.bak").write_text("", encoding="ascii")  # nothing that can be started
    (root / "run/openrc/started/nginx").symlink_to("/etc/init.d/nginx")
    return root, {"check_service": {"root": root}}


def test_services(stdio, tmp_path):
    root, config = openrc(tmp_path)
    client = Client(Pipe(stdio, LEGACY, config=config))
    facts = json.loads(client.read("assist://services/nginx")["text"])
    told = client.door.pipe.call_tool("check_service", {"name": "nginx"})["structuredContent"]
    volatile = {"memory_bytes", "tasks"}
    assert facts == {key: value for key, value in told.items() if key not in volatile}
    assert facts["active_state"] == "active" and facts["manager"] == "openrc"
    absent = json.loads(client.read("assist://services/ngin")["text"])
    assert absent["found"] is False and "nginx" in absent["similar"]  # a finding, as for the tool
    assert client.refusal("assist://services/a%20b")["code"] == -32602
    assert client.refusal("assist://services/")["code"] == -32002


@pytest.mark.parametrize("era", [LEGACY, MODERN])
def test_completion_of_services(stdio, tmp_path, era):
    _, config = openrc(tmp_path)
    client = Client(Pipe(stdio, era, config=config))
    template = {"type": "ref/resource", "uri": "assist://services/{name}"}
    prompt = {"type": "ref/prompt", "name": "service_down"}
    assert client.candidates(template, "") == ["cron", "nginx", "nginx-debug"]
    assert client.candidates(template, "nginx") == ["nginx", "nginx-debug"]
    assert client.candidates(template, "ginx") == []
    assert client.candidates(template, "../") == []
    assert client.candidates(prompt, "cr", "service") == ["cron"]
    assert client.candidates({"type": "ref/prompt", "name": "disk_full"}, "", "path") == []


def test_logs(connect, logs):
    client = connect()
    contents = client.read(log_uri(logs / "app.log"))
    assert contents["mimeType"] == "text/plain"
    tail = subprocess.run(["tail", "-n", "200", logs / "app.log"], capture_output=True, check=True, text=True)
    assert contents["text"] == tail.stdout
    assert client.read(log_uri(logs / "sub/été.log"))["text"] == "bonjour\n"


def test_binary_log_is_told_in_words(connect, logs):
    (logs / "wtmp").write_bytes(bytes(range(256)) * 4)
    assert "encoding=base64" in connect().read(log_uri(logs / "wtmp"))["text"]


def test_forbidden_logs(connect, logs):
    client = connect()
    for name in ("shadow.log", "twice.log", "out.log", "pipe.log", "sub"):
        error = client.refusal(log_uri(logs / name))
        assert error["code"] == -32602 and "text" not in error, name
        assert "there is no resource" not in error["message"]


@pytest.mark.parametrize(
    "name",
    [
        "..%2F..%2Fetc%2Fhostname",
        "%2e%2e%2f..%2Fetc%2Fhostname",
        "apt%2F..%2F..%2F..%2Fetc%2Fhostname",
        "..",
        "%2Fetc%2Fhostname",
        "../../etc/hostname",
        "no-such-file",
        "bad%zz",
        "bad%00",
        "",
    ],
)
def test_names_that_lead_nowhere(connect, name):
    client = connect()
    uri = f"assist://logs/{name}"
    error = client.refusal(uri)
    assert error["code"] == (-32002 if client.era == LEGACY else -32602)
    assert error["data"] == {"uri": uri}


def test_dots_that_do_not_climb(connect, logs):
    (logs / "a..b.log").write_text("dots\n", encoding="ascii")
    assert connect().read(log_uri(logs / "a..b.log"))["text"] == "dots\n"


def test_completion_of_logs(connect, logs):
    client = connect()
    ref = {"type": "ref/resource", "uri": "assist://logs/{name}"}
    assert client.candidates(ref, logs.name) == [f"{logs.name}/app.log", f"{logs.name}/sub/été.log"]
    assert client.candidates(ref, logs.name[:-1]) == [f"{logs.name}/app.log", f"{logs.name}/sub/été.log"]
    assert client.candidates(ref, f"{logs.name}/a") == [f"{logs.name}/app.log"]
    assert client.candidates(ref, f"{logs.name}/sub/") == [f"{logs.name}/sub/été.log"]
    for value in ("../", "/etc/", f"{logs.name}/../", f"{logs.name}/out", f"{logs.name}/shadow"):
        assert client.candidates(ref, value) == [], value


# ---- The gate ----


def test_settings_of_the_tool_apply(stdio, logs):
    config = {"read_file": {"roots": logs / "sub"}}
    client = Client(Pipe(stdio, LEGACY, config=config))
    assert client.read(log_uri(logs / "sub/été.log"))["text"] == "bonjour\n"
    assert client.refusal(log_uri(logs / "app.log"))["code"] == -32602
    ref = {"type": "ref/resource", "uri": "assist://logs/{name}"}
    assert client.candidates(ref, logs.name) == [f"{logs.name}/sub/été.log"]


def test_a_disabled_tool_has_no_resource_to_read(stdio, logs):
    args = ["--disabled-tools", "read_file,system_info"]
    client = Client(Pipe(stdio, LEGACY, args=args))
    for uri in (log_uri(logs / "app.log"), "assist://system"):
        error = client.refusal(uri)
        assert error["code"] == -32602 and "disabled_tools" in error["message"]
    assert client.candidates({"type": "ref/resource", "uri": "assist://logs/{name}"}, logs.name) == []
    assert json.loads(client.read("assist://interfaces")["text"])["found"]


def test_a_reading_is_a_call_of_its_tool(make_server):
    server = make_server()
    Client(Web(server, MODERN)).read("assist://system")
    assert "tool=system_info face=mcp-http outcome=ok" in server.stderr


# ---- Prompts ----


@pytest.mark.parametrize("name", PROMPTS)
def test_prompts(connect, name):
    argument, value, tools = PROMPTS[name]
    texts = {}
    for lang in ("en", "fr"):
        client = connect(lang)
        for arguments in ({}, {argument: value}):
            (message,) = client.ask("prompts/get", {"name": name, "arguments": arguments})["messages"]
            text = texts[lang] = message["content"]["text"]
            places = [text.index(tool) for tool in tools]
            assert message["role"] == "user" and places == sorted(places)
            assert (value in text) == bool(arguments)
    assert texts["en"].splitlines()[2] != texts["fr"].splitlines()[2]


@pytest.mark.parametrize("name", ["slow_machine", "disk_full", "service_down", "site_unreachable"])
@pytest.mark.parametrize("lang, ask", [("en", "ask the person"), ("fr", "demandez à la personne")])
def test_a_log_that_is_not_there_is_asked_for(server, name, lang, ask):
    """Debian 12 and later keep the journal only."""
    (message,) = Client(Web(server, LEGACY, lang)).ask("prompts/get", {"name": name})["messages"]
    (step,) = [line for line in message["content"]["text"].splitlines() if "/var/log/" in line and line[0].isdigit()]
    assert step.index("/var/log/") < step.index(ask) < step.index("journalctl ")


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_file_elsewhere_needs_a_setting(server, lang):
    (message,) = Client(Web(server, LEGACY, lang)).ask("prompts/get", {"name": "service_down"})["messages"]
    (step,) = [line for line in message["content"]["text"].splitlines() if "/etc" in line]
    answer = server.post("/call/read_file", json={"path": "/etc/nginx/nginx.conf"}, headers={"Accept-Language": lang})
    assert answer.status_code == 403
    assert " roots " in step


def test_every_tool_that_a_prompt_names_exists(server):
    named = {tool for _, _, tools in PROMPTS.values() for tool in tools}
    assert named <= set(server.tools())


def test_bad_prompt_arguments(connect):
    client = connect()
    for params in ({"name": "none"}, {"name": "disk_full", "arguments": {"nothing": "x"}}):
        assert client.answer("prompts/get", params)["error"]["code"] == -32602


# ---- Subscriptions: what was read first, then the change, then the news ----


@contextlib.contextmanager
def growing(file):
    """The file gets a line a second: the first reading may come after the first of them."""
    command = 'i=0; while :; do echo "more $i" >>"$0"; i=$((i+1)); sleep 1; done'
    process = subprocess.Popen(["sh", "-c", command, str(file)])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def await_update(messages, uri):
    """Reads on until the news of `uri`."""
    for message in messages:
        assert message is not None
        if message.get("method") == "notifications/resources/updated" and message["params"]["uri"] == uri:
            return
    raise AssertionError(f"the stream ended without news of {uri}")


def test_subscription_on_a_pipe(stdio, logs):
    client = Client(Pipe(stdio, LEGACY))
    uri = log_uri(logs / "app.log")
    assert client.answer("resources/subscribe", {"uri": uri})["result"] == {}
    with growing(logs / "app.log"):
        await_update(iter(client.door.pipe.receive, ...), uri)
    assert "more 0\n" in client.read(uri)["text"]
    assert client.answer("resources/unsubscribe", {"uri": uri})["result"] == {}


def test_subscription_on_a_stateless_pipe(stdio, logs):
    client = Client(Pipe(stdio, MODERN))
    uri = log_uri(logs / "app.log")
    pipe = client.door.pipe
    listen = {"notifications": {"resourceSubscriptions": [uri, "assist://nothing"]}, "_meta": META}
    pipe.start("subscriptions/listen", listen)
    acknowledged = pipe.receive()
    assert acknowledged["params"]["notifications"]["resourceSubscriptions"] == [uri]
    with growing(logs / "app.log"):
        await_update(iter(pipe.receive, ...), uri)


@pytest.mark.parametrize("era", [LEGACY, MODERN])
def test_subscription_over_http(server, logs, era):
    door = Web(server, era)
    uri = log_uri(logs / "app.log")
    if era == LEGACY:
        assert Client(door).answer("resources/subscribe", {"uri": uri})["result"] == {}
        request = {"method": "GET", "headers": door.headers}
    else:
        params = {"notifications": {"resourceSubscriptions": [uri]}, "_meta": META}
        request = {
            "method": "POST",
            "headers": door.headers | modern_headers("subscriptions/listen", params),
            "json": {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params},
        }
    with httpx.stream(url=server.url + "/mcp", timeout=60, trust_env=False, **request) as response:
        assert response.status_code == 200
        data = (line[5:] for line in response.iter_lines() if line.startswith("data:") and line[5:].strip())
        with growing(logs / "app.log"):
            await_update(map(json.loads, data), uri)
    assert "more 0\n" in Client(door).read(uri)["text"]


def test_subscription_to_nothing(connect):
    client = connect()
    if client.era == LEGACY:
        error = client.answer("resources/subscribe", {"uri": "assist://logs/..%2Fx"})["error"]
        assert error["code"] == -32002

