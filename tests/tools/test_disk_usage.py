"""disk_usage against df(1), in a mount namespace of its own with odd names, copies and a dead file system."""

import os
import subprocess
import sys

import pytest
from harness.server import CallFault, Server

COLUMNS = ["source", "fstype", "size", "used", "avail", "pcent", "ipcent", "target"]

# Mounts a scene, then becomes the program under test. The descriptor of /dev/fuse stays open and unread.
MOUNTER = """
import ctypes, os, sys

libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind, flags=0, options=None):
    os.makedirs(target, exist_ok=True)
    texts = [text and os.fsencode(text) for text in (source, target, kind)]
    if libc.mount(*texts, ctypes.c_ulong(flags), options and options.encode()):
        raise OSError(ctypes.get_errno(), target)


scene, binary = sys.argv[1], sys.argv[2]
libc.unshare(0x00020000)
mount("none", "/", None, 0x44000)
mount("small", scene + "/small", "tmpfs", 0, "size=1m,nr_inodes=100")
mount("odd name", scene + "/a b\\t\\\\c\\n", "tmpfs", 0, "size=64k")
mount("readonly", scene + "/readonly", "tmpfs", 1, "size=64k")
mount(scene + "/small", scene + "/small-copy", None, 0x1000)
mount("below", scene + "/over", "tmpfs", 0, "size=128k")
mount("above", scene + "/over", "tmpfs", 0, "size=256k")
mount("processes", scene + "/pseudo", "proc")
with open(scene + "/small/file", "wb") as file:
    file.write(bytes(300_000))
if "dead" in os.path.basename(scene):
    fd = os.open("/dev/fuse", os.O_RDWR)
    os.set_inheritable(fd, True)
    mount("dead", scene + "/nfs", "fuse.dead", 0, f"fd={fd},rootmode=40000,user_id=0,group_id=0")
os.execv(binary, sys.argv[2:])
"""


def start(binary, scene, env=None):
    """A server whose mounts are those of MOUNTER beneath `scene`."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    scene.mkdir()
    mounter = scene.parent / "mounter.py"
    mounter.write_text(MOUNTER)
    wrapper = scene.parent / "mcp-assist"
    wrapper.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{mounter}' '{scene}' '{binary}' \"$@\"\n")
    wrapper.chmod(0o755)
    return Server(wrapper, scene.parent, env=env)


@pytest.fixture(scope="module")
def scene(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mounts") / "scene"
    with start(binary, folder) as server:
        server.scene = folder
        yield server


@pytest.fixture
def dead_scene(binary, tmp_path):
    if not os.path.exists("/dev/fuse"):
        pytest.skip("needs FUSE")
    folder = tmp_path / "dead"
    # LeakSanitizer would wait at the end for the thread that nothing but the end of the process can free.
    options = f"exitcode=99:detect_leaks=0:log_path={tmp_path / 'sanitizer'}"
    with start(binary, folder, {"ASAN_OPTIONS": options}) as server:
        server.scene = folder
        yield server


def df(server, *args):
    """Rows of df as the server's namespace has them, by mount point."""
    command = [
        "nsenter",
        "-m",
        "-t",
        str(server.pid),
        "df",
        "--block-size=1",
        f"--output={','.join(COLUMNS)}",
        *args,
    ]
    rows = {}
    env = os.environ | {"LC_ALL": "C"}
    for line in subprocess.run(
        command, capture_output=True, text=True, env=env, check=True
    ).stdout.splitlines()[1:]:
        row = dict(zip(COLUMNS, line.split(None, len(COLUMNS) - 1), strict=True))
        rows[row["target"]] = row
    return rows


def percent(text):
    return None if text == "-" else int(text.rstrip("%"))


def as_df(row):
    return {
        "source": row["source"],
        "fstype": row["type"],
        "size": row["total_bytes"],
        "used": row["used_bytes"],
        "avail": row["available_bytes"],
        "pcent": row.get("used_percent"),
        "ipcent": row.get("inodes_used_percent"),
    }


def of_df(row):
    numbers = {key: int(row[key]) for key in ("size", "used", "avail")}
    return (
        {"source": row["source"], "fstype": row["fstype"]}
        | numbers
        | {key: percent(row[key]) for key in ("pcent", "ipcent")}
    )


def test_every_row_is_that_of_df(scene):
    own = {str(scene.scene / name) for name in ("small", "readonly", "over")}
    equal, rows, before = set(), {}, {}
    for _ in range(20):  # until no disk was written to while it was looked at
        before = df(scene)
        rows = {row["mount"]: row for row in scene.call_tool("disk_usage", {"limit": 500})["filesystems"]}
        after = df(scene)
        for mount in rows.keys() & before.keys() & after.keys():
            if as_df(rows[mount]) in (of_df(before[mount]), of_df(after[mount])):
                equal.add(mount)
            assert mount in equal or mount not in own
        if rows.keys() & before.keys() <= equal:
            break
    assert own | {"/"} <= rows.keys() & before.keys()
    for mount in (rows.keys() & before.keys()) - equal:  # somebody never stops writing
        expected = of_df(before[mount])
        for column in ("source", "fstype", "size"):
            assert as_df(rows[mount])[column] == expected[column]
        assert abs(rows[mount]["used_percent"] - expected["pcent"]) <= 5


