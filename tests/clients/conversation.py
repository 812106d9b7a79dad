"""What a client program said: its events, and the story to tell when a test fails."""

import json
import subprocess


def hold(command, calls, env):
    """Runs a client program to its end: (events, story)."""
    done = subprocess.run(
        [str(word) for word in command],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=env,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return events, f"exit code {done.returncode}\n{done.stderr}\n{done.stdout[-4000:]}"


def pick(conversation, event, **fields):
    """The one event of a kind; fails with all that the client said."""
    events, story = conversation
    found = [e for e in events if e["event"] == event and all(e.get(k) == v for k, v in fields.items())]
    assert len(found) == 1, f"{event} {fields}: {len(found)} times\n{story}"
    return found[0]
