"""The pages and their files over HTTP: who gets HTML, what is cached, what is compressed, what a page may load."""

import gzip
import re

import pytest

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PAGES = ("/", "/docs", "/redoc", "/licenses")


def page(server, path, **headers):
    response = server.get(path, headers={"Accept": BROWSER, **headers})
    assert response.status_code == 200
    return response


def files(server):
    """The addresses of everything that the pages load from beside them."""
    return {
        "/" + name for path in PAGES for name in re.findall(r'(?:src|href)="(assets/[^"]+)"', page(server, path).text)
    }


@pytest.mark.parametrize(
    "accept, type",
    [
        (BROWSER, "text/html; charset=utf-8"),
        ("text/html", "text/html; charset=utf-8"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json, text/html;q=0.9", "application/json"),
        ("text/html;q=0", "application/json"),
    ],
)
def test_root_by_accept(server, accept, type):
    response = server.get("/", headers={"Accept": accept})
    assert response.headers["content-type"] == type
    assert "Accept" in re.split(", *", response.headers["vary"])


@pytest.mark.parametrize("path", PAGES)
def test_policy_of_pages(server, path):
    policy = page(server, path).headers.get("content-security-policy")
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'" and rules["script-src"] == "'self'" and rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'" and rules["base-uri"] == "'none'"
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_page_with_a_slash_is_the_one_without(server, path):
    moved = server.get(f"{path}/", headers={"Accept": BROWSER}, follow_redirects=False)
    assert moved.status_code == 308 and moved.headers["location"] == path and not moved.content
    moved = server.get(f"{path}/?x=1&y=%20", follow_redirects=False)
    assert moved.status_code == 308 and moved.headers["location"] == f"{path}?x=1&y=%20"
    assert server.get(f"{path}/x").status_code == server.get("/licenses/").status_code == 404


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_start_page_names_no_port_that_may_be_another_s(server, lang):
    """Script fills in the address; without it, the page says where it stands."""
    text = page(server, "/", **{"Accept-Language": lang}).text
    assert "localhost" not in text and "docs/clients" not in text
    assert re.search(r"<noscript>[^\n]*HOST:PORT", text)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_asked_for_again(server, path):
    first = page(server, path)
    assert first.headers["cache-control"] == "no-cache"
    again = server.get(path, headers={"Accept": BROWSER, "If-None-Match": f'"x", {first.headers["etag"]}'})
    assert again.status_code == 304 and not again.content
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


def test_files_are_kept_for_ever(server):
    found = files(server)
    assert len(found) == 8
    for path in found:
        response = server.get(path)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        assert response.headers["content-type"].split(";")[0] in ("text/javascript", "text/css", "image/svg+xml")
        name = re.search(r"\.([0-9a-f]{16})\.", path)
        assert name and name.group(1) in response.headers["etag"]


def test_compressed_for_those_who_can(server):
    for path in files(server) | {"/docs", "/licenses"}:
        with server.client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
            packed = b"".join(response.iter_raw())
            tag = response.headers["etag"]
            assert response.headers["content-encoding"] == "gzip"
        plain = server.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.headers["etag"] != tag
        assert gzip.decompress(packed) == plain.content
        assert "Accept-Encoding" in plain.headers["vary"]
        assert len(plain.content) < 20000 or len(packed) < len(plain.content) / 2.5


def test_pages_in_both_languages(server):
    for path in ("/", "/docs", "/redoc"):
        for lang in ("en", "fr"):
            assert f'<html lang="{lang}">' in page(server, path, **{"Accept-Language": lang}).text


def test_start_pages_say_the_same(server):
    """What is in one language is in the other: same elements in the same order."""
    shapes = [
        re.findall(r"<(?!!)(\w+)|data-(\w+)", page(server, "/", **{"Accept-Language": lang}).text) for lang in ("en", "fr")
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("name", ["examples.json", "components.json", "start.en.html", "x", "%2e%2e", "docs.js"])
def test_nothing_else_is_served(server, name):
    response = server.get(f"/assets/{name}")
    assert response.status_code in (400, 404)
    assert response.headers["content-type"] == "application/problem+json"


def test_head(server):
    for path in ("/docs", *files(server)):
        head, get = server.request("HEAD", path), server.get(path)
        assert head.status_code == 200 and not head.content
        assert head.headers["content-length"] == get.headers["content-length"]


def test_pages_need_no_key(make_server):
    """A browser cannot send one with an address; what they show is the same for everybody."""
    server = make_server(args=["--auth", "keys"], env={"MCP_ASSIST_KEYS": "ci:handmade-key-0123456789-0123456789"})
    for path in (*PAGES, *files(server), "/openapi.json", "/health"):
        assert page(server, path).status_code == 200
    assert server.get("/tools").status_code == 401
    document = server.get("/openapi.json").json()
    for path in PAGES:
        assert document["paths"][path]["get"]["security"] == []
        assert "401" not in document["paths"][path]["get"]["responses"]
