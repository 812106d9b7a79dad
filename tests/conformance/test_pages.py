"""The lists in pages (MCP, server/utilities/pagination), and what else they say of what is offered, in each revision."""

import pytest

from talk import MODERN

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
REVISIONS = (*LEGACY, MODERN)
LISTS = {
    "tools/list": "tools",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
    "prompts/list": "prompts",
}
ICON = {"mimeType": "image/png", "sizes": ["1x1", "48x48"], "theme": "dark"}


def names(result, method):
    return [item["name"] for item in result[LISTS[method]]]


def pages(client, method):
    """Each page of a list; the cursor is followed to the end."""
    params = {}
    while True:
        result = client.result(method, params)
        yield result
        if "nextCursor" not in result:
            return
        params = {"cursor": result["nextCursor"]}


@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_all_pages_are_the_list(pipe, method, revision, size):
    whole = names(pipe(revision).result(method), method)
    cut = [names(page, method) for page in pages(pipe(revision, page_size=size), method)]
    assert [name for page in cut for name in page] == whole
    assert all(len(page) == size for page in cut[:-1]) and 1 <= len(cut[-1]) <= size


@pytest.mark.parametrize("revision", ["2025-11-25", MODERN])
def test_without_a_limit_one_page_holds_all(pipe, revision):
    client = pipe(revision)
    assert all("nextCursor" not in client.result(method) for method in LISTS)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_cursor_is_good_again_and_in_another_session(paged_fixture, session, modern, revision):
    """It holds all that is needed: nothing is remembered between requests."""

    def client():
        return modern(server=paged_fixture) if revision == MODERN else session(revision, server=paged_fixture)

    first = client()
    cursor = first.result("tools/list")["nextCursor"]
    second = first.result("tools/list", {"cursor": cursor})
    assert first.result("tools/list", {"cursor": cursor})["tools"] == second["tools"]
    assert client().result("tools/list", {"cursor": cursor})["tools"] == second["tools"]


@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize("revision", REVISIONS)
def test_forged_and_foreign_cursors(pipe, method, revision):
    client, other = pipe(revision, page_size=1), pipe(revision, page_size=1)
    assert method == "resources/templates/list" or client.result(method)["nextCursor"]
    cursor = client.result("tools/list")["nextCursor"]
    foreign = other.result("tools/list")["nextCursor"]
    payload, mac = cursor.split(".")
    forged = ["", " ", "x", "AAAA", "-1", "2", "é", "9" * 5000, payload, payload + ".", "." + mac]
    forged += [cursor + "=", cursor + " ", cursor[:-1], "Mw." + mac, foreign, cursor + "-TAMPERED"]
    if method != "tools/list":
        forged.append(cursor)
    for text in forged:
        assert client.request(method, {"cursor": text}).get("error", {}).get("code") == -32602, text
    for value in (1, None, [], {}, True):
        assert client.request(method, {"cursor": value}).get("error", {}).get("code") == -32602, value


class TestLook:
    """Icons, titles, hints, annotations: told to those who know them."""

    @pytest.mark.parametrize("revision", REVISIONS)
    def test_icons(self, pipe, revision):
        client = pipe(revision)
        shown = {}
        for method, key in LISTS.items():
            shown |= {item["name"]: item for item in client.result(method)[key]}
        has = {name for name, item in shown.items() if "icons" in item}
        wanted = {"test_annotated_content", "static_text", "template_data", "test_simple_prompt"}
        assert has == (wanted if revision >= "2025-11-25" else set())
        for name in has:
            first, second = shown[name]["icons"]
            assert first | ICON == first and first["src"].startswith("data:image/png;base64,")
            assert second["sizes"] == ["any"] and "theme" not in second

    @pytest.mark.parametrize("revision", REVISIONS)
    def test_titles_hints_meta(self, pipe, revision):
        client = pipe(revision)
        tools = {tool["name"]: tool for tool in client.result("tools/list")["tools"]}
        tool = tools["test_annotated_content"]
        assert ("title" in tool) == (revision >= "2025-06-18")
        assert tool.get("_meta") == ({"example.org/tool": True} if revision >= "2025-06-18" else None)
        assert ("annotations" in tool) == (revision >= "2025-03-26")
        if revision == "2025-03-26":
            assert tool["annotations"]["title"] == "test_annotated_content"
        resources = {each["name"]: each for each in client.result("resources/list")["resources"]}
        assert resources["static_text"]["annotations"] == {"audience": ["user"], "priority": 1}
        assert "annotations" not in resources["static_binary"]

    @pytest.mark.parametrize("revision", LEGACY)
    def test_server_of_a_session(self, session, revision):
        info = session(revision).server["serverInfo"]
        assert info["name"] == "conformance" and info["version"]
        assert ("title" in info) == (revision >= "2025-06-18")
        assert {"icons", "description", "websiteUrl"} & set(info) == (
            {"icons", "description", "websiteUrl"} if revision == "2025-11-25" else set()
        )

    def test_server_without_a_session(self, modern):
        """Whole where a client asks who this is, short in every other answer."""
        key = "io.modelcontextprotocol/serverInfo"
        whole = modern().result("server/discover")["_meta"][key]
        short = modern().result("tools/list")["_meta"][key]
        assert {"icons", "description", "websiteUrl"} < set(whole)
        assert set(short) == {"name", "title", "version"}
        assert short.items() <= whole.items()

    @pytest.mark.parametrize("revision", REVISIONS)
    def test_content(self, pipe, revision):
        result = pipe(revision).call("test_annotated_content")
        text, embedded = result["content"]
        annotations = {"audience": ["user", "assistant"], "priority": 0.5}
        if revision >= "2025-06-18":
            annotations["lastModified"] = "2026-07-28T12:00:00Z"
            assert text["_meta"] == {"example.org/block": 1}
            assert embedded["resource"]["_meta"] == {"example.org/contents": 2}
        else:
            assert "_meta" not in text and "_meta" not in embedded["resource"]
        assert text["annotations"] == embedded["annotations"] == annotations
        assert result["_meta"]["example.org/result"] == 3


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_completion_knows_the_other_arguments(pipe, revision):
    params = {
        "ref": {"type": "ref/prompt", "name": "test_prompt_with_arguments"},
        "argument": {"name": "arg2", "value": "pa"},
        "context": {"arguments": {"arg1": "x"}},
    }
    values = pipe(revision).result("completion/complete", params)["completion"]["values"]
    assert values == ["pa+arg1=x", "paris", "park", "party"]
