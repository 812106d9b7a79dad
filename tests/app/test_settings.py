"""Settings: default < file < environment < flag, and errors that name the wrong key and what is accepted."""

import json
import os
import re
import socket
import subprocess
import time

import pytest

from harness import program

SUM = ("call", "calculator", "1+1")


def french(done):
    """Which language a call without arguments complains in: a setting that shows."""
    assert done.code == 2
    return "obligatoire" in done.err


def config(tmp_path, text, name="test.conf"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_precedence(cli, tmp_path):
    """Each stronger origin wins over the one before it."""
    file = ("--config", config(tmp_path, "[server]\nlang = fr\n"))
    call = ("call", "calculator")
    assert not french(cli(*call))
    assert french(cli(*call, *file))
    assert not french(cli(*call, *file, env={"MCP_ASSIST_LANG": "en"}))
    assert french(cli(*call, *file, "--lang", "fr", env={"MCP_ASSIST_LANG": "en"}))
    assert french(cli(*call, env={"MCP_ASSIST_LANG": "fr"}))
    assert not french(cli(*call, "--lang=en", env={"MCP_ASSIST_LANG": "fr"}))
    assert french(cli(*call, env={"MCP_ASSIST_CONFIG": file[1]}))
    assert not french(cli(*call, *file, env={"MCP_ASSIST_LANG": "en", "LANG": "fr_FR.UTF-8"}))


def test_sections(cli, tmp_path):
    """Keys before any section are the server's; a tool has a section of its name."""
    assert french(cli("call", "calculator", "--config", config(tmp_path, "lang = fr\n")))
    settings = config(tmp_path, "# comment\n; comment\n[server]\nlang=en\n[read_file]\nroots = /nowhere\n")
    done = cli("call", "read_file", "/var/log/x", "--config", settings)
    assert done.code == 3 and "/nowhere" in done.err
    done = cli("call", "read_file", "/var/log/x", env={"MCP_ASSIST_READ_FILE_ROOTS": "/else"})
    assert done.code == 3 and "/else" in done.err


def test_a_byte_order_mark_is_no_text(cli, tmp_path):
    assert french(cli("call", "calculator", "--config", config(tmp_path, "\ufeff[server]\nlang = fr\n")))
    done = cli(*SUM, "--config", config(tmp_path, "[server]\n\ufefflang = fr\n"))
    assert done.code == 2 and "line 2" in done.err


def test_what_the_system_says_is_told_in_french(cli, server, tmp_path):
    done = cli(*SUM, "--config", tmp_path / "none", "--lang", "fr")
    assert "est illisible : fichier ou répertoire inexistant\n" in done.err
    for lang, words in (("fr", ("adresse déjà utilisée", "autre port")), ("en", ("address already in use", "another port"))):
        done = cli("serve", "--port", server.port, "--lang", lang)
        assert done.code == 1 and all(word in done.err for word in (*words, "--port"))


def test_directory_in_order(cli, tmp_path):
    """Of a directory's *.conf files the last one in lexical order wins; other files are not looked at."""
    config(tmp_path, "lang = en\n", "10-first.conf")
    config(tmp_path, "lang = fr\n", "20-second.conf")
    config(tmp_path, "nonsense = 1\n", "30-not-ours.conf.bak")
    assert french(cli("call", "calculator", "--config", tmp_path))
    config(tmp_path, "lang = en\n", "9-last.conf")
    assert not french(cli("call", "calculator", "--config", tmp_path))


WRONG_FILES = [
    ("[server]\nprot = 1\n", ["prot", "port"]),
    ("[servr]\nport = 1\n", ["servr", "server"]),
    ("[server]\nport = many\n", ["port", "many", "65535"]),
    ("[server]\nport = 70000\n", ["port", "70000", "65535"]),
    ("[server]\nlang = de\n", ["lang", "de", "auto, en, fr"]),
    ("[server]\ndebug = perhaps\n", ["debug", "perhaps", "true or false"]),
    ("[server]\nlog_level = LOUD\n", ["log_level", "LOUD", "DEBUG, INFO, WARNING, ERROR"]),
    ("[server]\nconfig = /x\n", ["test.conf, line 2", "the flag --config", "MCP_ASSIST_CONFIG"]),
    ("[server]\nkeys = a:b\n", ["test.conf, line 2", "MCP_ASSIST_KEYS", "keys_file"]),
    ("[server]\ndisabled_tools = no_such_tool\n", ["line 2: disabled_tools", "no_such_tool", "ping_host, "]),
    ("[server]\nwatch_services = ssh,a b\n", ["line 2: watch_services", '"a b"', "letters, digits"]),
    ("[server]\nhost_root = tmp\n", ["line 2: host_root", '"tmp"', "absolute path"]),
    ("[read_file]\nrots = /x\n", ["rots", "roots"]),
    ("[read_file]\nroots = /x,relative/x\n", ["line 2 [read_file]", "relative/x", "absolute paths"]),
    ("[calculator]\nx = 1\n", ["line 2", "x", "the tool calculator has no settings"]),
    ("[port_scan]\ntargets = everything\n", ["line 2 [port_scan]", "everything", "local, any"]),
    ("[web_search]\nsearxng_url = foo\n", ["line 2 [web_search]", "foo", "https://"]),
    ("[web_search]\nduckduckgo_url = http:///x\n", ["line 2 [web_search]", "http:///x", "https://"]),
    ("[web_search]\nengine = searxng\n", ["line 2 [web_search]", "searxng", "searxng_url"]),
    ("[http_request]\nca_file = /nope\n", ["line 2 [http_request]", "/nope", "PEM"]),
    ("[server\nport = 1\n", ["test.conf", "line 1"]),
    ("just words\n", ["test.conf", "line 1"]),
]


@pytest.mark.parametrize(("text", "words"), WRONG_FILES, ids=[repr(row[0]) for row in WRONG_FILES])
def test_wrong_file(cli, tmp_path, text, words):
    done = cli(*SUM, "--config", config(tmp_path, text))
    assert done.code == 2 and done.out == ""
    for word in words:
        assert word in done.err


def test_a_tool_is_switched_off_by_any_of_its_names(cli):
    for word in ("ping_host", "ping", "ping-host"):
        assert cli("call", "ping_host", "127.0.0.1", env={"MCP_ASSIST_DISABLED_TOOLS": word}).code == 3


def test_a_list_of_what_a_file_may_hold_is_true(cli, tmp_path):
    said = cli(*SUM, "--config", config(tmp_path, "[server]\nprot = 1\n")).err
    names = said.partition("accepted: ")[2].strip().split(", ")
    assert "port" in names and "config" not in names and "keys" not in names


def test_a_tools_setting_of_the_environment_is_named(cli):
    done = cli(*SUM, env={"MCP_ASSIST_PORT_SCAN_TARGETS": "all", "LANG": "fr_FR.UTF-8"})
    assert done.code == 2
    for word in ("environnement MCP_ASSIST_PORT_SCAN_TARGETS", "[port_scan]", "all", "n'est pas accepté", "local, any"):
        assert word in done.err


def test_what_is_no_file(cli, tmp_path):
    """Neither waits for a writer nor reads without end."""
    os.mkfifo(tmp_path / "pipe.conf")
    for path in (tmp_path / "pipe.conf", tmp_path, "/dev/zero"):
        done = cli(*SUM, "--config", path)
        assert done.code == 2 and "not a regular file" in done.err, done
    done = cli(*SUM, "--config", config(tmp_path, "lang = fr\0en\n", "nul"))
    assert done.code == 2 and "line 1" in done.err and "NUL" in done.err


@pytest.mark.parametrize("words", [SUM, ("serve",), ("stdio",), ("tools",), ("key", "list"), ("db", "check"), ("health",)])
def test_file_that_is_not_there(cli, tmp_path, words):
    done = cli(*words, "--config", tmp_path / "missing.conf")
    assert done.code == 2 and "missing.conf" in done.err


WRONG_ENVIRONMENTS = [
    ({"PORT": "many"}, ["PORT", "many", "65535"]),
    ({"PORT": "-1"}, ["PORT", "-1", "65535"]),
    ({"PORT": "80 "}, ["PORT", "65535"]),
    ({"MCP_ASSIST_DEBUG": "perhaps"}, ["MCP_ASSIST_DEBUG", "true or false"]),
    ({"LOG_LEVEL": "loud"}, ["LOG_LEVEL", "INFO"]),
    ({"MCP_ASSIST_LANG": "de"}, ["MCP_ASSIST_LANG", "auto, en, fr"]),
    ({"MCP_ASSIST_PROT": "1"}, ["MCP_ASSIST_PROT", "port"]),
    ({"MCP_ASSIST_THREADS": "0"}, ["MCP_ASSIST_THREADS", "1 to 256"]),
]


@pytest.mark.parametrize(("env", "words"), WRONG_ENVIRONMENTS, ids=str)
def test_wrong_environment(cli, env, words):
    done = cli(*SUM, env=env)
    assert done.code == 2 and done.out == ""
    for word in words:
        assert word in done.err


def test_environment_that_is_none_of_ours(cli):
    assert cli(*SUM, env={"MCP_OTHER": "x", "PORTS": "x", "MCP_ASSIST_LANG": "", "PORT": ""}).code == 0


def test_both_spellings(make_server):
    with make_server(env={"MCP_ASSIST_DEBUG": "true"}) as server:
        assert b"\n  " in server.get("/health").content


# What a person at a terminal meets: in French where LANG, MCP_ASSIST_LANG or --lang says so, with the same exit code.
TOLD = [
    (("serve", "--nonsense"), "réglage inconnu nonsense", "unknown setting nonsense"),
    (("serve", "--port", "many"), "option --port", "flag --port"),
    (("serve", "--port"), "demande une valeur", "needs a value"),
    (("serve", "extra"), "n'est pas une option", "is not a flag"),
    (("serve", "--config", "/nowhere.conf"), "est illisible", "cannot read"),
    (("serve", "--host-root", "/nowhere"), "chemin absolu", "absolute path"),
    (("serve", "--disabled-tools", "nope"), "« nope » n'est pas accepté", '"nope" is not accepted'),
    (("serve", "--auth", "keys"), "auth = keys demande une clé d'accès", "auth = keys needs an API key"),
    (("serve", "--watch-services", "a b"), "option --watch-services : watch_services : « a b »", 'flag --watch-services: watch_services: "a b"'),
    (("serve", "--port", "0", "--host", "192.0.2.1", "--auth", "none-i-understand"), "impossible d'écouter", "cannot listen"),
    (("serve", "--port", "0", "--host", "0.0.0.0"), "demande une clé d'accès", "needs an API key"),
    (("call",), "demande le nom d'un outil", "needs the name of a tool"),
    (("call", "nope"), "il n'y a pas d'outil", "there is no tool"),
    (("call", "ping_host", "-h4"), "il n'y a pas d'option", "there is no flag"),
    (("call", "--lang"), "d'abord le nom d'un outil", "the name of a tool first"),
    (("tools", "--yaml"), "tools ne connaît pas --yaml", "tools does not know --yaml"),
    (("tools", "ping", "dns"), "tools ne connaît pas dns", "tools does not know dns"),
    (("tools", "nope"), "il n'y a pas d'outil", "there is no tool"),
    (("key",), "key demande quoi faire", "key needs to know what to do"),
    (("key", "nope"), "key ne connaît pas nope", "key does not know nope"),
    (("key", "revoke"), "key revoke demande un NOM", "key revoke needs a NAME"),
    (("key", "add", "a", "b"), "key add ne prend pas b", "key add does not take b"),
    (("db", "nope"), "db ne connaît pas nope", "db does not know nope"),
    (("db", "check", "--foo"), "db check ne prend pas --foo", "db check does not take --foo"),
    (("db", "backup"), "db backup demande un FICHIER", "db backup needs a FILE"),
    (("health", "--nope"), "ne connaît pas", "does not know"),
    (("nope",), "il n'y a pas de commande", "there is no command"),
]


@pytest.mark.parametrize(("words", "french_words", "english_words"), TOLD, ids=[" ".join(row[0]) for row in TOLD])
def test_told_in_both_languages(cli, tmp_path, words, french_words, english_words):
    data = {"MCP_ASSIST_DATA_DIR": tmp_path / "data"}
    english = cli(*words, env=data)
    assert english.code != 0 and english_words in english.err and english.out == ""
    assert english.err.startswith("mcp-assist: ")
    for env in ({"LANG": "fr_FR.UTF-8"}, {"MCP_ASSIST_LANG": "fr"}, {"MCP_ASSIST_LANG": "FR", "LC_ALL": "en_US.UTF-8"}):
        done = cli(*words, env=data | env)
        assert done.code == english.code and french_words in done.err and done.err.startswith("mcp-assist : ")
    if words[0] == "serve":
        assert french_words in cli("serve", "--lang", "fr", *words[1:], env=data).err
        assert english_words in cli("serve", "--lang", "en", *words[1:], env=data | {"LANG": "fr_FR"}).err


def test_every_error_of_the_command_line_is_told_in_both():
    for path in (program.ROOT / "src/app").glob("*.c"):
        assert "err_set(" not in path.read_text(encoding="utf-8"), path


WRONG_FLAGS = [
    (("--nonsense",), ["--nonsense"]),
    (("--nonsense", "1"), ["--nonsense"]),
    (("extra",), ["extra"]),
    (("--port",), ["--port", "value"]),
    (("--port", "many"), ["--port", "many", "65535"]),
    (("--port", "1", "--port", "2"), ["--port", "twice"]),
    (("--lang", "de"), ["--lang", "auto, en, fr"]),
    (("--auth", "none"), ["--auth", "none-i-understand"]),
    (("--data-dir", "a\nb"), ["--data-dir"]),
]


@pytest.mark.parametrize("verb", ["serve", "stdio"])
@pytest.mark.parametrize(("flags", "words"), WRONG_FLAGS, ids=[" ".join(row[0]) for row in WRONG_FLAGS])
def test_wrong_flag(cli, verb, flags, words):
    done = cli(verb, *flags, stdin="")
    assert done.code == 2 and done.out == ""
    for word in words:
        assert word in done.err


def test_unknown_flag_says_which_exist(cli):
    flags = re.findall(r"^  (--[a-z-]+) ", cli("help").out, re.MULTILINE)
    assert len(flags) > 30
    for env, word in (({}, "accepted"), ({"LANG": "fr_FR.UTF-8"}, "accepté ")):
        done = cli("serve", "--prot", "1", env=env)
        assert done.code == 2 and done.err.rstrip().endswith(f"{word}: {', '.join(flags)}")
    assert "accepted: host, port, auth" in cli("tools", env={"MCP_ASSIST_PROT": "1"}).err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_than_loopback_is_refused(binary, tmp_path, host):
    command = [binary, "serve", "--host", host, "--port", "0"]
    done = program.run_refused(command, reports=tmp_path / "sanitizer")
    assert done.code != 0 and done.out == ""
    assert host in done.err and "--auth none-i-understand" in done.err


def test_other_than_loopback_when_said(make_server):
    server = make_server(host="0.0.0.0", args=("--auth", "none-i-understand"))
    with socket.create_connection(("127.0.0.2", server.port)):
        pass
    server.stop()
    assert server.stderr.count("level=warning event=exposed address=0.0.0.0 ") == 1


def test_no_warning_where_nobody_else_comes(make_server):
    for published in ((), ("--published-on", "127.0.0.1")):
        with make_server(host="0.0.0.0" if published else "127.0.0.1", args=("--auth", "none-i-understand", *published)) as server:
            assert server.get("/tools").status_code == 200
        assert "event=exposed" not in server.stderr


def test_loopback_unless_told_otherwise(binary, tmp_path):
    command = [binary, "serve", "--port", "0", "--data-dir", tmp_path]
    env = program.environment(tmp_path / "sanitizer")
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        line = process.stdout.readline()
        process.terminate()
    assert re.fullmatch(r"Listening on http://127\.0\.0\.1:\d+\n", line)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_words(make_server, host):
    with make_server(host=host) as server:
        assert f":{server.port}" in server.url


def test_debug_relaxes_nothing(make_server):
    with make_server(env={"DEBUG": "true"}) as server:
        for path in ("/health", "/tools"):
            assert b"\n  " in server.get(path).content
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        answer = server.post("/mcp", content=body, headers={"Content-Type": "application/json"})
        assert b"\n  " in answer.content and len(answer.json()["result"]["tools"]) >= 12
        assert server.post("/mcp", content=body, headers={"Content-Type": "text/plain"}).status_code == 415
        assert server.get("/health", headers={"Host": "evil.example"}).status_code == 403
        assert server.get("/health", headers={"Origin": "http://evil.example"}).status_code == 403
        assert server.post("/call/calculator", json={"x": 1}).status_code == 400
        assert server.post("/call/read_file", json={"path": "/etc/shadow"}).status_code == 403
        big = b'"' + b"x" * (2 << 20) + b'"'
        headers = {"Content-Type": "application/json"}
        assert server.post("/mcp", content=big, headers=headers).status_code == 413
    assert "level=debug" in server.stderr


def test_not_debug(server):
    assert b"\n" not in server.get("/health").content.rstrip()


def test_log_levels(make_server):
    with make_server(args=("--log-level", "WARNING")) as quiet:
        quiet.call_tool("calculator", {"expression": "1"})
    # Staying root is warned of, whoever reads only warnings.
    assert [line for line in quiet.stderr.splitlines() if "event=privileges user=root" not in line] == []
    with make_server() as usual:
        usual.call_tool("calculator", {"expression": "1"})
    assert re.search(r"level=info event=call tool=calculator face=rest outcome=ok ", usual.stderr)


def test_port_in_use(cli, server):
    done = cli("serve", "--port", server.port)
    assert done.code != 0 and str(server.port) in done.err
    assert "Listening" not in done.out
    server.assert_alive()


def test_limits(make_server):
    server = make_server(args=("--body-max-bytes", "1024"), config={"server": {"answer_max_bytes": "4096"}})
    headers = {"Content-Type": "application/json"}
    for lang, words in (("en", "1024 bytes (setting body_max_bytes)"), ("fr", "1024 octets (réglage body_max_bytes)")):
        answer = server.post("/mcp", content=b" " * 2000, headers=headers | {"Accept-Language": lang})
        assert answer.status_code == 413 and words in answer.json()["detail"]
    text = server.rpc("tools/call", {"name": "process_list", "arguments": {"limit": 100}})
    assert len(json.dumps(text["result"])) < 8192


@pytest.mark.parametrize("depth, problem", [(60, "invalid"), (100, "invalid-json")])
def test_json_depth(server, depth, problem):
    body = '{"expression":' + "[" * depth + "]" * depth + "}"
    answer = server.post("/call/calculator", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json()["type"].endswith(f":{problem}")


def test_read_only_and_disabled(make_server):
    server = make_server(config={"server": {"disabled_tools": "calculator, ping_host", "read_only": "true"}})
    answer = server.rpc("tools/call", {"name": "calculator", "arguments": {"expression": "1"}})
    assert answer["result"]["isError"] and "disabled_tools" in answer["result"]["content"][0]["text"]
    assert server.post("/call/ping_host", json={"host": "127.0.0.1"}).status_code == 403
    assert server.post("/call/system_info", json={"section": "general"}).status_code == 200
    refused = server.post("/call/http_request", json={"url": "http://127.0.0.1:1/"})
    assert refused.status_code == 403 and "read_only" in refused.json()["detail"]


def test_sessions_expire(make_server):
    """An idle session ends; asking whether it has keeps it, so each look comes after a longer wait."""
    server = make_server(args=("--session-idle-s", "1"))
    client = {"name": "tests", "version": "1"}
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
    begun = server.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    headers = {"Mcp-Session-Id": begun.headers["mcp-session-id"]}
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    assert server.post("/mcp", json=ping, headers=headers).status_code == 200
    for wait_s in (3, 6, 12):
        time.sleep(wait_s)
        if server.post("/mcp", json=ping, headers=headers).status_code == 404:
            return
    raise AssertionError("the session is still there")


def test_data_dir(make_server, tmp_path):
    make_server().stop()
    home = tmp_path / "home"
    home.mkdir()
    server = make_server(env={"HOME": home})
    server.stop()
    assert not list(home.iterdir())  # --data-dir was given
    binary = program.find_binary()
    env = {"HOME": home, "XDG_DATA_HOME": ""}
    done = program.run([binary, "stdio"], reports=tmp_path / "sanitizer", stdin="", env=env)
    assert done.code == 0
    made = home / ".local/share/mcp-assist"
    assert made.is_dir() and made.stat().st_mode & 0o077 == 0


def test_unknown_user(cli):
    done = cli("serve", "--port", "0", "--user", "no-such-account")
    assert done.code != 0 and "no-such-account" in done.err and "Listening" not in done.out
