"""The image of the Dockerfile, built and run by buildah without any engine: the base is a Debian tree made by debootstrap,
images are plain directories, containers are chroots. Needs root.

What a container is like here: its own root directory, account, mounts, capabilities; the machine's processes and network."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from pathlib import Path

from . import machine, program

BASE = "localhost/debian-base"
IMAGE = "localhost/mcp-assistance-informatique"
# What a container has unless somebody says otherwise.
CAPABILITIES = set(
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split()
)


def base_tree() -> Path:
    """What a Debian image holds: the smallest system that has apt."""
    suite = machine.host_suite()
    with machine.being_made(f"{suite}-image") as (tree, part):
        if part:
            machine.made(["debootstrap", "--variant=minbase", suite, part, machine.mirror()])
            for path in ("var/cache/apt/archives", "var/lib/apt/lists"):
                shutil.rmtree(part / path)
                (part / path).mkdir()
                (part / path / "partial").mkdir()
            for path in ("etc/hostname", "etc/resolv.conf"):  # the machine's, not an image's
                (part / path).unlink(missing_ok=True)
            # As the slim images have it: no waiting for disks, no documentation.
            (part / "etc/dpkg/dpkg.cfg.d/docker").write_text(
                "force-unsafe-io\npath-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n"
                "path-exclude /usr/share/man/*\npath-exclude /usr/share/locale/*\n"
            )
            (part / "etc/apt/apt.conf.d/docker").write_text('Acquire::Languages "none";\n')
    return tree


def machines_ways(folder: Path) -> list:
    """How this machine reaches its package registries, mounted into the build and no part of the image: what apt and npm
    are told, and whom TLS trusts."""
    words = []
    dump = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True).stdout
    ways = folder / "apt.conf"
    ways.write_text("".join(line for line in dump.splitlines(True) if re.search(r"::(http|https)::.* \"[^\"]", line)))
    words += ["--volume", f"{ways}:/etc/apt/apt.conf.d/99machine:ro"]
    trusted = Path("/etc/ssl/certs/ca-certificates.crt")
    npmrc = folder / "npmrc"
    lines = []
    for source in ("/etc/npmrc", "/root/.npmrc"):
        if Path(source).exists():
            lines += [line for line in Path(source).read_text().splitlines() if re.match(r"(registry|cafile|.*proxy) *=", line)]
    npmrc.write_text("\n".join([*lines, "cafile=/run/trusted.crt"]) + "\n")
    if trusted.exists():
        words += ["--volume", f"{trusted}:/run/trusted.crt:ro", "--volume", f"{npmrc}:/root/.npmrc:ro"]
    return words


class Store:
    """Where buildah keeps images and containers."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.buildah = ["buildah", "--storage-driver", "vfs", "--root", folder / "store", "--runroot", folder / "run"]

    def run(self, *words, **options):
        return machine.made([*self.buildah, *words], **options).strip()

    def has(self, image) -> bool:
        return image in self.run("images", "--format", "{{.Name}}").split()

    def make_base(self):
        """From the tree, once for the life of the store."""
        if self.has(BASE):
            return
        container = self.run("from", "scratch")
        machine.made(["cp", "-a", f"{base_tree()}/.", self.run("mount", container)])
        self.run("umount", container)
        self.run("commit", "--rm", container, BASE)

    def build(self, context: Path):
        """The image, from the Dockerfile as it is; every layer anew."""
        self.run("rm", "--all")  # what a run that was cut off left
        self.run("rmi", "--prune")
        self.run(
            "bud", "--isolation", "chroot", "--format", "docker", "--layers=false", "--build-arg", f"BASE={BASE}",
            *machines_ways(self.folder), "--tag", IMAGE, context, cwd=context,
        )  # fmt: skip

    def config(self) -> dict:
        """What the image says about how it is run."""
        return json.loads(self.run("inspect", "--type", "image", IMAGE))["Docker"]["config"]


class Container:
    """A container with a read-only root and, as in docker-compose.yml, no capability. Use as a context manager."""

    def __init__(self, store: Store, *, volumes=(), env=None, user=None, caps=()):
        self.store = store
        self.config = store.config()
        self.options = ["--isolation", "chroot", "--user", user or self.config["User"]]
        # buildah drops after it adds: all but these, one by one.
        for cap in sorted(CAPABILITIES - set(caps)) if caps else ["all"]:
            self.options += ["--cap-drop", cap if cap == "all" else f"CAP_{cap}"]
        for volume in volumes:
            self.options += ["--volume", volume]
        for name, value in (env or {}).items():
            self.options += ["--env", f"{name}={value}"]
        self.name = store.run("from", IMAGE)
        self.root = Path(store.run("mount", self.name))
        self.process = None
        # Where buildah mounts something there must be something, once nothing can be made any more.
        for volume in volumes:
            (self.root / volume.split(":")[1].lstrip("/")).mkdir(parents=True, exist_ok=True)
        for name in ("etc/hosts", "etc/resolv.conf"):
            (self.root / name).touch()
        machine.made(["mount", "--bind", self.root, self.root])
        machine.made(["mount", "-o", "remount,bind,ro", self.root])
        machine.made(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.root / "run"])  # where buildah leaves a mark

    def command(self, *words):
        return [str(word) for word in (*self.store.buildah, "run", *self.options, self.name, "--", *words)]

    def run(self, *words) -> program.Outcome:
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120, check=False)
        return program.Outcome(done.returncode, done.stdout, done.stderr)

    def start(self) -> str:
        """Its entry point with its command, as an engine would; the URL it says it listens on."""
        words = self.config["Entrypoint"] + self.config["Cmd"]
        self.process = subprocess.Popen(
            self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.output, ready = [], threading.Event()

        def read():
            for line in self.process.stdout:
                self.output.append(line)
                ready.set() if "Listening on " in line else None
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        assert ready.wait(60), self.said
        lines = [line for line in self.output if "Listening on " in line]
        assert lines, self.said
        return lines[0].rpartition(" ")[2].strip()

    @property
    def said(self) -> str:
        return "".join(self.output)

    @property
    def pid(self) -> int:
        """Of the program itself, which is a descendant of buildah."""
        found = [self.process.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().strip() == "mcp-assist":
                    return pid
                for task in Path(f"/proc/{pid}/task").iterdir():  # any thread of buildah may have started it
                    found += map(int, (task / "children").read_text().split())
        raise AssertionError(f"mcp-assist is not running: {self.said}")

    def status(self) -> dict:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def stop(self) -> int:
        """As an engine stops it; the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(30)

    def health_check(self) -> program.Outcome:
        """The command of the image's HEALTHCHECK."""
        kind, *words = self.config["Healthcheck"]["Test"]
        assert kind == "CMD", shlex.join(words)
        return self.run(*words)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.process and self.process.poll() is None:
            with contextlib.suppress(AssertionError, ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        machine.made(["umount", self.root / "run"])
        machine.made(["umount", self.root])
        self.store.run("umount", self.name)
        self.store.run("rm", self.name)