def test_each_file_system_is_there_once_and_pseudo_ones_are_not(scene):
    rows = scene.call_tool("disk_usage", {"limit": 500})["filesystems"]
    mounts = [row["mount"] for row in rows]
    assert len(set(mounts)) == len(mounts)
    assert str(scene.scene / "small") in mounts and str(scene.scene / "small-copy") not in mounts
    assert not {row["type"] for row in rows} & {
        "proc",
        "sysfs",
        "cgroup",
        "cgroup2",
        "devpts",
        "mqueue",
        "autofs",
    }
    over = [row for row in rows if row["mount"] == str(scene.scene / "over")]
    assert [(row["source"], row["total_bytes"]) for row in over] == [("above", 256 * 1024)]


def test_names_with_blanks_and_line_ends(scene):
    odd = [
        row
        for row in scene.call_tool("disk_usage", {"limit": 500})["filesystems"]
        if row["source"] == "odd name"
    ]
    assert [row["mount"] for row in odd] == [str(scene.scene) + "/a b\t\\c\n"]


def test_read_only(scene):
    rows = {
        row["source"]: row["read_only"]
        for row in scene.call_tool("disk_usage", {"limit": 500})["filesystems"]
    }
    assert rows["readonly"] is True
    assert rows["above"] is False


def test_one_path(scene):
    result = scene.call_tool("disk_usage", {"path": str(scene.scene / "small/file")})
    (row,) = result["filesystems"]
    assert result["total"] == 1 and result["truncated"] is False
    assert row["mount"] == str(scene.scene / "small")
    assert as_df(row) == of_df(df(scene)[row["mount"]])
    assert row["inodes_total"] == 100
    assert row["inodes_used"] == 2


@pytest.mark.parametrize("path", ["small-copy", "small/.", "over/../small", "small/"])
def test_paths_in_other_words(scene, path):
    (row,) = scene.call_tool("disk_usage", {"path": f"{scene.scene}/{path}"})["filesystems"]
    assert row["source"] == "small"


def test_a_path_names_a_pseudo_file_system(scene):
    (row,) = scene.call_tool("disk_usage", {"path": str(scene.scene / "pseudo")})["filesystems"]
    assert row["type"] == "proc" and row["source"] == "processes"
    assert "used_percent" not in row


def test_a_block_device_stands_for_what_is_mounted_from_it(scene):
    source = df(scene, "/")["/"]["source"]
    if not source.startswith("/dev/"):
        pytest.skip("the root is on no block device")
    (row,) = scene.call_tool("disk_usage", {"path": source})["filesystems"]
    assert row["mount"] == "/" and row["type"] == df(scene, "/")["/"]["fstype"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/no/such/path", 404),
        ("/etc/passwd/below", 404),
        ("relative", 400),
        ("", 400),
        ("/" + "a" * 300, 400),
    ],
)
def test_wrong_paths(scene, path, status):
    with pytest.raises(CallFault) as fault:
        scene.call_tool("disk_usage", {"path": path})
    assert fault.value.status == status


def test_the_fullest_when_there_are_too_many(scene):
    whole = scene.call_tool("disk_usage", {"limit": 500})
    result = scene.call_tool("disk_usage", {"limit": 2})
    fullest = max(row.get("used_percent", 0) for row in whole["filesystems"])
    assert len(result["filesystems"]) == 2
    assert result["truncated"] is True and result["total"] == whole["total"]
    assert result["filesystems"][0]["used_percent"] >= fullest - 1


def test_text_in_both_languages(scene):
    assert "Mounted on" in scene.call_text("disk_usage", lang="en")
    assert "Monté sur" in scene.call_text("disk_usage", lang="fr")


def test_a_dead_file_system_holds_nobody(dead_scene):
    dead = str(dead_scene.scene / "nfs")
    threads = []
    for _ in range(4):
        rows = {
            row["mount"]: row for row in dead_scene.call_tool("disk_usage", {"limit": 500})["filesystems"]
        }
        assert rows[dead] == {
            "source": "dead",
            "mount": dead,
            "type": "fuse.dead",
            "read_only": False,
            "stalled": True,
        }
        assert rows["/"]["total_bytes"] > 0
        for path in (dead, dead + "/deep/below"):
            (row,) = dead_scene.call_tool("disk_usage", {"path": path})["filesystems"]
            assert row["mount"] == dead and row["stalled"] is True
        threads.append(len(os.listdir(f"/proc/{dead_scene.pid}/task")))
    assert threads[-1] <= threads[0] + 1  # one question is in the kernel, however often it is asked
    assert "do not answer" in dead_scene.call_text("disk_usage", lang="en")
    assert dead_scene.call_tool("system_info", {"section": "disk", "sample_ms": 0})["disk"]["filesystems"]
    dead_scene.assert_alive()
