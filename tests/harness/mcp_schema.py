"""Validation of messages against the schema of a protocol revision, where the specification's schemas lie beside the
project (../shared/data/mcp-schema/<revision>/schema.json) or where MCP_SCHEMA_DIR says."""

import functools
import json
import os

import jsonschema

from .program import ROOT

REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")


def schema_path(revision):
    base = os.environ.get("MCP_SCHEMA_DIR") or ROOT.parent / "shared/data/mcp-schema"
    return os.path.join(base, revision, "schema.json")


def is_present(revision) -> bool:
    return os.path.exists(schema_path(revision))


@functools.cache
def _document(revision):
    with open(schema_path(revision), encoding="utf-8") as file:
        return json.load(file)


def validate(message, revision, definition="JSONRPCMessage"):
    """Checks `message` against one definition ("JSONRPCMessage", "CallToolResult", "ListToolsResult"...) of a revision.
    Does nothing when the schemas are not there: they are not part of this project."""
    if not is_present(revision):
        return
    document = _document(revision)
    where = "$defs" if "$defs" in document else "definitions"
    assert definition in document[where], f"revision {revision} defines no {definition}"
    kind = jsonschema.validators.validator_for(document)
    validator = kind({**document, "$ref": f"#/{where}/{definition}"}, format_checker=kind.FORMAT_CHECKER)
    faults = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(message)]
    assert not faults, (
        f"not a {definition} of {revision}:\n" + "\n".join(faults) + f"\n{json.dumps(message)[:2000]}"
    )
