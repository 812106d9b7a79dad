"""Ports that nobody uses."""

import contextlib
import socket


def free_port(host="127.0.0.1") -> int:
    """A port that is free for UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind((host, 0))
            with contextlib.suppress(OSError):
                tcp.bind((host, udp.getsockname()[1]))
                return udp.getsockname()[1]
