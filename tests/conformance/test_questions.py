"""Questions of a handler to its client: forms, pages, the model, folders; in a session and without one."""

import jsonschema
import pytest

from talk import MODERN, TASKS, text_of

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
RULES = {"name": "test_elicitation_rules"}
GOOD = {"nick": "ada"}
# One value changed at a time; whether it fits is the validator's business, not ours.
VALUES = {
    "nick": ["", "a", "ab", "abcd", "abcde", "éééé", 1, None, ["ab"]],
    "email": ["ada@example.org", "ada", "a@b.c", ""],
    "day": ["2026-02-28", "2026-02-30", "2026-2-3", "today", "", 20260228],
    "age": [18, 17, 120, 121, 30.0, 30.5, "30", True],
    "share": [0, 1, 0.5, -0.1, 1.1, "0.5"],
    "sure": [True, False, "true", 0, None],
    "color": ["red", "green", "Red", "blue", "", ["red"]],
    "size": ["s", "l", "Small", "m"],
    "unknown": ["x", 1],
}
CASES = [(name, value) for name, values in VALUES.items() for value in values]


class TestQuestions:
    """One handler, both eras: a request of the server in a session, an answer that asks without one."""

    ACCEPT = {"action": "accept", "content": {"username": "ada", "email": "ada@example.org"}}

    @pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
    @pytest.mark.parametrize("answer", [ACCEPT, {"action": "decline"}, {"action": "cancel"}])
    def test_session(self, pipe, revision, answer):
        client = pipe(revision, {"elicitation": {}})
        params = {"name": "test_elicitation", "arguments": {"message": "Who are you?"}}
        call = client.start("tools/call", params)
        question = client.message()
        assert question["method"] == "elicitation/create"
        assert question["params"]["message"] == "Who are you?"
        # Nobody waits meanwhile.
        assert client.result("ping") == {}
        client.stdio.send({"jsonrpc": "2.0", "id": question["id"], "result": answer})
        text = text_of(client.answer(call)["result"])
        assert f"action={answer['action']}" in text
        assert ("ada@example.org" in text) == (answer["action"] == "accept")

    @pytest.mark.parametrize("revision", LEGACY)
    def test_client_that_cannot_be_asked(self, pipe, revision):
        result = pipe(revision).call("test_elicitation", message="Who are you?")
        assert result["isError"] and text_of(result)

    def test_client_that_answers_with_an_error(self, pipe):
        client = pipe("2025-11-25", {"sampling": {}})
        call = client.start("tools/call", {"name": "test_sampling", "arguments": {"prompt": "Hi"}})
        question = client.message()
        error = {"code": -1, "message": "the person said no"}
        client.stdio.send({"jsonrpc": "2.0", "id": question["id"], "error": error})
        result = client.answer(call)["result"]
        assert result["isError"] and "the person said no" in text_of(result)

    def test_answer_to_a_question_of_nobody(self, pipe):
        client = pipe("2025-11-25", {"elicitation": {}})
        for id in (0, 99, "x", -1):
            client.stdio.send({"jsonrpc": "2.0", "id": id, "result": self.ACCEPT})
        assert client.result("ping") == {}
        assert not client.heard

    def test_without_a_session(self, pipe):
        client = pipe(MODERN, {"elicitation": {}})
        params = {"name": "test_elicitation", "arguments": {"message": "Who are you?"}}
        asked = client.result("tools/call", params)
        assert asked["resultType"] == "input_required"
        [key] = asked["inputRequests"]
        responses = {"inputResponses": {key: self.ACCEPT}, "requestState": asked["requestState"]}
        answered = client.result("tools/call", params | responses)
        assert answered["resultType"] == "complete" and "ada@example.org" in text_of(answered)

    def test_state_belongs_to_its_request(self, pipe):
        client = pipe(MODERN, {"elicitation": {}})
        asked = client.result("tools/call", {"name": "test_elicitation", "arguments": {"message": "A"}})
        [key] = asked["inputRequests"]
        responses = {"inputResponses": {key: self.ACCEPT}, "requestState": asked["requestState"]}
        other = {"name": "test_elicitation", "arguments": {"message": "B"}}
        assert client.request("tools/call", other | responses)["error"]["code"] == -32602


def answer_with(client, question, result):
    client.stdio.send({"jsonrpc": "2.0", "id": question["id"], "result": result})


def is_fit(schema, content) -> bool:
    kind = jsonschema.Draft202012Validator
    return kind(schema, format_checker=kind.FORMAT_CHECKER).is_valid(content)


