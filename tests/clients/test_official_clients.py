"""Clients that nobody here wrote list, call, read and get everything: every transport, each revision they speak."""

import pytest

from harness import mcp_schema, schema

from conftest import CALLS
from conversation import pick

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STRUCTURED = ("2025-06-18", "2025-11-25", "2026-07-28")
ALL = (*LEGACY, "2026-07-28")
REVISIONS = {
    "typescript-v1": LEGACY,
    "typescript-v2": ALL,
    "python": ALL,
    "fastmcp": ALL,
    "go": ALL,
    "rust": ALL,
    "inspector-legacy": ("2025-11-25",),
    "inspector-modern": ("2026-07-28",),
    "inspector-auto": ("2026-07-28",),
}
# A run of everything leaves out what takes a minute: the Inspector starts Node anew for each call, cargo builds what the Rust
# client needs.
FREQUENT = ("inspector-auto", "http")
CONVERSATIONS = [
    (client, transport, revision)
    for client, revisions in REVISIONS.items()
    for transport in ("stdio", "http")
    for revision in revisions
] + [  # HTTP+SSE, the transport of 2024-11-05 (off unless asked for)
    *(("python", "sse", revision) for revision in LEGACY),
    ("inspector-legacy", "sse", "2025-11-25"),
]
CONVERSATIONS = [
    pytest.param(*row, marks=[pytest.mark.slow] if row[0].startswith(("inspector", "rust")) and row[:2] != FREQUENT else [])
    for row in CONVERSATIONS
]


@pytest.mark.parametrize(("client", "transport", "revision"), CONVERSATIONS)
def test_conversation(converse, client, transport, revision):
    conversation = converse(client, transport, revision)
    connected = pick(conversation, "connected")
    assert connected["revision"] == revision
    if revision != "2026-07-28":
        assert connected["server"]["name"] == "mcp-assistance-informatique"
    pick(conversation, "closed")
    errors = [event["message"] for event in conversation[0] if event["event"] == "error"]
    assert not errors


@pytest.mark.parametrize(("client", "transport", "revision"), CONVERSATIONS)
def test_list(converse, client, transport, revision):
    tools = pick(converse(client, transport, revision), "tools")["tools"]
    assert sorted(tool["name"] for tool in tools) == sorted(CALLS)
    for tool in tools:
        schema.check_schema(tool["inputSchema"])
        mcp_schema.validate(tool, revision, "Tool")
        if revision in STRUCTURED:
            schema.check_schema(tool["outputSchema"])


@pytest.mark.parametrize("tool", CALLS)
@pytest.mark.parametrize(("client", "transport", "revision"), CONVERSATIONS)
def test_call(converse, client, transport, revision, tool):
    conversation = converse(client, transport, revision)
    call = pick(conversation, "call", tool=tool)
    assert "result" in call, call["error"]
    result = call["result"]
    text = [block["text"] for block in result["content"] if block["type"] == "text"]
    assert not result.get("isError"), text
    assert text and all(text)
    if revision in STRUCTURED:
        [published] = [t for t in pick(conversation, "tools")["tools"] if t["name"] == tool]
        schema.validate(result["structuredContent"], published["outputSchema"], tool)
    else:
        assert "structuredContent" not in result


@pytest.mark.parametrize(("client", "transport", "revision"), CONVERSATIONS)
def test_resources(converse, offered, client, transport, revision):
    conversation = converse(client, transport, revision)
    read = [event for event in conversation[0] if event["event"] == "resource"]
    assert [event["uri"] for event in read] == offered["resources"], conversation[1]
    for event in read:
        assert "result" in event, event["error"]
        [contents] = event["result"]["contents"]
        assert contents["uri"] == event["uri"] and contents["text"]


@pytest.mark.parametrize(("client", "transport", "revision"), CONVERSATIONS)
def test_prompts(converse, offered, client, transport, revision):
    conversation = converse(client, transport, revision)
    got = [event for event in conversation[0] if event["event"] == "prompt"]
    assert [event["name"] for event in got] == offered["prompts"], conversation[1]
    for event in got:
        assert "result" in event, event["error"]
        [message] = event["result"]["messages"]
        assert message["role"] == "user" and "localhost" in message["content"]["text"]
