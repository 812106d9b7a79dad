"""The scripts of ./dev check find what they are for: each rule is broken in a copy of a small tree."""

import os
import shutil
import subprocess

import pytest

from harness.program import ROOT

TOOL = """/* One tool. */
#include <mcp/tool.h>
#include "sys/procfs.h"
#include "base/buf.h"

int answer(void)
{
    return 42; /* system() in a comment, "goto" in another */
}
"""


@pytest.fixture
def tree(tmp_path):
    """A tree that breaks no rule."""
    for folder in ("include/mcp", "src/base", "src/sys", "src/tools", "src/toolkit", "examples", "scripts"):
        (tmp_path / folder).mkdir(parents=True)
    for script in [ROOT / "scripts/c-files", *(ROOT / "scripts").glob("check-*")]:
        shutil.copy(script, tmp_path / "scripts" / script.name)
    (tmp_path / "include/mcp/tool.h").write_text("#ifndef T\n#define T\nint tool(void);\n#endif\n")
    (tmp_path / "src/sys/procfs.h").write_text("#ifndef P\n#define P\nint procfs(void);\n#endif\n")
    (tmp_path / "src/tools/one.c").write_text(TOOL)
    return tmp_path


def check(tree, name):
    return subprocess.run(
        [tree / "scripts" / f"check-{name}"], capture_output=True, text=True, timeout=120, check=False
    )


def plant(tree, path, text):
    target = tree / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


@pytest.mark.parametrize("name", ["layers", "banned", "sizes", "headers"])
def test_a_good_tree_passes(tree, name):
    done = check(tree, name)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["layers", "banned", "sizes"])
def test_a_tree_without_sources_does_not_pass(tree, name):
    for folder in ("src", "include", "examples"):
        shutil.rmtree(tree / folder)
    done = check(tree, name)
    assert done.returncode != 0
    assert "no C files" in done.stderr


@pytest.mark.parametrize(
    ("path", "include"),
    [
        ("src/base/x.c", '"toolkit/call.h"'),
        ("src/base/x.h", '"sys/tcp.h"'),
        ("src/base/x.c", "<mcp/tool.h>"),
        ("src/sys/x.c", '"toolkit/call.h"'),
        ("src/sys/x.c", "<mcp/json.h>"),
        ("src/sys/x.c", "<mcp/tool.h>"),
        ("src/tools/x.c", '"toolkit/call.h"'),
        ("src/tools/x.c", '"mcp/server.h"'),
        ("src/tools/x.c", '"http/server.h"'),
        ("src/tools/x.c", '"base/json_read.h"'),
        ("src/tools/x.c", "<mcp/server.h>"),
        ("src/tools/x.c", "<systemd/sd-bus.h>"),
        ("src/tools/x.c", "<curl/curl.h>"),
        ("src/toolkit/x.c", '"mcp/peer.h"'),
        ("src/toolkit/x.c", '"tools/ping_host.h"'),
        ("src/toolkit/x.c", "<uv.h>"),
        ("src/mcp/x.c", '"http/server.h"'),
        ("src/mcp/x.c", '"sys/tcp.h"'),
        ("src/mcp/x.c", "<llhttp.h>"),
        ("src/http/x.c", '"rest/routes.h"'),
        ("src/http/x.c", '"tools/registry.h"'),
        ("src/rest/x.c", '"mcp/server.h"'),
        ("src/rest/x.c", '"tools/registry.h"'),
        ("src/misc/x.c", '"base/buf.h"'),
        ("src/sys/x.c", '"tcp.h"'),
        ("include/mcp/x.h", '"base/buf.h"'),
        ("examples/x.c", '"mcp/server.h"'),
    ],
)
def test_layers(tree, path, include):
    plant(tree, path, f"/* x */\n#include {include}\n")
    done = check(tree, "layers")
    assert done.returncode != 0
    assert f"{path}:" in done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "system(x)",
        "popen(x, y)",
        "execve(x, y, z)",
        "execlp (x, y)",
        "fork()",
        "vfork()",
        "posix_spawn(x)",
        "sleep(1)",
        "usleep(1)",
        "nanosleep(x, y)",
        "strcpy(x, y)",
        "strcat(x, y)",
        "sprintf(x, y)",
        "vsprintf(x, y, z)",
        "strtok(x, y)",
        "atoi(x)",
        "gmtime(x)",
        "strerror(x)",
        "poll(x, 1, 2)",
        "select(1, x, y, z, t)",
        "epoll_wait(x, y, 1, -1)",
        "alloca(9)",
        '"a string", system(x)',
    ],
)
def test_banned(tree, code):
    plant(tree, "src/sys/x.c", f"/* x */\nint f(void)\n{{\n    return g({code});\n}}\n")
    done = check(tree, "banned")
    assert done.returncode != 0
    assert done.stdout.startswith("src/sys/x.c:4:")


