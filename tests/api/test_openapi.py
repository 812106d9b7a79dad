"""/openapi.json: valid by the official meta-schema, complete, and true of its own examples."""

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

METHODS = ("get", "post", "delete")


@pytest.fixture(scope="session", params=["en", "fr"])
def document(request, server):
    response = server.get("/openapi.json", headers={"Accept-Language": request.param})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["vary"] == "Accept-Language"
    return response.json()


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def check(document, schema, value):
    """`schema` may refer to the components of the document."""
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def test_valid_by_the_official_schema(document):
    assert document["openapi"].startswith("3.1.")
    errors = list(OpenAPIV31SpecValidator(document).iter_errors())
    assert not errors, errors


def test_every_tool_has_its_operations(document, server):
    tools = server.get("/tools").json()["tools"]
    ids = {operation["operationId"] for _, _, operation in operations(document)}
    for tool in tools:
        local = tool["annotations"]["readOnlyHint"] and not tool["annotations"]["openWorldHint"]
        assert {f"post_{tool['name']}", f"call_{tool['name']}"} <= ids
        assert (f"get_{tool['name']}" in ids) == local
    calls = sum(word.split("_")[0] in ("post", "call", "get") for word in ids)
    local = sum(word.startswith("get_") for word in ids)
    assert calls == 2 * len(tools) + local


def test_schemas_are_those_of_mcp(server):
    document = server.get("/openapi.json").json()
    for tool in server.rpc("tools/list")["result"]["tools"]:
        assert document["components"]["schemas"][f"{tool['name']}_arguments"] == tool["inputSchema"]
        assert document["components"]["schemas"][f"{tool['name']}_result"] == tool["outputSchema"]


def test_every_documented_path_is_there(document, server):
    for path, method, _ in operations(document):
        response = server.request("OPTIONS", path)
        assert response.status_code == 204, path
        assert method.upper() in response.headers["allow"].split(", ")


def test_what_the_server_is_for_comes_first(document):
    groups = ["/tools/", "/call/", "/mcp", "/tools", "/", "/health", "/metrics", "/stats", "/openapi.json", "/docs"]
    paths = list(document["paths"])
    order = [groups.index(next((group for group in groups[:2] if path.startswith(group)), path)) for path in paths[:-4]]
    assert order == sorted(order) and set(order) == set(range(len(groups)))
    assert paths[-4:] == ["/redoc", "/licenses", "/favicon.ico", "/assets/{file}"]


def test_every_call_has_examples_that_fit(document):
    calls = 0
    for path, method, operation in operations(document):
        if not path.startswith(("/tools/", "/call/")):
            continue
        calls += 1
        answer = operation["responses"]["200"]["content"]["application/json"]
        check(document, answer["schema"], answer["example"])
        if method == "post":
            body = operation["requestBody"]["content"]["application/json"]
            check(document, body["schema"], body["example"])
        for parameter in operation["parameters"]:
            if "example" in parameter:
                check(document, parameter["schema"], parameter["example"])
    assert calls > 24


def test_query_parameters_are_the_arguments(document):
    for path, method, operation in operations(document):
        if method != "get" or not path.startswith("/tools/"):
            continue
        arguments = document["components"]["schemas"][operation["operationId"].removeprefix("get_") + "_arguments"]
        query = {p["name"]: p for p in operation["parameters"] if p.get("in") == "query"}
        assert {name: p["schema"] for name, p in query.items()} == arguments["properties"]
        assert [name for name, p in query.items() if p["required"]] == arguments.get("required", [])


def test_texts_are_in_both_languages(server):
    english, french = (server.get("/openapi.json", headers={"Accept-Language": lang}).json() for lang in ("en", "fr"))
    assert english["info"]["description"] != french["info"]["description"]
    assert english["paths"].keys() == french["paths"].keys()
    for (path, method, one), (_, _, other) in zip(operations(english), operations(french)):
        assert one["operationId"] == other["operationId"]
        if "description" in one:
            assert one["description"] != other["description"], (path, method)
    for status, response in english["components"]["responses"].items():
        assert response["description"] != french["components"]["responses"][status]["description"]


def test_refusals_look_as_documented(server):
    document = server.get("/openapi.json").json()
    problem = document["components"]["schemas"]["Problem"]
    for response in (
        server.post("/tools/calculator", json={}),
        server.post("/tools/calculator", content="1", headers={"Content-Type": "text/plain"}),
        server.post("/tools/read-file", json={"path": "/etc/shadow"}),
        server.post("/tools/read-file", json={"path": "/etc/no-such-file"}),
        server.get("/", headers={"Host": "evil.example"}),
    ):
        assert response.headers["content-type"] == "application/problem+json"
        check(document, problem, response.json())
        assert str(response.status_code) in document["components"]["responses"]
