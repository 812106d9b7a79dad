"""Streams of a session that are cut and taken up again (MCP 2025-11-25, basic/transports, Resumability)."""

import pytest

from talk import text_of

SESSIONS = ("2025-03-26", "2025-06-18", "2025-11-25")
CALL = {"name": "test_tool_with_progress", "arguments": {}, "_meta": {"progressToken": "p"}}


def shape(messages) -> list:
    """Progress by its number, the answer by its text."""
    return [
        message["params"]["progress"] if "method" in message else text_of(message["result"])
        for message in messages
    ]


WHOLE = [0, 50, 100, "Tool with progress executed successfully"]


@pytest.mark.parametrize("revision", SESSIONS)
@pytest.mark.parametrize("heard", [1, 2, 3])
def test_rest_of_a_cut_stream(session, revision, heard):
    client = session(revision)
    call = client.start("tools/call", CALL)
    before = [call.message() for _ in range(heard)]
    call.cut()
    rest = client.listen(call.last_id, method="tools/call")
    assert rest.status == 200 and rest.is_stream
    assert shape(before + rest.messages()) == WHOLE


def test_cut_after_every_message(session):
    client = session()
    stream = client.start("tools/call", CALL)
    messages = [stream.message()]
    while "method" in messages[-1]:
        stream.cut()
        stream = client.listen(stream.last_id, method="tools/call")
        messages.append(stream.message())
    assert shape(messages) == WHOLE


def test_answer_waits_for_a_client_that_left(session):
    """The call goes on unheard; its answer is said as often as somebody asks for it."""
    client = session()
    call = client.start("tools/call", CALL)
    first = call.message()
    call.cut()
    once = client.listen(call.last_id, method="tools/call").messages()
    again = client.listen(call.last_id, method="tools/call").messages()
    assert once == again
    assert shape([first, *once]) == WHOLE


def test_polling(session):
    """The server itself ends the response, after an event to resume after and a delay."""
    client = session()
    call = client.start("tools/call", {"name": "test_reconnection"})
    id, data = call.event()
    assert id and not data and call.retry_ms > 0
    assert call.event() is None
    [answer] = client.listen(id, method="tools/call").messages()
    assert text_of(answer["result"]) == "Reconnection test completed successfully"


def test_a_new_connection_takes_over(session):
    """Whether a connection is gone, its client knows first."""
    client = session()
    call = client.start("tools/call", CALL)
    first = call.message()
    rest = client.listen(call.last_id, method="tools/call").messages()
    assert shape([first, *rest]) == WHOLE
    assert not call.messages()


@pytest.mark.parametrize("id", ["", "x", "1", "99-1", "0-99", "-1-0", "0-1x", "4294967296-1", "9" * 4000])
def test_forged_event_id(session, id):
    client = session()
    client.start("tools/call", CALL).messages()
    refused = client.listen(id)
    assert refused.status == 400
    assert refused.message()["error"]["code"] == -32600


def test_event_of_another_session(session):
    stranger = session().start("tools/call", CALL)
    stranger.messages()
    assert session().listen(stranger.last_id).status == 400


def test_one_stream_for_a_session(session):
    client = session()
    first = client.listen()
    assert first.status == 200 and first.is_stream
    assert client.listen().status == 409
    first.cut()
    assert client.call("greet", name="Ada")
    assert client.listen().status == 200


def test_delete_ends_the_stream(session):
    client = session()
    stream = client.listen()
    assert client.exchange("DELETE", client.headers).status == 204
    assert stream.event() is None
    assert client.listen().status == 404


def test_event_ids_are_unique(session):
    client = session()
    ids = []
    for _ in range(3):
        call = client.start("tools/call", CALL)
        ids += [id for id, _ in iter(call.event, None) if id]
    assert len(ids) == len(set(ids)) >= 12


def test_a_sessions_own_stream_is_taken_up_again(session):
    """Not only the streams of calls: what the server says by itself is heard again after a break."""
    client = session()
    stream = client.listen()
    client.call("test_trigger_tool_change")
    assert stream.message()["method"] == "notifications/tools/list_changed"
    stream.cut()
    for _ in range(2):
        stream = client.listen(stream.last_id)
        assert stream.status == 200
        client.call("test_trigger_prompt_change")
        assert stream.message()["method"] == "notifications/prompts/list_changed"
        stream.cut()


class TestBounds:
    """What is kept for clients that come back has a bound over all sessions, and so have the sessions."""

    @staticmethod
    def cut_call(client):
        """The id of the first event of a call that lost its client there, and has ended since."""
        call = client.start("tools/call", CALL)
        call.message()
        call.cut()
        assert shape(client.listen(call.last_id, method="tools/call").messages()) == WHOLE[1:]
        return call.last_id

    @pytest.mark.parametrize(("size", "status"), [(4000, 400), (1 << 20, 200)])
    def test_the_oldest_stream_is_forgotten(self, limited, session, size, status):
        server = limited("--replay-bytes", size)
        clients = [session(server=server) for _ in range(8)]
        ids = [self.cut_call(client) for client in clients]
        assert clients[0].listen(ids[0]).status == status
        assert shape(clients[-1].listen(ids[-1], method="tools/call").messages()) == WHOLE[1:]

    def test_one_more_session_ends_the_idlest(self, limited, session):
        server = limited("--sessions", 3)
        first, second, third = (session(server=server) for _ in range(3))
        assert first.result("ping") == {}
        fourth = session(server=server)
        for client in (first, third, fourth):
            assert client.result("ping") == {}
        assert second.start("ping").status == 404

    def test_nobodys_running_call_is_sacrificed(self, limited, session):
        server = limited("--sessions", 1)
        client = session(server=server)
        params = {"name": "slow_compute", "arguments": {"seconds": 600}, "_meta": {"progressToken": 1}}
        running = client.start("tools/call", params)
        assert running.message()["params"]["progress"] == 0
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}}
        client.headers = {}
        refused = client.start("initialize", hello | {"clientInfo": {"name": "tests", "version": "1"}})
        assert refused.status == 503 and refused.message()["error"]["code"] == -32603
