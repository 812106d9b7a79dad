"""API keys: made once, kept as hashes, asked for, revoked while the server runs."""

import base64
import concurrent.futures
import hashlib
import json
import os
import re
import stat
import time

import httpx
import pytest

from harness import program

KEYS = ("--auth", "keys")
OPEN = ("/", "/health", "/openapi.json", "/docs", "/redoc", "/licenses", "/favicon.ico")
CLOSED = (("GET", "/tools"), ("GET", "/metrics"), ("GET", "/stats"), ("GET", "/tools/system-info"), ("POST", "/tools/calculator"))
CLOSED += (("POST", "/call/calculator"), ("POST", "/mcp"), ("GET", "/mcp"), ("DELETE", "/mcp"))
CLOSED += (("GET", "/nothing"), ("OPTIONS", "/tools"), ("HEAD", "/tools"), ("GET", "/tools/"), ("GET", "/health/x"))
GIVEN = "handmade-key-0123456789-0123456789"


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def keys(cli, tmp_path):
    """keys("add", "alice"): `mcp-assist key` on the data directory that keyed() serves."""

    def run(*words, code=0, env=None):
        done = cli("key", *words, "--data-dir", tmp_path / "kept", env=env)
        assert done.code == code, done.err
        return done

    run.file = tmp_path / "kept/keys"
    return run


@pytest.fixture
def keyed(make_server, tmp_path):
    """A server of that directory that wants keys."""
    return lambda *args, **options: make_server(args=args, data=tmp_path / "kept", **options)


@pytest.fixture
def refused(binary, tmp_path):
    """refused("--auth", "keys"): how `serve` ended, which must not have begun to listen."""
    return lambda *args: program.run_refused(
        [binary, "serve", "--port", "0", *args], reports=tmp_path / "sanitizer"
    )


def test_the_welcome_says_that_a_key_is_needed(keys, keyed, make_server):
    keys("add", "alice")
    for env, line in (({}, "Authorization: Bearer KEY"), ({"LANG": "fr_FR.UTF-8"}, "Authorization: Bearer CLÉ")):
        with keyed(*KEYS, env=env) as server:
            pass
        assert line in "".join(server.output)
    with make_server() as server:
        pass
    assert "/mcp" in server.output[-1] and "Bearer" not in "".join(server.output)


def test_a_key_is_shown_once_and_kept_as_a_hash(keys):
    done = keys("add", "alice")
    key = done.out.strip()
    assert re.fullmatch(r"mcpa_[A-Za-z0-9_-]{43}", key) and done.out == key + "\n"
    assert len(base64.urlsafe_b64decode(key[5:] + "=")) == 32
    line = keys.file.read_text()
    assert re.fullmatch(rf"alice {hashlib.sha256(key.encode()).hexdigest()} \d{{4}}-\d\d-\d\dT[\d:.]+Z\n", line)
    assert stat.S_IMODE(keys.file.stat().st_mode) == 0o600
    other = keys("add", "bob").out.strip()
    assert other != key
    listed = keys("list")
    assert [row.split("\t")[0] for row in listed.out.splitlines()] == ["alice", "bob"]
    for text in (listed.out, listed.err, keys.file.read_text()):
        assert key not in text and other not in text
    assert [path.name for path in keys.file.parent.iterdir()] == ["keys"]


def test_wrong_words(keys):
    keys("add", "alice")
    before = keys.file.read_bytes()
    assert "alice" in keys("add", "alice", code=1).err
    assert "bob" in keys("revoke", "bob", code=4).err
    for words in ((), ("add",), ("list", "x"), ("remove", "alice"), ("add", "a b"), ("add", ""), ("add", "x" * 65)):
        assert "accepted" in keys(*words, code=2).err
    assert keys.file.read_bytes() == before


def test_without_a_key_only_the_open_routes(keys, keyed):
    keys("add", "alice")
    server = keyed(*KEYS)
    for path in OPEN:
        assert server.get(path).status_code == 200
    for method, path in CLOSED:
        answer = server.request(method, path)
        assert answer.status_code == 401, (method, path)
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith("Bearer ") and "error" not in challenge


def test_the_document_tells_which_are_open(server):
    document = server.get("/openapi.json").json()
    marked = {path for path, item in document["paths"].items() if item.get("get", {}).get("security") == []}
    assert marked == {*OPEN, "/assets/{file}"}


def test_a_key_opens_everything_and_names_the_caller(keys, keyed):
    key = keys("add", "alice").out.strip()
    other = keys("add", "bob").out.strip()
    server = keyed(*KEYS)
    server.client.headers.update(bearer(key))
    assert server.call_tool("calculator", {"expression": "6*7"})["value"] == 42
    assert len(server.rpc("tools/list")["result"]["tools"]) == 12
    assert server.get("/nothing").status_code == 404
    # What one key has begun is not there for another.
    client = {"name": "tests", "version": "1"}
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
    begun = server.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    session = {"Mcp-Session-Id": begun.headers["mcp-session-id"]}
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    assert server.post("/mcp", json=ping, headers=session).status_code == 200
    assert server.post("/mcp", json=ping, headers=session | bearer(other)).status_code == 404
    assert server.request("DELETE", "/mcp", headers=session | bearer(other)).status_code == 404
    assert server.request("DELETE", "/mcp", headers=session).status_code in (200, 204)


