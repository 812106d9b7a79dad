"""The REST face of the real binary: one contract for all tools, faults as RFC 9457 problems."""

import json
import re
import socket
import time

import httpx
import jsonschema
import pytest

WAIT_S = 20
JSON = {"Content-Type": "application/json"}
TOOLS = {
    "ping_host": "ping", "port_scan": "port-scan", "dns_lookup": "dns", "network_interfaces": "network-interfaces",
    "http_request": "http-request", "system_info": "system-info", "disk_usage": "disk-usage",
    "process_list": "process-list", "check_service": "service", "calculator": "calculator",
    "read_file": "read-file", "web_search": "web-search",
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "pattern": "^urn:mcp-assist:problem:[a-z-]+$"},
        "title": {"type": "string", "minLength": 1},
        "status": {"type": "integer"},
        "detail": {"type": "string", "minLength": 1},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "additionalProperties": False,
                "properties": {"pointer": {"type": "string"}, "message": {"type": "string", "minLength": 1},
                               "accepted": {"type": "string", "minLength": 1}},
            },
        },
    },
}


def problem(response, status, slug):
    """The problem document of a refusal, checked."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    jsonschema.validate(document, PROBLEM)
    assert (document["status"], document["type"]) == (status, f"urn:mcp-assist:problem:{slug}")
    return document


def call(server, tool, arguments, **headers):
    return server.post(f"/call/{tool}", content=json.dumps(arguments), headers=JSON | headers)


# ---- information ---------------------------------------------------------------------------------------------------


def test_root(server):
    response = server.get("/")
    about = response.json()
    assert response.headers["content-type"] == "application/json"
    assert about["name"] and re.fullmatch(r"\d+\.\d+\.\d+.*", about["version"])
    assert about["tools"] == len(server.tools())
    for name in ("tools", "health"):
        assert server.get(about["links"][name]).status_code == 200


def test_health(server):
    first = server.get("/health")
    assert first.json()["status"] == "ok"
    assert set(first.json()) == {"status", "version", "uptime_s", "components"}
    assert first.json()["components"]["workers"]["status"] == "ok"
    assert isinstance(first.json()["uptime_s"], int) and first.json()["uptime_s"] >= 0


def test_tools_are_those_of_mcp(server):
    listed = server.rpc("tools/list")["result"]["tools"]
    assert server.get("/tools").json()["tools"] == listed
    assert [tool["name"] for tool in listed if tool["name"] in TOOLS] == list(TOOLS)


def test_tools_in_french(server):
    english, french = (server.get("/tools", headers={"Accept-Language": lang}).json()["tools"] for lang in ("en", "fr"))
    assert [tool["name"] for tool in english] == [tool["name"] for tool in french]
    assert all(e["description"] != f["description"] for e, f in zip(english, french))


# ---- calls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/call/calculator", "/tools/calculator"])
def test_bare_result(server, path):
    response = server.post(path, content='{"expression": "2 + 2 * 3"}', headers=JSON)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json()["value"] == 8 and response.json()["expression"] == "2 + 2 * 3"
    jsonschema.validate(response.json(), server.schema_for("calculator"))


def test_result_is_the_structured_content_of_mcp(server):
    arguments = {"expression": "1/3 + 1"}
    answer = server.rpc("tools/call", {"name": "calculator", "arguments": arguments})
    assert call(server, "calculator", arguments).json() == answer["result"]["structuredContent"]


def test_headers(server):
    response = call(server, "calculator", {"expression": "1"}, **{"X-Request-Id": "ticket-42"})
    assert response.headers["x-request-id"] == "ticket-42"
    assert re.fullmatch(r"call;dur=\d+\.\d{3}", response.headers["server-timing"])
    assert response.headers["cache-control"] == "no-store"
    assert re.fullmatch("[0-9a-f]{32}", call(server, "calculator", {"expression": "1"}).headers["x-request-id"])


@pytest.mark.parametrize("tool, path", TOOLS.items())
def test_every_tool_has_both_paths(server, tool, path):
    """An unknown parameter is refused by the tool itself, so the route is there, and nothing is run."""
    by_name = problem(call(server, tool, {"no_such": 1}), 400, "invalid")
    by_path = problem(server.post(f"/tools/{path}", content='{"no_such": 1}', headers=JSON), 400, "invalid")
    assert by_name == by_path
    assert "/no_such" in [error["pointer"] for error in by_name["errors"]]


def test_empty_body_means_no_arguments(server):
    assert server.post("/call/disk_usage", headers=JSON).json()["filesystems"]


# ---- GET with a query ----------------------------------------------------------------------------------------------


def test_query(server):
    assert server.get("/tools/calculator", params={"expression": "1+1"}).json()["value"] == 2
    listed = server.get("/tools/process-list", params={"limit": "3", "sort": "pid", "sample_ms": "0"}).json()
    assert len(listed["processes"]) == 3 and listed["processes"][0]["pid"] == 1


def test_query_faults_are_those_of_a_body(server):
    by_query = server.get("/tools/process-list", params={"limit": "0", "sort": "size", "what": "x"})
    by_body = server.post("/tools/process-list", content='{"limit": 0, "sort": "size", "what": "x"}', headers=JSON)
    assert problem(by_query, 400, "invalid")["errors"] == problem(by_body, 400, "invalid")["errors"]


def test_get_only_without_effects(server):
    for tool in server.tools().values():
        if not tool["annotations"]["openWorldHint"] and tool["annotations"]["readOnlyHint"]:
            continue
        response = server.get(f"/tools/{TOOLS[tool['name']]}", params={"host": "127.0.0.1"})
        problem(response, 405, "method-not-allowed")
        assert response.headers["allow"] == "POST, OPTIONS"
    assert server.get("/tools/system-info", params={"section": "memory", "sample_ms": "0"}).status_code == 200


@pytest.mark.parametrize("query", ["expression=%", "expression=%ff", "expression=%00", "&".join(["a=1"] * 300)])
def test_bad_query(server, query):
    problem(server.get(f"/tools/calculator?{query}"), 400, "invalid-query")


@pytest.mark.parametrize("lang, words", [("en", "section is given twice"), ("fr", "section est donné deux fois")])
def test_a_parameter_given_twice(server, lang, words):
    headers = {"Accept-Language": lang}
    response = server.get("/tools/system-info?section=all&sample_ms=0&section=cpu", headers=headers)
    assert problem(response, 400, "invalid-query")["detail"] == words
    problem(server.get("/tools/calculator?nothing=1&nothing=2"), 400, "invalid-query")
    names = server.get("/tools/service?name=no-such-a&name=no-such-b").json()["targets"]
    assert [one["name"] for one in names] == ["no-such-a", "no-such-b"]


@pytest.mark.parametrize("path", ["/tools/calculator", "/call/calculator"])
@pytest.mark.parametrize("lang, words", [("en", "from the body"), ("fr", "dans le corps")])
def test_a_post_takes_no_query(server, path, lang, words):
    headers = JSON | {"Accept-Language": lang}
    for body in ("", '{"expression": "1"}'):
        response = server.post(f"{path}?expression=5", content=body, headers=headers)
        assert words in problem(response, 400, "invalid-query")["detail"]


def test_get_of_a_call_is_not_there(server):
    response = server.get("/call/calculator", params={"expression": "1"})
    problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST, OPTIONS"


def test_head_and_options(server):
    for path in ("/", "/health", "/tools", "/tools/system-info?sample_ms=0"):
        head = server.request("HEAD", path)
        assert head.status_code == 200 and head.content == b"" and int(head.headers["content-length"]) > 0
    assert server.request("OPTIONS", "/tools/system-info").headers["allow"] == "GET, HEAD, POST, OPTIONS"
    for method in ("OPTIONS", "PUT"):
        assert server.request(method, "/tools/ping").headers["allow"] == "POST, OPTIONS"
    assert server.request("OPTIONS", "/call/ping_host").status_code == 204
    problem(server.request("PUT", "/tools"), 405, "method-not-allowed")


# ---- refusals ------------------------------------------------------------------------------------------------------


def test_all_faults_of_the_input_at_once(server):
    document = problem(call(server, "process_list", {"limit": 0, "sort": 3, "bogus": 1, "user": []}), 400, "invalid")
    assert sorted(error["pointer"] for error in document["errors"]) == ["/bogus", "/limit", "/sort", "/user"]
    by_pointer = {error["pointer"]: error for error in document["errors"]}
    assert "0" in by_pointer["/limit"]["message"] and "500" in by_pointer["/limit"]["accepted"]


def test_empty_strings_are_refused_where_the_schema_says_so(server):
    """With an unknown parameter beside them, so that nothing is run."""
    seen = set()
    for name, tool in server.tools().items():
        rows = {key: row for key, row in tool["inputSchema"]["properties"].items()
                if row.get("type") == "string" and "enum" not in row}  # fmt: skip
        answer = problem(call(server, name, dict.fromkeys(rows, "") | {"no_such": 1}), 400, "invalid")
        refused = {error["pointer"][1:]: error.get("accepted") for error in answer["errors"]}
        for key, row in rows.items():
            seen.add("minLength" in row)
            assert (key in refused) == ("minLength" in row), (name, key)
            if key in refused:
                assert f"of {row['minLength']} to {row['maxLength']} characters" in refused[key]
    assert seen == {True, False}


@pytest.mark.parametrize("path", ["/call/nothing", "/tools/nothing", "/call/pin", "/tools/ping_hosts"])
def test_unknown_tool(server, path):
    document = problem(server.post(path, content="{}", headers=JSON), 404, "unknown-tool")
    assert path.split("/")[2] in document["detail"]


@pytest.mark.parametrize("path", ["/call/calculator", "/call/disk-usage", "/tools/disk_usage", "/tools/disk-usage"])
def test_a_tool_answers_to_its_name_and_its_path(server, path):
    body = '{"expression": "1+1"}' if "calculator" in path else "{}"
    assert server.post(path, content=body, headers=JSON).status_code == 200


def test_unknown_path(server):
    problem(server.get("/nowhere"), 404, "no-such-path")


@pytest.mark.parametrize("content_type", [
    None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
    "application/json-patch+json", "text/plain; application/json", "application/json; charset=latin1", "json",
    "application/json, text/plain"])
def test_content_type(server, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    response = server.post("/call/calculator", content=b'{"expression":"1"}', headers=headers)
    problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize("content_type", [
    "application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'])
def test_accepted_content_type(server, content_type):
    response = server.post("/call/calculator", content=b'{"expression":"1"}', headers={"Content-Type": content_type})
    assert response.json()["value"] == 1


@pytest.mark.parametrize("body, offset", [
    (b"{", 1), (b'{"expression": }', 15), (b'{"a":1,}', 7), (b"{}x", 2), (b"nul", 0), (b'{"a":"\xff"}', 6),
    (b'{"a":1,"a":2}', None), (b"\xef\xbb\xbf{}", 0), (b"[" * 100000, None), (b'{"a":' * 100, None),
    (b'{"a":"\n"}', 6), (b"{'a':1}", 1)])
def test_broken_json(server, body, offset):
    document = problem(server.post("/call/calculator", content=body, headers=JSON), 400, "invalid-json")
    named = re.search(r"byte (\d+)", document["detail"])
    assert named and int(named[1]) <= len(body)
    if offset is not None:
        assert int(named[1]) == offset


@pytest.mark.parametrize("body", ["[]", "1", '"text"', "null", "true"])
def test_not_an_object(server, body):
    document = problem(server.post("/call/calculator", content=body, headers=JSON), 400, "invalid")
    assert document["errors"][0]["pointer"] == ""


def test_body_over_the_limit(server):
    """100 MB: refused from its length; the answer reaches a client that sends all of it."""
    big = b'{"expression":"' + b"1" * 100_000_000 + b'"}'
    problem(server.post("/call/calculator", content=big, headers=JSON), 413, "body-too-large")
    server.assert_alive()


@pytest.mark.parametrize("method, path", [
    ("POST", "/call/ping_host"), ("POST", "/tools/ping"), ("GET", "/tools/system-info"), ("GET", "/tools/ping")])
def test_cross_site(server, method, path):
    headers = JSON | {"Sec-Fetch-Site": "cross-site"}
    problem(server.request(method, path, headers=headers), 403, "cross-site")


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
def test_not_cross_site(server, site):
    assert call(server, "calculator", {"expression": "1"}, **{"Sec-Fetch-Site": site}).status_code == 200


@pytest.mark.parametrize("headers", [
    {"Host": "evil.example"}, {"Host": "localhost.evil.example"}, {"Host": "127.0.0.1.evil.example:80"},
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost.evil.example"}])
def test_foreign_host_or_origin(server, headers):
    for method, path in (("GET", "/health"), ("GET", "/tools"), ("POST", "/call/calculator")):
        response = server.request(method, path, headers=JSON | headers)
        assert response.status_code in (403, 421), response.text


def test_own_origin(server):
    origin = {"Origin": "http://localhost:3000"}
    assert call(server, "calculator", {"expression": "1"}, **origin).status_code == 200


# ---- faults of tools -----------------------------------------------------------------------------------------------


def test_denied(server):
    problem(call(server, "read_file", {"path": "/etc/shadow"}), 403, "denied")


def test_file_not_found(server):
    problem(call(server, "read_file", {"path": "/var/log/no-such-file-here"}), 404, "not-found")


def test_disabled_tool(make_server):
    server = make_server(env={"MCP_ASSIST_DISABLED_TOOLS": "calculator"})
    problem(call(server, "calculator", {"expression": "1"}), 403, "denied")


def test_finding_is_no_failure(server):
    """Nothing listens there: that is what was asked."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        response = call(server, "port_scan", {"host": "127.0.0.1", "ports": str(port)})
    assert response.status_code == 200 and response.json()["open"] == []


