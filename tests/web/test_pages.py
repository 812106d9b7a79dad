"""The pages in a real Chromium: they work, in both languages, say nothing on the console and ask nobody else."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.program import BUILD

HERE = Path(__file__).parent
PACKAGES = BUILD / "browser"
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def browse(server):
    """browse(scenario, lang="en", scheme="light"): what it found; fails on console messages and foreign requests."""
    shared = server

    def run(scenario, lang="en", scheme="light", quiet=True, server=shared, key="", base=""):
        done = subprocess.run(
            ["node", HERE / "browser.mjs", server.url + base, lang, scheme, scenario],
            env=os.environ | {"MCP_BROWSER_PACKAGES": str(PACKAGES), "MCP_CHROMIUM": CHROMIUM or "", "MCP_TEST_KEY": key},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        assert "error" not in seen, seen
        here = urlsplit(server.url).netloc
        for address in seen["requests"] + seen["sockets"]:
            parts = urlsplit(address.removeprefix("blob:"))
            assert parts.netloc == here, address
            assert parts.path.startswith(f"{base}/") or address.startswith("blob:"), address
        if quiet:
            assert not seen["console"] and not seen["failed"], seen
        return seen["found"]

    return run


def operations(server, lang="en"):
    document = server.get("/openapi.json", headers={"Accept-Language": lang}).json()
    return [o["operationId"] for item in document["paths"].values() for o in item.values()]


WORDS = {"en": ("IT assistance", "ok", "does not answer"), "fr": ("Assistance informatique", "ok", "ne répond pas")}


@pytest.mark.parametrize("lang", WORDS)
def test_start_page_shows_health(browse, server, lang):
    found = browse("start", lang)
    assert (found["lang"], found["heading"], found["said"]) == (lang, *WORDS[lang][:2])
    assert found["status"] == "ok"
    assert found["version"] == server.get("/health").json()["version"]
    assert len(found["uptime"].split(":")) == 3
    assert found["addresses"] and set(found["addresses"]) == {f"{server.url}/mcp"}
    for link in found["links"]:
        assert server.client.get(link).status_code == 200, link


@pytest.mark.parametrize("lang", WORDS)
def test_start_page_says_when_the_server_is_gone(browse, lang):
    found = browse("silent", lang, quiet=False)
    assert found["said"] == WORDS[lang][2]


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_start_page_is_accessible(browse, lang, scheme):
    found = browse("axe", lang, scheme)
    assert found["passes"] > 20
    assert not [one for one in found["violations"] if one["impact"] in ("serious", "critical")], found["violations"]


@pytest.mark.parametrize("lang", WORDS)
def test_swagger_ui_tries_tools_out(browse, server, lang):
    found = browse("docs", lang)
    assert found["title"].startswith(WORDS[lang][0])
    assert found["operations"] == len(operations(server))
    results = found["results"]
    assert [one["status"] for one in results.values()] == ["200"] * 3
    assert results["post_calculator"]["body"]["result"] == "0.3"
    assert results["post_ping_host"]["body"]["received"] == 2
    assert results["get_disk_usage"]["body"]["filesystems"][0]["mount"] == "/"


def test_swagger_ui_with_a_key(browse, make_server):
    key = "handmade-key-0123456789-0123456789"
    server = make_server(args=["--auth", "keys"], env={"MCP_ASSIST_KEYS": f"ci:{key}"})
    document = server.get("/openapi.json").json()
    assert document["security"] == [{"key": []}]
    found = browse("keyed", quiet=False, server=server, key=key)
    assert (found["refused"], found["answered"]) == (401, 200)
    assert key not in found["kept"]


@pytest.mark.parametrize("lang", WORDS)
def test_redoc_renders_every_operation(browse, server, lang):
    found = browse("redoc", lang)
    assert set(found["operations"]) == set(operations(server, lang))
    assert found["empty"] == 0
    assert len(found["found"]) == 3  # GET and POST by path, POST by name
    document = server.get("/openapi.json", headers={"Accept-Language": lang}).json()
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["summary"] in found["text"]


def test_licenses_of_what_is_embedded(browse):
    text = browse("licenses")["text"]
    for words in ("MIT License", "Apache License", "SmartBear", "Rebilly", "react"):
        assert words in text, words


def test_pages_beneath_a_path(browse, make_server):
    """As behind a proxy that hands on /assist."""
    server = make_server(args=["--base-path", "/assist"])
    found = browse("start", server=server, base="/assist")
    assert found["status"] == "ok" and set(found["addresses"]) == {f"{server.url}/assist/mcp"}
    assert browse("docs", server=server, base="/assist")["results"]["post_calculator"]["body"]["result"] == "0.3"
    assert browse("redoc", server=server, base="/assist")["empty"] == 0
