"""Validation of structured results against published JSON Schemas (2020-12, formats checked)."""

import jsonschema


def check_schema(schema: dict):
    """Fails unless this is a valid JSON Schema 2020-12."""
    jsonschema.Draft202012Validator.check_schema(schema)


def validate(value, schema: dict, what="result"):
    """Fails with every fault of `value` at once."""
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    faults = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert not faults, f"{what} is not what its schema says:\n" + "\n".join(faults)
