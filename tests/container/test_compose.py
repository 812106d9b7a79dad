"""docker-compose.yml: accepted by docker-compose and by the specification's schema, and what it promises is in it."""

import ipaddress
import re
import subprocess
import time

import jsonschema
import pytest
from compose import COMBINATIONS, FILE, config, document, schema

from harness import program
from harness.postgres import Postgres
from harness.program import ROOT

SERVICES = {"init", "mcp-server", "db", "gateway"}


@pytest.fixture(scope="module")
def all_of_it():
    return config(("with-db", "gateway"))["services"]


@pytest.mark.parametrize("profiles", COMBINATIONS, ids=lambda chosen: "+".join(chosen) or "none")
def test_docker_compose_accepts_every_profile(profiles):
    services = config(profiles)["services"]
    assert {"init", "mcp-server"} <= services.keys() <= SERVICES


def test_the_schema_of_the_specification_accepts_it():
    rules = schema()
    if rules is None:
        pytest.skip("needs ../shared/data")
    kind = jsonschema.validators.validator_for(rules, default=jsonschema.Draft7Validator)
    faults = [f"{fault.json_path}: {fault.message}" for fault in kind(rules).iter_errors(document())]
    assert not faults
    broken = document()
    broken["services"]["mcp-server"]["cap_drops"] = ["ALL"]
    assert list(kind(rules).iter_errors(broken))


def test_which_services_there_are():
    services = document()["services"]
    assert services.keys() == SERVICES
    assert {name: service.get("profiles") for name, service in services.items()} == {
        "init": None, "mcp-server": None, "db": ["with-db"], "gateway": ["gateway"],
    }  # fmt: skip
    assert services["mcp-server"]["container_name"] == "mcp-assistance-informatique"


def test_nothing_that_always_runs_waits_for_what_a_profile_brings():
    """Version 2 takes such a file for broken as long as the profile is off."""
    services = document()["services"]
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            assert set(services[other].get("profiles", [])) <= set(service.get("profiles", [])), (name, other)


def test_the_server(all_of_it):
    server = all_of_it["mcp-server"]
    assert server["environment"]["HOST"] == "0.0.0.0"
    assert not server["environment"].get("MCP_ASSIST_AUTH")
    assert server["ports"] in (["127.0.0.1:8000:8000/tcp"], ["127.0.0.1:8000:8000"])
    assert [volume.removesuffix(":rw") for volume in server["volumes"]] == [
        "/var/log:/host/var/log:ro", f"{ROOT}/data:/app/data", f"{ROOT}/config:/app/config:ro",
        "secrets:/run/mcp-assist:ro",
    ]  # fmt: skip
    assert server["group_add"] == ["4"]
    assert server["sysctls"] == {"net.ipv4.ping_group_range": "0 2147483647"}
    assert server["mem_limit"] and server["cpus"] and server["pids_limit"]
    assert server["depends_on"] == {"init": {"condition": "service_completed_successfully"}}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_has_more_than_it_needs(all_of_it, name):
    service = all_of_it[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert not service.get("privileged")
    assert service.get("network_mode") != "host"
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))
    assert service.get("read_only") or name == "db"
    needs = {"init": {"CHOWN", "DAC_OVERRIDE", "FOWNER"},
             "db": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}}  # fmt: skip
    assert set(service.get("cap_add", [])) == needs.get(name, set())


