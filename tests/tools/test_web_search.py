"""web_search against pages of tests/data/search-* served on loopback: both engines, their ways to say no, hostile pages."""

import contextlib
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.ports import free_port
from harness.program import ROOT
from harness.server import CallFault, Server

DATA = ROOT / "tests/data"


def page(name) -> bytes:
    return (DATA / "search-duckduckgo" / f"{name}.html").read_bytes()


def answer(name) -> bytes:
    return (DATA / "search-searxng" / f"{name}.json").read_bytes()


class Engine:
    """Answers every request with .reply(fields) = (status, body) or (status, body, headers); keeps what was asked."""

    def __init__(self):
        self.requests = []
        self.reply = lambda fields: (200, page("redirects"))
        engine = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self, form):
                fields = dict(urllib.parse.parse_qsl(form, keep_blank_values=True))
                engine.requests.append((self.command, self.path, fields, dict(self.headers)))
                status, body, *headers = engine.reply(fields)
                self.send_response(status)
                for name, value in (headers[0] if headers else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def do_GET(self):
                self._answer(urllib.parse.urlsplit(self.path).query)

            def do_POST(self):
                self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture(scope="module")
def shared_engine():
    started = Engine()
    yield started
    started.close()


@pytest.fixture
def engine(shared_engine):
    """The engine as new."""
    shared_engine.requests.clear()
    shared_engine.reply = lambda fields: (200, page("redirects"))
    return shared_engine


@pytest.fixture(scope="module")
def duckduckgo(shared_engine, binary, tmp_path_factory):
    """A server whose DuckDuckGo is the engine of the test, set by environment."""
    env = {"MCP_ASSIST_WEB_SEARCH_DUCKDUCKGO_URL": shared_engine.url + "/html/"}
    with Server(binary, tmp_path_factory.mktemp("duckduckgo"), env=env) as started:
        yield started


@pytest.fixture(scope="module")
def searxng(shared_engine, binary, tmp_path_factory):
    """A server that uses it as SearXNG, set by configuration file."""
    config = {"web_search": {"engine": "searxng", "searxng_url": shared_engine.url}}
    with Server(binary, tmp_path_factory.mktemp("searxng"), config=config) as started:
        yield started


def search(server, query="unbound dns", **options):
    return server.call_tool("web_search", {"query": query} | options)


def fault_of(server, **options) -> CallFault:
    with pytest.raises(CallFault) as fault:
        search(server, **options)
    return fault.value


def expected_results(name) -> list:
    """What FILE.expected says of a page."""
    lines = (DATA / "search-duckduckgo" / f"{name}.expected").read_text(encoding="utf-8").split("\n")[3:-1]
    return [dict(zip(("title", "url", "snippet"), lines[i : i + 3])) for i in range(0, len(lines), 3)]


@pytest.mark.parametrize("name", ["redirects", "direct", "links"])
def test_results_of_a_page(engine, duckduckgo, name):
    engine.reply = lambda fields: (200, page(name)) if fields.get("s") is None else (200, page("no-results-block"))
    result = search(duckduckgo)
    assert result["engine"] == "duckduckgo"
    assert result["query"] == "unbound dns"
    assert result["results"] == expected_results(name)


def test_what_duckduckgo_is_asked(engine, duckduckgo):
    search(duckduckgo, "c++ & « été »", region="fr-fr", time_range="week", max_results=1)
    assert len(engine.requests) == 1
    method, path, fields, headers = engine.requests[0]
    assert (method, path) == ("POST", "/html/")
    assert fields == {"q": "c++ & « été »", "b": "", "kl": "fr-fr", "df": "w"}
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    search(duckduckgo, max_results=1)
    assert engine.requests[1][2] == {"q": "unbound dns", "b": "", "kl": "wt-wt", "df": ""}


def test_no_more_results_than_asked(engine, duckduckgo):
    result = search(duckduckgo, max_results=2)
    assert result["results"] == expected_results("redirects")[:2]


def test_the_next_page_is_fetched_when_it_is_needed(engine, duckduckgo):
    engine.reply = lambda fields: (200, page("direct" if fields.get("s") == "10" else "redirects"))
    result = search(duckduckgo, max_results=4)
    assert result["results"] == expected_results("redirects") + expected_results("direct")[:1]
    assert engine.requests[1][2]["vqd"] == "4-45349705446566505857056509601508987595"
    assert len(engine.requests) == 2


def test_a_page_that_repeats_itself_ends_the_search(engine, duckduckgo):
    result = search(duckduckgo, max_results=25)
    assert len(result["results"]) == 3
    assert len(engine.requests) == 2


def test_a_later_page_that_fails_leaves_the_first(engine, duckduckgo):
    engine.reply = lambda fields: (200, page("redirects")) if "s" not in fields else (202, page("challenge"))
    result = search(duckduckgo, max_results=25)
    assert result["results"] == expected_results("redirects")
    assert result["complete"] is False


@pytest.mark.parametrize("name", ["no-results-message", "no-results-block", "no-results-title"])
def test_nothing_found_is_a_result(engine, duckduckgo, name):
    engine.reply = lambda fields: (200, page(name))
    assert search(duckduckgo)["results"] == []


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (202, page("challenge"), "DuckDuckGo"),
        (200, page("challenge"), "human"),
        (202, b"", "202"),
        (202, page("redirects"), "202"),
        (200, page("unknown"), "Bienvenue sur le portail captif & le Wi-Fi"),
        (200, b"", "unknown page"),
        (200, b"\xff\xfe\x00", "unknown page"),
        (200, b"<html><title>Changed</title><div class='results'></div></html>", "Changed"),
        (403, b"<title>403 Forbidden</title>", "403 Forbidden"),
        (500, page("redirects"), "500"),
        (200, b"<b>" * 30000, "too large"),
        (200, b"x" * (2 << 20), "too large"),
    ],
)
def test_never_no_results_for_a_page_that_says_something_else(engine, duckduckgo, status, body, says):
    engine.reply = lambda fields: (status, body)
    fault = fault_of(duckduckgo)
    assert fault.status == 422
    assert says in fault.problem["detail"]


