"""The catalogue as a whole: both languages, valid schemas, and how much of a model's window it takes (cl100k tokens)."""

import json
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
TOOLS = [
    "ping_host", "port_scan", "dns_lookup", "network_interfaces", "http_request", "system_info", "disk_usage",
    "process_list", "check_service", "calculator", "read_file", "web_search",
]
COUNT_TOKENS = """
const { encode } = require("gpt-tokenizer/cjs/encoding/cl100k_base");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => encode(text).length)));
"""


def count_tokens(texts):
    """Tokens of each text, by a tokenizer nobody here wrote."""
    done = subprocess.run(
        ["node", "-e", COUNT_TOKENS], input=json.dumps(texts), capture_output=True, text=True, check=True,
        cwd=ROOT / "build" / "clients",
    )
    return json.loads(done.stdout)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def listed(server, lang):
    return server.get("/tools", headers={"Accept-Language": lang}).json()["tools"]


def test_the_twelve_tools_in_their_order(server):
    """Among those that were added since."""
    names = [tool["name"] for tool in listed(server, "en")]
    assert [name for name in names if name in TOOLS] == TOOLS


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_schemas_are_valid_and_flat(server, lang):
    for tool in listed(server, lang):
        for key in ("inputSchema", "outputSchema"):
            Draft202012Validator.check_schema(tool[key])
            assert tool[key]["type"] == "object"
        assert tool["inputSchema"]["additionalProperties"] is False
        # Some vendors refuse a tool with combinators at the top of its input, or references.
        assert not {"anyOf", "oneOf", "allOf", "$ref"} & set(tool["inputSchema"])
        for name, row in tool["inputSchema"]["properties"].items():
            assert row["description"], (tool["name"], name)
            if row.get("type") in ("integer", "number"):
                assert row["minimum"] < row["maximum"], (tool["name"], name)
            if "default" in row:
                Draft202012Validator(row).validate(row["default"])


def test_every_text_exists_in_both_languages(server):
    english, french = listed(server, "en"), listed(server, "fr")
    for one, other in zip(english, french):
        assert one["name"] == other["name"]
        assert one["title"] and other["title"] and one["description"] != other["description"]
        for name, row in one["inputSchema"]["properties"].items():
            assert other["inputSchema"]["properties"][name]["description"], (one["name"], name)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_list_leaves_a_model_its_window(server, lang):
    tools = listed(server, lang)
    inputs = [{key: tool[key] for key in ("name", "title", "description", "inputSchema")} for tool in tools]
    whole, head = count_tokens([compact({"tools": tools}), compact(inputs)])
    assert whole < 9000
    assert head < 3500


@pytest.mark.parametrize(
    "tool, arguments",
    [
        ("process_list", {}),
        ("disk_usage", {}),
        ("network_interfaces", {}),
        ("system_info", {}),
        ("port_scan", {"host": "127.0.0.1"}),
        ("ping_host", {"host": "127.0.0.1"}),
    ],
)
def test_a_default_answer_is_short(server, tool, arguments):
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    result = server.post("/mcp", json=body).json()["result"]
    assert result["isError"] is False
    # A client hands its model one of the two: the text or the data.
    text, data = count_tokens([result["content"][0]["text"], compact(result["structuredContent"])])
    assert 0 < text < 2000
    assert 0 < data < 2000
