"""One conversation of fastmcp's client with our server: connect, list, call, read and get everything, leave.

    fastmcp_client.py stdio|http REVISION TARGET

Arguments and output are those of ts/run.mjs."""

import asyncio
import json
import sys

import mcp.client.session
from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def plain(model):
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def answer(event, request, **name):
    """Tells a result, or why there is none."""
    try:
        say(event, result=plain(await request), **name)
    except Exception as error:  # any of them is the test's to judge
        say(event, error=repr(error), **name)


async def main(kind, revision, target, calls):
    modern = revision == "2026-07-28"
    if not modern:
        # What it asks for in initialize is a constant of its own.
        mcp.client.session.LATEST_HANDSHAKE_VERSION = revision
    if kind == "stdio":
        command, *args = json.loads(target)
        transport = StdioTransport(command, args)
    else:
        transport = StreamableHttpTransport(target)
    async with Client(transport, mode=revision if modern else "legacy") as client:
        server = client.server_info
        say("connected", revision=client.protocol_version, server=plain(server) if server else None)
        say("tools", tools=[plain(tool) for tool in await client.list_tools()])
        for name, arguments in calls.items():
            await answer("call", client.call_tool_mcp(name, arguments), tool=name)
        for resource in await client.list_resources():
            await answer("resource", client.read_resource_mcp(str(resource.uri)), uri=str(resource.uri))
        for prompt in await client.list_prompts():
            arguments = {argument.name: "localhost" for argument in prompt.arguments or ()}
            await answer("prompt", client.get_prompt_mcp(prompt.name, arguments), name=prompt.name)
    say("closed")


asyncio.run(main(*sys.argv[1:4], json.load(sys.stdin)))
