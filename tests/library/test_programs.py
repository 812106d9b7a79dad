"""The programs of docs/LIBMCP.md, used by the official Python client; the one with its own transport by hand."""

import asyncio
import json
import signal
import socket
import subprocess
import time

import pytest
from mcp import Client, StdioServerParameters, types

from harness import mcp_schema, program, tap
from harness.ports import free_port

REVISIONS = ("legacy", "2026-07-28")


@pytest.fixture(params=["server", "out/server"])
def server(home, request):
    """The program as pkg-config and as CMake linked it."""
    return home / request.param


def converse(target, mode, talk, **options):
    async def session():
        async with Client(target, mode=mode, **options) as client:
            return await talk(client)

    return asyncio.run(asyncio.wait_for(session(), 60))


def converse_on_a_pipe(program, folder, mode, talk, **options):
    """What passes is held against its schema."""
    command, *words = tap.stdio_command(folder, [program])
    said = converse(StdioServerParameters(command=command, args=words), mode, talk, **options)
    assert tap.judge_stdio(folder)
    return said


async def use_everything(client):
    assert [tool.name for tool in (await client.list_tools()).tools] == ["greet"]
    called = await client.call_tool("greet", {"name": "Zoé"})
    assert not called.is_error and called.structured_content == {"greeting": "Hello, Zoé!"}
    refused = await client.call_tool("greet", {})
    assert refused.is_error and "name" in refused.content[0].text
    templates = (await client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == ["greeting://{name}"]
    [contents] = (await client.read_resource("greeting://Max")).contents
    assert json.loads(contents.text) == {"greeting": "Hello, Max!"}
    assert [prompt.name for prompt in (await client.list_prompts()).prompts] == ["toast"]
    [message] = (await client.get_prompt("toast", {"name": "Ada"})).messages
    assert message.content.text == "Propose a toast to Ada."
    return client.protocol_version


def test_the_server_has_forty_lines(page):
    assert len(page["server.c"].splitlines()) <= 40


@pytest.mark.parametrize("mode", REVISIONS)
def test_server_over_stdio(server, tmp_path, mode):
    assert converse_on_a_pipe(server, tmp_path, mode, use_everything) in (mode, "2025-11-25")


@pytest.mark.parametrize("mode", REVISIONS)
def test_server_over_http(server, mode):
    port = free_port()
    with subprocess.Popen([server, str(port)]) as process:
        try:
            until = time.monotonic() + 30
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    assert time.monotonic() < until and process.poll() is None
                    time.sleep(0.01)
            revision = converse(f"http://127.0.0.1:{port}/mcp", mode, use_everything)
            assert revision in (mode, "2025-11-25")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("mode", REVISIONS)
@pytest.mark.parametrize("action", ["accept", "decline"])
def test_a_person_is_asked(home, tmp_path, mode, action):
    asked = []

    async def answer(context, params):
        asked.append(params.message)
        return types.ElicitResult(action=action, content={"size": "L"} if action == "accept" else None)

    async def talk(client):
        return await client.call_tool("order", {})

    result = converse_on_a_pipe(home / "order", tmp_path, mode, talk, elicitation_callback=answer)
    assert asked == ["Which size?"]
    if action == "accept":
        assert result.structured_content == {"order": "a pizza of size L"}
    else:
        assert result.is_error and "Nothing is ordered." in result.content[0].text


def test_own_transport(home, tmp_path):
    """Two clients, one after the other; half a line, two lines at once, a line that is no JSON."""
    path = tmp_path / "socket"
    begin = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "ping"}}
    with subprocess.Popen([home / "transport", path], env=program.environment(tmp_path / "x")) as process:
        try:
            while not path.exists():
                assert process.poll() is None
                time.sleep(0.01)
            for _ in range(2):
                with socket.socket(socket.AF_UNIX) as client:
                    client.settimeout(30)
                    client.connect(str(path))
                    lines = client.makefile("r")
                    text = json.dumps(begin) + "\n"
                    client.sendall(text[:30].encode())
                    client.sendall(text[30:].encode())
                    hello = json.loads(lines.readline())
                    assert hello["result"]["serverInfo"]["name"] == "socket"
                    client.sendall((json.dumps(call) + "\nnonsense\n").encode())
                    answers = [json.loads(lines.readline()) for _ in range(2)]
                    wire = mcp_schema.Wire()
                    for sent, received in zip((begin, call, None), (hello, *answers)):
                        wire.sends(sent)
                        wire.receives(received)
                    assert answers[0]["result"]["content"] == [{"type": "text", "text": "pong"}]
                    assert answers[1]["error"]["code"] == -32700
        finally:
            process.kill()
