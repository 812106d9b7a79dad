#!/usr/bin/env python3
"""Stands in for docker-compose where no engine runs: the real one reads the file with the profiles given, and must know the
services that are named; what would run in the server's container is run by the binary under test (PROGRAM)."""

import os
import subprocess
import sys

VERBS = {"up", "stop", "build", "ps", "logs", "run"}
REAL = os.environ["REAL_DOCKER_COMPOSE"]


def main(words):
    profiles = []
    while words[0] == "--profile":
        profiles += words[:2]
        words = words[2:]
    verb, *rest = words
    assert verb in VERBS, verb
    command = [REAL, *profiles, "config", "--services"]
    known = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    named = [word for word in rest if not word.startswith("-")]
    if verb == "run":
        assert rest[0] == "--rm" and named[0] == "mcp-server", rest
        inside = [word.replace("/app/data", os.environ["MCP_ASSIST_DATA_DIR"]) for word in named[1:]]
        return subprocess.run([os.environ["PROGRAM"], *inside], check=False).returncode
    assert set(named) <= set(known), (named, known)
    return 0


sys.exit(main(sys.argv[1:]))
