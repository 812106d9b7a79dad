"""read_file against Python's own reading: windows, tails, encodings, and everything it must refuse."""

import base64
import ctypes
import os
import random
import socket
import threading

import pytest
from harness.server import CallFault

TEN_MIB = 10 << 20


@pytest.fixture
def reader(make_server, tmp_path):
    """A server that may read beneath tmp_path/root (and has the shipped deny list); `.root`, `.read(path, **args)`."""

    class Reader:
        def __init__(self):
            self.root = tmp_path / "root"
            self.root.mkdir()
            self.outside = tmp_path / "outside"
            self.outside.mkdir()
            self.server = make_server(config={"read_file": {"roots": f"{self.root},data,/proc/meminfo,/proc/mounts"}})

        def read(self, path, **args):
            return self.server.call_tool("read_file", {"path": str(path), **args})

        def refused(self, path, status, **args):
            with pytest.raises(CallFault) as fault:
                self.read(path, **args)
            assert fault.value.status == status, fault.value.problem
            return str(fault.value.problem)

    return Reader()


def test_whole_file(reader):
    path = reader.root / "notes.txt"
    path.write_text("première ligne\nsecond \"line\"\t€ 😀\n", encoding="utf-8")
    result = reader.read(path)
    assert result["content"] == path.read_text(encoding="utf-8")
    assert result["path"] == str(path)
    assert result["size_bytes"] == path.stat().st_size
    assert result["encoding"] == "utf-8"
    assert result["lines"] == 2
    assert result["truncated"] is False
    assert result["binary"] is False
    assert result["modified"].startswith("20")
    assert result["modified"].endswith("Z")


def test_alias_and_empty_file(reader):
    (reader.root / "empty").touch()
    result = reader.server.call_tool("read_file", {"file_path": str(reader.root / "empty")})
    assert result["content"] == ""
    assert result["size_bytes"] == 0


def test_windows_and_tails_equal_python(reader):
    rng = random.Random(5)
    lines = [f"line {i} " + "é" * rng.randrange(0, 40) + "\n" for i in range(500)]
    data = "".join(lines).encode()
    path = reader.root / "long.log"
    path.write_bytes(data)
    for _ in range(30):
        count = rng.randrange(1, 100)
        assert reader.read(path, tail=count)["content"] == "".join(lines[-count:])
        assert reader.read(path, lines=count)["content"] == "".join(lines[:count])
        first = rng.randrange(0, 400)
        offset = len("".join(lines[:first]).encode())
        result = reader.read(path, offset=offset, lines=count)
        assert result["content"] == "".join(lines[first : first + count])
        assert result["offset"] == offset
        assert result["next_offset"] == offset + len(result["content"].encode())


def test_pages_of_a_file_larger_than_an_answer_join(reader):
    """Over MCP, where an answer has a budget."""
    data = "".join(f"{i:07d} \"quoted\" \\ back\n" for i in range(40000)).encode()
    path = reader.root / "pages.log"
    path.write_bytes(data)
    joined, offset, pages = b"", 0, 0
    while True:
        answer = reader.server.rpc("tools/call", {"name": "read_file", "arguments": {"path": str(path), "offset": offset}})
        result = answer["result"]["structuredContent"]
        joined += result["content"].encode()
        assert result["content"].endswith("\n")
        offset = result["next_offset"]
        pages += 1
        if not result["truncated"]:
            break
    assert joined == data
    assert pages > 2


def test_both_faces_stay_within_the_budget(reader):
    path = reader.root / "quotes.log"
    path.write_text('"\t"\n' * 200000)
    assert reader.read(path)["lines"] == 200000
    answer = reader.server.rpc("tools/call", {"name": "read_file", "arguments": {"path": str(path)}})["result"]
    assert answer["structuredContent"]["truncated"] is True
    assert str(answer["structuredContent"]["next_offset"]) in answer["content"][0]["text"]


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("latin-1", "latin-1"), ("utf-16", "utf-16le")]
)
def test_encodings_are_found(reader, encoding, name):
    text = "Réseau : câble débranché\nÉtat : dégradé\n"
    path = reader.root / "text"
    path.write_bytes(text.encode(encoding))
    result = reader.read(path)
    assert result["content"] == text
    assert result["encoding"] == name
    assert reader.read(path, tail=1)["content"] == "État : dégradé\n"


def test_binary(reader):
    data = bytes(range(256)) * 10
    path = reader.root / "program"
    path.write_bytes(data)
    result = reader.read(path)
    assert result["binary"] is True
    assert "content" not in result
    assert "base64" in reader.server.call_text("read_file", {"path": str(path)})
    result = reader.read(path, encoding="base64")
    assert base64.b64decode(result["content"]) == data
    assert base64.b64decode(reader.read(path, encoding="base64", offset=2500)["content"]) == data[2500:]


def test_binary_is_judged_on_what_is_returned(reader):
    path = reader.root / "mixed"
    path.write_bytes(bytes(100) + b"text only\n" * 5)
    assert reader.read(path)["binary"] is True
    result = reader.read(path, offset=100)
    assert result["binary"] is False
    assert result["content"] == "text only\n" * 5