# ---- language ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept, french", [
    ("fr", True), ("fr-FR,fr;q=0.9,en;q=0.8", True), ("en-US,en;q=0.9,fr;q=0.8", False), ("en;q=0.4, fr;q=0.5", True),
    ("de", False), ("fr;q=0", False), ("", False)])
def test_language_of_problems(server, accept, french):
    response = call(server, "calculator", {}, **{"Accept-Language": accept})
    assert ("obligatoire" in problem(response, 400, "invalid")["detail"]) == french


REFUSED = [
    ("GET", "/nowhere", {}, 404, "il n'y a rien", "there is nothing"),
    ("DELETE", "/tools", {}, 405, "n'accepte pas", "does not take"),
    ("GET", "/tools", {"Origin": "http://evil.example"}, 403, "n'est pas un nom", "is not one of"),
    ("GET", "/assets/nothing.js", {}, 404, "pas de tel fichier", "no such file"),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "french", "english"), REFUSED)
def test_refusals_before_any_tool_in_both_languages(server, method, path, headers, status, french, english):
    problems = []
    for accept, words in (("fr-CA, en;q=0.5", french), ("de, en", english)):
        response = server.request(method, path, headers=headers | {"Accept-Language": accept})
        assert response.status_code == status and words in response.json()["detail"]
        problems.append(response.json())
    assert problems[0]["title"] != problems[1]["title"] and problems[0]["type"] == problems[1]["type"]


