"""http_request against nginx with good and bad certificates, and against servers that misbehave; compared with curl and
openssl."""

import base64
import contextlib
import json
import re
import socket
import time
from datetime import datetime, timezone

import pytest

from harness.ports import free_port
from harness.quirky_web import running_quirky
from harness.server import CallFault, Server
from harness.tls_sites import HOST, Nginx

@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    running = Nginx(tmp_path_factory.mktemp("nginx"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def ask(binary, nginx, tmp_path_factory):
    """ask(url, ...): the result of http_request on a server that trusts the test's authority."""
    config = {"http_request": {"ca_file": str(nginx.authority.file)}}
    # A proxy in the environment must change nothing.
    env = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY")}
    with Server(binary, tmp_path_factory.mktemp("http-request"), config=config, env=env) as started:

        def call(url, lang=None, **options):
            return started.call_tool("http_request", {"url": url, **options}, lang=lang)

        call.server = started
        yield call


def iso(openssl_date):
    """notAfter=Feb  3 04:05:06 2021 GMT"""
    parsed = datetime.strptime(openssl_date.partition("=")[2], "%b %d %H:%M:%S %Y %Z")
    return parsed.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("site", ["valid", "old", "plain"])
def test_equals_curl(ask, nginx, site):
    ours = ask(nginx.url(site, "/index.html"))
    theirs, body = nginx.curl(nginx.url(site, "/index.html"))
    assert ours["status"] == theirs["http_code"] == 200
    assert ours["http_version"] == theirs["http_version"]
    assert ours["remote_address"] == theirs["remote_ip"]
    assert ours["body_bytes"] == theirs["size_download"]
    assert ours["content_type"] == theirs["content_type"]
    assert ours["url"] == theirs["url_effective"]
    assert ours["body"] == body
    assert ours["truncated"] is False
    assert ours["redirects"] == []
    assert "error" not in ours
    timings = ours["timings"]
    assert 0 <= timings["connect_ms"] <= timings["first_byte_ms"] <= timings["total_ms"]
    assert ("tls_ms" in timings) == (site != "plain")
    assert ("tls" in ours) == (site != "plain")


@pytest.mark.parametrize("site", ["valid", "old"])
def test_tls_equals_openssl(ask, nginx, site):
    tls = ask(nginx.url(site))["tls"]
    session = nginx.s_client(site)
    assert "Verify return code: 0 (ok)" in session
    assert tls["verified"] is True
    assert "verify_error" not in tls
    version, cipher = re.search(r"New, (\S+), Cipher is (\S+)", session).groups()
    assert (tls["version"], tls["cipher"]) == (version, cipher)
    authority = nginx.authority
    assert tls["not_before"] == iso(authority.fact("valid", "-startdate"))
    assert tls["not_after"] == iso(authority.fact("valid", "-enddate"))
    assert tls["subject"].replace(" ", "") == "CN=localhost"
    assert "Test CA" in tls["issuer"]
    assert tls["san"] == f"DNS:{HOST}, DNS:www.example.test"
    end = datetime.strptime(tls["not_after"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert abs(tls["days_left"] - (end - datetime.now(timezone.utc)).days) <= 1


@pytest.mark.parametrize(
    "site, kind, code",
    [("expired", "expired", 10), ("future", "not_yet_valid", 9), ("wrong", "wrong_name", 62),
     ("selfsigned", "self_signed", 18)],
)  # fmt: skip
def test_bad_certificates_are_findings(ask, nginx, site, kind, code):
    assert f"Verify return code: {code} " in nginx.s_client(site)
    ours = ask(nginx.url(site), method="POST", body="secret=1", headers={"Authorization": "Bearer secret"})
    assert ours.get("error_kind") == "certificate"
    assert "status" not in ours
    tls = ours["tls"]
    assert tls["verified"] is False
    assert tls["verify_error_kind"] == kind
    assert tls["not_after"] == iso(nginx.authority.fact(site, "-enddate"))
    assert tls["subject"].replace(" ", "") == nginx.authority.fact(site, "-subject").replace("subject=", "").replace(" ", "")
    assert tls["version"] == "TLSv1.3"
    if site == "expired":
        assert tls["days_left"] < 0
    assert nginx.requests(site) == [], "the look at the certificate sent a request"


def test_unknown_authority(make_server, nginx):
    ours = make_server().call_tool("http_request", {"url": nginx.url("valid")})
    assert ours["tls"]["verify_error_kind"] == "unknown_issuer"
    assert ours["tls"]["subject"]


def test_redirect_and_methods(ask, nginx):
    ours = ask(nginx.url("valid", "/moved"))
    assert ours["status"] == 200
    assert ours["redirects"] == [{"status": 301, "url": nginx.url("valid", "/moved")}]
    assert ours["url"] == nginx.url("valid", "/index.html")
    stay = ask(nginx.url("valid", "/moved"), follow_redirects=False)
    assert (stay["status"], stay["redirects"]) == (301, [])
    assert ask(nginx.url("plain", "/made"), method="POST", body="x")["status"] == 201
    head = ask(nginx.url("plain", "/index.html"), method="HEAD")
    assert (head["status"], head["body_bytes"]) == (200, 0)
    assert head["headers"]["Content-Length"] == str((nginx.folder / "index.html").stat().st_size)


def test_both_languages(ask, nginx):
    english = ask(nginx.url("expired"), lang="en")
    french = ask(nginx.url("expired"), lang="fr")
    assert "expired" in english["error"]
    assert "expiré" in french["error"]
    assert english["tls"] == french["tls"]


@pytest.fixture
def quirky():
    with running_quirky() as running:
        yield running


@pytest.fixture
def confined(netns, make_server):
    """A server and a quirky one in a namespace without a way out: should a guard fail, nobody is contacted."""
    space = netns.create()
    with contextlib.ExitStack() as stack:
        quirky = space.call(lambda: stack.enter_context(running_quirky()))
        yield make_server(netns=space), quirky


def test_what_is_sent(ask, quirky):
    sent = json.loads(ask(quirky.at("/echo"), headers={"X-Mine": "été", "host": "other.example:81"})["body"])
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    assert headers["host"] == "other.example:81"
    assert headers["x-mine"].encode("latin-1").decode() == "été"
    assert not {"cookie", "authorization", "referer", "expect", "proxy-connection"} & set(headers)
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert json.loads(ask(quirky.at("/echo"), method=method)["body"])["method"] == method


def test_type_of_the_body(ask, quirky):
    for body, given, expected in (
        ('{"a": 1}', {}, "application/json"),
        ("a=1&b=2", {}, "application/x-www-form-urlencoded"),
        ("{not json", {}, "application/x-www-form-urlencoded"),
        ("<x/>", {"content-type": "text/xml"}, "text/xml"),
    ):
        ask(quirky.at("/echo"), method="POST", data=body, headers=given)
        method, _, headers, received = quirky.seen[-1]
        assert (method, received) == ("POST", body.encode())
        assert {n.lower(): v for n, v in headers.items()}["content-type"] == expected


def test_timeout_is_a_finding(ask, quirky):
    silent = ask(quirky.at("/silent"), timeout_ms=200)
    assert silent["error_kind"] == "timeout"
    assert "status" not in silent
    quirky.hung_up.clear()
    drip = ask(quirky.at("/drip"), timeout_ms=400)
    assert drip["error_kind"] == "timeout"
    assert drip["status"] == 200
    assert drip["truncated"] is True
    assert set(drip["body"]) == {"."}


def test_nobody_there(ask):
    refused = ask(f"http://127.0.0.1:{free_port()}/")
    assert refused["error_kind"] == "refused"
    assert not {"status", "body_bytes", "truncated", "body"} & set(refused)
    assert "Body" not in ask.server.call_text("http_request", {"url": f"http://127.0.0.1:{free_port()}/"}, lang="en")
    assert ask("http://nothing.invalid/")["error_kind"] == "name_not_found"


def test_tls_where_there_is_none(ask, nginx):
    assert ask(f"https://{HOST}:{nginx.ports['plain']}/")["error_kind"] == "tls"


def test_endless_body(ask, quirky):
    ours = ask(quirky.at("/endless"), max_bytes=5000)
    assert (ours["body_bytes"], ours["truncated"], ours["status"]) == (5000, True, 200)
    assert ours["body"] == "x" * 5000
    assert quirky.hung_up.wait(20), "the connection stayed open"


def test_compression(ask, quirky):
    plain = ask(quirky.at("/gzip"))
    assert (plain["body"], plain["truncated"]) == ("unpacked " * 100, False)
    bomb = ask(quirky.at("/bomb"), max_bytes=3000)
    assert (bomb["body_bytes"], bomb["truncated"]) == (3000, True)
    assert ask(quirky.at("/badgzip"))["error_kind"] == "protocol"


def test_header_floods(ask, quirky):
    assert ask(quirky.at("/headers"))["error_kind"] == "too_large"
    assert ask(quirky.at("/early"))["error_kind"] == "too_large"
    ask.server.assert_alive()


def test_repeated_headers(ask, quirky):
    headers = ask(quirky.at("/cookies"))["headers"]
    assert headers["Set-Cookie"] == "a=1\nb=2"
    assert headers["Vary"] == "A, B"
    assert "vary" not in headers


@pytest.mark.parametrize("byte", ["22", "5c", "0a", "01", "7f", "61"])
def test_a_body_that_json_makes_longer_is_cut(ask, quirky, byte):
    """Text and data together, as they are sent, keep within answer_max_bytes, whatever JSON makes of the body."""
    call = {"name": "http_request", "arguments": {"url": quirky.at(f"/full?{byte}"), "body_format": "text"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    answer = ask.server.post("/mcp", json=message)
    result = answer.json()["result"]
    assert not result["isError"], result
    data = result["structuredContent"]
    assert data["body_bytes"] == 100_000 and data["truncated"] and 5_000 < len(data["body"]) < 100_000
    assert 80_000 < len(answer.content) < 200_500


def test_charsets(ask, quirky):
    assert ask(quirky.at("/latin1"))["body"] == "été à 5 €"
    assert ask(quirky.at("/meta"))["body"] == "<meta charset=koi8-r>Привет"
    assert ask(quirky.at("/utf16"))["body"] == "été"


def test_data_is_not_text(ask, quirky):
    image = ask(quirky.at("/image"))
    assert "body" not in image
    assert (image["content_type"], image["body_bytes"]) == ("image/png", 11)
    coded = ask(quirky.at("/image"), body_format="base64")["body_base64"]
    assert base64.b64decode(coded, validate=True) == b"\x89PNG\r\n\x1a\n\0\0\0"
    assert "body" not in ask(quirky.at("/latin1"), body_format="none")


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4])
def test_base64(ask, quirky, length):
    ours = ask(quirky.at("/image"), body_format="base64", max_bytes=length)
    assert base64.b64decode(ours.get("body_base64", ""), validate=True) == b"\x89PNG\r\n\x1a\n"[:length]


def test_a_body_that_stops_short(ask, quirky):
    ours = ask(quirky.at("/short"))
    assert (ours["error_kind"], ours["status"], ours["body"]) == ("closed", 200, "only this")
    assert ours["truncated"] is True


def test_redirects_end(ask, quirky):
    ours = ask(quirky.at("/again"))
    assert ours["error_kind"] == "redirect"
    assert len(ours["redirects"]) == 10
    assert len(quirky.seen) == 11
    assert ask(quirky.at("/to?file:///etc/passwd"))["error_kind"] == "redirect"
    assert ask(quirky.at("/to?ftp://127.0.0.1/"))["error_kind"] == "redirect"


FORBIDDEN = [
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.16689662",
    "0xA9.254.0251.0xfe", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]", "[fd00:ec2::254]", "[fe80::1]", "169.254.0.1", "100.100.100.200", "0.0.0.0", "0", "[::]",
    "[::ffff:0:0]", "169.254.169.254.",
]  # fmt: skip


def test_forbidden_addresses(confined):
    server, quirky = confined
    for address in FORBIDDEN:
        for url, asked in ((f"http://{address}/latest", 0), (quirky.at(f"/to?http://{address}/latest"), 1)):
            quirky.seen.clear()
            with pytest.raises(CallFault) as fault:
                server.call_tool("http_request", {"url": url, "timeout_ms": 2000})
            assert fault.value.status == 403, fault.value.problem
            assert len(quirky.seen) == asked


def test_the_fault_names_address_and_setting(confined):
    with pytest.raises(CallFault) as fault:
        confined[0].call_tool("http_request", {"url": "http://2852039166/"})
    assert "169.254.169.254" in fault.value.problem["detail"]
    assert "link_local" in fault.value.problem["detail"]


def test_never_the_server_itself(ask, quirky):
    """By its address, a name, another spelling, a redirect: nothing arrives, so nothing is called in a caller's stead."""
    port, inner = ask.server.port, "/tools/calculator?expression=1%2B1"
    for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"):
        for url in (f"http://{host}:{port}{inner}", quirky.at(f"/to?http://{host}:{port}{inner}")):
            with pytest.raises(CallFault) as fault:
                ask(url)
            assert fault.value.status == 403, fault.value.problem
            assert "127.0.0.1 at that port is this server itself" in fault.value.problem["detail"]
    assert ask(quirky.at("/echo"))["status"] == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_never_the_server_itself_on_every_address(make_server, quirky, host):
    server = make_server(args=["--auth", "none-i-understand"], host=host)
    for own in ("127.0.0.1", "127.3.2.1"):
        with pytest.raises(CallFault) as fault:
            server.call_tool("http_request", {"url": f"http://{own}:{server.port}/health"})
        assert fault.value.status == 403, fault.value.problem
    assert server.call_tool("http_request", {"url": quirky.at("/echo")})["status"] == 200


def test_private_networks_by_setting(make_server, quirky):
    server = make_server(config={"http_request": {"private": "false"}})
    with pytest.raises(CallFault) as fault:
        server.call_tool("http_request", {"url": quirky.at("/echo")})
    assert fault.value.status == 403
    assert "private" in fault.value.problem["detail"]
    assert quirky.seen == []


@pytest.mark.parametrize(
    "args",
    [{"url": "ftp://127.0.0.1/"}, {"url": "file:///etc/passwd"}, {"url": "http://user:pass@127.0.0.1/"},
     {"url": "127.0.0.1"}, {"url": "http://"}, {"url": "http://a b/"}, {"url": "http://127.0.0.1:99999/"},
     {"url": "http://127.0.0.1/", "headers": {"X-A": "b\r\nC: d"}}, {"url": "http://127.0.0.1/", "headers": {"X A": "b"}},
     {"url": "http://127.0.0.1/", "headers": {"Transfer-Encoding": "chunked"}},
     {"url": "http://127.0.0.1/", "headers": {"Content-Length": "5"}},
     {"url": "http://127.0.0.1/", "headers": {"Host": "a\tb"}}, {"url": "http://127.0.0.1/", "method": "CONNECT"},
     {"url": "http://127.0.0.1/", "timeout_ms": 10001}, {"url": "http://127.0.0.1/", "max_bytes": 100_000_000}],
)  # fmt: skip
def test_bad_arguments(ask, args):
    with pytest.raises(CallFault) as fault:
        ask(**args)
    assert fault.value.status == 400
    assert fault.value.problem["errors"], fault.value.problem


@pytest.mark.parametrize(
    ("url", "english", "french"),
    [("localhost", "begin with http://", "commence pas par http://"),
     ("127.0.0.1:8031/x", "begin with http://", "commence pas par http://"),
     ("ftp://127.0.0.1/", "begin with http://", "commence pas par http://"),
     ("http://", "the host is missing", "l'hôte manque"),
     ("http://127.0.0.1:99999/", "not a number from 0 to 65535", "pas un nombre de 0 à 65535"),
     ("http://u:p@127.0.0.1/", "is not accepted: send", "envoyez un en-tête"),
     ("http://a$b/", "neither a name nor", "ni un nom ni"), ("http://a..b/", "an empty label", "une partie vide"),
     ("http://1.2.3.4.5/", "is not an IPv4 address", "pas une adresse IPv4")],
)  # fmt: skip
def test_a_wrong_address_is_told_in_both_languages(ask, url, english, french):
    for lang, words, example in (("en", english, "expected: an"), ("fr", french, "attendu : une")):
        with pytest.raises(CallFault) as fault:
            ask(url, lang=lang)
        (error,) = fault.value.problem["errors"]
        assert url in error["message"] and words in error["message"] and example in error["message"]


def test_what_failed_is_french_in_french(ask, quirky):
    refused = ask(f"http://127.0.0.1:{free_port()}/", lang="fr")
    assert refused["error"] == "connexion refusée : rien n'écoute sur ce port"
    assert ask(quirky.at("/silent"), lang="fr", timeout_ms=200)["error"].endswith(
        "(connecté, mais pas de réponse dans le temps imparti)"
    )
    assert ask(quirky.at("/again"), lang="fr")["error"] == "redirection abandonnée (plus de 10 redirections)"
    assert ask(quirky.at("/to?ftp://127.0.0.1/"), lang="fr")["error"] == (
        "redirection abandonnée (vers ftp://127.0.0.1/ : elle ne commence pas par http:// ou https://)"
    )


def test_a_header_without_a_colon_is_told(ask, quirky, cli):
    """On the command line and where JSON has it as a string: nothing is sent."""
    for accepted, lang in (('"Name: value"', "en"), ("« Nom: valeur »", "fr")):
        with pytest.raises(CallFault) as fault:
            ask(quirky.at("/echo"), lang=lang, headers="bad")
        (error,) = fault.value.problem["errors"]
        assert '"bad"' in error["message"] and accepted in error["accepted"]
        headers = ("--headers", "A: b", "--headers", "bad")
        done = cli("call", "http_request", quirky.at("/echo"), *headers, "--lang", lang)
        assert done.code == 2
        assert '"bad"' in done.err and accepted in done.err
    assert quirky.seen == []
    cli("call", "http_request", quirky.at("/echo"), "--headers", "A: b", "--headers", "C=d")
    sent = quirky.seen[0][2]
    assert (sent["A"], sent["C"]) == ("b", "d")


def test_a_leaving_client_ends_the_request(ask, quirky):
    """The caller hangs up while the server is silent: the connection to it is closed."""
    body = json.dumps({"url": quirky.at("/endless"), "max_bytes": 10_000_000, "timeout_ms": 10000}).encode()
    with socket.create_connection(("127.0.0.1", ask.server.port)) as client:
        client.sendall(
            b"POST /call/http_request HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        while not quirky.seen:
            time.sleep(0.01)
    assert quirky.hung_up.wait(20)
    ask.server.assert_alive()
