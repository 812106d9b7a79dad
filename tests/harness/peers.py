"""Small servers on loopback that tools are pointed at, each on a thread of its own."""

import contextlib
import http.server
import socket
import socketserver
import struct
import threading


@contextlib.contextmanager
def _serving(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def web(pages):
    """A context manager: an HTTP server of {path: (content type, bytes)}; POST and GET alike. Yields its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind, body = pages.get(self.path.partition("?")[0], (None, b"not here\n"))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    return _serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))


def dns(address="192.0.2.7"):
    """A context manager: a UDP DNS server that answers every A question with one address, any other with nothing.
    Yields its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            query, endpoint = self.request
            end = 12
            while query[end]:
                end += query[end] + 1
            question = query[12 : end + 5]
            has_answer = question[-4:] == b"\0\1\0\1"
            header = query[:2] + struct.pack("!5H", 0x8180, 1, int(has_answer), 0, 0)
            answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
            endpoint.sendto(header + question + (answer if has_answer else b""), self.client_address)

    return _serving(socketserver.UDPServer(("127.0.0.1", 0), Handler))
