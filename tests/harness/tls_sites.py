"""nginx with good and bad certificates of an authority of the test's own."""

import json
import socket
import subprocess
import time

from .ports import free_port

HOST = "localhost"


class Authority:
    """A certificate authority of the test's own, by the openssl command."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "index.txt").touch()
        (folder / "serial").write_text("1000\n")
        (folder / "ca.conf").write_text(
            "[ca]\ndefault_ca=own\n[own]\n"
            f"database={folder}/index.txt\nserial={folder}/serial\nnew_certs_dir={folder}\n"
            "default_md=sha256\npolicy=any\nunique_subject=no\ncopy_extensions=copy\n[any]\ncommonName=supplied\n"
        )
        self.openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "ca.key", "-out", folder / "ca.pem",
            "-subj", "/O=Test été/CN=Test CA", "-days", "30", "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip
        self.file = folder / "ca.pem"

    def openssl(self, *words):
        return subprocess.run(
            ["openssl", *map(str, words)], cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def issue(self, label, names, start="20200101000000Z", end="20991231235959Z"):
        self.openssl(
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{label}.key", "-out", f"{label}.csr",
            "-subj", f"/CN={names[0]}", "-addext", "subjectAltName=" + ",".join(f"DNS:{n}" for n in names),
        )  # fmt: skip
        self.openssl(
            "ca", "-batch", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", f"{label}.csr",
            "-out", f"{label}.pem", "-startdate", start, "-enddate", end, "-notext",
        )  # fmt: skip

    def self_sign(self, label, name):
        self.openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{label}.key", "-out", f"{label}.pem",
            "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", "30",
        )  # fmt: skip

    def fact(self, label, *options):
        return self.openssl("x509", "-in", f"{label}.pem", "-noout", *options).strip()


SITES = ("valid", "expired", "future", "wrong", "selfsigned", "plain", "old")


class Nginx:
    """One server per certificate, each with an access log of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = Authority(folder)
        self.authority.issue("valid", [HOST, "www.example.test"])
        self.authority.issue("expired", [HOST], end="20210203040506Z")
        self.authority.issue("future", [HOST], start="20980101000000Z")
        self.authority.issue("wrong", ["elsewhere.example"])
        self.authority.self_sign("selfsigned", HOST)
        (folder / "index.html").write_text("<p>Bonjour, été\n", encoding="utf-8")
        self.ports = {site: free_port() for site in SITES}
        (folder / "nginx.conf").write_text(self._config())
        self.process = subprocess.Popen(
            ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
        )  # fmt: skip
        for port in self.ports.values():
            self._wait(port)

    def _config(self):
        servers = []
        for site, port in self.ports.items():
            label = "valid" if site == "old" else site
            tls = f"ssl_certificate {label}.pem; ssl_certificate_key {label}.key;" if site != "plain" else ""
            mode = "" if site == "plain" else " ssl http2"
            if site == "old":
                mode = " ssl"
            if site != "plain":
                tls += f" ssl_protocols TLSv1.{2 if site == 'old' else 3};"
            servers.append(
                f"server {{ listen 127.0.0.1:{port}{mode}; {tls} root {self.folder}; charset utf-8;"
                f" access_log {site}.access; location /moved {{ return 301 /index.html; }}"
                " location /made { return 201 'made it'; } }"
            )
        temporary = " ".join(
            f"{kind}_temp_path tmp_{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return (
            f"daemon off; user root; pid nginx.pid; events {{}} http {{ types {{ text/html html; }} {temporary} "
            + "\n".join(servers)
            + "}"
        )

    def _wait(self, port):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            assert self.process.poll() is None, (self.folder / "error.log").read_text()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"nginx does not listen on {port}")

    def url(self, site, path="/"):
        return f"http{'s' if site != 'plain' else ''}://{HOST}:{self.ports[site]}{path}"

    def requests(self, site):
        return (self.folder / f"{site}.access").read_text().splitlines()

    def curl(self, url, *options):
        """What curl says with -w '%{json}', and the body."""
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--cacert", self.authority.file, "-w", "%{stderr}%{json}", *options, url],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stderr), done.stdout

    def s_client(self, site):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.ports[site]}", "-servername", HOST, "-CAfile",
             self.authority.file, "-verify_hostname", HOST],
            input="", capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout

    def close(self):
        self.process.terminate()
        self.process.wait()
