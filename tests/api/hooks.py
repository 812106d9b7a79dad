"""Hooks of schemathesis: calls that would take long are made short, and refusals of valid input are looked at closely."""

import re

import schemathesis
from schemathesis import GenerationMode

# What takes time only because it is asked to: (least, most) that stays.
SHORT = {
    "count": (1, 3),
    "interval_ms": (10, 20),
    "timeout_ms": (10, 300),
    "sample_ms": (0, 100),
}

# What a tool may refuse although it fits the schema, by parameter: it is not of the grammar that the parameter wants.
JUDGED = {
    "calculator": {"expression"},
    "check_service": {"name"},
    "disk_usage": {"path"},
    "dns_lookup": {"name", "server"},
    "http_request": {"url", "headers", "body"},
    "network_interfaces": {"cursor"},
    "ping_host": {"host"},
    "port_scan": {"host", "ports"},
    "process_list": {"cursor", "user"},
    "read_file": {"encoding", "tail", "lines", "offset", "cursor", "path"},
    "web_search": {"query", "region"},
}


def shorten(values):
    for name, (least, most) in SHORT.items():
        value = values.get(name)
        if isinstance(value, str) and re.fullmatch(r"\d+", value):
            values[name] = str(min(int(value), most))
        elif isinstance(value, int) and not isinstance(value, bool) and value >= least:
            values[name] = min(value, most)


@schemathesis.hook
def before_call(context, case, **kwargs):
    for values in (case.body, case.query):
        if isinstance(values, dict):
            shorten(values)


@schemathesis.check
def refused_for_a_reason(ctx, response, case):
    """400 for input that fits the schema: only where the tool judges, never because check and schema disagree."""
    meta = case.meta
    tool = re.sub("^(get|post|call)_", "", case.operation.definition.raw["operationId"])
    if response.status_code != 400 or meta is None or meta.generation.mode is not GenerationMode.POSITIVE:
        return
    problem = response.json()
    errors = problem.get("errors")
    assert errors, problem
    for error in errors:
        parameter = error["pointer"].split("/")[1]
        # What params.c refuses says what is accepted: the schema should have said so.
        assert "accepted" not in error, f"the schema accepts what is refused: {error}"
        assert parameter in JUDGED.get(tool, ()), f"{tool} refuses {error}"


@schemathesis.check
def refusals_say_why(ctx, response, case):
    """Each refusal says what is wrong, in words."""
    if response.status_code >= 400 and response.headers.get("content-type") == ["application/problem+json"]:
        problem = response.json()
        assert problem.get("detail"), problem
        assert problem["status"] == response.status_code
