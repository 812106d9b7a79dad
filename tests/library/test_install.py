"""What `cmake --install --component dev` installs: nothing of this build in it, nothing but mcp_* for a program to meet."""

import re
import shutil
import subprocess

import pytest

from conftest import run
from harness.program import ROOT

HEADERS = sorted(path.name for path in (ROOT / "include/mcp").glob("*.h"))


def declared(folder):
    """The functions of the installed headers."""
    text = "\n".join(path.read_text() for path in folder.glob("*.h"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"^[a-z][^\n#=;{]*?\b(mcp_\w+)\(", text, re.M)) - {"mcp_completer"}


def names(archive, *flags):
    """The global names of an archive."""
    done = subprocess.run(["nm", "-g", *flags, archive], capture_output=True, text=True, check=True)
    return {line.split()[-1] for line in done.stdout.splitlines() if re.search(r" [A-Z] ", line)}


def test_what_is_there(prefix):
    there = sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file())
    assert there == sorted(
        [f"include/mcp/{name}" for name in HEADERS]
        + ["lib/libmcp.a", "lib/libmcp-http.a", "lib/pkgconfig/mcp.pc", "lib/pkgconfig/mcp-http.pc"]
        + ["lib/cmake/mcp/mcpConfig.cmake", "lib/cmake/mcp/mcpConfigVersion.cmake"]
    )


def test_no_file_names_a_place_of_the_build(prefix):
    for path in prefix.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for place in (ROOT, prefix):
                assert str(place).encode() not in content, path


def test_public_names_are_those_of_the_headers(prefix):
    archives = [prefix / "lib/libmcp.a", prefix / "lib/libmcp-http.a"]
    defined = set().union(*(names(archive, "--defined-only") for archive in archives))
    assert {name for name in defined if not name.startswith("mcp_")} == set()
    public = {name for name in defined if not name.startswith("mcp__")}
    assert public == declared(prefix / "include/mcp")
    assert len(public) > 60


def test_both_versions_are_the_projects(prefix):
    version = re.search(r"project\(mcp-assist VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
    env = {"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    for name in ("mcp", "mcp-http"):
        assert run(f"pkg-config --modversion {name}", prefix, **env).strip() == version
    assert version in (prefix / "lib/cmake/mcp/mcpConfigVersion.cmake").read_text()


def test_a_program_may_have_names_that_we_use_inside(prefix, tmp_path):
    """Without the renaming these would be the library's own, or defined twice."""
    (tmp_path / "own.c").write_text(
        """
        #include <mcp/http.h>
        #include <mcp/server.h>
        int buf_add(void) { return 1; }
        int json_read(void) { return 2; }
        int main(void)
        {
            const struct mcp_tool *const none[] = { NULL };
            struct mcp_server *s = mcp_server_new(
                &(struct mcp_server_options){ .name = "x", .version = "1", .tools = none }, NULL, 0);
            int in = !s || mcp_serve_http(s, "300.0.0.1", 0, NULL, NULL) == 0;
            mcp_server_free(s);
            return in || buf_add() + json_read() != 3;
        }
        """
    )
    env = {"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    run("cc -std=c11 -o own own.c $(pkg-config --static --cflags --libs mcp-http) && ./own", tmp_path, **env)


def test_it_may_be_moved(prefix, home, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(prefix, moved)
    env = {"PKG_CONFIG_PATH": str(moved / "lib/pkgconfig")}
    line = "cc -o server server.c -Wl,--trace $(pkg-config --static --cflags --libs mcp-http)"
    shutil.copy(home / "server.c", tmp_path)
    used = run(line, tmp_path, **env)
    found = {(tmp_path / path.strip("()").split("(")[0]).resolve() for path in used.split() if "libmcp" in path}
    assert found >= {moved / "lib/libmcp.a", moved / "lib/libmcp-http.a"}, used


@pytest.mark.parametrize("components", ["", "COMPONENTS http", "COMPONENTS nonsense"])
def test_cmake_knows_its_components(prefix, tmp_path, components):
    (tmp_path / "CMakeLists.txt").write_text(
        f"""
        cmake_minimum_required(VERSION 3.18)
        project(it C)
        find_package(mcp {components})
        foreach(target mcp::mcp mcp::http)
            if(NOT TARGET ${{target}})
                message(FATAL_ERROR "no ${{target}}")
            endif()
        endforeach()
        message(STATUS "found: ${{mcp_FOUND}}")
        """
    )
    out = run(f"cmake -B out -DCMAKE_PREFIX_PATH={prefix}", tmp_path)
    assert f"found: {0 if 'nonsense' in components else 1}" in out


@pytest.mark.parametrize("compiler", ["gcc -std=c11", "gcc -std=gnu17", "g++ -std=c++17", "g++ -std=c++20"])
def test_headers_in_strict_c_and_in_cpp(prefix, tmp_path, compiler):
    language = "c++" if "++" in compiler else "c"
    text = "\n".join(f"#include <mcp/{name}>" for name in HEADERS)
    if language == "c++":
        text = f'extern "C" {{\n{text}\n}}\nint main() {{ return mcp_server_new(nullptr, nullptr, 0) == nullptr; }}'
    (tmp_path / "it").write_text(text + "\n")
    run(f"{compiler} -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I{prefix}/include -x {language} it", tmp_path)
