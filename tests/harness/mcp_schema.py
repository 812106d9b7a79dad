"""The one place where messages are held against the schema of their protocol revision: the specification's files beside
the project (../shared/data/mcp-schema/<revision>/schema.json), or where MCP_SCHEMA_DIR says.

What a server says must always fit. What a client says must fit whenever it is answered with a result: tests send wrong
things on purpose, and then want an error."""

import functools
import json
import os

import jsonschema

from .program import ROOT

REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
MODERN = REVISIONS[-1]
BARE = "2025-11-25"  # one HTTP request without a session is answered with the fields of this one
META = "io.modelcontextprotocol/"
RESULTS = {
    "initialize": "InitializeResult",
    "ping": "EmptyResult",
    "logging/setLevel": "EmptyResult",
    "resources/subscribe": "EmptyResult",
    "resources/unsubscribe": "EmptyResult",
    "server/discover": "DiscoverResult",
    "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult",
    "resources/list": "ListResourcesResult",
    "resources/templates/list": "ListResourceTemplatesResult",
    "resources/read": "ReadResourceResult",
    "prompts/list": "ListPromptsResult",
    "prompts/get": "GetPromptResult",
    "completion/complete": "CompleteResult",
    "subscriptions/listen": "SubscriptionsListenResult",
}
ERRORS = {
    (MODERN, -32020): "HeaderMismatchError",
    (MODERN, -32021): "MissingRequiredClientCapabilityError",
    (MODERN, -32022): "UnsupportedProtocolVersionError",
    ("2025-11-25", -32042): "URLElicitationRequiredError",
}


def schema_path(revision):
    base = os.environ.get("MCP_SCHEMA_DIR") or ROOT.parent / "shared/data/mcp-schema"
    return os.path.join(base, revision, "schema.json")


def is_present(revision) -> bool:
    return os.path.exists(schema_path(revision))


@functools.cache
def _document(revision):
    with open(schema_path(revision), encoding="utf-8") as file:
        document = json.load(file)
    # What made the files took these numbers for integers; schema.ts says number.
    definitions = document.get("$defs", document.get("definitions"))
    for rule in definitions.get("NumberSchema", {}).get("properties", {}).values():
        if rule.get("type") == "integer":
            rule["type"] = "number"
    values = definitions.get("ElicitResult", {}).get("properties", {}).get("content", {})
    text = json.dumps(values.get("additionalProperties")).replace('"integer"', '"number"')
    if values:
        values["additionalProperties"] = json.loads(text)
    return document


@functools.cache
def _validator(revision, definition):
    document = _document(revision)
    where = "$defs" if "$defs" in document else "definitions"
    assert definition in document[where], f"revision {revision} defines no {definition}"
    kind = jsonschema.validators.validator_for(document)
    return kind({**document, "$ref": f"#/{where}/{definition}"}, format_checker=kind.FORMAT_CHECKER)


def forget():
    """The schemas are read anew."""
    _document.cache_clear()
    _validator.cache_clear()


def validate(message, revision, definition="JSONRPCMessage"):
    """Checks `message` against one definition ("JSONRPCMessage", "CallToolResult", "ListToolsResult"...) of a revision.
    Does nothing when the schemas are not there: they are not part of this project."""
    if not is_present(revision):
        return
    faults = [f"{error.json_path}: {error.message}" for error in _validator(revision, definition).iter_errors(message)]
    assert not faults, (
        f"not a {definition} of {revision}:\n" + "\n".join(faults) + f"\n{json.dumps(message)[:2000]}"
    )


def received(message, revision, method=None) -> dict:
    """What a server said, as the schema wants it; `method`: of the request that it answers. Returns it."""
    shape = message
    if message.get("id", 0) is None and "error" in message:
        # JSON-RPC wants null where the id could not be read, and older schemas have nothing for it.
        assert revision < "2025-11-25", message
        shape = message | {"id": 0}
    validate(shape, revision)
    result, error = message.get("result"), message.get("error")
    if "method" in message:
        # The extension's notification is in no core schema.
        if message["method"] != "notifications/tasks":
            validate(message, revision, "ServerRequest" if "id" in message else "ServerNotification")
    elif error and (definition := ERRORS.get((revision, error["code"]))):
        validate(message, revision, definition)
    elif result and result.get("resultType") == "input_required":
        validate(result, revision, "InputRequiredResult")
    elif result and result.get("resultType") != "task":
        validate(result, revision, RESULTS.get(method, "Result"))
    return message


def sent(message, revision):
    """What a client said, and a server answered with a result."""
    if message["method"].startswith("tasks/") or message["method"].startswith("notifications/tasks"):
        return  # of the extension
    validate(message, revision, "ClientRequest" if "id" in message else "ClientNotification")


def claim(message):
    """The revision that a message itself names (that is 2026-07-28 or later); None if it names none."""
    meta = (message.get("params") or {}).get("_meta") if isinstance(message.get("params"), dict) else None
    named = meta.get(META + "protocolVersion") if isinstance(meta, dict) else None
    return named if isinstance(named, str) else None


class Wire:
    """Both directions of one connection. Knows what was asked, so that answers are held against the right schema, in
    the right revision where two eras share a pipe."""

    def __init__(self, session=None):
        self.session = session  # the revision of the handshake; None before it
        self._asked = {}

    def sends(self, message):
        """A message goes out, whatever it is: an object, a batch, something else."""
        for one in message if isinstance(message, list) else [message]:
            if isinstance(one, dict) and isinstance(one.get("method"), str) and "id" in one:
                self._asked[json.dumps(one["id"])] = one

    def receives(self, message):
        """A message came in; returns it."""
        if isinstance(message, list):
            if self.session == "2025-03-26":
                validate(message, self.session, "JSONRPCBatchResponse")
            for one in message:
                self.receives(one)
            return message
        asked = None if "method" in message else self._asked.pop(json.dumps(message.get("id")), None)
        if asked is None:
            params = message.get("params") or {}
            is_modern = META + "subscriptionId" in params.get("_meta", {}) or self.session is None
            return received(message, MODERN if is_modern and "method" in message else self.session or BARE)
        if asked["method"] == "initialize" and "result" in message:
            self.session = message["result"]["protocolVersion"]
        # What names a revision that does not exist is answered in the newest that needs a name.
        revision = MODERN if claim(asked) else self.session or BARE
        received(message, revision, asked["method"])
        # Neither an error nor a question that is asked again because the answer was none.
        result = message.get("result", {"isError": True})
        if not result.get("isError") and result.get("resultType") != "input_required":
            sent(asked, revision)
        return message


def conversation(asked, answered) -> list:
    """What the server said in a whole conversation on a pipe; both sides as lines of text."""
    wire = Wire()
    for line in asked.splitlines():
        wire.sends(json.loads(line))
    return [wire.receives(json.loads(line)) for line in answered.splitlines()]
