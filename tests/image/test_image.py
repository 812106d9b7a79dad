"""The image of the Dockerfile, really built and really run, by buildah and without an engine: see harness/image.py."""

import json
import os
import stat
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml

from harness import peers, schema
from harness.image import IMAGE, Container, Store
from harness.ports import free_port
from harness.program import BUILD, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.skipif(os.geteuid() != 0, reason="chroots and mounts need root")]

CALLS = json.loads((ROOT / "tests/clients/calls.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """With the image built from the files of this commit, and nothing else that lies about."""
    made = Store(BUILD / "image")
    made.make_base()
    context = tmp_path_factory.mktemp("context")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).exists():
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            (context / name).symlink_to(ROOT / name) if (ROOT / name).is_symlink() else os.link(ROOT / name, context / name)
    made.build(context)
    yield made
    made.run("rmi", IMAGE)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """./data as the service `init` leaves it, somewhere that any account can reach."""
    folder = Path("/var/tmp") / f"mcp-assist-image-{os.getpid()}"
    folder.mkdir(mode=0o750)
    os.chown(folder, 10001, 10001)
    yield folder
    subprocess.run(["rm", "-rf", folder], check=True)


@pytest.fixture(scope="module")
def searx():
    answer = {"results": [{"title": "A printer", "url": "https://example.org/", "content": "It prints"}]}
    with peers.web({"/search": ("application/json", json.dumps(answer).encode()), "/hello": ("text/plain", b"hello\n")}) as port:
        yield port


@pytest.fixture(scope="module")
def served(store, data, searx):
    """A container that serves as docker-compose.yml starts it, its URL in `.url`."""
    env = {
        "HOST": "0.0.0.0",
        "PORT": free_port(),
        "MCP_ASSIST_AUTH": "none-i-understand",
        "MCP_ASSIST_WEB_SEARCH_ENGINE": "searxng",
        "MCP_ASSIST_WEB_SEARCH_SEARXNG_URL": f"http://127.0.0.1:{searx}/",
    }
    with Container(store, volumes=[f"{data}:/app/data", "/var/log:/host/var/log:ro"], env=env) as container:
        container.url = container.start().replace("0.0.0.0", "127.0.0.1")
        with httpx.Client(base_url=container.url, trust_env=False, timeout=60) as container.client:
            yield container


def test_it_is_well_and_writes_its_data(served):
    health = served.client.get("/health").json()
    assert health["status"] == "ok", health
    assert health["components"]["data_dir"]["status"] == "ok"


def test_the_health_check_by_hand(served):
    done = served.health_check()
    assert done.code == 0, done
    timing = served.config["Healthcheck"]
    assert (timing["Interval"], timing["Timeout"], timing["Retries"]) == (30_000_000_000, 10_000_000_000, 3)


def test_who_it_is(served):
    status = served.status()
    assert status["Uid"].split() == status["Gid"].split() == ["10001"] * 4
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert os.readlink(f"/proc/{served.pid}/root") != "/"


def test_its_root_is_read_only(served):
    done = served.run("touch", "/app/x", "/tmp/x", "/usr/local/bin/x")
    assert done.code != 0
    assert done.err.count("Read-only file system") == 3
    assert served.run("touch", "/app/data/x").code == 0
    assert served.run("rm", "/app/data/x").code == 0


@pytest.mark.parametrize("tool", CALLS)
def test_every_tool_from_outside(served, searx, tool):
    with peers.dns() as dns_port:
        args = json.loads(
            json.dumps(CALLS[tool]).replace('"${http_port}"', str(searx)).replace("${http_port}", str(searx))
            .replace('"${dns_port}"', str(dns_port))
        )  # fmt: skip
        answer = served.client.post(f"/call/{tool}", json=args)
    assert answer.status_code == 200, answer.text
    published = {one["name"]: one for one in served.client.get("/tools").json()["tools"]}
    assert len(published) == len(CALLS) == 12
    schema.validate(answer.json(), published[tool]["outputSchema"], tool)
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": args}}
    if tool not in ("dns_lookup",):
        assert not served.client.post("/mcp", json=message).json()["result"].get("isError")


def test_the_tools_really_did_it(served):
    def call(tool, **args):
        return served.client.post(f"/call/{tool}", json=args).json()

    general = call("system_info", section="general")["general"]
    assert general["os"].startswith("Debian GNU/Linux")
    assert call("ping_host", host="127.0.0.1", count=1)["status"] == "up"
    assert str(served.pid) in str([one["pid"] for one in call("process_list", filter="mcp-assist")["processes"]])
    assert call("web_search", query="printer")["results"][0]["title"] == "A printer"
    log = Path("/var/log/mcp-assist-image-test.log")
    log.write_text("seen from inside\n")
    try:
        assert call("read_file", path=f"/host{log}")["content"] == "seen from inside\n"
    finally:
        log.unlink()


def test_wrong_input(served):
    answer = served.client.post("/call/ping_host", json={"host": "127.0.0.1", "count": 400})
    assert answer.status_code == 400 and answer.json()["errors"][0]["pointer"] == "/count"
    assert served.client.post("/call/no_such_tool", json={}).status_code == 404
    assert served.client.post("/call/read_file", json={"path": "/etc/shadow"}).status_code == 403
    assert served.client.get("/tools", headers={"Host": "evil.example"}).status_code == 403
    bad = served.client.post("/mcp", content=b"{", headers={"Content-Type": "application/json"})
    assert bad.json()["error"]["code"] == -32700


def test_a_data_directory_that_cannot_be_written(store):
    """Loud and degraded, not dead."""
    env = {"PORT": free_port()}
    with Container(store, volumes=["/var/log:/app/data:ro"], env=env) as container:
        url = container.start()
        health = httpx.get(f"{url}/health", trust_env=False).json()
        assert health["status"] == "degraded"
        assert "/app/data" in health["components"]["data_dir"]["reason"]
        assert "event=data_dir" in container.said
        answer = httpx.post(f"{url}/call/calculator", json={"expression": "6 * 7"}, trust_env=False)
        assert answer.json()["value"] == 42
        assert container.stop() == 0


def test_init_gives_the_data_directory_away(store):
    """The service `init` of docker-compose.yml, on a directory as Docker makes it and on one that is somebody else's."""
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["init"]
    folder = Path("/var/tmp") / f"mcp-assist-init-{os.getpid()}"
    secrets = Path(f"{folder}-secrets")
    (folder / "inner").mkdir(parents=True)
    secrets.mkdir()
    command = [word.replace("$$", "$") for word in service["command"]]
    volumes = [f"{folder}:/app/data", f"{secrets}:/run/mcp-assist"]
    try:
        with Container(
            store, volumes=volumes, user=service["user"], caps=service["cap_add"]
        ) as container:
            for owner, mode in ((0, 0o755), (1, 0o700)):
                for path in (folder / "inner", folder):
                    os.chown(path, owner, owner)
                    path.chmod(mode)
                done = container.run(*service["entrypoint"], *command)
                assert done.code == 0, done
                for path in (folder, folder / "inner"):
                    assert (path.stat().st_uid, path.stat().st_gid) == (10001, 10001)
                assert (secrets / "pgpass").stat().st_uid == 10001
    finally:
        subprocess.run(["rm", "-r", folder, secrets], check=True)


def test_it_refuses_the_world_without_keys(store, data):
    with Container(store, volumes=[f"{data}:/app/data"], env={"HOST": "0.0.0.0"}) as container:
        done = container.run(*container.config["Entrypoint"], "serve")
        assert done.code not in (0, 99)
        assert "0.0.0.0" in done.err and "key" in done.err


def test_configuration_directory(store, data, tmp_path):
    """Absent files are no mistake (every other test); files are read, and a wrong one is named."""
    folder = Path("/var/tmp") / f"mcp-assist-config-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        (folder / "10-off.conf").write_text("[server]\ndisabled_tools = calculator\n")
        with Container(store, volumes=[f"{data}:/app/data", f"{folder}:/app/config:ro"]) as container:
            assert container.run("mcp-assist", "call", "calculator", "1").code == 3
            (folder / "20-wrong.conf").write_text("[server]\nno_such = 1\n")
            done = container.run("mcp-assist", "call", "calculator", "1")
            assert done.code == 2 and "20-wrong.conf, line 2" in done.err
    finally:
        subprocess.run(["rm", "-r", folder], check=True)


@pytest.fixture(scope="module")
def root(store):
    """The files of the image."""
    with Container(store) as container:
        yield container.root


def test_nothing_to_build_or_install_with_is_left_over(root):
    names = {path.name for folder in ("bin", "sbin", "local/bin", "local/sbin") for path in (root / "usr" / folder).iterdir()}
    assert "mcp-assist" in names
    assert not names & {"gcc", "cc", "c++", "clang", "make", "ninja", "cmake", "node", "npm", "git", "python3", "curl", "wget"}
    assert not list((root / "usr/include").iterdir())
    for folder in ("var/lib/apt/lists", "var/cache", "var/log", "tmp", "var/tmp", "src"):
        left = [path for path in (root / folder).rglob("*") if path.is_file()]
        assert not left, left
    status = (root / "var/lib/dpkg/status").read_text()
    assert not [line for line in status.splitlines() if line.startswith("Package: ") and line.endswith("-dev")]


def test_no_file_gives_privileges_and_none_is_for_everybody_to_write(root):
    for folder, _, names in os.walk(root):
        for name in names:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            if stat.S_ISREG(mode):
                assert not mode & (stat.S_ISUID | stat.S_ISGID), name
                assert not mode & stat.S_IWOTH, name
            else:
                assert not stat.S_ISBLK(mode), name


def test_whose_the_files_are(root):
    owners = {(info.st_uid, info.st_gid) for info in [(root / "app/data").stat()]}
    assert owners == {(10001, 10001)}
    for name in ("usr/local/bin/mcp-assist", "app", "app/config"):
        info = (root / name).stat()
        assert info.st_uid == 0 and not info.st_mode & 0o022, name
    assert "mcp-assist:x:10001:10001:" in (root / "etc/passwd").read_text()


def test_all_libraries_are_there(store):
    """Those that are opened at first use too."""
    with Container(store) as container:
        names = (container.root / "usr/local/bin/mcp-assist").read_bytes()
        assert "not found" not in container.run("ldd", "/usr/local/bin/mcp-assist").out
        packages = (container.root / "usr/local/share/mcp-assist/packages").read_text().split()
        assert "libcurl4" in " ".join(packages) and b"libcurl.so.4" in names
        listed = container.run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *packages).out
        assert all(line.split()[1] == "ii" for line in listed.splitlines())
        assert container.run("mcp-assist", "version").out.startswith("mcp-assist ")


def test_what_the_image_says_about_itself(store):
    config = store.config()
    assert config["User"] == "10001:10001"
    assert config["WorkingDir"] == "/app"
    assert config["ExposedPorts"] == {"8000/tcp": {}}
    assert config["Labels"]["org.opencontainers.image.title"] == "mcp-assistance-informatique"
    assert not [value for value in config["Env"] if "KEY" in value or "PASSWORD" in value]


def test_it_stops_when_told(served):
    """Last: the container that the others use."""
    assert served.stop() == 0
    assert "event=" in served.said
