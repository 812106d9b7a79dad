"""Every verb of the program, as a person at a shell meets it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness import program, schema

VERBS = ("serve", "stdio", "call", "tools", "db", "health", "key", "version", "help")


def test_help(cli):
    for words in (("help",), (), ("--help",), ("-h",)):
        done = cli(*words)
        assert done.code == 0 and done.err == ""
        for verb in VERBS:
            assert f"mcp-assist {verb}" in done.out
        for flag in ("host", "port", "data-dir", "config", "log-level", "debug", "lang", "user"):
            assert f"--{flag} " in done.out
        for variable in ("PORT", "HOST", "LOG_LEVEL", "DEBUG", "MCP_ASSIST_DATA_DIR"):
            assert re.search(rf"\s{variable}\s", done.out)


@pytest.mark.parametrize("verb", VERBS)
def test_help_is_there_for_who_asks_a_verb(cli, verb):
    for flag in ("--help", "-h"):
        done = cli(verb, flag, stdin="")
        assert done.code == 0 and done.err == "" and done.out == cli("help").out


def test_help_works_however_wrong_the_settings_are(cli):
    assert cli("help", env={"PORT": "many", "MCP_ASSIST_NONSENSE": "1"}).code == 0


def test_help_speaks_french(cli):
    french = cli("help", env={"LANG": "fr_FR.UTF-8"}).out
    assert "Utilisation" in french and "octets" in french
    assert not re.search(r"\b(flags?|TOOL|NAME|FILE)\b| bytes\]", french)
    assert "Usage" in cli("help", env={"LANG": "de_DE.UTF-8"}).out


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_help_says_what_is_accepted(cli, lang):
    told = cli("help", env={"MCP_ASSIST_LANG": lang}).out
    for name, accepted in (
        ("--log-level", "DEBUG, INFO, WARNING, ERROR"),
        ("--log-format", "logfmt, json"),
        ("--threads", "1..256"),
        ("--debug", "true, false"),
        ("engine", "duckduckgo, searxng"),
        ("targets", "local, any"),
    ):
        assert re.search(rf"^  {name} .* \({accepted}\) \[", told, re.MULTILINE), name


def test_help_on_a_terminal_has_no_endless_lines(binary, cli):
    """What reads it from a pipe, as the manual is made, gets all."""
    ours, theirs = os.openpty()
    shown = b""
    with subprocess.Popen([binary, "help"], stdout=theirs) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # the end of a terminal
            while data := os.read(ours, 65536):
                shown += data
    os.close(ours)
    assert process.returncode == 0 and b"...]" in shown
    assert max(map(len, shown.decode().splitlines())) < 250 < max(map(len, cli("help").out.splitlines()))


def test_version(cli):
    for words in (("version",), ("--version",)):
        done = cli(*words)
        assert done.code == 0 and re.fullmatch(r"mcp-assist \d+\.\d+\.\d+\n", done.out)
        done = cli(*words, "extra")
        assert done.code == 2 and done.out == "" and "extra" in done.err


@pytest.mark.parametrize("verb", ["", "serv", "SERVE", "--serve", "calculator"])
def test_unknown_verb(cli, verb):
    done = cli(verb)
    assert done.code == 2 and done.out == ""
    assert "mcp-assist help" in done.err and verb in done.err


def test_tools(cli, server):
    done = cli("tools", "--json")
    tools = done.json["tools"]
    assert done.code == 0 and len(tools) == 12
    assert tools == server.get("/tools").json()["tools"]  # one description, whatever the face
    for tool in tools:
        schema.check_schema(tool["inputSchema"])
        schema.check_schema(tool["outputSchema"])
    text = cli("tools").out
    for tool in tools:
        assert tool["name"] in text
        for name in tool["inputSchema"]["properties"]:
            assert f"--{name}" in text
    assert "required" in text and "default" in text


def test_tools_about_one(cli):
    tools = cli("tools", "--json").json["tools"]
    calculator = next(tool for tool in tools if tool["name"] == "calculator")
    for words in (("calculator", "--json"), ("--json", "calculator")):
        done = cli("tools", *words)
        assert done.code == 0 and done.json["tools"] == [calculator]
    assert cli("tools", "calculator").out == cli("call", "calculator", "--help").out
    assert cli("tools", "calculator", "ping_host").code == 2


def test_tools_in_french(cli):
    names = [tool["name"] for tool in cli("tools", "--json").json["tools"]]
    french = cli("tools", "--json", "--lang", "fr").json["tools"]
    assert [tool["name"] for tool in french] == names
    assert french != cli("tools", "--json", "--lang", "en").json["tools"]
    assert "obligatoire" in cli("tools", "--lang", "fr").out


def test_tools_refuses_what_it_does_not_know(cli):
    done = cli("tools", "--yaml")
    assert done.code == 2 and "--yaml" in done.err and "--json" in done.err


def test_call_for_people(cli):
    done = cli("call", "calculator", "--expression", "2 + 2 * 3")
    assert done.code == 0 and done.err == ""
    assert "8" in done.out and "{" not in done.out


def test_call_json_alone(cli, schema_for):
    done = cli("call", "calculator", "--expression", "1/3", "--json")
    assert done.code == 0 and done.err == ""
    schema.validate(done.json, schema_for("calculator"))
    assert done.json["result"] == "1/3"


@pytest.mark.parametrize(
    "words",
    [
        ("--expression", "6*7"),
        ("--expression=6*7",),
        ("6*7",),
        ("--json", "--expression", "6*7"),
    ],
)
def test_ways_to_say_it(cli, words):
    assert "42" in cli("call", "calculator", *words).out


def test_names_with_dashes_aliases_and_lists(cli):
    done = cli("call", "ping_host", "127.0.0.1", "--timeout-ms", "500", "--count", "1", "--json")
    assert done.code == 0 and done.json["address"] == "127.0.0.1"
    done = cli("call", "ping_host", "--host", "127.0.0.1,127.0.0.2", "--count=1", "--json")
    assert [target["address"] for target in done.json["targets"]] == ["127.0.0.1", "127.0.0.2"]
    done = cli("call", "ping_host", "--host", "127.0.0.1", "--host", "127.0.0.2", "--count", "1", "--json")
    assert len(done.json["targets"]) == 2
    done = cli("call", "system_info", "--info_type", "general", "--json")
    assert done.code == 0


def test_a_parameter_comes_before_a_setting(cli):
    """--user and --host are settings of the server, but parameters of some tools."""
    done = cli("call", "process_list", "--user", "no-such-user-here", "--sample-ms", "0", "--json")
    assert done.code in (0, 2)
    assert "no-such-user-here" in done.err if done.code else done.json["processes"] == []
    assert cli("call", "ping_host", "--host", "127.0.0.1", "--count", "1", "--json").json["received"] == 1


def test_a_value_may_look_like_a_number(cli):
    """Negative numbers are values, not flags."""
    assert cli("call", "calculator", "--expression", "-3 - 4", "--json").json["value"] == -7


def test_languages(cli):
    english = cli("call", "system_info", "--section", "general", env={"LANG": "en_US.UTF-8"}).out
    for done in (
        cli("call", "system_info", "--section", "general", "--lang", "fr"),
        cli("call", "system_info", "--section", "general", env={"LANG": "fr_CA.UTF-8"}),
        cli("call", "system_info", "--section", "general", env={"LC_ALL": "fr_FR.UTF-8", "LANG": "C"}),
    ):
        assert done.code == 0 and done.out.split(":")[0] != english.split(":")[0]
    done = cli("call", "calculator", "--lang", "fr")
    assert "obligatoire" in done.err and "accepté" in done.err


def test_finding_is_no_failure(cli):
    done = cli("call", "port_scan", "127.0.0.1", "--ports", "1", "--json")
    assert done.code == 0 and done.json["open"] == []


FAULTS = [
    (("call", "calculator"), {}, 2, "expression"),
    (("call", "calculator", "--expression", "1+"), {}, 2, "column 3"),
    (("call", "calculator", "--expresion", "1"), {}, 2, "expression"),
    (("call", "calculator", "--expression", "1", "--expression", "2"), {}, 2, ""),
    (("call", "ping_host", "127.0.0.1", "--count", "0"), {}, 2, "1 to 100"),
    (("call", "ping_host", "127.0.0.1", "--count", "four"), {}, 2, "four"),
    (("call", "ping_host", "127.0.0.1", "--method", "smoke"), {}, 2, "icmp"),
    (("call", "ping_host", "127.0.0.1", "--colour", "red"), {}, 2, "colour"),
    (("call", "calculator", "1"), {"MCP_ASSIST_DISABLED_TOOLS": "calculator"}, 3, "disabled_tools"),
    (("call", "read_file", "/root/.ssh/id_rsa"), {}, 3, ""),
    (("call", "read_file", "/var/log/no-such-file-here"), {}, 4, "no-such-file-here"),
    (("call", "no_such_tool"), {}, 4, "calculator"),
    (("call",), {}, 2, "mcp-assist tools"),
]


@pytest.mark.parametrize(("words", "env", "code", "said"), FAULTS, ids=[" ".join(row[0]) for row in FAULTS])
def test_exit_code_tells_the_fault(cli, words, env, code, said):
    done = cli(*words, env=env)
    assert (done.code, done.out) == (code, "")
    assert said in done.err and done.err.endswith("\n")


def test_every_fault_is_listed(cli):
    done = cli("call", "ping_host", "--count", "0", "--method", "smoke", "--colour", "red")
    assert done.code == 2
    for word in ("host", "count", "method", "colour"):
        assert word in done.err


def test_invalid_utf8_argument(cli):
    done = cli("call", "calculator", "--expression", b"1\xff1".decode(errors="surrogateescape"))
    assert done.code == 2 and done.out == ""


def descriptors_of(pid):
    names = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            names.append(os.readlink(link))
    return " ".join(names)


def test_interrupt_cancels(binary, tmp_path):
    command = [binary, "call", "system_info", "--section", "cpu", "--sample-ms", "5000"]
    env = program.environment(tmp_path / "sanitizer")
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while "signalfd" not in descriptors_of(process.pid):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=4)
    assert process.returncode == 9 and out == b"" and b"ancel" in err
    assert not program.sanitizer_reports(tmp_path / "sanitizer")


@pytest.mark.parametrize("words", ["call calculator 1", "tools", "help", "version", "key list", "db check", "db stats"])
def test_output_that_cannot_be_written(binary, tmp_path, words):
    data = ["--data-dir", str(tmp_path / "data")]
    for seed in ("call calculator 1", "key add one"):
        command = [binary, *seed.split(), *data]
        subprocess.run(command, env=program.environment(tmp_path / "sanitizer"), check=True, capture_output=True)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [binary, *words.split(), *(data if words[0] in "kd" else [])],
            env=program.environment(tmp_path / "sanitizer"),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1


def test_answers_over_stdio_that_cannot_be_written(binary, tmp_path):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [binary, "stdio", "--data-dir", str(tmp_path / "data")],
            env=program.environment(tmp_path / "sanitizer"),
            input=b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b'level=error event=stdio error="No space left on device"' in done.stderr


def test_json_is_what_other_faces_say(cli, server):
    told = cli("call", "calculator", "2^64", "--json").json
    assert told == server.call_tool("calculator", {"expression": "2^64"})
    answer = server.rpc("tools/call", {"name": "calculator", "arguments": {"expression": "2^64"}})
    assert told == answer["result"]["structuredContent"]


@pytest.mark.parametrize(
    "words, says",
    [
        (("call", "calculator", "2", "+", "2"), "quotes"),
        (("call", "ping_host", "--host"), "--host needs a value"),
        (("call", "ping_host", "-h4", "127.0.0.1"), "no flag -h4"),
        (("call", "disk_usage", "--path", "/", "--path", "/dev"), "twice"),
    ],
)
def test_slips_are_named(cli, words, says):
    done = cli(*words)
    assert done.code == 2
    assert says in done.err


@pytest.mark.parametrize("words", [("call", "ping_host", "--help"), ("call", "ping", "-h"), ("tools", "ping-host"), ("help", "ping")])
def test_help_for_one_tool(cli, words):
    done = cli(*words)
    assert done.code == 0
    assert done.out.startswith("ping_host: ") and "--interval_ms" in done.out and "calculator" not in done.out


def test_help_for_what_is_none(cli):
    assert cli("help", "serve").out == cli("help").out
    done = cli("help", "serv")
    assert done.code == 4 and done.out == "" and '"serv"' in done.err and "ping_host" in done.err


def test_an_unknown_tool_is_told_alike(cli):
    called, listed = cli("call", "nope"), cli("tools", "nope")
    assert (called.code, called.err) == (listed.code, listed.err) and called.code == 4


@pytest.mark.parametrize("tool, name, value, status", [
    ("calculator", "expression", "1/0", 400),
    ("calculator", "expresion", "1", 400),
    ("read_file", "path", "/root/.ssh/id_rsa", 403),
])
def test_json_of_a_failed_call_is_the_problem_of_rest(cli, server, tool, name, value, status):
    done = cli("call", tool, f"--{name}={value}", "--json")
    answer = server.post(f"/call/{tool}", json={name: value})
    assert (answer.status_code, done.code) == (status, 2 if status == 400 else 3)
    assert done.json == answer.json() and done.err


def test_values_that_look_like_flags(cli):
    assert cli("call", "calculator", "--", "-5 + 1", "--json").code == 2
    done = cli("call", "calculator", "--json", "--", "-5 + 1")
    assert json.loads(done.out)["result"] == "-4"


def test_lists_and_maps_as_json(cli):
    done = cli("call", "ping_host", "--host", '["127.0.0.1", "127.0.0.2"]', "--count", "1", "--json")
    assert len(json.loads(done.out)["targets"]) == 2
