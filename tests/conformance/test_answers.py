"""What a client gets in each revision: content it knows, log messages it asked for, completions."""

import pytest

from talk import META, MODERN

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
REVISIONS = (*LEGACY, MODERN)
LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
CONTENT = {
    "test_simple_text": ("text",) * 5,
    "test_image_content": ("image",) * 5,
    "test_audio_content": ("text", "audio", "audio", "audio", "audio"),
    "test_link_content": ("text", "text", "resource_link", "resource_link", "resource_link"),
    "test_embedded_resource": ("resource",) * 5,
}


@pytest.mark.parametrize(
    ("tool", "revision", "kind"),
    [(tool, *pair) for tool, kinds in CONTENT.items() for pair in zip(REVISIONS, kinds, strict=True)],
)
def test_content(pipe, tool, revision, kind):
    [block] = pipe(revision).call(tool)["content"]
    assert block["type"] == kind
    if tool == "test_audio_content":
        assert "audio/wav" in (block["text"] if kind == "text" else block["mimeType"])
    if tool == "test_link_content":
        assert "test://static-text" in (block["text"] if kind == "text" else block["uri"])


@pytest.mark.parametrize("revision", REVISIONS)
def test_everything_that_is_offered(pipe, revision):
    """All lists, all resources, all prompts: the client checks each answer by the schema of its revision."""
    client = pipe(revision, {"elicitation": {}})
    assert {tool["name"] for tool in client.result("tools/list")["tools"]} > set(CONTENT)
    for resource in client.result("resources/list")["resources"]:
        [contents] = client.result("resources/read", {"uri": resource["uri"]})["contents"]
        assert contents["uri"] == resource["uri"]
    [template] = client.result("resources/templates/list")["resourceTemplates"]
    uri = template["uriTemplate"].replace("{id}", "a%20b")
    assert '"id":"a b"' in client.result("resources/read", {"uri": uri})["contents"][0]["text"]
    for prompt in client.result("prompts/list")["prompts"]:
        arguments = {each["name"]: "test://x" for each in prompt.get("arguments", ())}
        if prompt["name"] != "test_input_required_result_prompt":
            assert client.result("prompts/get", {"name": prompt["name"], "arguments": arguments})["messages"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("revision", REVISIONS)
def test_log_level(pipe, revision, level):
    """The tool says three things at level info."""
    client = pipe(revision)
    params, meta = {"name": "test_tool_with_logging"}, None
    if revision == MODERN:
        meta = {META + "logLevel": level}
    else:
        assert client.result("logging/setLevel", {"level": level}) == {}
    client.answer(client.start("tools/call", params, meta=meta))
    said = [message["params"]["level"] for message in client.heard]
    assert said == (["info"] * 3 if level in ("debug", "info") else [])


def test_log_level_of_each_request(pipe):
    client = pipe(MODERN)
    client.answer(
        client.start("tools/call", {"name": "test_logging_tool"}, meta={META + "logLevel": "debug"})
    )
    assert [message["params"]["logger"] for message in client.heard] == ["fixture"]
    client.heard.clear()
    client.call("test_logging_tool")
    assert not client.heard


@pytest.mark.parametrize("level", ["loud", "", 1, None, "INFO"])
def test_unknown_log_level(session, level):
    assert session().request("logging/setLevel", {"level": level})["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("value", "candidates"), [("", 3), ("par", 3), ("park", 1), ("z", 0), ("PAR", 0), ("x" * 5000, 0)]
)
@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_completion(pipe, revision, value, candidates):
    params = {
        "ref": {"type": "ref/prompt", "name": "test_prompt_with_arguments"},
        "argument": {"name": "arg1", "value": value},
    }
    completion = pipe(revision).result("completion/complete", params)["completion"]
    assert len(completion["values"]) == candidates
    assert all(each.startswith(value) for each in completion["values"])


@pytest.mark.parametrize(
    "ref",
    [
        {"type": "ref/prompt", "name": "nobody"},
        {"type": "ref/resource", "uri": "test://nowhere/{x}"},
        {"type": "ref/other", "name": "x"},
        {"type": "ref/prompt"},
        None,
    ],
)
def test_completion_of_nothing(session, ref):
    params = {"ref": ref, "argument": {"name": "arg1", "value": ""}}
    assert session().request("completion/complete", params)["error"]["code"] == -32602


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("revision", REVISIONS)
def test_trace_context_reaches_the_handler(pipe, revision):
    client = pipe(revision)
    meta = {"traceparent": TRACE, "tracestate": "a=1", "baggage": "b=2"}

    def said(meta):
        params = {"name": "test_trace"} | ({} if revision == MODERN else {"_meta": meta})
        content = client.answer(client.start("tools/call", params, meta=meta))["result"]["content"]
        return [block["text"] for block in content]

    assert said(meta) == [TRACE[3:35], TRACE, "a=1", "b=2"]
    assert said(meta | {"traceparent": "?"}) == ["", "none", "none", "b=2"]
    assert said({}) == ["", "none", "none", "none"]
