"""./dev as a person meets it: its help, its errors, how it decides what to install, how it counts."""

import os
import re
import shutil
import subprocess

import httpx
import pytest

from harness import program
from harness.program import ROOT


COMMANDS = ("run", "test", "build", "fuzz", "bench", "check", "help")


def dev(*args, cwd=ROOT, **env):
    return subprocess.run(
        [cwd / "dev", *args],
        cwd="/",
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def script(name, *args, cwd=ROOT, **env):
    return subprocess.run(
        [cwd / "scripts" / name, *args],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def tree(tmp_path):
    """./dev and its scripts alone in a folder."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    return tmp_path


def test_help_names_every_command():
    done = dev("help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^\./dev {command}\b", done.stdout, re.M), command


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"]])
def test_help_without_asking(words):
    assert dev(*words).stdout == dev("help").stdout


def test_run_ends_with_the_server_listening(tmp_path):
    """The program replaces ./dev: a signal reaches the server itself."""
    command = [ROOT / "dev", "run", "--port", "0"]
    env = program.environment(tmp_path / "sanitizer", {"MCP_ASSIST_DATA_DIR": tmp_path})
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = next((line for line in process.stdout if "Listening on " in line), "")
            url = line.strip().rpartition(" ")[2]
            assert url.startswith("http://127.0.0.1:"), process.stderr.read()
            assert httpx.get(url + "/health", trust_env=False).json()["status"] == "ok"
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_unknown_command_says_what_exists():
    done = dev("biuld")
    assert done.returncode == 2
    assert '"biuld"' in done.stderr
    for command in COMMANDS:
        assert command in done.stderr


def test_unknown_suite_says_what_exists():
    done = script("run-tests", "nonsense")
    assert done.returncode == 2
    assert '"nonsense"' in done.stderr and "unit" in done.stderr and "front" in done.stderr


def test_which_suites_will_run():
    assert script("run-tests", "--known", "unit", "fuzz").stdout.split() == ["unit", "fuzz"]
    assert script("run-tests", "--known", "full").stdout == dev("test", "--list").stdout


def test_an_unknown_suite_is_told_before_anything_is_built():
    done = dev("test", "nonsense")
    assert done.returncode == 2
    assert done.stdout == "" and '"nonsense"' in done.stderr


def test_fuzz_says_what_exists_before_anything_is_built():
    done = dev("fuzz", "nonsense")
    assert done.returncode == 2
    assert '"nonsense"' in done.stderr and "json" in done.stderr and "connection" in done.stderr
    assert "served" not in done.stderr
    for words in (["--seconds"], ["--seconds", "x"], ["--still", "0"]):
        done = dev("fuzz", "json", *words)
        assert done.returncode == 2 and words[0] in done.stderr and done.stdout == ""


def test_bench_says_what_it_lacks(tmp_path):
    for name in ("bash", "env", "dirname", "mktemp", "rm", "nginx", "curl"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = script("bench", PATH=str(tmp_path))
    assert done.returncode == 1 and "needs wrk" in done.stderr


def test_unknown_preset_says_what_exists():
    done = dev("build", "fast")
    assert done.returncode == 2
    assert '"fast"' in done.stderr and "release" in done.stderr and "asan" in done.stderr


def test_every_test_folder_is_a_suite():
    suites = dev("test", "--list").stdout.split()
    folders = [path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")]
    assert folders and sorted(suites) == sorted({"unit", *folders})


def test_a_system_without_a_table_is_told_so(tmp_path, tree):
    release = tmp_path / "os-release"
    release.write_text('PRETTY_NAME="Plan 9"\nID=plan9\nVERSION_ID=4\n')
    done = script("install-packages", "build", cwd=tree, MCP_OS_RELEASE=str(release))
    assert done.returncode != 0
    assert "Plan 9" in done.stderr and "scripts/packages" in done.stderr and "MCP_NO_PACKAGES" in done.stderr


def test_packages_can_be_left_alone(tmp_path, tree):
    release = tmp_path / "os-release"
    release.write_text("ID=plan9\n")
    assert (
        script(
            "install-packages", "build", cwd=tree, MCP_OS_RELEASE=str(release), MCP_NO_PACKAGES="1"
        ).returncode
        == 0
    )


def stubs(folder, **scripts):
    """A folder of commands that stand before the real ones."""
    folder.mkdir()
    for name, body in scripts.items():
        path = folder / name.replace("_", "-")
        path.write_text("#!/bin/bash\n" + body)
        path.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_missing_packages_are_named_and_installed_once(tmp_path, tree):
    table = tree / "scripts/packages"
    table.write_text(
        "build there there there is\nbuild absent-a absent-a absent-a is not\nbuild - absent-b absent-b why\n"
    )
    release = tmp_path / "os-release"
    release.write_text("ID=debian\nVERSION_ID=12\n")
    log = tmp_path / "apt"
    path = stubs(
        tmp_path / "bin",
        dpkg_query='echo "ii there"; exit 1',
        apt_get=f'echo "$DEBIAN_FRONTEND $(cat $MCP_POLICY_RC | tail -n 1) $*" >>{log}',
        id='[ "$1" = -u ] && echo 0',
    )
    policy = tmp_path / "policy"
    environment = {"PATH": path, "MCP_OS_RELEASE": str(release), "MCP_POLICY_RC": str(policy)}
    done = script("install-packages", "build", cwd=tree, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["dev: installing absent-a"]
    calls = log.read_text().splitlines()
    assert len(calls) == 2 and "update" in calls[0]
    # No daemon is started by an install: policy-rc.d says so for its duration.
    assert re.fullmatch(r"noninteractive exit 101 install -y .*--no-install-recommends absent-a", calls[1])
    assert not policy.exists()
    # The stamp: the same again asks nobody.
    assert script("install-packages", "build", cwd=tree, **environment).stdout == ""
    assert len(log.read_text().splitlines()) == 2
    # Another table: asked again.
    table.write_text(table.read_text() + "build absent-c absent-c absent-c new\n")
    assert "absent-c" in script("install-packages", "build", cwd=tree, **environment).stdout


def test_an_ordinary_user_goes_through_sudo(tmp_path, tree):
    (tree / "scripts/packages").write_text("build absent absent absent why\n")
    release = tmp_path / "os-release"
    release.write_text("ID=debian\nVERSION_ID=13\n")
    log = tmp_path / "sudo"
    path = stubs(
        tmp_path / "bin",
        dpkg_query="exit 1",
        apt_get="exit 9",
        id="echo 1000",
        sudo=f'echo "$*" >>{log}; [ "$1" != tee ] || cat >/dev/null',
    )
    policy = str(tmp_path / "policy")
    done = script(
        "install-packages", "build", cwd=tree, PATH=path, MCP_OS_RELEASE=str(release), MCP_POLICY_RC=policy
    )
    assert done.returncode == 0, done.stderr
    assert any("install" in line and line.endswith(" absent") for line in log.read_text().splitlines())


def test_a_failed_install_shows_why(tmp_path, tree):
    (tree / "scripts/packages").write_text("build absent absent absent why\n")
    release = tmp_path / "os-release"
    release.write_text("ID=ubuntu\nVERSION_ID=24.04\n")
    path = stubs(
        tmp_path / "bin",
        dpkg_query="exit 1",
        id="echo 0",
        apt_get='[[ "$*" == *update* ]] || { echo "E: no such thing"; exit 100; }',
    )
    policy = str(tmp_path / "policy")
    done = script(
        "install-packages", "build", cwd=tree, PATH=path, MCP_OS_RELEASE=str(release), MCP_POLICY_RC=policy
    )
    assert done.returncode != 0
    assert "E: no such thing" in done.stderr and "absent" in done.stderr
    assert not list((tree / "build").glob(".packages-*"))


def unit_tree(tree, body):
    """A tree whose only suite is one unit test program: a script that acts as cmocka does."""
    program = tree / "build/asan/tests/base/test_it"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/bash\n" + body)
    program.chmod(0o755)
    source = tree / "tests/base/test_it.c"
    source.parent.mkdir(parents=True)
    source.touch()
    return tree


COUNTS = '<testsuites><testsuite name="x" time="0" tests="{}" failures="{}" errors="0" skipped="{}" >'


@pytest.mark.parametrize(
    ("tests", "failures", "skips", "code", "ci", "expected", "status"),
    [
        (5, 0, 0, 0, "", "5 passed, 0 failed, 0 skipped", 0),
        (5, 2, 0, 2, "", "3 passed, 2 failed, 0 skipped", 1),
        (5, 0, 1, 0, "", "4 passed, 0 failed, 1 skipped", 0),
        (5, 0, 1, 0, "true", "4 passed, 0 failed, 1 skipped", 1),
        (5, 0, 0, 0, "true", "5 passed, 0 failed, 0 skipped", 0),
        (5, 0, 0, 99, "", "5 passed, 1 failed, 0 skipped", 1),
        (0, 0, 0, 0, "", "0 passed, 0 failed, 0 skipped", 1),
    ],
)
def test_counts_and_exit_code(tree, tests, failures, skips, code, ci, expected, status):
    xml = COUNTS.format(tests, failures, skips)
    unit_tree(tree, f"echo '{xml}' >$CMOCKA_XML_FILE; echo what it said; exit {code}")
    done = script("run-tests", "unit", cwd=tree, CI=ci)
    assert done.stdout.splitlines()[-1] == expected
    assert done.returncode == status
    assert ("what it said" in done.stdout) == (code != 0)


def test_a_crash_is_a_failure_and_is_shown(tree):
    unit_tree(tree, "echo last words >&2; kill -SEGV $$")
    done = script("run-tests", "unit", cwd=tree, CI="")
    assert done.returncode == 1
    assert "last words" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
