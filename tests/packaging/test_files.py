"""What a package installs beside the program: the unit, the configuration file, the manual pages, the completion."""

import os
import re
import shlex
import shutil
import subprocess

import pytest

from harness.program import ROOT

PACKAGING = ROOT / "packaging"
UNIT = PACKAGING / "systemd/mcp-assist.service"
CONF = PACKAGING / "mcp-assist.conf"
SECURITY_MAX = 2.2


def unit_settings():
    """{name: [values]} of the unit's lines."""
    found = {}
    for line in UNIT.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def analyze(*words):
    return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False, timeout=60)


def test_systemd_understands_the_unit(binary, tmp_path):
    """`verify` wants the program to be there."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/mcp-assist", str(binary)))
    done = analyze("verify", "--man=no", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_wrong_unit_is_noticed(binary, tmp_path):
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/mcp-assist", str(binary)).replace("PrivateTmp=", "PrivateTemp="))
    assert "PrivateTemp" in analyze("verify", "--man=no", unit).stderr


def test_the_unit_is_hardened():
    done = analyze("security", "--offline=true", "--no-pager", UNIT)
    score = re.search(r"Overall exposure level for .*: ([0-9.]+)", done.stdout)
    assert score, done.stderr
    assert float(score[1]) <= SECURITY_MAX, done.stdout


def test_the_unit_keeps_one_capability_and_two_groups():
    settings = unit_settings()
    assert settings["CapabilityBoundingSet"] == settings["AmbientCapabilities"] == ["CAP_NET_RAW"]
    assert settings["SupplementaryGroups"] == ["adm systemd-journal"]
    assert settings["NoNewPrivileges"] == ["yes"]
    assert settings["Type"] == ["notify"]


def test_the_unit_and_the_file_agree_on_places():
    settings = unit_settings()
    assert settings["Environment"] == ["MCP_ASSIST_CONFIG=/etc/mcp-assist"]
    assert (PACKAGING / "debian/conffiles").read_text().split() == ["/etc/mcp-assist/mcp-assist.conf"]
    assert f"data_dir = /var/lib/{settings['StateDirectory'][0]}\n" in CONF.read_text()
    assert (PACKAGING / "systemd/sysusers.conf").read_text().splitlines()[1].split()[1] == settings["User"][0]


def test_only_the_data_directory_is_set():
    live = [line for line in CONF.read_text(encoding="utf-8").splitlines() if line and line[0] not in "#["]
    assert live == ["data_dir = /var/lib/mcp-assist"]


def test_every_default_in_the_file_is_accepted(cli, tmp_path):
    """With the leading # of each setting that shows a value taken away."""
    text = re.sub(r"^#(\w+ = .+)$", r"\1", CONF.read_text(encoding="utf-8"), flags=re.M)
    assert text.count("\n#") < CONF.read_text(encoding="utf-8").count("\n#") - 15
    file = tmp_path / "mcp-assist.conf"
    file.write_text(text.replace("/var/lib/mcp-assist", str(tmp_path)), encoding="utf-8")
    done = cli("call", "calculator", "1+1", "--config", file)
    assert done.code == 0, done.err


def test_every_setting_is_in_the_file_in_both_languages(cli):
    text = CONF.read_text(encoding="utf-8")
    for lang in ("en_US.UTF-8", "fr_FR.UTF-8"):
        rows = re.findall(r"^  (?:--)?([a-z_-]+) +[A-Z][A-Z0-9_]+ +(.*?)(?: \[(?:(?! \[).)*\])?$", cli("help", env={"LANG": lang}).out, re.M)
        assert len(rows) > 20
        for name, about in rows:
            if name not in ("config", "keys"):
                assert re.search(rf"^# {re.escape(about)}\n(# .*\n)?#?{name.replace('-', '_')} =", text, re.M), name


@pytest.mark.parametrize("page, words", [("mcp-assist.1", "NAME"), ("mcp-assist.fr.1", "NOM")])
def test_a_manual_page_is_shown_without_a_warning(page, words):
    path = ROOT / "docs" / page
    done = subprocess.run(
        ["man", "--local-file", "--warnings", str(path)],
        env=os.environ | {"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.lstrip().startswith("MCP-ASSIST(1)")
    for word in (words, "mcp-assist serve", "ping_host", "MCP_ASSIST_DATA_DIR", "/etc/mcp-assist"):
        assert word in done.stdout


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_a_maintainer_script_is_plain_shell(script):
    path = PACKAGING / "debian" / script
    assert os.access(path, os.X_OK)
    done = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False, timeout=10)
    assert (done.returncode, done.stderr) == (0, "")


def complete(binary, line):
    """What bash offers at the end of a line."""
    script = (
        f"source {shlex.quote(str(PACKAGING / 'bash-completion/mcp-assist'))}; COMP_WORDS=({line}); COMP_CWORD=$(({len(shlex.split(line))} - 1)); "
        '_mcp_assist; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    env = {"PATH": f"{binary.parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0"}
    bash = shutil.which("bash")
    return subprocess.run([bash, "-c", script], env=env, capture_output=True, text=True, check=True, timeout=60).stdout.split()


@pytest.mark.parametrize(
    "line, wanted",
    [
        ("mcp-assist ''", {"serve", "stdio", "call", "tools", "health", "help", "version"}),
        ("mcp-assist se", {"serve"}),
        ("mcp-assist call pi", {"ping_host"}),
        ("mcp-assist tools sys", {"system_info"}),
        ("mcp-assist call ping_host --co", {"--count"}),
        ("mcp-assist serve --po", {"--port"}),
    ],
)
def test_completion(binary, line, wanted):
    offered = set(complete(binary, line))
    assert wanted <= offered and len(offered) <= len(wanted) + 5, offered
