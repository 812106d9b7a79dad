"""One conversation of the Inspector's command line with our server: list, call, read and get everything.

    inspector_client.py PROGRAM legacy|modern|auto stdio|http|sse REVISION TARGET

Each step is a run of its own. Arguments and output are those of ts/run.mjs."""

import json
import subprocess
import sys


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def main(inspector, era, kind, _revision, target, calls):
    where = json.loads(target) if kind == "stdio" else [target]
    # Its own options follow the server's, which stdio servers need to be kept apart from.
    base = [inspector, "--cli", "--transport", kind, "--protocol-era", era, "--format", "json"]

    def run(method, *options):
        command = [*base, "--method", method, *options, "--", *where]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            return {"error": f"exit code {done.returncode}: {done.stdout} {done.stderr}"}
        return {"result": json.loads(done.stdout)["result"]}

    def must(method):
        answer = run(method)
        assert "result" in answer, answer
        return answer["result"]

    hello = must("initialize")
    say("connected", revision=hello["protocolVersion"], server=hello["serverInfo"])
    say("tools", tools=must("tools/list")["tools"])
    for name, arguments in calls.items():
        options = ("--tool-name", name, "--tool-args-json", json.dumps(arguments))
        say("call", tool=name, **run("tools/call", *options))
    for resource in must("resources/list")["resources"]:
        say("resource", uri=resource["uri"], **run("resources/read", "--uri", resource["uri"]))
    for prompt in must("prompts/list")["prompts"]:
        pairs = [f"{argument['name']}=localhost" for argument in prompt.get("arguments", ())]
        options = ["--prompt-args", *pairs] if pairs else []
        say("prompt", name=prompt["name"], **run("prompts/get", "--prompt-name", prompt["name"], *options))
    say("closed")


main(*sys.argv[1:6], json.load(sys.stdin))
