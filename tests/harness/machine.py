"""A Debian machine of the tests: a tree made by debootstrap, booted by its own systemd as PID 1 of namespaces of its own.

Trees are made once and kept (MCP_ASSIST_TREES, else build/trees). A machine writes to a layer above its tree, which is gone
when it ends. Needs root."""

import contextlib
import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import program

# What PID 1 finds: a layer above its tree, its own /proc, /run, /dev, a cgroup tree; with "host" the host's files under /run/host.
BOOT = r"""
set -eu
tree=$1 layer=$2 units=$3 files=$4 cgroup=$5 host=$6
[ -z "$cgroup" ] || echo 0 >"$cgroup/cgroup.procs"
exec unshare --pid --mount --uts --ipc --net --cgroup --fork --kill-child sh -c '
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$2"
mkdir "$2/upper" "$2/work" "$2/root"
cp -a "$4/." "$2/upper"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/root"
cd "$2/root"
mount -t proc proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for place in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
chmod 1777 tmp
mkdir dev/pts dev/shm run/old
chmod 1777 dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
for device in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"
done
mknod -m 666 dev/tty c 5 0
if [ "$6" = host ]; then
    mkdir run/host
    mount --rbind / run/host
fi
mkdir -p run/systemd
cp -r "$3" run/systemd/system
pivot_root . run/old
umount -l /run/old
rmdir /run/old
exec env -i container=mcp-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=no
' boot "$@"
"""

_numbers = itertools.count()
# Nothing of this system's environment means anything there.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def trees() -> Path:
    return Path(os.environ.get("MCP_ASSIST_TREES", program.BUILD / "trees"))


def mirror() -> str:
    """Where this system's own packages come from; MCP_ASSIST_MIRROR names another one."""
    if named := os.environ.get("MCP_ASSIST_MIRROR"):
        return named
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages"]
    known = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert known, "apt knows no package lists: run apt-get update"
    return known[0]


def host_suite() -> str:
    """The code name of the host's release if it is a Debian, else that of Debian 12."""
    release = {}
    for line in Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        release[key] = value.strip('"')
    return release["VERSION_CODENAME"] if release["ID"] == "debian" else "bookworm"


@contextlib.contextmanager
def being_made(name):
    """Whoever makes a tree is alone with it: yields its final path and where to make it; a tree that is there yields None
    for the latter. Suites run side by side."""
    trees().mkdir(parents=True, exist_ok=True)
    with (trees() / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tree, part = trees() / name, trees() / f"{name}.part"
        if tree.exists():
            yield tree, None
            return
        shutil.rmtree(part, ignore_errors=True)
        yield tree, part
        part.rename(tree)


def made(command, **options):
    """Runs a command that makes a tree; what it said is told when it fails."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=1200, check=False, **options
    )
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def debian_tree(suite=None) -> Path:
    """A minimal Debian with systemd in it: of the host's release, or of the one with that code name."""
    suite = suite or host_suite()
    with being_made(suite) as (tree, part):
        if part:
            made(["debootstrap", "--variant=minbase", "--include=systemd,dbus", suite, part, mirror()])
    return tree


def _cgroup_root():
    """Where the host has the unified cgroup tree; None where it has none to write to."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 ") and before.split()[5].startswith("rw"):
            return Path(before.split()[4])
    return None


class Machine:
    """The tree, booted. run() runs a command of the tree. `units` go to /run/systemd/system, None for a masked one; `files`
    are {path in the machine: file of the host}; with `host` the host's files are under /run/host."""

    def __init__(self, tree, folder, *, units=None, files=None, host=False):
        layer, unit_folder, file_folder = (folder / name for name in ("layer", "units", "files"))
        for made_folder in (layer, unit_folder, file_folder):
            made_folder.mkdir()
        for name, text in (units or {}).items():
            if text is None:
                (unit_folder / name).symlink_to("/dev/null")
            else:
                (unit_folder / name).write_text(text)
        for name, source in (files or {}).items():
            target = file_folder / name.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        self.log = folder / "boot.log"
        root = _cgroup_root()
        self.cgroup = root / f"mcpt-{os.getpid()}-{next(_numbers)}" if root else None
        if self.cgroup:
            self.cgroup.mkdir()
        words = [tree, layer, unit_folder, file_folder, self.cgroup or "", "host" if host else ""]
        with self.log.open("wb") as log:
            self.holder = subprocess.Popen(
                ["sh", "-c", BOOT, "boot", *map(str, words)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            self.pid = self.wait(self._find_init, 30)
            self.wait(self._is_up, 60)
        except BaseException:
            self.stop()
            raise

    def wait(self, question, seconds):
        """Asks until the answer is true; what the machine said when it never is."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = question()
            if answer:
                return answer
            assert self.holder.poll() is None, self.log.read_text(errors="replace")
            time.sleep(0.1)
        raise AssertionError(f"{question.__name__}: {self.log.read_text(errors='replace')}")

    def _find_init(self):
        children = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split()
        if children and Path(f"/proc/{children[0]}/comm").read_text().strip() == "systemd":
            return children[0]
        return None

    def _is_up(self):
        state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
        return state in ("running", "degraded")

    def command(self, words):
        """The command line that runs a command in here."""
        return ["nsenter", "-t", self.pid, "-p", "-m", "-u", "-i", "-n", "-C", "-r", "-w", *map(str, words)]

    def run(self, *words, check=True, timeout=60, **options):
        """Runs a command in here to its end, output captured as text."""
        options = {"capture_output": True, "text": True, "env": ENVIRONMENT} | options
        done = subprocess.run(self.command(words), check=False, timeout=timeout, **options)
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def show(self, unit, *properties):
        """What systemctl says."""
        out = self.run("systemctl", "show", "--timestamp=unix", *[f"--property={p}" for p in properties], "--", unit).stdout
        return dict(line.split("=", 1) for line in out.splitlines())

    def stop(self):
        self.holder.send_signal(signal.SIGKILL)
        self.holder.wait()
        if not self.cgroup:
            return
        end = time.monotonic() + 10
        # Whoever is left dies with PID 1; a cgroup can be removed when the last one is gone.
        for folder in sorted(self.cgroup.rglob("*/"), key=lambda path: -len(path.parts)) + [self.cgroup]:
            while folder.exists():
                try:
                    folder.rmdir()
                except OSError:
                    assert time.monotonic() < end, f"{folder} is still in use"
                    time.sleep(0.05)
