"""Requests that schemathesis makes of /openapi.json, valid and not, all its checks; in a network namespace with nothing but
loopback. MCP_API_EXAMPLES: how many for each operation (30); `./dev fuzz api` makes it 1,000.
"""

import http.server
import json
import os
import re
import subprocess
import threading
from pathlib import Path

import pytest

from harness.program import BUILD

HERE = Path(__file__).parent
# Two parts of about the same size, for two cores.
PARTS = {"tools": ["--include-path-regex", "^/tools/"], "rest": ["--exclude-path-regex", "^/tools/"]}
EXAMPLES = int(os.environ.get("MCP_API_EXAMPLES", "30"))
ENGINE = json.dumps(
    {"results": [{"url": "https://example.org/", "title": "Rust", "content": "A language"}], "suggestions": []}
).encode()


class Engine(http.server.BaseHTTPRequestHandler):
    """A search engine (SearXNG) that finds one page."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ENGINE)))
        self.end_headers()
        self.wfile.write(ENGINE)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.mark.timeout(300 + 60 * EXAMPLES)
@pytest.mark.parametrize("part", PARTS)
def test_generated_requests(make_server, netns, tmp_path, part):
    alone = netns.create()
    engine = alone.call(lambda: http.server.ThreadingHTTPServer(("127.0.0.1", 0), Engine))
    threading.Thread(target=engine.serve_forever, daemon=True).start()
    search = {"engine": "searxng", "searxng_url": f"http://127.0.0.1:{engine.server_port}/"}
    server = make_server(netns=alone, config={"web_search": search})
    command = [BUILD / "venv/bin/python", "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml", "run"]
    command += [f"{server.url}/openapi.json", "--checks", "all", "--max-examples", EXAMPLES, "--workers", 1]
    command += [*PARTS[part], "--continue-on-failure", "--no-color", "--seed", os.environ.get("MCP_API_SEED", "1")]
    done = alone.run(
        *command,
        check=False,
        timeout=120 + 60 * EXAMPLES,
        cwd=tmp_path,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)},
    )
    said = done.stdout + done.stderr
    (tmp_path / "schemathesis.log").write_text(said)
    assert done.returncode == 0, said
    paths = server.get("/openapi.json").json()["paths"].items()
    # All but the one that it reads the document by.
    operations = sum(
        len(item) for path, item in paths if path != "/openapi.json" and path.startswith("/tools/") == (part == "tools")
    )
    assert re.search(rf"Tested: {operations}\b", said), said
    made = int(re.search(r"(\d+) generated", said).group(1))
    assert made > operations * EXAMPLES / 2, said
    print(f"{part}: {operations} operations, {made} requests")
    server.assert_alive()
    engine.shutdown()