def test_an_engine_that_is_down(make_server):
    url = f"http://127.0.0.1:{free_port()}/html/"
    fault = fault_of(make_server(env={"MCP_ASSIST_WEB_SEARCH_DUCKDUCKGO_URL": url}))
    assert fault.status == 422
    assert "refused" in fault.problem["detail"]


def test_a_redirect_to_metadata_is_refused(engine, duckduckgo):
    engine.reply = lambda fields: (302, b"", {"Location": "http://169.254.169.254/latest/"})
    assert fault_of(duckduckgo).status == 403


def test_private_addresses_can_be_forbidden(engine, make_server):
    rows = {"duckduckgo_url": engine.url + "/html/", "allow_private": "false"}
    server = make_server(config={"web_search": rows})
    assert fault_of(server).status == 403
    assert engine.requests == []


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"query": ""}, "query"),
        ({"query": " \t"}, "query"),
        ({"query": "x" * 501}, "query"),
        ({"max_results": 0}, "max_results"),
        ({"max_results": 26}, "max_results"),
        ({"region": "france"}, "region"),
        ({"region": "FR-fr"}, "region"),
        ({"region": "fr&a=b"}, "region"),
        ({"time_range": "hour"}, "time_range"),
    ],
)
def test_bad_arguments_are_invalid(engine, duckduckgo, options, wrong):
    fault = fault_of(duckduckgo, **options)
    assert fault.status == 400
    assert [e["pointer"] for e in fault.problem["errors"]] == ["/" + wrong]
    assert engine.requests == []


