"""Every fuzz target: its corpus is replayed; in `./dev test full` it is fuzzed for a while. A finding is an input that fails the same way each
time: the test shows it, and it stays beneath the folder that it names."""

import os
import re
import subprocess

import pytest

from harness.program import BUILD, ROOT

SECONDS = os.environ.get("MCP_FUZZ_SECONDS", "30")
TARGETS = sorted(path.stem for path in (ROOT / "fuzz").glob("*.c") if path.stem != "served")
ROW = re.compile(r"^(\w+) +(\d+) s +(\d+) runs +(\d+) edges  (FOUND)?$", re.M)


def run(*command, **env):
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=380,
        check=False,
    )


@pytest.mark.parametrize("target", TARGETS)
def test_corpus(target):
    files = sorted((ROOT / "fuzz/corpus" / target).iterdir())
    assert files
    done = run(BUILD / "fuzz/fuzz" / target, *files, ASAN_OPTIONS="detect_leaks=1")
    assert done.returncode == 0, done.stderr[-6000:]
    ran = re.findall(r"^Running: (\S+)$", done.stderr, re.M)
    assert ran == [str(file) for file in files]


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_fuzzing(target, tmp_path):
    done = run("scripts/fuzz", target, "--seconds", SECONDS, "--work", tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    [(name, _, runs, edges, found)] = ROW.findall(done.stdout)
    assert name == target and not found
    # More than the corpus was run, and what was run is instrumented.
    assert int(runs) > len(list((ROOT / "fuzz/corpus" / target).iterdir())) and int(edges) > 100


def test_corpora_are_small():
    for folder in (ROOT / "fuzz/corpus").iterdir():
        assert folder.name in TARGETS
        assert sum(file.stat().st_size for file in folder.iterdir()) <= 24_000, folder


def test_a_finding_is_told_and_kept(tmp_path):
    """A target whose property does not hold: the run fails, says where, and keeps the input."""
    (tmp_path / "it.c").write_text(
        """
        #include "fuzz.h"
        int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
        {
            MUST(len < 2 || bytes[0] != 'x');
            return 0;
        }
        """
    )
    tree = tmp_path / "tree"
    (tree / "fuzz/corpus/it").mkdir(parents=True)
    (tree / "fuzz/corpus/it/seed").write_text("xx")
    (tree / "fuzz/it.c").touch()
    (tree / "scripts").mkdir()
    (tree / "scripts/fuzz").write_bytes((ROOT / "scripts/fuzz").read_bytes())
    (tree / "scripts/fuzz").chmod(0o755)
    program = tree / "build/fuzz/fuzz/it"
    program.parent.mkdir(parents=True)
    built = run("clang", "-fsanitize=fuzzer,address", "-I", ROOT / "fuzz", "-o", program, tmp_path / "it.c")
    assert built.returncode == 0, built.stderr
    done = run(tree / "scripts/fuzz", "it", "--seconds", "5")
    assert done.returncode == 1
    assert "FOUND" in done.stdout and "does not hold: len < 2 || bytes[0] != 'x'" in done.stdout
    [kept] = (tree / "build/fuzz/findings").iterdir()
    assert kept.read_text() == "xx" and str(kept) in done.stdout
