"""host_root: tools in a container of namespaces look at the machine outside of it.

The container has its own mounts, processes, network and host name; the machine's root directory is mounted at `host`. What
the tools say of it is compared with what this process, outside, sees."""

import fcntl
import json
import os
import socket
import tempfile
from pathlib import Path

import psutil
import pytest

from harness import program

# $1: an empty directory. The container's own files are changed first, so that it shows when one of them is taken.
CONTAINER = r"""
set -eu
mount --make-rprivate /
mkdir -p "$1/host"
mount --rbind / "$1/host"
printf 'boxed:x:0:0::/:/bin/sh\n' >"$1/passwd"
mount --bind "$1/passwd" /etc/passwd
printf 'NAME=Boxed\n' >"$1/os-release"
mount --bind "$1/os-release" /etc/os-release
mount -t tmpfs tmpfs /var/log
mount -t proc proc /proc
hostname boxed
shift
exec "$@"
"""


@pytest.fixture
def boxed(binary, tmp_path):
    """boxed(tool, *words, root=True, code=0): an answer from inside; root=False: without host_root."""
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    box = tmp_path / "box"
    box.mkdir()

    def run(tool, *words, root=True, code=0):
        prefix = ["unshare", "--mount", "--pid", "--net", "--uts", "--fork", "sh", "-c", CONTAINER, "sh", box]
        env = {"MCP_ASSIST_HOST_ROOT": box / "host"} if root else {}
        command = [*prefix, binary, "call", tool, *words, "--json"]
        done = program.run(command, reports=tmp_path / "sanitizer", env=env)
        assert done.code == code, done
        return json.loads(done.out) if code == 0 else done.err

    run.root = str(box / "host")
    return run


def test_the_container_itself_without_the_setting(boxed):
    general = boxed("system_info", "--section=general", root=False)["general"]
    assert (general["hostname"], general["os"]) == ("boxed", "Boxed")
    assert boxed("process_list", root=False)["total"] < 5
    assert "root" not in boxed("system_info", "--section=general", root=False)


def test_system_info(boxed, call_tool):
    seen = boxed("system_info")
    assert seen["root"] == boxed.root
    outside = call_tool("system_info")
    name = Path("/etc/hostname")
    assert seen["general"]["hostname"] == (name.read_text().strip() if name.exists() else "boxed")
    for field in ("os", "kernel", "booted_at", "timezone"):
        assert seen["general"].get(field) == outside["general"].get(field), field
    assert seen["memory"]["total_bytes"] == psutil.virtual_memory().total
    assert seen["processes"]["total"] > 5
    assert {one["name"] for one in seen["network"]["interfaces"]} <= set(psutil.net_io_counters(pernic=True))
    assert seen["network"]["interfaces_total"] == len(psutil.net_io_counters(pernic=True))
    mounts = {one["mount"] for one in seen["disk"]["filesystems"]}
    assert mounts == {one["mount"] for one in outside["disk"]["filesystems"]}


def test_processes_of_the_host_with_the_hosts_names(boxed):
    seen = boxed("process_list", f"--filter={psutil.Process().name()}", "--limit=500", "--sample-ms=0")
    assert seen["root"] == boxed.root
    (this,) = [one for one in seen["processes"] if one["pid"] == os.getpid()]
    assert this["user"] == psutil.Process().username()
    assert "boxed" in boxed("process_list", "--user=boxed", code=2)
    assert boxed("process_list", f"--user={psutil.Process().username()}")["total"] > 0


def test_disk_usage(boxed, call_tool):
    seen = boxed("disk_usage", "--limit=500")
    assert seen["root"] == boxed.root
    outside = {one["mount"]: one for one in call_tool("disk_usage", {"limit": 500})["filesystems"]}
    inside = {one["mount"]: one for one in seen["filesystems"]}
    assert inside["/"]["total_bytes"] == outside["/"]["total_bytes"]
    assert inside["/"]["source"] == outside["/"]["source"]
    assert inside.keys() == outside.keys()
    assert {k: v["read_only"] for k, v in inside.items()} == {k: v["read_only"] for k, v in outside.items()}
    (one,) = boxed("disk_usage", "--path=/etc")["filesystems"]
    assert one["mount"] == call_tool("disk_usage", {"path": "/etc"})["filesystems"][0]["mount"]
    assert "/no/such" in boxed("disk_usage", "--path=/no/such", code=4)


def test_read_file(boxed):
    with tempfile.NamedTemporaryFile("w", dir="/var/log", suffix=".log", prefix="mcp-assist-test-") as file:
        file.write("of the host\n")
        file.flush()
        for path in (file.name, boxed.root + file.name):
            seen = boxed("read_file", f"--path={path}")
            assert (seen["root"], seen["path"], seen["content"]) == (boxed.root, file.name, "of the host\n")
        assert "mcp-assist-test" in boxed("read_file", f"--path={file.name}", root=False, code=4)
    assert boxed("read_file", "--path=/etc/hosts")["content"] == Path("/etc/hosts").read_text()
    assert boxed("read_file", "--path=/etc/os-release")["content"] == Path("/etc/os-release").read_text()
    for path in ("/etc/shadow", "/etc/../root/.bashrc", boxed.root + "/etc/shadow", "/root/.bashrc"):
        boxed("read_file", f"--path={path}", code=3)


