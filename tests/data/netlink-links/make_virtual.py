"""Assembles virtual.bin: RTM_NEWLINK messages as the kernel sends them for links that cannot be made everywhere."""

import struct
from pathlib import Path

RTM_NEWLINK, NLM_F_MULTI, NESTED = 16, 2, 0x8000
IFLA_ADDRESS, IFLA_BROADCAST, IFLA_IFNAME, IFLA_MTU, IFLA_LINK = 1, 2, 3, 4, 5
IFLA_MASTER, IFLA_OPERSTATE, IFLA_LINKINFO, IFLA_STATS64, IFLA_LINK_NETNSID, IFLA_TXQLEN = 10, 16, 18, 23, 37, 13
INFO_KIND, INFO_DATA, INFO_SLAVE_KIND, INFO_SLAVE_DATA = 1, 2, 4, 5
IFF = {"UP": 1, "BROADCAST": 2, "POINTOPOINT": 0x10, "RUNNING": 0x40, "NOARP": 0x80, "MASTER": 0x400, "SLAVE": 0x800,
       "MULTICAST": 0x1000, "LOWER_UP": 0x10000}
UP, DOWN, UNKNOWN = 6, 2, 0
ETHER, NONE = 1, 0xFFFE


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def text(kind, value):
    return attribute(kind, value.encode() + b"\0")


def number(kind, value, layout="=I"):
    return attribute(kind, struct.pack(layout, value))


def link(index, name, flags, attributes, hardware=ETHER, state=UP, mtu=1500, mac=None, counters=()):
    bits = sum(IFF[flag] for flag in flags.split())
    body = struct.pack("=BxHiII", 0, hardware, index, bits, 0) + text(IFLA_IFNAME, name) + number(IFLA_TXQLEN, 1000)
    body += number(IFLA_OPERSTATE, state, "=B") + number(IFLA_MTU, mtu)
    if mac:
        body += attribute(IFLA_ADDRESS, bytes.fromhex(mac.replace(":", ""))) + attribute(IFLA_BROADCAST, b"\xff" * 6)
    stats = list(counters) + [0] * (25 - len(counters))
    body += attribute(IFLA_STATS64, struct.pack("=25Q", *stats)) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, NLM_F_MULTI, 1, 4242) + body


def info(kind, data=b"", slave=None):
    inner = text(INFO_KIND, kind) if kind else b""
    if data:
        inner += attribute(INFO_DATA | NESTED, data)
    if slave:
        inner += text(INFO_SLAVE_KIND, slave) + attribute(INFO_SLAVE_DATA | NESTED, number(1, 0, "=B"))
    return attribute(IFLA_LINKINFO, inner)


ALIVE = "BROADCAST MULTICAST UP RUNNING LOWER_UP"
vlan = number(1, 100, "=H") + attribute(2, struct.pack("=II", 1, 0xFFFFFFFF)) + number(5, 0x0081, "=H")
bond = number(1, 1, "=B") + number(2, 3) + number(3, 100)
messages = [
    link(2, "eth0", ALIVE, [], mac="52:54:00:00:00:02", counters=(10, 20, 1000, 2000, 1, 2, 3, 4)),
    link(3, "eth1", ALIVE + " SLAVE", [number(IFLA_MASTER, 5), info("", slave="bond")], mac="52:54:00:00:00:03"),
    link(4, "eth0.100", ALIVE, [number(IFLA_LINK, 2), info("vlan", vlan)], mac="52:54:00:00:00:02"),
    link(5, "bond0", ALIVE + " MASTER", [info("bond", bond)], mac="52:54:00:00:00:03", mtu=9000),
    link(6, "dummy0", "BROADCAST NOARP UP RUNNING LOWER_UP", [info("dummy")], state=UNKNOWN, mac="0a:00:00:00:00:06"),
    link(7, "wg0", "POINTOPOINT NOARP UP RUNNING LOWER_UP", [info("wireguard")], hardware=NONE, state=UNKNOWN, mtu=1420),
    link(8, "veth9", "BROADCAST MULTICAST", [number(IFLA_LINK, 2), number(IFLA_LINK_NETNSID, 0), info("veth")], state=DOWN,
         mac="0a:00:00:00:00:08"),
]
Path(__file__).with_name("virtual.bin").write_bytes(b"".join(messages))
