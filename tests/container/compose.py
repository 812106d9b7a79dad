"""docker-compose.yml as docker-compose and as a YAML parser read it."""

import itertools
import json
import os
import subprocess

import yaml

from harness.program import ROOT

FILE = ROOT / "docker-compose.yml"
PROFILES = ("with-db", "gateway")
COMBINATIONS = [chosen for count in range(3) for chosen in itertools.combinations(PROFILES, count)]


def document():
    """The file as it is written."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def config(profiles=(), env=None, folder=ROOT):
    """What `docker-compose config` makes of it, with no variable but these."""
    words = ["docker-compose", "--project-directory", str(folder), "-f", str(FILE)]
    words += [word for profile in profiles for word in ("--profile", profile)]
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | (env or {})
    done = subprocess.run([*words, "config"], env=clean, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)


def schema():
    """The compose specification's, where it lies beside the project or MCP_COMPOSE_SCHEMA says; None if it does not."""
    path = os.environ.get("MCP_COMPOSE_SCHEMA") or ROOT.parent / "shared/data/compose/compose-spec.json"
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)
