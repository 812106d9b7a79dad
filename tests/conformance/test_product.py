"""What mcp-assist itself offers beside tools, in every revision, each answer checked by the schema of that."""

import json
import os
import signal
import tempfile
import threading

import pytest

from talk import META, MODERN, Modern, Pipe, Session

REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", MODERN)
LISTS = ("tools/list", "resources/list", "resources/templates/list", "prompts/list")


@pytest.fixture
def product(stdio):
    """product(revision): a client of the product on a pipe."""
    return lambda revision: Pipe(stdio(), revision)


@pytest.mark.parametrize("revision", REVISIONS)
def test_everything_that_is_offered(product, revision):
    client = product(revision)
    assert len(client.result("tools/list")["tools"]) >= 12
    resources = client.result("resources/list")["resources"]
    assert {each["uri"] for each in resources} >= {"assist://system", "assist://interfaces", "assist://processes"}
    for resource in resources:
        [contents] = client.result("resources/read", {"uri": resource["uri"]})["contents"]
        assert contents["uri"] == resource["uri"] and contents["mimeType"] == resource["mimeType"]
        assert json.loads(contents["text"])
    prompts = client.result("prompts/list")["prompts"]
    assert len(prompts) == 5
    names = {tool["name"] for tool in client.result("tools/list")["tools"]}
    for prompt in prompts:
        arguments = {each["name"]: "printer.example" for each in prompt.get("arguments", ())}
        got = client.result("prompts/get", {"name": prompt["name"], "arguments": arguments})
        [message] = got["messages"]
        assert any(name in message["content"]["text"] for name in names)
    assert not client.heard


@pytest.mark.parametrize("revision", REVISIONS)
def test_completion_of_templates(product, revision):
    client = product(revision)
    templates = client.result("resources/templates/list")["resourceTemplates"]
    assert {each["uriTemplate"] for each in templates} >= {"assist://services/{name}", "assist://logs/{name}"}
    for template in templates:
        for value in ("", "s", "../", "%", "é" * 1000):
            params = {
                "ref": {"type": "ref/resource", "uri": template["uriTemplate"]},
                "argument": {"name": "name", "value": value},
            }
            values = client.result("completion/complete", params)["completion"]["values"]
            assert len(values) <= 100 and all(each.startswith(value) for each in values)


@pytest.mark.parametrize("uri", ["assist://nothing", "file:///etc/passwd", "assist://logs/..%2F..%2Fetc%2Fpasswd"])
@pytest.mark.parametrize("revision", REVISIONS)
def test_what_is_not_there(product, revision, uri):
    error = product(revision).request("resources/read", {"uri": uri})["error"]
    assert error["code"] == (-32602 if revision == MODERN else -32002)
    assert error["data"]["uri"] == uri


@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize("revision", REVISIONS)
def test_forged_cursor(product, revision, method):
    client = product(revision)
    for cursor in ("", "x", "AAAA", "-1", "9" * 5000):
        assert client.request(method, {"cursor": cursor})["error"]["code"] == -32602, cursor


def test_prompt_needs_its_arguments(product):
    client = product("2025-11-25")
    for prompt in client.result("prompts/list")["prompts"]:
        needed = [each["name"] for each in prompt.get("arguments", ()) if each.get("required")]
        answer = client.request("prompts/get", {"name": prompt["name"], "arguments": {}})
        assert ("error" in answer) == bool(needed)
        if needed:
            assert answer["error"]["code"] == -32602 and needed[0] in answer["error"]["message"]


def test_live_things_are_not_kept(product):
    """A client may keep a list; what changes every second it must read again."""
    client = product(MODERN)
    assert client.result("tools/list")["ttlMs"] > 0
    assert client.result("resources/read", {"uri": "assist://processes"})["ttlMs"] <= 60000


@pytest.fixture
def log():
    """A log of the test's own, by its name for resources."""
    with tempfile.NamedTemporaryFile("w", dir="/var/log", suffix=".log", prefix="mcp-assist-test-") as file:
        file.write("first line\n")
        file.flush()
        yield file


def test_subscription_to_a_log(server, log):
    """The log grows until the server, which reads it again now and then, has said so."""
    client = Session(server.url + "/mcp")
    stream = client.listen()
    uri = f"assist://logs/{os.path.basename(log.name)}"
    assert client.result("resources/subscribe", {"uri": uri}) == {}
    told = threading.Event()

    def grow():
        while not told.wait(1):
            log.write("another line\n")
            log.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        message = stream.message()
    finally:
        told.set()
        writer.join()
    assert message["method"] == "notifications/resources/updated" and message["params"]["uri"] == uri
    [contents] = client.result("resources/read", {"uri": uri})["contents"]
    assert contents["text"].startswith("first line\nanother line\n")
    client.close()


def test_end_of_subscriptions(make_server, product):
    server = make_server()
    over_http = Modern(server.url + "/mcp").start("subscriptions/listen", {"notifications": {}})
    assert over_http.message()["method"] == "notifications/subscriptions/acknowledged"
    server.stop()
    assert over_http.message()["result"]["resultType"] == "complete"
    client = product(MODERN)
    id = client.start("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
    assert client.message()["params"]["_meta"][META + "subscriptionId"] == id
    client.stdio.process.send_signal(signal.SIGTERM)
    assert client.answer(id)["result"]["resultType"] == "complete"
