"""File systems that only a server and whoever looks through it sees: no other test finds them in its list of mounts."""

import subprocess
from pathlib import Path


class Mounts:
    """For make_server(netns=...): a mount namespace of its own in which `script` has been run before."""

    def __init__(self, script):
        self.script = script

    def command(self, command):
        words = ["unshare", "-m", "--propagation", "private", "sh", "-ec", self.script + '\nexec "$@"', "sh"]
        return [*words, *map(str, command)]

    def call(self, function):
        return function()


def run_inside(server, *words):
    """Runs a command where the server's mounts are."""
    subprocess.run(["nsenter", "-t", str(server.pid), "-m", *map(str, words)], check=True)


def seen_from(server, path) -> Path:
    """The path of a file of the server's, from outside."""
    return Path(f"/proc/{server.pid}/root{path}")
