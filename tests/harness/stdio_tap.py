"""stdio_tap.py FOLDER -- COMMAND...: stands between a client and the server that it starts, and notes each line in
FOLDER, a file for each process: ">" and what the client said, "<" and what the server said. Ends as the server ends."""

import os
import signal
import subprocess
import sys
import threading

folder, _, *command = sys.argv[1:]
server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
signal.signal(signal.SIGTERM, lambda *_: server.terminate())
signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a terminal the server has it too
notes = open(os.path.join(folder, f"{os.getpid()}.lines"), "ab", buffering=0)


def client_to_server():
    for line in sys.stdin.buffer:
        notes.write(b">" + line)  # before the server can answer it
        try:
            server.stdin.write(line)
            server.stdin.flush()
        except BrokenPipeError:
            return
    server.stdin.close()


threading.Thread(target=client_to_server, daemon=True).start()
for line in server.stdout:
    notes.write(b"<" + line)
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        server.stdout.close()
        break
os._exit(server.wait())