def test_large_files(reader):
    path = reader.root / "giant"
    with path.open("wb") as file:
        file.truncate(5 << 30)
        file.seek(0, 2)
        file.write(b"\nlast but one\nlast\n")
    message = reader.refused(path, 413)
    assert "tail" in message
    assert "offset" in message
    assert reader.read(path, tail=2, encoding="utf-8")["content"] == "last but one\nlast\n"
    assert reader.read(path, offset=(5 << 30) + 1)["content"] == "last but one\nlast\n"
    exactly = reader.root / "exactly"
    exactly.write_bytes(b"x" * (TEN_MIB - 1) + b"\n")
    assert reader.read(exactly)["truncated"] is False
    with exactly.open("ab") as file:
        file.write(b"y")
    reader.refused(exactly, 413)
    assert reader.read(exactly, lines=1)["truncated"] is True


def test_growing_log_is_followed(reader):
    path = reader.root / "growing.log"
    path.write_text("first\n")
    offset = reader.read(path)["next_offset"]
    assert reader.read(path, offset=offset)["content"] == ""
    with path.open("a") as file:
        file.write("second\n")
    assert reader.read(path, offset=offset)["content"] == "second\n"
    reader.refused(path, 400, offset=10000)


def test_files_of_proc(reader):
    result = reader.read("/proc/meminfo")
    assert result["content"].startswith("MemTotal:")
    assert result["size_bytes"] == 0
    assert reader.read("/proc/mounts", lines=1)["lines"] == 1
    reader.refused("/proc/self/mem", 403)
    reader.refused("/proc/self/environ", 403)
    reader.refused("/proc/kcore", 403)
    reader.refused("/proc/meminfo/../self/environ", 403)


def test_paths_that_lead_elsewhere(reader):
    (reader.outside / "file").write_text("outside\n")
    (reader.root / "plain").write_text("inside\n")
    (reader.root / "up").symlink_to("../outside/file")
    (reader.root / "absolute").symlink_to(reader.outside / "file")
    (reader.root / "fine").symlink_to("plain")
    (reader.root / "magic").symlink_to("/proc/self/environ")
    assert reader.read(reader.root / "fine")["content"] == "inside\n"
    assert str(reader.root) in reader.refused(reader.outside / "file", 403)
    for path in ("up", "absolute", "magic", "../outside/file", "x/../../outside/file"):
        (reader.root / "x").mkdir(exist_ok=True)
        reader.refused(f"{reader.root}/{path}", 403)
    reader.refused("/etc/passwd", 403)
    reader.refused("plain", 400)
    reader.refused("", 400)
    reader.refused(reader.root / "none", 404)


def test_what_is_no_file(reader):
    os.mkfifo(reader.root / "fifo")
    os.mknod(reader.root / "zero", 0o20644, os.makedev(1, 5))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(reader.root / "s"))
        for name in ("fifo", "zero", "s"):
            assert "regular" in reader.refused(reader.root / name, 400)
        assert "directory" in reader.refused(reader.root, 400)


def test_hard_link_to_a_protected_file(reader):
    (reader.outside / "id_rsa").write_text("key\n")
    os.link(reader.outside / "id_rsa", reader.root / "harmless")
    reader.refused(reader.root / "harmless", 403)


def test_deny_list_holds_for_the_real_name(reader):
    (reader.root / "server.key").write_text("key\n")
    (reader.root / "harmless").symlink_to("server.key")
    for name in ("server.key", "harmless", "none.key"):
        assert "protected" in reader.refused(reader.root / name, 403)


def test_shipped_lists(server):
    """With default settings: logs and a few harmless files of /etc are readable, nothing else of it is."""
    for path in ("/etc/hosts", "/etc/hostname", "/etc/os-release", "/etc/nsswitch.conf"):
        result = server.call_tool("read_file", {"path": path})
        assert result["content"] == open(path, encoding="utf-8").read() and "masked" not in result
    for path in (
        "/etc/passwd",
        "/etc/group",
        "/etc/ssh/sshd_config",
        "/etc/hosts.d/x",
        "/etc/fstab/../passwd",
        "/proc/self/mem",
        "/proc/self/environ",
        "/proc/self/fd/0",
        "/proc/self/root/etc/passwd",
        "/proc/thread-self/mem",
        "/dev/stdin",
        "/var/log/../../proc/self/mem",
        "//etc//passwd",
        "/etc/./passwd",
        "/var/log/./../../etc/passwd",
        "/etc/shadow",
        "/etc/shadow-",
        "/etc/gshadow",
        "/etc/sudoers",
        "/etc/sudoers.d/README",
        "/etc/ssh/ssh_host_ed25519_key",
        "/etc/ssl/private/any.pem",
        "/etc/krb5.keytab",
        "/etc/NetworkManager/system-connections/home.nmconnection",
        "/etc/wpa_supplicant/wpa_supplicant.conf",
        "/etc/wireguard/wg0.conf",
        "/root/.ssh/id_rsa",
        "/home/user/file",
        "/dev/mem",
        "/proc/1/environ",
        "/proc/kmsg",
        "/etc/../root/.bashrc",
        "/var/log/../../etc/shadow",
        "/etc/SHADOW",
    ):
        with pytest.raises(CallFault) as fault:
            server.call_tool("read_file", {"path": path})
        assert fault.value.status == 403, (path, fault.value.problem)