def test_all_bad_arguments_at_once(duckduckgo):
    fault = fault_of(duckduckgo, query="  ", region="nowhere")
    assert {e["pointer"] for e in fault.problem["errors"]} == {"/query", "/region"}


def test_searxng_results(engine, searxng):
    first, second = (json.loads(answer(name))["results"] for name in ("results", "page2"))
    engine.reply = lambda fields: (200, answer("page2" if fields["pageno"] == "2" else "results"))
    result = search(searxng, max_results=6)
    wanted = [r for r in first if r["url"].startswith("http")] + second[1:]
    assert result["engine"] == "searxng"
    assert [(r["title"], r["url"]) for r in result["results"]] == [(r["title"], r["url"]) for r in wanted]
    for got, sent in zip(result["results"], wanted):
        assert got["snippet"].rstrip("…") == sent["content"][: len(got["snippet"].rstrip("…"))]
    assert result["results"][0]["snippet"] == first[0]["content"]


def test_what_searxng_is_asked(engine, searxng):
    engine.reply = lambda fields: (200, answer("none"))
    search(searxng, "a&b", region="uk-en", time_range="month")
    method, path, fields, _ = engine.requests[0]
    assert (method, path.split("?")[0]) == ("GET", "/search")
    assert fields == {"q": "a&b", "format": "json", "pageno": "1", "language": "en-GB", "time_range": "month"}
    search(searxng, region="jp-jp")
    assert engine.requests[1][2]["language"] == "ja-JP"
    search(searxng, region="wt-wt")
    assert "language" not in engine.requests[2][2]


def test_searxng_without_results(engine, searxng):
    engine.reply = lambda fields: (200, answer("none"))
    assert search(searxng)["results"] == []


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (200, answer("silent"), "brave"),
        (403, b"<!doctype html><title>403 Forbidden</title>", "JSON format is probably not enabled"),
        (429, b"Too Many Requests", "429"),
        (200, b"<html><title>SearXNG</title></html>", "SearXNG"),
        (200, b'{"results": 5}', "unknown page"),
        (200, b"[]", "unknown page"),
        (200, b'{"results": [', "unknown page"),
        (200, b"[" * 100000, "unknown page"),
    ],
)
def test_searxng_says_why_not(engine, searxng, status, body, says):
    engine.reply = lambda fields: (status, body)
    fault = fault_of(searxng)
    assert fault.status == 422
    assert says in fault.problem["detail"]


def test_searxng_results_of_the_wrong_shape_are_left_out(engine, searxng):
    url = "https://ok.example/"
    items = [5, None, [], {}, {"url": 5}, {"url": "javascript:x"}, {"url": url, "title": None, "content": 7}]
    engine.reply = lambda fields: (200, json.dumps({"results": items}).encode())
    assert search(searxng)["results"] == [{"title": url, "url": url, "snippet": ""}]


def test_both_languages(engine, duckduckgo):
    assert "3 résultat" in duckduckgo.call_text("web_search", {"query": "unbound dns"}, lang="fr")
    english = duckduckgo.call_text("web_search", {"query": "unbound dns"}, lang="en")
    assert "3 result" in english
    assert "https://nlnetlabs.nl/projects/unbound/about/" in english
    engine.reply = lambda fields: (202, page("challenge"))
    assert "un humain" in duckduckgo.call_text("web_search", {"query": "x"}, lang="fr")


def test_a_wrong_address_of_the_engine_is_told(make_server):
    server = make_server(config={"web_search": {"engine": "searxng", "searxng_url": "http://a..b"}})
    for lang, words in (
        ("en", "it has an empty label (setting searxng_url of [web_search])"),
        ("fr", "il a une partie vide (réglage searxng_url de [web_search])"),
    ):
        with pytest.raises(CallFault) as fault:
            server.call_tool("web_search", {"query": "x"}, lang=lang)
        assert "http://a..b/search" in fault.value.problem["detail"] and words in fault.value.problem["detail"]
