"""Tasks on a pipe (extension io.modelcontextprotocol/tasks), and for clients that do not offer them."""

import time

import pytest

from talk import META, MODERN, TASKS, text_of

TERMINAL = {"completed", "failed", "cancelled"}
FORM = {"elicitation": {}}


@pytest.fixture
def client(pipe):
    return pipe(MODERN, TASKS | FORM)


def begin(client, tool, **arguments) -> str:
    """Calls a tool that becomes a task; its id."""
    created = client.call(tool, **arguments)
    assert created["resultType"] == "task"
    assert created["status"] in ("working", "input_required")
    assert not {"result", "error", "inputRequests"} & set(created)
    return created["taskId"]


def watch(client, id, until=TERMINAL) -> dict:
    """Asks for a task until it is in one of these states."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        task = client.result("tasks/get", {"taskId": id})
        assert task["resultType"] == "complete" and task["taskId"] == id
        if task["status"] in until:
            return task
        time.sleep(0.05)
    raise AssertionError(f"still {task}")


def test_completes(client):
    task = watch(client, begin(client, "slow_compute", seconds=0.3, label="pi"))
    assert task["status"] == "completed"
    assert text_of(task["result"]) == "computed pi"
    assert not task["result"].get("isError")


def test_faults(client):
    failing, broken = begin(client, "failing_job"), begin(client, "protocol_error_job")
    task = watch(client, failing)
    assert task["status"] == "completed" and task["result"]["isError"]
    task = watch(client, broken)
    assert task["status"] == "failed" and "result" not in task
    assert task["error"]["code"] == -32603 and task["error"]["message"]


def test_cancel(client):
    id = begin(client, "slow_compute", seconds=600)
    assert client.result("tasks/cancel", {"taskId": id})["resultType"] == "complete"
    assert watch(client, id)["status"] == "cancelled"
    assert client.result("tasks/cancel", {"taskId": id})["resultType"] == "complete"


@pytest.mark.parametrize(("action", "text"), [("accept", "deleted a.txt"), ("decline", "kept a.txt")])
def test_asks(client, action, text):
    id = begin(client, "confirm_delete", filename="a.txt")
    asked = watch(client, id, {"input_required"})
    [key] = asked["inputRequests"]
    assert asked["inputRequests"][key]["method"] == "elicitation/create"
    client.result("tasks/update", {"taskId": id, "inputResponses": {"unknown": {"action": "accept"}}})
    assert watch(client, id, {"input_required"})["inputRequests"] == asked["inputRequests"]
    answer = {"action": action} | ({"content": {"confirm": True}} if action == "accept" else {})
    client.result("tasks/update", {"taskId": id, "inputResponses": {key: answer}})
    assert text_of(watch(client, id)["result"]) == text


def test_two_questions_answered_one_by_one(client):
    id = begin(client, "multi_input")
    asked = watch(client, id, {"input_required"})["inputRequests"]
    assert set(asked) == {"name", "color"}
    name = {"action": "accept", "content": {"name": "Ada"}}
    client.result("tasks/update", {"taskId": id, "inputResponses": {"name": name}})
    assert set(watch(client, id, {"input_required"})["inputRequests"]) == {"color"}
    color = {"action": "accept", "content": {"name": "blue"}}
    client.result("tasks/update", {"taskId": id, "inputResponses": {"color": color}})
    assert text_of(watch(client, id)["result"]) == "Ada likes blue"


def test_status_is_told_to_those_who_listen(client):
    id = begin(client, "slow_compute", seconds=0.5)
    other = begin(client, "slow_compute", seconds=0.1)
    listener = client.start("subscriptions/listen", {"notifications": {"taskIds": [id]}})
    acknowledged = client.message()
    assert acknowledged["params"]["notifications"] == {"taskIds": [id]}
    told = client.message()
    assert told["method"] == "notifications/tasks"
    assert told["params"]["_meta"][META + "subscriptionId"] == listener
    assert told["params"]["status"] == "completed" and told["params"]["taskId"] == id
    assert watch(client, other)["status"] == "completed"
    assert not [message for message in client.heard if message["method"] == "notifications/tasks"]


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
def test_unknown(client, pipe, method):
    params = {"taskId": "0" * 32, "inputResponses": {}}
    assert client.request(method, params)["error"]["code"] == -32602
    stranger = pipe(MODERN)
    error = stranger.request(method, params)["error"]
    assert error["code"] == -32021
    assert "io.modelcontextprotocol/tasks" in error["data"]["requiredCapabilities"]["extensions"]


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", MODERN])
def test_without_the_extension(pipe, revision):
    client = pipe(revision)
    params = {"name": "slow_compute", "arguments": {"seconds": 0.1, "label": "e"}, "task": {"ttl": 1000}}
    assert text_of(client.result("tools/call", params)) == "computed e"
    refused = client.request("tools/call", {"name": "failing_job", "arguments": {}})
    assert "error" in refused or refused["result"]["isError"]


def test_other_calls_go_on(client):
    """More tasks than there are workers: none holds the pipe, and all end with it."""
    for _ in range(20):
        begin(client, "slow_compute", seconds=600)
    assert text_of(client.call("greet", name="Ada")) == "Hello, Ada!"
