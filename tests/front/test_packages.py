"""scripts/packages is complete for every distribution it names."""

import subprocess

import pytest

from harness.program import ROOT

GROUPS = ("build", "package", "test", "fuzz", "bench", "check")
DISTRIBUTIONS = {"debian:12": 1, "debian:13": 2, "ubuntu:24.04": 3}


def rows():
    for line in (ROOT / "scripts/packages").read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split(None, 4)


def test_every_row_is_complete():
    found = list(rows())
    assert found
    for row in found:
        assert len(row) == 5, row
        assert row[0] in GROUPS, row
        assert any(package != "-" for package in row[1:4]), row


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("column", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_no_package_twice(column, group):
    names = [row[column] for row in rows() if row[0] == group and row[column] != "-"]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("release", DISTRIBUTIONS)
@pytest.mark.parametrize("group", GROUPS)
def test_the_installer_reads_its_column(tmp_path, release, group):
    name, version = release.split(":")
    file = tmp_path / "os-release"
    file.write_text(f'PRETTY_NAME="x"\nID={name}\nVERSION_ID="{version}"\n')
    done = subprocess.run(
        [ROOT / "scripts/install-packages", "--list", group],
        env={"PATH": "/usr/bin:/bin", "MCP_OS_RELEASE": str(file)},
        capture_output=True,
        text=True,
        check=True,
    )
    column = DISTRIBUTIONS[release]
    assert done.stdout.split() == [row[column] for row in rows() if row[0] == group and row[column] != "-"]


@pytest.mark.parametrize("column", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_each_library_of_the_build_has_a_package(column):
    """What CMake asks pkg-config for stands in the build group."""
    packages = {row[column] for row in rows() if row[0] == "build"}
    wanted = {
        "libuv": "libuv1",
        "libcrypto": "libssl",
        "libcurl": "libcurl4-openssl",
        "gmp": "libgmp",
        "mpfr": "libmpfr",
        "zlib": "zlib1g",
    }
    cmake = (ROOT / "CMakeLists.txt").read_text()
    for line in cmake.splitlines():
        if not line.startswith("pkg_check_modules(") or "REQUIRED" not in line:
            continue
        for module in line.rstrip(")").split()[1:]:
            if module in ("REQUIRED", "IMPORTED_TARGET"):
                continue
            base = wanted.get(module, module if module.startswith("lib") else "lib" + module)
            assert f"{base}-dev" in packages, module