@pytest.mark.parametrize("name", ["mcp-server", "db", "gateway"])
def test_logs_are_rotated(all_of_it, name):
    assert all_of_it[name]["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


@pytest.mark.parametrize("name", ["mcp-server", "gateway"])
def test_what_is_published_is_for_this_machine_only(all_of_it, name):
    for port in all_of_it[name]["ports"]:
        assert port.startswith("127.0.0.1:"), port


@pytest.mark.parametrize("name", ["MCP_ASSIST_PUBLISH", "GATEWAY_PUBLISH"])
def test_published_elsewhere_it_starts_with_a_key_only(binary, make_server, tmp_path, name):
    """With the environment that docker-compose gives it, whichever port is opened; by default everybody is let in."""
    published_on = "MCP_ASSIST_PUBLISHED_ON"

    def given_by(env):
        return {published_on: config(env=env)["services"]["mcp-server"]["environment"][published_on]}

    for given in ({}, {name: "127.0.0.2"}):
        serving = make_server(host="0.0.0.0", env=given_by(given))
        assert serving.get("/tools").status_code == 200
    env = given_by({name: "0.0.0.0"})
    command = [binary, "serve", "--host", "0.0.0.0", "--port", "0", "--data-dir", tmp_path]
    done = program.run_refused(command, reports=tmp_path / "sanitizer", env=env)
    assert done.code == 1 and "0.0.0.0 needs an API key" in done.err
    serving = make_server(host="0.0.0.0", env=env | {"MCP_ASSIST_KEYS": "alice:" + "k" * 32})
    assert serving.get("/tools").status_code == 401
    assert serving.get("/tools", headers={"Authorization": "Bearer " + "k" * 32}).status_code == 200


def test_the_image_names_have_a_version(all_of_it):
    for name in ("db", "gateway"):
        assert re.fullmatch(r"[a-z]+:[0-9.]+", all_of_it[name]["image"])
    assert all_of_it["init"]["image"] == all_of_it["mcp-server"]["image"]


def test_what_env_says_reaches_the_services():
    """Every line of .env.example, with an explicit database and a wider address."""
    lines = re.findall(r"^#?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M)
    given = {name: value or "secret" for name, value in lines}
    services = config(("with-db", "gateway"), env=given)["services"]
    server = services["mcp-server"]["environment"]
    for name in ("DATABASE_URL", "MCP_ASSIST_ALLOWED_HOSTS", "MCP_ASSIST_AUTH", "MCP_ASSIST_HOST_ROOT", "LOG_LEVEL"):
        assert server[name] == given[name], name
    assert services["mcp-server"]["ports"][0].startswith("0.0.0.0:8000:8000")
    assert services["gateway"]["ports"][0].startswith("0.0.0.0:8443:8443")
    known = set(re.findall(r"\$\{(\w+)", FILE.read_text(encoding="utf-8"))) | server.keys() | {"COMPOSE_PROFILES"}
    assert given.keys() <= known


def test_the_gateway_and_nobody_else_is_believed():
    whole = document()
    (network,) = whole["networks"]["default"]["ipam"]["config"]
    subnet = ipaddress.ip_network(re.sub(r"\$\{\w+:-(.*?)\}", r"\1", network["subnet"]))
    others = ipaddress.ip_network(re.sub(r"\$\{\w+:-(.*?)\}", r"\1", network["ip_range"]))
    services = config(("gateway",))["services"]
    address = ipaddress.ip_address(services["gateway"]["networks"]["default"]["ipv4_address"])
    assert address in subnet and address not in others and others.subnet_of(subnet)
    assert services["mcp-server"]["environment"]["MCP_ASSIST_TRUSTED_PROXIES"] == str(address)


def test_the_database_of_the_profile_is_the_one_that_the_server_looks_for(all_of_it):
    db = all_of_it["db"]["environment"]
    named = re.fullmatch(r"postgresql://(\w+)@(\w+)/(\w+)", all_of_it["mcp-server"]["environment"]["DATABASE_URL"])
    assert named.groups() == (db["POSTGRES_USER"], "db", db["POSTGRES_DB"])


@pytest.fixture
def secrets(tmp_path):
    """What the service `init` makes, run as it is written but for its folders; run again it changes nothing."""
    folders = {"/app/data": tmp_path / "data", "/run/mcp-assist": tmp_path / "secrets"}
    script = document()["services"]["init"]["command"][0].replace("$$", "$")
    for place, folder in folders.items():
        folder.mkdir()
        script = script.replace(place, str(folder))
    made = []
    for _ in range(2):
        subprocess.run([*document()["services"]["init"]["entrypoint"], script], check=True)
        made.append((tmp_path / "secrets/pgpass").read_text())
    assert made[0] == made[1]
    return tmp_path / "secrets"


def test_the_server_knows_the_password_of_the_database_and_nobody_else_does(make_server, secrets):
    password = (secrets / "password").read_text().strip()
    assert re.fullmatch(r"[\w-]{32}", password)
    assert (secrets / "password").stat().st_mode & 0o777 == (secrets / "pgpass").stat().st_mode & 0o777 == 0o600
    assert (secrets / "pgpass").stat().st_uid == 10001
    with Postgres() as postgres:
        postgres.query(f"CREATE ROLE mcp_assist LOGIN PASSWORD '{password}'")
        postgres.query("CREATE DATABASE mcp_assist OWNER mcp_assist")
        env = {"DATABASE_URL": f"postgresql://mcp_assist@127.0.0.1:{postgres.port}/mcp_assist",
               "PGPASSFILE": secrets / "pgpass"}  # fmt: skip
        server = make_server(args=["--user", "root"], env=env)
        store = {}
        while store.get("status") != "ok":
            store = server.get("/health").json()["components"].get("store", {})
            assert "password" not in store.get("reason", "")
            time.sleep(0.05)
        assert password not in server.stderr


def test_the_variables_of_the_server_are_settings(cli):
    """An unknown one would keep it from starting."""
    names = document()["services"]["mcp-server"]["environment"]
    samples = {"MCP_ASSIST_AUTH": "keys", "MCP_ASSIST_PUBLISHED_ON": "127.0.0.1,::1", "DEBUG": "true", "LOG_LEVEL": "INFO", "MCP_ASSIST_ALLOWED_HOSTS": "a.example",
               "MCP_ASSIST_BASE_PATH": "/assist", "MCP_ASSIST_TRUSTED_PROXIES": "172.31.250.8",
               "MCP_ASSIST_DISABLED_TOOLS": "port_scan", "MCP_ASSIST_HOST_ROOT": "/", "MCP_ASSIST_READ_ONLY": "true",
               "HOST": "0.0.0.0", "DATABASE_URL": "none", "MCP_ASSIST_DATABASE_FALLBACK": "true",
               "PGPASSFILE": "/nowhere"}  # fmt: skip
    assert samples.keys() == names.keys()
    done = cli("tools", env=samples)
    assert done.code == 0, done.err


def test_the_example_files_are_read_in_order(cli, tmp_path):
    """Copied and with every line in force, as a person would; the later one wins."""
    folder = tmp_path / "config"
    folder.mkdir()
    assert cli("tools", env={"MCP_ASSIST_CONFIG": folder}).code == 0  # an empty one is no mistake
    examples = sorted((ROOT / "config").glob("*.conf.example"))
    assert len(examples) >= 2
    for example in examples:
        text = re.sub(r"^# (\w+ = )", r"\1", example.read_text(encoding="utf-8"), flags=re.M)
        (folder / example.name.removesuffix(".example")).write_text(text, encoding="utf-8")
    done = cli("tools", env={"MCP_ASSIST_CONFIG": folder})
    assert done.code == 0, done.err
    (folder / "99-last.conf").write_text("[server]\ndisabled_tools = calculator\n")
    (folder / "99-last.conf.off").write_text("nonsense")
    assert cli("call", "calculator", "1", env={"MCP_ASSIST_CONFIG": folder}).code == 3
    assert cli("call", "port_scan", "127.0.0.1", "--ports=1", env={"MCP_ASSIST_CONFIG": folder}).code == 0
    (folder / "99-last.conf").unlink()
    assert cli("call", "calculator", "1", env={"MCP_ASSIST_CONFIG": folder}).code == 0
    assert cli("call", "port_scan", "127.0.0.1", "--ports=1", env={"MCP_ASSIST_CONFIG": folder}).code == 3
