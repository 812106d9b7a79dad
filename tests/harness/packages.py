"""The Debian package, built by `./dev package` for a release: on this system if that is its release, else in a tree of it."""

from pathlib import Path

from . import program
from .machine import ENVIRONMENT, being_made, debian_tree, host_suite, made, trees

INSTALL = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]

# Our sources in the tree, but not what was built from them elsewhere.
BUILD = r"""
set -eu
mount --make-rprivate /
mkdir -p "$1/src" "$3"
mount --bind "$2" "$1/src"
mount --bind "$3" "$1/src/build"
mount -t proc proc "$1/proc"
exec chroot "$1" /src/dev package
"""

# A layer above the tree, so that it stays as it was made.
DOWNLOAD = r"""
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs "$4"
mkdir "$4/upper" "$4/work" "$4/root"
mount -t overlay -o "lowerdir=$1,upperdir=$4/upper,workdir=$4/work" overlay "$4/root"
mount --bind "$3" "$4/root/var/cache/apt/archives"
cp "$2" "$4/root/srv/package.deb"
mkdir -p "$3/partial"
exec chroot "$4/root" apt-get install -y -q --download-only -o APT::Sandbox::User=root /srv/package.deb
"""


def build_tree(suite) -> Path:
    """The minimal tree and all that scripts/packages wants for a build, now."""
    base = debian_tree(suite)
    with being_made(f"{suite}-build") as (tree, part):
        place = part or tree
        if part:
            made(["cp", "-a", base, part])
        wanted = made(
            [program.ROOT / "scripts/install-packages", "--list", "build", "package"],
            env={"PATH": ENVIRONMENT["PATH"], "MCP_OS_RELEASE": str(place / "etc/os-release")},
        ).split()
        wanted.remove("npm")  # for the assets of the pages only, which come from the host
        stamp = place / ".packages"
        if not stamp.exists() or stamp.read_text().split() != wanted:
            made(["chroot", place, "apt-get", "update", "-q"], env=ENVIRONMENT)
            made(["chroot", place, *INSTALL, *wanted], env=ENVIRONMENT)
            made(["chroot", place, "apt-get", "clean"], env=ENVIRONMENT)
            stamp.write_text("\n".join(wanted))
    return tree


def debian_package(suite) -> Path:
    """The .deb for that release, built now."""
    if suite == host_suite():
        made([program.ROOT / "dev", "package"])
        found = list((program.BUILD / "package").glob("*.deb"))
    else:
        out = trees() / f"{suite}-out"
        assets = program.BUILD / "web-packages"
        assert assets.is_dir(), "the assets of the pages are fetched by a build on the host: ./dev build"
        made(["mkdir", "-p", out])
        made(["cp", "-a", "--no-target-directory", assets, out / assets.name])
        made(
            ["unshare", "--mount", "sh", "-c", BUILD, "build", build_tree(suite), program.ROOT, out],
            env=ENVIRONMENT | {"MCP_NO_PACKAGES": "1"},
        )
        found = list((out / "package").glob("*.deb"))
    assert len(found) == 1, found
    return found[0]


def archives_for(suite, package, folder) -> list:
    """The packages that apt fetches to install this one in the minimal tree: a machine of the tests has no network."""
    archives = trees() / f"{suite}-archives"
    archives.mkdir(parents=True, exist_ok=True)
    layer = folder / "download"
    layer.mkdir()
    words = [debian_tree(suite), package, archives, layer]
    made(["unshare", "--mount", "sh", "-c", DOWNLOAD, "download", *map(str, words)], env=ENVIRONMENT)
    return sorted(archives.glob("*.deb"))