def test_refusals_in_the_server_s_language(make_server):
    with make_server(args=("--lang", "fr")) as server:
        assert server.get("/nowhere").json()["title"] == "Chemin inconnu"


# ---- debug ---------------------------------------------------------------------------------------------------------


def test_debug_indents_and_relaxes_nothing(make_server):
    server = make_server(env={"DEBUG": "true"})
    for response in (server.get("/"), server.get("/tools"), call(server, "calculator", {"expression": "1"}),
                     call(server, "calculator", {})):
        assert response.text.startswith("{\n  \""), response.text[:40]
    problem(server.post("/call/calculator", content="{}"), 415, "unsupported-media-type")


def test_compact_without_debug(server):
    assert "\n" not in call(server, "calculator", {"expression": "1"}).text


# ---- clients that leave --------------------------------------------------------------------------------------------


def wait_for_log(server, pattern):
    """The first line of the log that matches; the log is what tells the order."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if match := re.search(pattern, server.stderr):
            return match
        time.sleep(0.02)
    raise AssertionError(f"{pattern} is not in the log:\n{server.stderr[-2000:]}")


@pytest.mark.parametrize("how", ["close", "reset"])
def test_leaving_cancels_the_call(make_server, how):
    server = make_server()
    body = json.dumps({"host": "127.0.0.1", "count": 100, "interval_ms": 1000})
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S)
    sock.sendall((f"POST /call/ping_host HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  f"X-Request-Id: leaver\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
    # Another call on the same loop is answered, so the first has begun.
    assert call(server, "calculator", {"expression": "1"}).status_code == 200
    if how == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    sock.close()
    line = wait_for_log(server, r".*tool=ping_host .*id=leaver.*").group(0)
    assert "outcome=cancelled" in line
    server.assert_alive()


def test_calls_run_beside_each_other(make_server):
    """More slow calls than the I/O thread could run one after the other, and a quick one that is not held up."""
    server = make_server()
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as other:
        slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(8)]
        body = json.dumps({"host": "127.0.0.1", "count": 100, "interval_ms": 1000})
        for sock in slow:
            sock.sendall((f"POST /tools/ping HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                          f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
        assert other.post("/call/calculator", content='{"expression":"2"}', headers=JSON).json()["value"] == 2
        assert other.get("/health").json()["status"] == "ok"
        for sock in slow:
            sock.close()
    for _ in range(200):
        if len(re.findall(r"tool=ping_host .*outcome=cancelled", server.stderr)) == len(slow):
            break
        time.sleep(0.05)
    assert len(re.findall(r"tool=ping_host .*outcome=cancelled", server.stderr)) == len(slow)
