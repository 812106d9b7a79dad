"""Announcements: to sessions on their own stream, to pipes, to subscriptions/listen."""

import signal

import pytest

from talk import META, MODERN

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
WATCHED = "test://watched-resource"
UPDATED = "notifications/resources/updated"
TOOLS, PROMPTS = "notifications/tools/list_changed", "notifications/prompts/list_changed"


def subscription(message):
    """Which subscription a notification or the end belongs to."""
    return message.get("params", message.get("result"))["_meta"][META + "subscriptionId"]


@pytest.mark.parametrize("revision", LEGACY)
def test_session_hears_what_it_subscribed_to(session, revision):
    client, other = session(revision), session(revision)
    stream, quiet = client.listen(), other.listen()
    assert client.result("resources/subscribe", {"uri": WATCHED}) == {}
    client.call("test_trigger_resource_change")
    message = stream.message()
    assert (message["method"], message["params"]["uri"]) == (UPDATED, WATCHED)
    assert client.result("resources/unsubscribe", {"uri": WATCHED}) == {}
    client.call("test_trigger_resource_change")
    client.call("test_trigger_tool_change")
    # The next thing said: nothing about the resource came between, and the other never heard of it.
    assert stream.message()["method"] == TOOLS
    assert quiet.message()["method"] == TOOLS


@pytest.mark.parametrize("revision", LEGACY)
def test_pipe_hears_what_it_subscribed_to(pipe, revision):
    client = pipe(revision)
    client.call("test_trigger_resource_change")
    assert client.result("resources/subscribe", {"uri": WATCHED}) == {}
    client.call("test_trigger_resource_change")
    client.call("test_trigger_prompt_change")
    assert client.result("resources/unsubscribe", {"uri": WATCHED}) == {}
    client.call("test_trigger_resource_change")
    client.call("test_trigger_tool_change")
    assert client.result("ping") == {}
    assert [message["method"] for message in client.heard] == [UPDATED, PROMPTS, TOOLS]


@pytest.mark.parametrize("uri", ["test://no-such-thing", "", "no uri at all"])
def test_subscribe_to_nothing(session, uri):
    error = session().request("resources/subscribe", {"uri": uri})["error"]
    assert error["code"] in (-32002, -32602)


def test_listen_over_http(modern):
    client = modern()
    filter = {"toolsListChanged": True, "resourceSubscriptions": [WATCHED, "test://unknown"]}
    stream = client.start("subscriptions/listen", {"notifications": filter})
    acknowledged = stream.message()
    assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
    honored = {"toolsListChanged": True, "resourceSubscriptions": [WATCHED]}
    assert acknowledged["params"]["notifications"] == honored
    for tool in ("test_trigger_prompt_change", "test_trigger_resource_change", "test_trigger_tool_change"):
        client.call(tool)
    updated, changed = stream.message(), stream.message()
    assert (updated["method"], updated["params"]["uri"]) == (UPDATED, WATCHED)
    assert changed["method"] == TOOLS
    assert subscription(acknowledged) == subscription(updated) == subscription(changed)


def test_listen_on_a_pipe(pipe):
    """Two subscriptions at once, told apart by their id; one is cancelled, the other goes on."""
    client = pipe(MODERN)
    both = client.start(
        "subscriptions/listen", {"notifications": {"toolsListChanged": True, "promptsListChanged": True}}
    )
    tools = client.start("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
    assert [subscription(client.message()) for _ in range(2)] == [both, tools]
    client.call("test_trigger_tool_change")
    client.call("test_trigger_prompt_change")
    heard = {(subscription(message), message["method"]) for message in client.heard}
    assert heard == {(both, TOOLS), (both, PROMPTS), (tools, TOOLS)}
    assert len(client.heard) == 3
    client.heard.clear()
    client.stdio.notify("notifications/cancelled", {"requestId": both, "_meta": {}})
    ended = client.answer(both)
    assert ended["result"]["resultType"] == "complete" and subscription(ended) == both
    client.call("test_trigger_tool_change")
    assert [subscription(message) for message in client.heard] == [tools]


def test_end_of_input_ends_subscriptions(pipe):
    client = pipe(MODERN)
    id = client.start("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
    assert subscription(client.message()) == id
    client.stdio.process.stdin.close()
    assert client.answer(id)["result"]["resultType"] == "complete"
    # Nothing is left to wait for: well before a client would lose its patience.
    client.stdio.close(timeout=8)


def test_signal_ends_subscriptions_on_a_pipe(pipe):
    client = pipe(MODERN)
    ids = [client.start("subscriptions/listen", {"notifications": {}}) for _ in range(3)]
    assert [subscription(client.message()) for _ in ids] == ids
    client.stdio.process.send_signal(signal.SIGTERM)
    ended = [client.message() for _ in ids]
    assert {subscription(message) for message in ended} == {message["id"] for message in ended} == set(ids)
    assert client.message() is None
    client.stdio.close()


def test_signal_ends_streams_over_http(own_fixture, modern, session):
    listener = modern(server=own_fixture).start("subscriptions/listen", {"notifications": {}})
    acknowledged = listener.message()
    stream = session(server=own_fixture).listen()
    own_fixture.stop()
    ended = listener.message()
    assert subscription(ended) == subscription(acknowledged)
    assert listener.message() is None and stream.message() is None


@pytest.mark.parametrize("params", [{}, {"notifications": None}, {"notifications": []}, {"notifications": 1}])
def test_listen_to_nothing_readable(modern, params):
    assert modern().request("subscriptions/listen", params)["error"]["code"] == -32602
