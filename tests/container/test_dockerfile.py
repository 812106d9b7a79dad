"""The rules that a Dockerfile of this project keeps; that it builds is shown in tests/image."""

import fnmatch
import json
import re

import pytest

from harness.program import ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def instructions():
    """(word, rest) in order, continued lines joined, comments left out."""
    lines = re.sub(r"^\s*#.*\n", "", TEXT, flags=re.M)
    lines = re.sub(r"\\\n\s*", "", lines)
    return [tuple(line.split(maxsplit=1)) for line in lines.splitlines() if line.strip()]


def stages():
    found = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


def of(stage, word):
    return [rest for name, rest in stage if name == word]


BUILD, RUN = stages()


def test_two_stages_of_one_base_with_a_version():
    assert instructions()[0][0] == "ARG"
    name = re.fullmatch(r"BASE=(debian:[a-z]+-slim)", instructions()[0][1])
    assert name
    assert [of(stage, "FROM")[0].split()[0] for stage in (BUILD, RUN)] == ["${BASE}", "${BASE}"]


def test_the_health_check_is_the_programs_own():
    assert of(RUN, "HEALTHCHECK") == ['--interval=30s --timeout=10s --retries=3 CMD ["mcp-assist", "health"]']


def test_it_runs_as_an_account_without_privileges():
    assert of(RUN, "USER") == ["10001:10001"]
    assert [word for word, _ in RUN].index("USER") > max(i for i, (word, _) in enumerate(RUN) if word == "RUN")
    assert "-perm /6000" in of(RUN, "RUN")[0]


@pytest.mark.parametrize("word", ["ENTRYPOINT", "CMD"])
def test_no_shell_between_docker_and_the_program(word):
    (form,) = of(RUN, word)
    assert isinstance(json.loads(form), list)


def test_paths():
    assert of(RUN, "WORKDIR") == ["/app"]
    assert all(path.startswith("/") for stage in (BUILD, RUN) for path in of(stage, "WORKDIR"))
    assert "/app/data" in of(RUN, "RUN")[0] and "/app/config" in of(RUN, "RUN")[0]


@pytest.mark.parametrize("command", of(RUN, "RUN"))
def test_packages_leave_nothing_behind(command):
    assert "apt-get update" in command
    assert re.search(r"apt-get install -y --no-install-recommends", command)
    assert "apt-get clean" in command and "/var/lib/apt/lists" in command
    assert "upgrade" not in command and "sudo" not in command and ";" not in command


def test_no_secret_and_nothing_from_outside():
    assert "ADD" not in [word for word, _ in instructions()]
    for word, rest in instructions():
        assert "://" not in rest, rest
        if word in ("ENV", "ARG"):
            assert not re.search(r"PASSWORD|SECRET|TOKEN|KEY", rest), rest


def test_only_the_program_comes_from_the_first_stage():
    assert of(RUN, "COPY") == ["--from=build /out/ /"]


def test_labels():
    (labels,) = of(RUN, "LABEL")
    for name in ("title", "description", "licenses"):
        assert f"org.opencontainers.image.{name}=" in labels


def ignored(path):
    """As Docker reads .dockerignore: the last line that matches decides."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            rule = line.removeprefix("!")
            if fnmatch.fnmatchcase(path, rule) or path.startswith(rule + "/"):
                verdict = not line.startswith("!")
    return verdict


@pytest.mark.parametrize("path", [".git", ".env", "build", "certs", "config", "data", "tests", "backup.sql", "id_rsa"])
def test_what_may_hold_secrets_or_is_not_needed_stays_outside(path):
    assert ignored(path)


def embedded():
    """Files of this repository that the program carries in itself."""
    rows = [line.split()[2:] for line in (ROOT / "web/assets").read_text().splitlines() if line and line[0] != "#"]
    return sorted({source for row in rows for source in row if not re.match(r"npm/|\??/", source)})


@pytest.mark.parametrize(
    "path", ["src/app/main.c", "include/mcp/tool.h", "scripts/packages", "CMakeLists.txt", *embedded()]
)
def test_what_is_built_goes_in(path):
    assert (ROOT / path).exists() and not ignored(path)
