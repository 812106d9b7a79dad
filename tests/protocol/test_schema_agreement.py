"""What a published input schema refuses, the server refuses too, naming the place; judged by jsonschema."""

import jsonschema
import pytest

VALUES = (
    None, True, 0, 1, -1, 1.5, 10**6, 10**12, 1e300, "", " ", "a", "a b", "\x00", "\x7f", "x" * 20_000,
    "nonsense", [], [""], ["a", 1], [[]], ["a"] * 5000, {}, {"a": 1}, {"a": "b" * 20_000},
    {str(i): "" for i in range(5000)},
)  # fmt: skip
TOOLS = (
    "ping_host", "port_scan", "dns_lookup", "network_interfaces", "http_request", "system_info", "disk_usage",
    "process_list", "check_service", "calculator", "read_file", "web_search",
)  # fmt: skip


def test_all_tools_are_tried(server):
    assert set(server.tools()) == set(TOOLS)


@pytest.mark.parametrize("tool", TOOLS)
def test_refused_by_both(server, tool):
    schema = server.tools()[tool]["inputSchema"]
    refused = 0
    for name, rule in schema["properties"].items():
        validator = jsonschema.Draft202012Validator(rule)
        for value in VALUES:
            if validator.is_valid(value):
                continue
            refused += 1
            response = server.post(f"/call/{tool}", json={name: value})
            shown = repr(value)[:60]
            assert response.status_code == 400, f"{tool} {name}={shown}: {response.text[:300]}"
            errors = response.json()["errors"]
            pointers = [e["pointer"] for e in errors]
            found = any(p == f"/{name}" or p.startswith(f"/{name}/") for p in pointers)
            assert found, f"{name}={shown}: {pointers}"
            for error in errors:
                assert error["message"] and len(error["message"]) < 400
                assert error.get("accepted") is None or len(error["accepted"]) < 1000
    assert refused >= 5 * len(schema["properties"])


@pytest.mark.parametrize("tool", TOOLS)
def test_required_and_unknown(server, tool):
    schema = server.tools()[tool]["inputSchema"]
    errors = server.post(f"/call/{tool}", json={"no_such_parameter": 1}).json()["errors"]
    pointers = {error["pointer"] for error in errors}
    assert pointers == {"/no_such_parameter"} | {f"/{name}" for name in schema.get("required", [])}
    accepted = next(e["accepted"] for e in errors if e["pointer"] == "/no_such_parameter")
    assert all(name in accepted for name in schema["properties"])
