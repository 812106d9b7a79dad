"""MCP on the pipe: what goes on side by side, cancellation, and how it ends."""

import json
import os
import signal
import subprocess

import pytest

from harness import program

SUM = {"name": "calculator", "arguments": {"expression": "6*7"}}
SLOW = {"name": "system_info", "arguments": {"section": "cpu", "sample_ms": 5000}}


def run_once(binary, tmp_path, lines, **options):
    text = "\n".join(lines) + "\n"
    return program.run([binary, "stdio"], reports=tmp_path / "sanitizer", stdin=text, **options)


def request(id, method, params=None):
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}})


HANDSHAKE = [
    request(
        0,
        "initialize",
        {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    ),
    json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
]


def test_printf_gets_its_answers(binary, tmp_path):
    sample = {"name": "system_info", "arguments": {"section": "cpu", "sample_ms": 300}}
    calls = [request(1, "tools/call", sample), request(2, "tools/call", SUM)]
    done = run_once(binary, tmp_path, HANDSHAKE + calls)
    answers = {answer["id"]: answer for answer in map(json.loads, done.out.splitlines())}
    assert done.code == 0 and answers.keys() == {0, 1, 2}
    assert answers[2]["result"]["structuredContent"]["value"] == 42
    assert answers[1]["result"]["isError"] is False


def test_last_line_without_newline(binary, tmp_path):
    done = program.run([binary, "stdio"], reports=tmp_path / "sanitizer", stdin=request(1, "ping"))
    assert done.code == 0 and json.loads(done.out) == {"jsonrpc": "2.0", "id": 1, "result": {}}


def test_empty_input(binary, tmp_path):
    done = program.run([binary, "stdio"], reports=tmp_path / "sanitizer", stdin="")
    assert (done.code, done.out) == (0, "")


def test_a_slow_call_blocks_nobody(stdio):
    pipe = stdio()
    pipe.initialize()
    arguments = {"section": "cpu", "sample_ms": 800}
    slow = pipe.start("tools/call", {"name": "system_info", "arguments": arguments})
    quick = pipe.start("tools/call", SUM)
    first, second = pipe.receive(), pipe.receive()
    assert (first["id"], second["id"]) == (quick, slow)
    assert second["result"]["isError"] is False


def test_cancelled_has_no_answer(stdio):
    pipe = stdio()
    pipe.initialize()
    slow = pipe.start("tools/call", SLOW)
    pipe.notify("notifications/cancelled", {"requestId": slow, "reason": "changed my mind"})
    assert pipe.request("ping")["result"] == {}
    pipe.notify("notifications/cancelled", {"requestId": slow})
    pipe.notify("notifications/cancelled", {"requestId": "never was"})
    pipe.notify("notifications/cancelled", {})
    assert pipe.request("ping")["result"] == {}
    pipe.close()
    assert pipe.notifications == [] and pipe.receive() is None
    assert "outcome=cancelled" in pipe.stderr


def test_cancel_the_one_that_is_meant(stdio):
    pipe = stdio()
    pipe.initialize()
    call = {"name": "system_info", "arguments": {"section": "cpu", "sample_ms": 700}}
    calls = [pipe.start("tools/call", call, id=id) for id in (7, "7")]
    pipe.notify("notifications/cancelled", {"requestId": "7"})
    assert pipe.answer(calls[0])["result"]["isError"] is False
    pipe.close()
    assert pipe.receive() is None


def test_signal_ends_it_at_once(stdio):
    for number in (signal.SIGTERM, signal.SIGINT):
        pipe = stdio()
        pipe.initialize()
        pipe.start("tools/call", SLOW)
        assert pipe.request("ping")["result"] == {}
        os.kill(pipe.pid, number)
        assert pipe.process.wait(10) == 0
        pipe.close()


def test_reader_that_leaves(binary, tmp_path):
    """Nobody reads the answers any more: the server ends by itself, though its input stays open."""
    with subprocess.Popen(
        [binary, "stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=program.environment(tmp_path / "sanitizer"),
    ) as process:
        process.stdout.close()
        process.stdin.write((request(1, "tools/call", SUM) + "\n").encode())
        process.stdin.flush()
        assert process.wait(20) == 0
    assert not program.sanitizer_reports(tmp_path / "sanitizer")


def test_stdout_holds_messages_only(stdio):
    pipe = stdio(args=("--log-level", "DEBUG"))
    pipe.initialize()
    pipe.call_tool("calculator", SUM["arguments"])
    pipe.close()
    assert "event=call" in pipe.stderr and "tool=calculator" in pipe.stderr


def test_arguments_stay_out_of_the_log(stdio):
    pipe = stdio(args=("--log-level", "DEBUG"))
    pipe.initialize()
    pipe.call_tool("calculator", {"expression": "123454321 + 1"})
    pipe.close()
    assert "123454321" not in pipe.stderr


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_language(stdio, lang):
    pipe = stdio(args=("--lang", lang))
    pipe.initialize()
    text = pipe.call_tool("calculator", {})["content"][0]["text"]
    assert ("obligatoire" in text) == (lang == "fr") and ("required" in text) == (lang == "en")


def test_many_requests_at_once(stdio):
    pipe = stdio()
    pipe.initialize()
    ids = {pipe.start("tools/call", SUM) for _ in range(500)}
    answered = set()
    while answered != ids:
        message = pipe.receive()
        assert message["result"]["structuredContent"]["value"] == 42
        answered.add(message["id"])