SECRETS = """start
password = hunter2hunter2
url = postgres://app:s3cr3tword@db/x
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
-----END PRIVATE KEY-----
token ghp_0123456789abcdefghijABCDEFGHIJ012345
end
"""
HIDDEN = ("hunter2", "s3cr3tword", "MIIEvQIB", "BKcwggSj", "0123456789abcdef")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
def test_masked_in_every_encoding(reader, encoding):
    path = reader.root / "app.conf"
    path.write_bytes(SECRETS.encode(encoding))
    args = {"encoding": "utf-16"} if encoding == "utf-16-le" else {}
    result = reader.read(path, **({} if encoding == "utf-16-be" else args))
    if encoding == "utf-16-be":  # without a mark it is no text: its bytes are masked all the same
        assert result["binary"]
    else:
        content = result["content"]
        assert result.get("masked") is True
        assert content.startswith("start\npassword = **************\nurl = postgres://app:**********@db/x\n")
        assert content.endswith("\nend\n") and len(content.splitlines()) == len(SECRETS.splitlines())
        assert not [secret for secret in HIDDEN if secret in content]
    raw = base64.b64decode(reader.read(path, encoding="base64")["content"])
    assert len(raw) == path.stat().st_size
    assert not [secret for secret in HIDDEN if secret.encode(encoding.replace("utf-16", "utf-16-le")[:9]) in raw]


def test_no_piece_of_a_file_shows_what_is_masked(reader):
    """Wherever a piece begins or ends: not behind the name, not inside the key."""
    path = reader.root / "app.conf"
    path.write_text(SECRETS)
    whole = reader.read(path)["content"]
    for offset in range(0, len(SECRETS), 3):
        for args in ({}, {"encoding": "base64"}, {"lines": 1}):
            result = reader.read(path, offset=offset, **args)
            content = result["content"]
            text = base64.b64decode(content).decode() if "encoding" in args else content
            assert text == whole[offset : offset + len(text)]
            assert result.get("masked", False) is ("*" in text)
    for count in range(1, 10):
        result = reader.read(path, tail=count)
        assert result["content"] == "".join(whole.splitlines(True)[-count:])
        assert result.get("masked", False) is (count > 1)


def test_a_key_that_began_long_ago(reader):
    path = reader.root / "bundle"
    body = "".join(f"{number:064}\n" for number in range(900))
    path.write_text(f"-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\nafter\n")
    assert "after\n" in reader.read(path, tail=20)["content"]
    for offset in (9000, 30_000, 55_000):
        assert set(reader.read(path, offset=offset, lines=3)["content"]) == {"*", "\n"}


@pytest.mark.parametrize("beginning", ["eyJ+", "GET /eyJ+eyJ+", "-----BEGIN "])
def test_what_only_looks_like_secrets_holds_up_nobody(reader, beginning):
    path = reader.root / "hostile.log"
    path.write_text(beginning * (2_000_000 // len(beginning)))
    assert reader.read(path)["content"].startswith(beginning)


def test_arguments_that_exclude_each_other(reader):
    (reader.root / "plain").write_text("inside\n")
    for args in (
        {"tail": 1, "offset": 1},
        {"tail": 1, "lines": 1},
        {"encoding": "base64", "tail": 1},
        {"encoding": "rot13"},
        {"offset": -1},
        {"lines": "two"},
    ):
        reader.refused(reader.root / "plain", 400, **args)


def test_race_of_links(reader):
    """While a directory is swapped for a link that leads outside, nothing from outside is ever read."""
    (reader.outside / "file").write_text("outside\n")
    inside = reader.root / "swap"
    link = reader.root / "link"
    inside.mkdir()
    (inside / "file").write_text("inside\n")
    link.symlink_to("../outside")
    libc = ctypes.CDLL(None, use_errno=True)
    over = threading.Event()

    def swap():
        while not over.is_set():
            # RENAME_EXCHANGE: the path exists at any time, as one or the other.
            libc.renameat2(-100, os.fsencode(inside), -100, os.fsencode(link), 2)

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = set()
    try:
        for _ in range(2000):
            try:
                seen.add(reader.read(inside / "file")["content"])
            except CallFault as fault:
                assert fault.status in (403, 404)
                seen.add(fault.status)
    finally:
        over.set()
        swapper.join()
    assert "outside\n" not in seen
    assert {"inside\n", 403} <= seen


def test_french(reader):
    (reader.root / "plain").write_text("inside\n")
    assert "Contenu" in reader.server.call_text("read_file", {"path": str(reader.root / "plain")}, lang="fr")
    with pytest.raises(CallFault) as fault:
        reader.server.call_tool("read_file", {"path": "/root/x"}, lang="fr")
    assert "hors de ce qui peut être lu" in str(fault.value.problem)
