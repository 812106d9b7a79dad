"""Network namespaces of a test's own: joined by veth pairs, gone when the test ends. Needs root."""

import ctypes
import itertools
import os
import subprocess
import threading

CLONE_NEWNET = 0x40000000
_numbers = itertools.count()
_libc = ctypes.CDLL(None, use_errno=True)


def _ip(*words):
    subprocess.run(["ip", *map(str, words)], check=True, capture_output=True, text=True)


class Netns:
    """One namespace. Its loopback is up."""

    def __init__(self, name):
        self.name = name

    def command(self, command) -> list:
        """The command line that runs `command` in here."""
        return ["ip", "netns", "exec", self.name, *map(str, command)]

    def run(self, *command, check=True, timeout=60, **options) -> subprocess.CompletedProcess:
        """Runs a command in here to its end, output captured as text."""
        options = {"capture_output": True, "text": True} | options
        done = subprocess.run(self.command(command), check=False, timeout=timeout, **options)
        assert not check or done.returncode == 0, f"{command}: {done.returncode} {done.stdout} {done.stderr}"
        return done

    def popen(self, *command, **options) -> subprocess.Popen:
        """Starts a command in here. `ip netns exec` becomes the command: its process id is the command's."""
        return subprocess.Popen(self.command(command), **options)

    def call(self, function, *args):
        """Runs a Python function on a thread that lives in here, as its sockets do; returns or raises as it does."""
        result = []

        def enter():
            try:
                descriptor = os.open(f"/run/netns/{self.name}", os.O_RDONLY | os.O_CLOEXEC)
                try:
                    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), f"setns {self.name}")
                finally:
                    os.close(descriptor)
                result.append((function(*args), None))
            except BaseException as error:  # handed to the caller's thread
                result.append((None, error))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        value, error = result[0]
        if error is not None:
            raise error
        return value

    def ip(self, *words):
        """`ip ...` in here."""
        _ip("-n", self.name, *words)

    def address(self, link, *addresses):
        """Gives a link addresses ("10.9.0.1/24", "fd00::1/64") and brings it up; IPv6 ones are usable at once."""
        for address in addresses:
            self.ip("addr", "add", address, "dev", link, *(["nodad"] if ":" in address else []))
        self.ip("link", "set", link, "up")

    def sysctl(self, name, value):
        """Sets a network sysctl of this namespace: sysctl("net.ipv4.ping_group_range", "1 0")."""

        def write():
            # /proc/sys/net shows the namespace of the thread that opens it.
            with open("/proc/sys/" + name.replace(".", "/"), "w", encoding="ascii") as file:
                file.write(str(value))

        self.call(write)

    def nft(self, rules):
        """Loads nftables rules."""
        self.run("nft", "-f", "-", input=rules)


class NetnsFactory:
    """What the `netns` fixture is: creates namespaces and links, deletes them all."""

    def __init__(self):
        self._all = []

    def create(self) -> Netns:
        name = f"mcpt{os.getpid()}-{next(_numbers)}"
        _ip("netns", "add", name)
        namespace = Netns(name)
        self._all.append(namespace)
        namespace.ip("link", "set", "lo", "up")
        return namespace

    def link(self, left, right, left_addresses=(), right_addresses=(), names=None) -> tuple:
        """Joins two namespaces by a veth pair; the names of its two ends."""
        number = next(_numbers)
        names = names or (f"va{number}", f"vb{number}")
        left.ip("link", "add", names[0], "type", "veth", "peer", "name", names[1], "netns", right.name)
        for namespace, name, addresses in (
            (left, names[0], left_addresses),
            (right, names[1], right_addresses),
        ):
            namespace.address(name, *([addresses] if isinstance(addresses, str) else addresses))
        return names

    def pair(self, left_address="10.77.0.1/24", right_address="10.77.0.2/24") -> tuple:
        """Two namespaces joined by a veth pair."""
        left, right = self.create(), self.create()
        self.link(left, right, left_address, right_address)
        return left, right

    def close(self):
        for namespace in self._all:
            pids = subprocess.run(
                ["ip", "netns", "pids", namespace.name], capture_output=True, text=True, check=False
            )
            for pid in pids.stdout.split():
                try:
                    os.kill(int(pid), 9)
                except ProcessLookupError:
                    pass
            subprocess.run(["ip", "netns", "del", namespace.name], capture_output=True, check=False)
        self._all.clear()
