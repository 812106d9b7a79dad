"""The conformance fixture (examples/conformance) as tests start it: over HTTP, on a pipe."""

import pytest

from harness.server import Server
from harness.stdio import Stdio

from talk import Modern, Pipe, Session


class Fixture(Server):
    """The fixture over HTTP; its `.url` is the endpoint."""

    def command(self, binary, host):
        return [binary, "--port", "0"]


class FixturePipe(Stdio):
    """The fixture on a pipe."""

    verb = "--stdio"


@pytest.fixture(scope="session")
def fixture_binary(binary):
    """examples/conformance of the build that is under test."""
    found = binary.parent / "examples/conformance"
    assert found.is_file(), f"{found} is not built"
    return found


@pytest.fixture(scope="module")
def fixture(fixture_binary, tmp_path_factory):
    """A fixture over HTTP that the tests of a file share; it must end well."""
    with Fixture(fixture_binary, tmp_path_factory.mktemp("fixture")) as started:
        yield started


@pytest.fixture(scope="module")
def paged_fixture(fixture_binary, tmp_path_factory):
    """The same, whose lists come in pages of two."""
    with Fixture(fixture_binary, tmp_path_factory.mktemp("paged"), args=["--page-size", 2]) as started:
        yield started


@pytest.fixture
def own_fixture(fixture_binary, tmp_path):
    """A fixture of the test's own, which the test may stop()."""
    folder = tmp_path / "fixture"
    folder.mkdir()
    started = Fixture(fixture_binary, folder)
    yield started
    started.finish()


@pytest.fixture
def limited(fixture_binary, tmp_path):
    """limited("--sessions", 3): a fixture with limits of its own."""
    started = []

    def start(*args):
        folder = tmp_path / f"limited{len(started)}"
        folder.mkdir()
        started.append(Fixture(fixture_binary, folder, args=args))
        return started[-1]

    yield start
    for one in started:
        one.finish()


@pytest.fixture
def pipe(fixture_binary, tmp_path):
    """pipe(revision, capabilities={}, page_size=None): a client on a pipe of its own."""
    started = []

    def start(revision, capabilities=None, page_size=None):
        folder = tmp_path / f"pipe{len(started)}"
        folder.mkdir()
        args = ["--page-size", page_size] if page_size else []
        started.append(FixturePipe(fixture_binary, folder, args=args))
        return Pipe(started[-1], revision, capabilities)

    yield start
    for one in started:
        one.finish()


@pytest.fixture
def session(fixture):
    """session(revision="2025-11-25", capabilities={}, server=...): a session over HTTP."""
    started = []

    def start(revision="2025-11-25", capabilities=None, server=fixture):
        started.append(Session(server.url, revision, capabilities))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def modern(fixture):
    """modern(capabilities={}, server=...): a stateless client over HTTP."""
    started = []

    def start(capabilities=None, server=fixture):
        started.append(Modern(server.url, capabilities))
        return started[-1]

    yield start
    for one in started:
        one.close()