@pytest.mark.parametrize("path", ["/tools", "/mcp"])
def test_wrong_and_malformed(keys, keyed, path):
    key = keys("add", "alice").out.strip()
    server = keyed(*KEYS)

    def refused(status, error, headers, query=""):
        answer = httpx.request(
            "GET" if path == "/tools" else "POST", server.url + path + query, headers=headers, trust_env=False
        )
        assert answer.status_code == status
        assert (error or "error=") in answer.headers["WWW-Authenticate"] or error is None
        body = answer.json()
        if path == "/mcp":
            assert body["jsonrpc"] == "2.0" and body["error"]["code"] == -32600 and "id" not in body
        else:
            assert body["status"] == status and answer.headers["Content-Type"] == "application/problem+json"
        assert key not in answer.text

    refused(401, 'error="invalid_token"', bearer(key[:-1]))
    refused(401, 'error="invalid_token"', bearer(key + "A"))
    refused(401, 'error="invalid_token"', bearer(key.swapcase()))
    refused(401, 'error="invalid_token"', bearer(hashlib.sha256(key.encode()).hexdigest()))
    refused(401, None, {"Authorization": f"Basic {key}"})
    refused(401, None, {"X-Api-Key": key})
    refused(400, 'error="invalid_request"', {"Authorization": "Bearer"})
    refused(400, 'error="invalid_request"', bearer(f"{key} {key}"))
    refused(400, 'error="invalid_request"', [("Authorization", f"Bearer {key}")] * 2)
    refused(400, 'error="invalid_request"', {}, f"?access_token={key}")
    refused(400, 'error="invalid_request"', bearer(key), f"?access_token={key}")
    refused(400, 'error="invalid_request"', bearer(key), f"?%zz&access_token={key}")
    server.stop()
    assert key not in server.stderr


def test_revoked_and_added_while_it_runs(keys, keyed):
    first, second = (keys("add", name).out.strip() for name in ("first", "second"))
    server = keyed(*KEYS)
    assert server.get("/tools", headers=bearer(first)).status_code == 200
    keys("revoke", "first")
    assert server.get("/tools", headers=bearer(first)).status_code == 401
    assert server.get("/tools", headers=bearer(second)).status_code == 200
    third = keys("add", "third").out.strip()
    assert server.get("/tools", headers=bearer(third)).status_code == 200
    keys.file.unlink()
    assert server.get("/tools", headers=bearer(second)).status_code == 401


