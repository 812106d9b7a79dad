"""The official suite: the fixture answers all of both requirement sets and of two older revisions, the product
whatever asks for no tool, resource or prompt of the fixture. Unscored scenarios count too; no warning is accepted."""

import json
from pathlib import Path

import pytest

import suite

# How many checks succeed, by leg and scenario. "scored" legs run as `--requirements`, the others as `--suite all`.
EXPECTED = json.loads((Path(__file__).resolve().parent / "scenarios.json").read_text())
TOTAL = {"2025-11-25": 84, "2026-07-28": 196}
GENERIC = {
    "2025-06-18": ("server-initialize", "server-session-lifecycle", "logging-set-level", "ping", "tools-list"),
    "2025-11-25": (
        "server-initialize",
        "server-session-lifecycle",
        "server-sse-multiple-streams",
        "dns-rebinding-protection",
        "logging-set-level",
        "ping",
        "tools-list",
        "resources-list",
        "prompts-list",
    ),
    "2026-07-28": (
        "server-stateless",
        "server-sse-multiple-streams",
        "dns-rebinding-protection",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "tools-list",
        "resources-list",
        "prompts-list",
        "sep-2164-resource-not-found",
        "caching",
    ),
}
NEEDS = {
    "resources-list": {"resources"},
    "prompts-list": {"prompts"},
    "sep-2164-resource-not-found": {"resources"},
    "caching": {"resources", "prompts"},
}


@pytest.fixture(scope="module")
def leg(fixture, tmp_path_factory):
    """leg(name): the checks by scenario of a run over the fixture, held once."""
    held = {}

    def run(name):
        if name not in held:
            options = ("--requirements", name) if name in TOTAL else ("--suite", "all", "--spec-version", name)
            held[name] = suite.run(fixture.url, tmp_path_factory.mktemp("suite") / name, *options)
        return held[name]

    return run


@pytest.mark.parametrize(("name", "scenario"), [(leg, each) for leg in EXPECTED for each in EXPECTED[leg]])
def test_fixture(leg, name, scenario):
    checks = leg(name)[scenario]
    assert not suite.faults(checks)
    assert suite.successes(checks) >= EXPECTED[name][scenario]


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_is_left_out(leg, name):
    assert set(leg(name)) == set(EXPECTED[name])


@pytest.mark.parametrize("name", TOTAL)
def test_total(leg, name):
    assert sum(suite.successes(checks) for checks in leg(name).values()) >= TOTAL[name]


@pytest.fixture(scope="module")
def offered(server):
    """What the product has beside tools."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "server/discover"}
    return set(server.rpc("server/discover", {"_meta": meta}, headers=headers)["result"]["capabilities"])


@pytest.mark.parametrize(
    ("revision", "scenario"), [(revision, each) for revision in GENERIC for each in GENERIC[revision]]
)
def test_product(server, offered, tmp_path, revision, scenario):
    lacking = NEEDS.get(scenario, set()) - offered
    if lacking:
        pytest.skip(f"the server offers no {', '.join(sorted(lacking))}")
    ran = suite.run(
        server.url + "/mcp", tmp_path / "suite", "--scenario", scenario, "--spec-version", revision
    )
    assert not suite.faults(check for check in ran[scenario] if not needs_fixture(check))
    assert suite.successes(ran[scenario]) > 1


def needs_fixture(check) -> bool:
    """True for a check that calls a tool of the fixture, which the product does not have."""
    message = check.get("errorMessage") or ""
    return message.startswith("Not testable: server does not list the diagnostic tool") or check[
        "id"
    ].endswith("-list-changed-on-subscription")