class TestForms:
    """An answer that does not fit the form never reaches the handler: the client is asked again, and told why."""

    @pytest.fixture
    def schema(self, modern):
        asked = modern({"elicitation": {}}).result("tools/call", RULES)
        return asked["inputRequests"]["form"]["params"]["requestedSchema"]

    @pytest.mark.parametrize(("name", "value"), [*CASES, (None, None)])
    def test_without_a_session(self, pipe, schema, name, value):
        client = pipe(MODERN, {"elicitation": {}})
        content = GOOD | {name: value} if name else {}
        responses = {"inputResponses": {"form": {"action": "accept", "content": content}}}
        result = client.result("tools/call", RULES | responses)
        if is_fit(schema, content):
            assert result["resultType"] == "complete" and text_of(result).startswith("Filled in")
        else:
            assert result["resultType"] == "input_required"
            params = result["inputRequests"]["form"]["params"]
            assert params["message"].startswith("Please fill in (") and (name or "nick") in params["message"]
            # The state that came with it takes the better answer.
            again = {"inputResponses": {"form": {"action": "accept", "content": GOOD}}}
            state = {"requestState": result["requestState"]}
            assert client.result("tools/call", RULES | again | state)["resultType"] == "complete"

    @pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
    def test_in_a_session(self, pipe, schema, revision):
        client = pipe(revision, {"elicitation": {}})
        for name, value in CASES:
            content = GOOD | {name: value}
            call = client.start("tools/call", RULES)
            answer_with(client, client.message(), {"action": "accept", "content": content})
            if not is_fit(schema, content):
                again = client.message()
                assert again["method"] == "elicitation/create" and name in again["params"]["message"]
                answer_with(client, again, {"action": "accept", "content": GOOD})
            result = client.answer(call)["result"]
            assert not result["isError"] and text_of(result).startswith("Filled in"), (name, value)

    def test_not_for_ever(self, pipe):
        client = pipe("2025-11-25", {"elicitation": {}})
        call, asked = client.start("tools/call", RULES), 0
        while "method" in (message := client.message()):
            asked += 1
            answer_with(client, message, {"action": "accept", "content": {"nick": "too long"}})
        assert message["id"] == call and 10 < asked < 30
        assert message["result"]["isError"] and "nick" in text_of(message["result"])

    @pytest.mark.parametrize("action", ["decline", "cancel"])
    def test_a_refusal_needs_no_values(self, pipe, action):
        client = pipe(MODERN, {"elicitation": {}})
        responses = {"inputResponses": {"form": {"action": action, "content": {"nick": 1}}}}
        assert f"action={action}, content={{}}" in text_of(client.result("tools/call", RULES | responses))

    def test_a_form_that_is_none(self, pipe):
        """The handler's own mistake never reaches a client as a question."""
        client = pipe("2025-11-25", {"elicitation": {}})
        assert "person" in text_of(client.call("test_broken_question"))
        assert not client.heard

    @pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
    def test_several_choices(self, pipe, revision):
        """Lists of choices came with 2025-11-25."""
        client = pipe(revision, {"elicitation": {}})
        call = client.start("tools/call", {"name": "test_elicitation_sep1330_enums"})
        message = client.message()
        if revision == "2025-06-18":
            assert message["id"] == call and message["result"]["isError"]
            return
        for picked, fits in ((["option1", "nothing"], False), ("option1", False), (["option2"], True)):
            answer_with(client, message, {"action": "accept", "content": {"untitledMulti": picked}})
            message = client.message()
            assert ("result" in message) == fits
        assert '["option2"]' in text_of(message["result"])

    def test_in_a_task_it_is_another_question(self, pipe):
        """Late answers to the first must not be taken for answers to the second."""
        client = pipe(MODERN, TASKS | {"elicitation": {}})
        id = client.call("confirm_delete", filename="x")["taskId"]

        def task():
            while (found := client.result("tasks/get", {"taskId": id}))["status"] == "working":
                pass
            return found

        def answer(key, content):
            responses = {key: {"action": "accept", "content": content}}
            client.result("tasks/update", {"taskId": id, "inputResponses": responses})

        [first] = task()["inputRequests"]
        answer(first, {"confirm": "perhaps"})
        [second] = task()["inputRequests"]
        assert second != first
        answer(first, {"confirm": True})
        assert set(task()["inputRequests"]) == {second}
        answer(second, {"confirm": True})
        assert text_of(task()["result"]) == "deleted x"