def test_banned_goto(tree):
    plant(tree, "src/sys/x.c", "/* x */\nint f(void)\n{\n    goto out;\nout:\n    return 0;\n}\n")
    assert "goto" in check(tree, "banned").stdout


def test_banned_leaves_others_alone(tree):
    lines = [
        "/* system(x) and",
        " * goto in a comment */",
        "int f(void)",
        "{",
        '    const char *text = "system(x) \\" popen(y)"; // sleep(1)',
        "    ops->system(x), ops.poll(y), my_system(x), wait_poll(x), strerror_r(x), gmtime_r(x, y);",
        "    return epoll_wait(a, b, 1, 0) + '\"' + '\\'';",
        "}",
    ]
    plant(tree, "src/sys/x.c", "\n".join(lines) + "\n")
    plant(tree, "src/base/wait.c", "int f(void)\n{\n    return poll(a, b, c);\n}\n")
    done = check(tree, "banned")
    assert done.returncode == 0, done.stdout


def function(lines):
    return "int f(int a)\n{\n" + "    a++;\n" * (lines - 2) + "}\n"


@pytest.mark.parametrize(
    ("path", "text", "ok"),
    [
        ("src/sys/x.c", "int a;\n" * 600, True),
        ("src/sys/x.c", "int a;\n" * 601, False),
        ("src/sys/x_table.c", "int a;\n" * 601, True),
        ("src/sys/x_data.c", "int a;\n" * 601, True),
        ("tests/sys/test_x.c", "int a;\n" * 601, False),
        ("src/sys/x.c", function(80), True),
        ("src/sys/x.c", function(81), False),
        ("src/sys/x_table.c", function(81), False),
        ("src/sys/x.c", "/* " + "x" * 104 + " */\n", True),
        ("src/sys/x.c", "/* " + "x" * 105 + " */\n", False),
        ("src/sys/x.c", "/* " + "é" * 104 + " */\n", True),
        ("src/sys/x.c", "/* " + "é" * 105 + " */\n", False),
    ],
)
def test_sizes(tree, path, text, ok):
    plant(tree, path, text)
    done = check(tree, "sizes")
    assert (done.returncode == 0) == ok, done.stdout
    assert ok or f"{path}" in done.stdout.splitlines()[-1]


def test_sizes_prints_the_longest(tree):
    plant(tree, "src/sys/x.c", function(33))
    out = check(tree, "sizes").stdout
    assert "    33 src/sys/x.c:2:f" in out.splitlines()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("include/mcp/x.h", "int f(size_t a);\n"),
        ("include/mcp/x.h", '#include "base/buf.h"\n'),
        ("src/base/x.h", "struct s;\nint f(struct s *s, uint8_t a);\n"),
        ("src/base/x.h", "enum { A };\n"),
        ("src/base/x.h", "#ifndef X\n#define X\nint f();\n#endif\n"),
    ],
)
def test_headers(tree, path, text):
    plant(tree, path, text)
    done = check(tree, "headers")
    assert done.returncode != 0
    assert f"{path}: does not compile alone with gcc" in done.stdout


@pytest.mark.parametrize(
    "call", ["system(v[0])", "fork()", "execv(v[0], v)", "posix_spawn(0, v[0], 0, 0, v, v)"]
)
def test_binary_that_starts_processes(tmp_path, call):
    source = tmp_path / "x.c"
    source.write_text(
        "#include <spawn.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
        f"int main(int c, char **v)\n{{\n    return c + {call};\n}}\n"
    )
    program = tmp_path / "x"
    subprocess.run(["gcc", "-w", "-o", program, source], check=True)
    done = subprocess.run(
        [ROOT / "scripts/check-binary", program], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert call.split("(")[0] in done.stdout


def test_binary_that_does_not(tmp_path):
    source = tmp_path / "x.c"
    source.write_text('#include <stdio.h>\nint main(void)\n{\n    return puts("system") < 0;\n}\n')
    program = tmp_path / "x"
    subprocess.run(["gcc", "-o", program, source], check=True)
    done = subprocess.run(
        [ROOT / "scripts/check-binary", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_shellcheck_sees_every_script():
    """run-checks finds scripts by their first line: none may be without one."""
    for path in (ROOT / "scripts").iterdir():
        if os.access(path, os.X_OK):
            assert path.read_bytes().startswith(b"#!/bin/bash\n"), path
