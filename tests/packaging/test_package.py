"""The Debian package of this system's release, as dpkg and lintian see it."""

import gzip
import re
import subprocess

import pytest

from harness.machine import host_suite
from harness.packages import debian_package
from harness.program import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def package():
    return debian_package(host_suite())


def field(package, name):
    return subprocess.run(["dpkg-deb", "-f", package, name], capture_output=True, text=True, check=True).stdout.strip()


def owner(library):
    """The installed package that a library of this system is in."""
    multiarch = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True, check=True).stdout.strip()
    found = subprocess.run(["dpkg-query", "-S", f"*/{multiarch}/{library}"], capture_output=True, text=True, check=True).stdout
    return found.split(":")[0]


@pytest.fixture(scope="module")
def unpacked(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True, timeout=60)
    return folder


def test_lintian_finds_no_error(package):
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error", package], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_linked_library_is_a_dependency(package, unpacked):
    needed = subprocess.run(
        ["objdump", "-p", unpacked / "usr/bin/mcp-assist"], capture_output=True, text=True, check=True
    ).stdout
    libraries = set(re.findall(r"NEEDED +(\S+)", needed))
    assert "libc.so.6" in libraries
    depends = {row.split()[0] for row in re.split(r"[,|]", field(package, "Depends"))}
    for library in libraries:
        assert owner(library) in depends, library


def test_every_library_opened_at_first_use_is_recommended(package):
    sources = "".join(path.read_text() for path in (ROOT / "src").rglob("*.c"))
    opened = set(re.findall(r'\.file = "(lib[^"]+)"', sources))
    assert "libcurl.so.4" in opened
    named = field(package, "Recommends") + ", " + field(package, "Depends")
    for library in opened:
        assert re.search(rf"\b{re.escape(owner(library))}\b", named), library


def test_what_is_in_it(unpacked):
    files = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert {
        "usr/bin/mcp-assist",
        "usr/lib/systemd/system/mcp-assist.service",
        "usr/lib/sysusers.d/mcp-assist.conf",
        "etc/mcp-assist/mcp-assist.conf",
        "usr/share/man/man1/mcp-assist.1.gz",
        "usr/share/man/fr/man1/mcp-assist.1.gz",
        "usr/share/bash-completion/completions/mcp-assist",
        "usr/share/doc/mcp-assist/README.md",
        "usr/share/doc/mcp-assist/README.fr.md",
        "usr/share/doc/mcp-assist/copyright",
    } <= files
    # The library is for those who build from source.
    assert not [name for name in files if name.endswith((".a", ".h", ".pc"))]
    changelog = gzip.decompress((unpacked / "usr/share/doc/mcp-assist/changelog.Debian.gz").read_bytes()).decode()
    assert changelog.startswith("mcp-assist (")


def test_the_version_names_the_release(package):
    program = re.search(r"VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text().partition("project(")[2])[1]
    number = {"bookworm": "12", "trixie": "13"}[host_suite()]
    assert field(package, "Version") == f"{program}-1~deb{number}"