class TestPages:
    """URL elicitation: from 2025-11-25 on, with ids and an error of its own there, without both in 2026-07-28."""

    URL = {"elicitation": {"url": {}}}
    CALL = {"name": "test_elicitation_url"}
    FIELDS = {"mode", "message", "url"}

    @pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
    def test_in_a_session(self, pipe, action):
        client = pipe("2025-11-25", self.URL)
        ids = []
        for _ in range(2):
            call = client.start("tools/call", self.CALL)
            question = client.message()
            params = question["params"]
            assert set(params) == self.FIELDS | {"elicitationId"}
            assert (params["mode"], params["url"]) == ("url", "https://example.org/sign-in")
            answer_with(client, question, {"action": action})
            assert text_of(client.answer(call)["result"]) == f"page: {action}"
            ids.append(params["elicitationId"])
        assert len(set(ids)) == 2 and all(len(id) >= 32 for id in ids)
        done = [(m["method"], m["params"]["elicitationId"]) for m in client.heard]
        told = [("notifications/elicitation/complete", id) for id in ids]
        assert done == (told if action == "accept" else [])

    def test_as_an_error(self, session):
        """Nothing may be asked where only one JSON answer is accepted; the client opens the page and calls again."""
        client = session(capabilities=self.URL)
        client.headers["Accept"] = "application/json"
        error = client.request("tools/call", self.CALL)["error"]
        assert error["code"] == -32042
        [page] = error["data"]["elicitations"]
        assert set(page) == self.FIELDS | {"elicitationId"} and page["mode"] == "url"

    def test_without_a_session(self, pipe):
        client = pipe(MODERN, self.URL)
        asked = client.result("tools/call", self.CALL)
        assert asked["inputRequests"]["page"]["method"] == "elicitation/create"
        assert set(asked["inputRequests"]["page"]["params"]) == self.FIELDS
        responses = {"inputResponses": {"page": {"action": "accept"}}, "requestState": asked["requestState"]}
        assert text_of(client.result("tools/call", self.CALL | responses)) == "page: accept"
        assert not client.heard

    @pytest.mark.parametrize("capabilities", [{}, {"elicitation": {}}, {"elicitation": {"form": {}}}])
    def test_clients_that_open_no_pages(self, pipe, capabilities):
        """An empty object declares forms only."""
        for revision in LEGACY:
            result = pipe(revision, capabilities).call("test_elicitation_url")
            assert result["isError"]
        error = pipe(MODERN, capabilities).request("tools/call", self.CALL)["error"]
        assert error["code"] == -32021
        assert error["data"]["requiredCapabilities"] == {"elicitation": {"url": {}}}

    @pytest.mark.parametrize("revision", ["2025-11-25", MODERN])
    def test_clients_that_fill_in_no_forms(self, pipe, revision):
        answer = pipe(revision, self.URL).request("tools/call", RULES)
        assert answer["error"]["code"] == -32021 if revision == MODERN else answer["result"]["isError"]

    @pytest.mark.parametrize("revision", ["2024-11-05", "2025-03-26"])
    def test_before_elicitation(self, pipe, revision):
        client = pipe(revision, {"elicitation": {}})
        assert client.call("test_elicitation", message="?")["isError"] and not client.heard


class TestModel:
    """Sampling: with tools only for clients that declared them."""

    CALL = {"name": "test_sampling_tools"}
    USE = [
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "u1", "name": "weather", "input": {"city": "Paris"}},
    ]
    WORDS = {"type": "text", "text": "It is sunny."}

    @staticmethod
    def said(content, **more):
        return {"role": "assistant", "model": "m", "content": content} | more

    def test_in_a_session(self, pipe):
        client = pipe("2025-11-25", {"sampling": {"tools": {}}})
        call = client.start("tools/call", self.CALL)
        first = client.message()
        assert [tool["name"] for tool in first["params"]["tools"]] == ["weather"]
        answer_with(client, first, self.said(self.USE, stopReason="toolUse"))
        second = client.message()
        messages = second["params"]["messages"]
        assert messages[1] == {"role": "assistant", "content": self.USE}
        assert [block["toolUseId"] for block in messages[2]["content"]] == ["u1"]
        answer_with(client, second, self.said(self.WORDS))
        assert text_of(client.answer(call)["result"]) == "with the tool: It is sunny."

    def test_without_a_session(self, pipe):
        client = pipe(MODERN, {"sampling": {"tools": {}}})
        asked = client.result("tools/call", self.CALL)
        assert asked["inputRequests"]["first"]["params"]["toolChoice"] == {"mode": "auto"}
        responses = {"inputResponses": {"first": self.said(self.USE)}, "requestState": asked["requestState"]}
        asked = client.result("tools/call", self.CALL | responses)
        assert set(asked["inputRequests"]) == {"second"}
        responses = {"inputResponses": {"second": self.said(self.WORDS)}, "requestState": asked["requestState"]}
        assert text_of(client.result("tools/call", self.CALL | responses)) == "with the tool: It is sunny."

    def test_clients_without_tools(self, pipe):
        assert pipe("2025-11-25", {"sampling": {}}).call("test_sampling_tools")["isError"]
        error = pipe(MODERN, {"sampling": {}}).request("tools/call", self.CALL)["error"]
        assert error["code"] == -32021
        assert error["data"]["requiredCapabilities"] == {"sampling": {"tools": {}}}
        # Declared before it existed, it means nothing.
        assert pipe("2025-06-18", {"sampling": {"tools": {}}}).call("test_sampling_tools")["isError"]

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"role": "assistant", "content": {"type": "text", "text": "x"}},
            {"role": "assistant", "model": "m", "content": "x"},
            {"role": "assistant", "model": "m", "content": {"type": "text"}},
            {"role": "system", "model": "m", "content": {"type": "text", "text": "x"}},
        ],
    )
    def test_answers_that_are_none(self, pipe, answer):
        params = {"name": "test_sampling", "arguments": {"prompt": "Hi"}}
        responses = {"inputResponses": {"sample": answer}}
        asked = pipe(MODERN, {"sampling": {}}).result("tools/call", params | responses)
        assert asked["resultType"] == "input_required" and set(asked["inputRequests"]) == {"sample"}
