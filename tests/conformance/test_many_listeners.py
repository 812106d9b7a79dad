"""A thousand open subscriptions at once: each hears each announcement once, and the server ends them all."""

import asyncio
import json
import resource
import urllib.parse

from harness import mcp_schema

from talk import MODERN, request, stateless

COUNT = 1000
TOOL_CHANGED, PROMPT_CHANGED = b'"notifications/tools/list_changed"', b'"notifications/prompts/list_changed"'


def post(method, params, id, name=None) -> bytes:
    body = json.dumps(request(id, method, stateless(params, {}))).encode()
    lines = [
        "POST /mcp HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        f"MCP-Protocol-Version: {MODERN}",
        f"Mcp-Method: {method}",
        f"Content-Length: {len(body)}",
        *([f"Mcp-Name: {name}"] if name else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def listen(address, id):
    """An open subscription, acknowledged."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(post("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, id))
    await reader.readuntil(b"\r\n\r\n")
    said = await reader.readuntil(b"subscriptions/acknowledged")
    return reader, writer, said


async def call(address, tool):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(post("tools/call", {"name": tool}, 0, tool))
    await reader.readuntil(b'"announced"')
    writer.close()


async def converse(address, stop):
    streams = []
    for first in range(0, COUNT, 50):
        streams += await asyncio.gather(*(listen(address, id) for id in range(first, first + 50)))
    await call(address, "test_trigger_prompt_change")
    await call(address, "test_trigger_tool_change")
    changed = await asyncio.gather(*(reader.readuntil(TOOL_CHANGED) for reader, _, _ in streams))
    await asyncio.to_thread(stop)
    rest = await asyncio.gather(*(reader.read() for reader, _, _ in streams))
    for _, writer, _ in streams:
        writer.close()
    return [(said + news, after) for (_, _, said), news, after in zip(streams, changed, rest)]


def check_messages(id, said):
    """The events of a stream in chunks, against the schema."""
    wire = mcp_schema.Wire(MODERN)
    wire.sends(request(id, "subscriptions/listen", stateless({"notifications": {}}, {})))
    for line in said.splitlines():
        if line.startswith(b"data: {"):
            wire.receives(json.loads(line[6:]))


def test_thousand_listeners(own_fixture):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    where = urllib.parse.urlsplit(own_fixture.url)
    conversation = converse((where.hostname, where.port), own_fixture.stop)
    heard = asyncio.run(asyncio.wait_for(conversation, 120))
    assert len(heard) == COUNT
    for id, (before, after) in enumerate(heard):
        check_messages(id, before + after)
        assert TOOL_CHANGED not in after and PROMPT_CHANGED not in after
        assert after.count(b'"resultType":"complete"') == 1
        assert f'"io.modelcontextprotocol/subscriptionId":{id}}}'.encode() in after