@pytest.fixture
def slash_host():
    """The directory /host, for one test at a time: suites run side by side."""
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    place = Path("/host")
    root = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(root, fcntl.LOCK_EX)
    is_new = not place.exists()
    place.mkdir(exist_ok=True)
    yield
    if is_new:
        place.rmdir()
    os.close(root)


def test_twins_beneath_host(slash_host, tmp_path, binary):
    """Without host_root: what is mounted at /host is read under the same roots, and the deny list means its names."""
    tree = tmp_path / "tree"
    for name, text in {"var/log/app.log": "theirs\n", "etc/ssl/private/x.txt": "no\n", "root/x": "no\n"}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    (tree / "srv").mkdir()
    (tree / "srv/named").write_text("theirs\n")
    (tree / "var/log/link").symlink_to("/var/log/app.log")
    (tree / "var/log/out").symlink_to("/root/x")
    mount = 'mount --bind "$1" /host; shift; exec "$@"'

    def read(path, *words):
        prefix = ["unshare", "--mount", "sh", "-c", mount, "sh", tree]
        command = [*prefix, binary, "call", "read_file", f"--path={path}", "--json"]
        env = {"MCP_ASSIST_READ_FILE_ROOTS": "/var/log,/etc,/host/srv"}
        return program.run([*command, *words], reports=tmp_path / "sanitizer", env=env)

    for path in ("/host/var/log/app.log", "/host/var/log/link", "/host/srv/named"):
        seen = read(path).json
        assert (seen["path"], seen["content"]) == (path, "theirs\n")
        assert "root" not in seen
    for path in ("/host/etc/ssl/private/x.txt", "/host/root/x", "/host/var/log/out", "/host/var/log/../../root/x"):
        done = read(path)
        assert done.code == 3, done
        assert path in done.err
    assert read("/host/var/log/none").code == 4


def test_the_data_directory_is_the_servers_own(boxed, tmp_path):
    (tmp_path / "note.txt").write_text("mine\n")
    seen = boxed("read_file", f"--path={tmp_path}/note.txt", f"--data-dir={tmp_path}")
    assert seen["content"] == "mine\n"
    assert "root" not in seen


def test_network_interfaces_say_whose_they_are(boxed, cli, tmp_path):
    alone = boxed("network_interfaces")
    assert alone["root"] == "/"
    assert [one["name"] for one in alone["interfaces"]] == ["lo"]
    (tmp_path / "root").mkdir()
    (tmp_path / "root/proc").symlink_to("/proc")
    shared = cli("call", "network_interfaces", "--json", env={"MCP_ASSIST_HOST_ROOT": tmp_path / "root"}).json
    assert shared["root"] == str(tmp_path / "root")
    assert {one["name"] for one in shared["interfaces"]} == {name for _, name in socket.if_nameindex()}


def test_services_of_a_host_without_systemd(cli, tmp_path):
    for folder in ("proc", "etc/init.d", "run/openrc/started", "etc/runlevels/default"):
        (tmp_path / folder).mkdir(parents=True)
    script = tmp_path / "etc/init.d/printer"
    script.write_text("#!/sbin/openrc-run\n")
    script.chmod(0o755)
    (tmp_path / "run/openrc/softlevel").write_text("default")
    (tmp_path / "run/openrc/started/printer").symlink_to("/etc/init.d/printer")
    seen = cli("call", "check_service", "printer", "--json", env={"MCP_ASSIST_HOST_ROOT": tmp_path}).json
    assert (seen["root"], seen["manager"]) == (str(tmp_path), "openrc")
    assert (seen["found"], seen["active_state"]) == (True, "active")


def test_a_host_whose_systemd_cannot_be_reached_is_no_host_without_one(cli, tmp_path):
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    done = cli("call", "check_service", "ssh", env={"MCP_ASSIST_HOST_ROOT": tmp_path})
    assert done.code == 6
    assert "systemd" in done.err


def test_a_root_without_proc(cli, tmp_path):
    for tool in ("system_info", "process_list"):
        done = cli("call", tool, env={"MCP_ASSIST_HOST_ROOT": tmp_path})
        assert done.code == 6
        assert f"{tmp_path}/proc" in done.err


def test_another_spelling_of_the_root(cli, tmp_path):
    (tmp_path / "tree/var/log").mkdir(parents=True)
    (tmp_path / "tree/var/log/app.log").write_text("theirs\n")
    (tmp_path / "link").symlink_to("tree")
    for root in (tmp_path / "link", f"{tmp_path}/tree/.", f"/{tmp_path}/tree", f"{tmp_path}/link/../tree/"):
        done = cli("call", "read_file", "--path=/var/log/app.log", "--json", env={"MCP_ASSIST_HOST_ROOT": root})
        assert done.code == 0, done
        assert (done.json["root"], done.json["content"]) == (str(tmp_path / "tree"), "theirs\n")


@pytest.mark.parametrize("root", ["/no/such", "relative", "/etc/passwd"])
def test_a_root_that_is_no_directory(cli, root):
    done = cli("call", "system_info", env={"MCP_ASSIST_HOST_ROOT": root})
    assert done.code == 2
    assert root in done.err
