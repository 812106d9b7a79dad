"""The fenced blocks of a Markdown page, and what two answers have in common."""

import json
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Block:
    """`kind` and `name` are the two words behind the fence; `line` is where it begins."""

    kind: str
    name: str
    text: str
    line: int


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w*) ?(\S*)\n(.*?)^```$", text, re.M | re.S)
    return [Block(m[1], m[2], m[3], text.count("\n", 0, m.start()) + 1) for m in found]


def commands(block: Block) -> list[str]:
    return [line for line in block.text.replace("\\\n", " ").splitlines() if line.strip()]


def missing_keys(shown, real, where="") -> list[str]:
    """What a shortened answer shows and the real one has not, or has as another kind of value. The outermost object is
    shown with all its members."""
    numbers = (int, float)
    same = type(shown) is type(real) or (isinstance(shown, numbers) and isinstance(real, numbers))
    if not same:
        return [f"{where or '/'}: {json.dumps(shown)[:60]} is shown, {json.dumps(real)[:60]} comes"]
    if isinstance(shown, list):
        # An empty list, or one entry for all of them.
        return [fault for one in shown[:1] if real for fault in missing_keys(one, real[0], f"{where}/0")]
    if not isinstance(shown, dict):
        return []
    faults = [f"{where}/{key} is shown and does not come" for key in shown if key not in real]
    if not where:
        faults += [f"/{key} comes and is not shown" for key in real if key not in shown]
    return faults + [
        fault
        for key in shown
        if key in real
        for fault in missing_keys(shown[key], real[key], f"{where}/{key}")
    ]
