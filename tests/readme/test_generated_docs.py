"""The generated documents are those of this program; a changed one is noticed."""

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from harness import schema
from harness.program import ROOT

EXAMPLES = json.loads((ROOT / "docs/examples.json").read_text(encoding="utf-8"))
PAGES = ("docs/tools.md", "docs/tools.fr.md", "docs/settings.md", "docs/settings.fr.md")
INSTALLED = ("docs/mcp-assist.1", "docs/mcp-assist.fr.1", "packaging/mcp-assist.conf")


def check(root, binary):
    return subprocess.run(
        [root / "scripts/generate-docs", "--check"],
        env={**os.environ, "MCP_ASSIST_BIN": str(binary)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_pages_are_current(binary):
    done = check(ROOT, binary)
    assert done.returncode == 0, done.stderr


def test_every_tool_has_a_valid_example(server):
    assert list(EXAMPLES) == list(server.tools())
    for name, example in EXAMPLES.items():
        schema.validate(example["arguments"], server.tools()[name]["inputSchema"], name)
        schema.validate(example["result"], server.schema_for(name), name)


@pytest.mark.parametrize("page", PAGES + INSTALLED)
def test_a_changed_page_is_noticed(binary, tmp_path, page):
    for name in ("docs", "scripts", "packaging"):
        shutil.copytree(ROOT / name, tmp_path / name)
    changed = tmp_path / page
    changed.write_text(changed.read_text(encoding="utf-8").replace("e", "E", 1), encoding="utf-8")
    done = check(tmp_path, binary)
    assert done.returncode == 1
    assert f"{page} is not current" in done.stderr


def test_pages_say_both_languages():
    english, french = ((ROOT / page).read_text(encoding="utf-8") for page in PAGES[:2])
    assert english.count("\n## ") == french.count("\n## ") == len(EXAMPLES)
    assert english.count("```json\n") == french.count("```json\n") == len(EXAMPLES)
    assert "| parameter |" in english and "| paramètre |" in french


def test_the_picture_shows_commands_and_answers(binary, tmp_path):
    """It is drawn from a real run: again here, with the same commands and lines that answer them."""
    for name in ("docs", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    subprocess.run([tmp_path / "scripts/draw-demo", binary], check=True, timeout=60)

    def labels(path):
        texts = [node.text for node in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]
        return [
            text if text.startswith("$") else text.partition(":")[0]
            for text in texts
            if ":" in text or "$" in text
        ]

    drawn = labels(tmp_path / "docs/demo.svg")
    assert drawn == labels(ROOT / "docs/demo.svg")
    assert "  " not in (ROOT / "docs/demo.svg").read_text()  # browsers make one of them: columns would be lost
    assert len([line for line in drawn if line.startswith("$ mcp-assist call ")]) == 4
