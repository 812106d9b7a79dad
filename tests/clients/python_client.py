"""One conversation of the official Python client with our server: connect, list, call, read and get everything,
leave.

    python_client.py stdio|http|sse REVISION TARGET

Arguments and output are those of ts/run.mjs."""

import asyncio
import json
import sys

import mcp.client.session
from mcp import Client, StdioServerParameters
from mcp.client.sse import sse_client


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


async def main(transport, revision, target, calls):
    if transport == "stdio":
        command, *args = json.loads(target)
        target = StdioServerParameters(command=command, args=args)
    elif transport == "sse":
        target = sse_client(target)
    modern = revision == "2026-07-28"
    if not modern:
        # What it asks for in initialize is a constant of its own.
        mcp.client.session.LATEST_HANDSHAKE_VERSION = revision
    async with Client(target, mode=revision if modern else "legacy") as client:
        server = client.server_info
        say("connected", revision=client.protocol_version, server=plain(server) if server else None)
        say("tools", tools=[plain(tool) for tool in (await client.list_tools()).tools])
        for name, arguments in calls.items():
            await answer("call", client.call_tool(name, arguments), tool=name)
        for resource in (await client.list_resources()).resources:
            await answer("resource", client.read_resource(resource.uri), uri=str(resource.uri))
        for prompt in (await client.list_prompts()).prompts:
            arguments = {argument.name: "localhost" for argument in prompt.arguments or ()}
            await answer("prompt", client.get_prompt(prompt.name, arguments), name=prompt.name)
    say("closed")


asyncio.run(main(*sys.argv[1:4], json.load(sys.stdin)))