def test_a_change_that_keeps_size_and_time_counts(keys, keyed):
    key = keys("add", "alice").out.strip()
    server = keyed(*KEYS)
    assert server.get("/tools", headers=bearer(key)).status_code == 200
    before = keys.file.stat()
    time.sleep(0.05)  # above the tick of the file system's clock
    hashed = keys.file.read_text().split()[1]
    keys.file.write_text(keys.file.read_text().replace(hashed, hashed[::-1]))
    os.utime(keys.file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert keys.file.stat().st_ino == before.st_ino and keys.file.stat().st_mtime_ns == before.st_mtime_ns
    assert server.get("/tools", headers=bearer(key)).status_code == 401


def test_a_file_that_is_not_understood_admits_nobody(keys, keyed):
    key = keys("add", "alice").out.strip()
    server = keyed(*KEYS)
    good = keys.file.read_text()
    for bad in (good + "nonsense\n", good + good, good.replace("alice", "al/ice"), good[:-40] + "\n",
                good.rstrip("\n") + "\0junk\n", good + "\0\n"):
        keys.file.write_text(bad)
        assert server.get("/tools", headers=bearer(key)).status_code == 401
        assert server.get("/health").json()["components"]["keys"]["status"] == "degraded"
    keys.file.chmod(0o644)
    keys.file.write_text(good)
    assert server.get("/tools", headers=bearer(key)).status_code == 401
    keys.file.chmod(0o600)  # as the error asks for
    assert server.get("/tools", headers=bearer(key)).status_code == 200
    keys.file.unlink()
    assert server.get("/tools", headers=bearer(key)).status_code == 401
    keys.file.touch(0o600)
    keys.file.write_text(good)
    assert server.get("/tools", headers=bearer(key)).status_code == 200
    assert server.get("/health").json()["components"]["keys"]["status"] == "ok"
    server.stop()
    assert "event=keys" in server.stderr


def test_a_broken_file_stops_the_start(keys, cli, tmp_path):
    keys("add", "alice")
    keys.file.write_text("nonsense\n")
    done = cli("serve", "--port", "0", "--data-dir", tmp_path / "kept")
    assert done.code == 1 and "keys, line 1" in done.err and "Listening" not in done.out


def test_on_loopback_a_key_is_welcome_but_not_needed(keys, keyed):
    key = keys("add", "alice").out.strip()
    server = keyed()
    assert server.get("/tools").status_code == 200
    assert server.get("/tools", headers=bearer(key)).status_code == 200
    assert server.get("/tools", headers=bearer("x" * 40)).status_code == 401
    assert server.get("/tools", headers={"Authorization": "Basic eDp5"}).status_code == 200


def test_without_keys_authorization_is_somebody_elses(server):
    assert server.get("/tools", headers=bearer("x" * 40)).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_elsewhere_a_key_is_needed(keys, keyed, refused, tmp_path, host):
    done = refused("--host", host, "--data-dir", tmp_path / "kept")
    assert done.code == 1 and "mcp-assist key add" in done.err
    key = keys("add", "alice").out.strip()
    server = keyed(host=host)
    url = f"http://127.0.0.1:{server.port}/tools" if host == "0.0.0.0" else f"http://[::1]:{server.port}/tools"
    assert httpx.get(url, trust_env=False).status_code == 401
    assert httpx.get(url, headers=bearer(key), trust_env=False).status_code == 200


def test_keys_asked_for_and_not_there(refused, tmp_path):
    done = refused("--auth", "keys", "--data-dir", tmp_path / "none")
    assert done.code == 1 and "mcp-assist key add" in done.err


def test_keys_from_the_environment(make_server):
    server = make_server(args=KEYS, env={"MCP_ASSIST_KEYS": f"ci:{GIVEN}, ops:{GIVEN[::-1]}"})
    assert server.get("/tools").status_code == 401
    assert server.get("/tools", headers=bearer(GIVEN)).status_code == 200
    assert server.get("/tools", headers=bearer(GIVEN[::-1])).status_code == 200
    with open(f"/proc/{server.pid}/environ", "rb") as environ:
        assert GIVEN.encode() not in environ.read()


def test_keys_from_a_secret_file(make_server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(f"# for the gateway\nci:{GIVEN} # until spring\n\nops:{GIVEN[::-1]}\n")
    server = make_server(args=KEYS, env={"MCP_ASSIST_KEYS_FILE": secret})
    assert server.get("/tools").status_code == 401
    assert server.get("/tools", headers=bearer(GIVEN)).status_code == 200
    assert server.get("/tools", headers=bearer(GIVEN[::-1])).status_code == 200


WRONG_KEYS = (GIVEN, f":{GIVEN}", f"a b:{GIVEN}", "short:0123456789", f"x:{GIVEN},x:{GIVEN}", f"x:{GIVEN}\x7f")


@pytest.mark.parametrize("text", WRONG_KEYS)
@pytest.mark.parametrize("where", ["environment", "file"])
def test_wrong_given_keys_are_never_quoted(cli, tmp_path, where, text):
    secret = tmp_path / "secret"
    secret.write_text(text + "\n")
    env = {"MCP_ASSIST_KEYS": text} if where == "environment" else {"MCP_ASSIST_KEYS_FILE": secret}
    done = cli("serve", "--port", "0", *KEYS, "--data-dir", tmp_path / "data", env=env)
    assert done.code == 2 and ("MCP_ASSIST_KEYS" if where == "environment" else "secret") in done.err
    assert GIVEN not in done.err and "0123456789" not in done.err


def test_a_secret_file_that_is_not_there(cli, tmp_path):
    done = cli("serve", "--port", "0", *KEYS, "--keys-file", tmp_path / "gone", "--data-dir", tmp_path)
    assert done.code != 0 and "gone" in done.err


def test_no_key_on_the_command_line_or_in_the_settings_file(cli, refused, tmp_path):
    done = refused("--data-dir", tmp_path / "data", "--keys", f"ci:{GIVEN}")
    assert done.code == 2 and "command line" in done.err and GIVEN not in done.err
    conf = tmp_path / "test.conf"
    conf.write_text(f"[server]\nkeys = ci:{GIVEN}\n")
    done = cli("serve", "--config", conf)
    assert done.code == 2 and "line 2" in done.err and GIVEN not in done.err


def test_two_at_a_time_lose_nothing(keys):
    """Each `key add` sees what the ones before it wrote."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: keys("add", f"k{number}").out.strip(), range(16)))
    kept = {line.split()[1] for line in keys.file.read_text().splitlines()}
    assert kept == {hashlib.sha256(key.encode()).hexdigest() for key in made}


def test_french(keys):
    done = keys("add", "alice", env={"LANG": "fr_FR.UTF-8"})
    assert "n'est montrée qu'une fois" in done.err


def test_the_error_over_mcp_is_json(keys, keyed):
    keys("add", "alice")
    answer = keyed(*KEYS).post("/mcp", content=json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}))
    assert answer.status_code == 401 and answer.headers["Content-Type"] == "application/json"
