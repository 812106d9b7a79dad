"""A web server that misbehaves in as many ways as it has paths, and keeps what it was sent."""

import contextlib
import gzip
import http.server
import json
import threading
import time
import zlib

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_GET(self):
        self.server.seen.append((self.command, self.path, dict(self.headers), self.read_body()))
        try:
            getattr(self, "at_" + self.path.strip("/").split("/")[0].split("?")[0])()
        except (BrokenPipeError, ConnectionResetError):
            self.server.hung_up.set()
            self.close_connection = True

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def read_body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def at_echo(self):
        self.answer(json.dumps({"method": self.command, "headers": dict(self.headers)}).encode(), Content_Type="text/json")

    def at_to(self):
        self.answer(b"", 302, Location=self.path.partition("?")[2])

    def at_again(self):
        self.answer(b"", 302, Location="/again")

    def at_full(self):
        """/full?22: 100,000 times that byte, as text."""
        self.answer(bytes.fromhex(self.path.partition("?")[2]) * 100_000, Content_Type="text/plain")

    def at_silent(self):
        self.server.hung_up.wait(30)

    def at_endless(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")

    def at_drip(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        while not self.server.hung_up.is_set():
            self.wfile.write(b".")
            time.sleep(0.02)

    def at_bomb(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        zeros = b"0" * (1 << 20)
        packed = b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()
        self.answer(packed, Content_Encoding="gzip", Content_Type="text/plain")

    def at_gzip(self):
        self.answer(gzip.compress(b"unpacked " * 100), Content_Encoding="gzip", Content_Type="text/plain")

    def at_badgzip(self):
        self.answer(b"this is not gzip", Content_Encoding="gzip", Content_Type="text/plain")

    def at_headers(self):
        self.send_response(200)
        for number in range(400):
            self.send_header(f"X-{number}", "y" * 500)
        self.end_headers()

    def at_early(self):
        for _ in range(10_000):
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")

    def at_latin1(self):
        self.answer("été à 5 €".encode("windows-1252"), Content_Type="text/plain; charset=ISO-8859-1")

    def at_meta(self):
        self.answer("<meta charset=koi8-r>Привет".encode("koi8-r"), Content_Type="text/html")

    def at_utf16(self):
        self.answer("été".encode("utf-16"), Content_Type="text/plain")

    def at_image(self):
        self.answer(b"\x89PNG\r\n\x1a\n\0\0\0", Content_Type="image/png")

    def at_cookies(self):
        self.send_response(200)
        for cookie in ("a=1", "b=2"):
            self.send_header("Set-Cookie", cookie)
        self.send_header("Vary", "A")
        self.send_header("vary", "B")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def at_short(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True


class Quirky(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass


@contextlib.contextmanager
def running_quirky():
    running = Quirky(("127.0.0.1", 0), Handler)
    running.seen = []
    running.hung_up = threading.Event()
    running.at = lambda path: f"http://127.0.0.1:{running.server_address[1]}{path}"
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.hung_up.set()
    running.shutdown()
    running.server_close()
    thread.join()
