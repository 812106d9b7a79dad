"""system_info against /proc as Python reads it, free(1), df(1), nproc(1) and uname."""

import contextlib
import datetime
import os
import platform
import socket
import subprocess

import psutil
import pytest
from harness.server import CallFault, Server

SECTIONS = ["general", "cpu", "memory", "disk", "network", "processes"]


def section(call_tool, name, **args):
    result = call_tool("system_info", {"section": name, "sample_ms": 0} | args)
    assert list(result) == [name]
    return result[name]


def proc(name):
    with open(f"/proc/{name}", encoding="utf-8") as file:
        return file.read()


def test_all_sections_by_default(call_tool):
    assert list(call_tool("system_info")) == SECTIONS


def test_the_older_name_of_the_parameter(call_tool):
    assert list(call_tool("system_info", {"info_type": "memory"})) == ["memory"]


@pytest.mark.parametrize("args", [{"section": "gpu"}, {"sample_ms": -1}, {"sample_ms": 5001}, {"section": 1}])
def test_wrong_arguments(call_tool, args):
    with pytest.raises(CallFault) as fault:
        call_tool("system_info", args)
    assert fault.value.status == 400


def test_general(call_tool):
    before = float(proc("uptime").split()[0])
    general = section(call_tool, "general")
    after = float(proc("uptime").split()[0])
    release = platform.freedesktop_os_release()
    assert general["hostname"] == os.uname().nodename
    assert general["kernel"] == os.uname().release
    assert general["architecture"] == os.uname().machine
    assert general["os"] == release.get("PRETTY_NAME", release["NAME"])
    assert general["os_id"] == release["ID"]
    assert general.get("os_version") == release.get("VERSION_ID")
    assert int(before) <= general["uptime_s"] <= after
    booted = datetime.datetime.fromisoformat(general["booted_at"].replace("Z", "+00:00"))
    assert booted.timestamp() == psutil.boot_time()


def test_cpu(call_tool):
    cpu = section(call_tool, "cpu")
    online = int(subprocess.run(["nproc", "--all"], capture_output=True, text=True, check=True).stdout)
    assert cpu["logical"] == psutil.cpu_count() == len(cpu["per_cpu_percent"]) <= online
    assert cpu.get("cores", psutil.cpu_count(logical=False)) == psutil.cpu_count(logical=False)
    models = [
        line.split(":", 1)[1].strip()
        for line in proc("cpuinfo").splitlines()
        if line.startswith("model name")
    ]
    if models:
        assert cpu["model"] == models[0]
    loads = [os.getloadavg(), (cpu["load1"], cpu["load5"], cpu["load15"]), os.getloadavg()]
    assert all(abs(a - b) <= max(1, b / 2) for a, b in zip(loads[1], loads[2], strict=True))


def test_cpu_since_boot(call_tool):
    """The counters that /proc/stat showed before and after bound the averages."""

    def averages():
        user, nice, system, idle, iowait, irq, softirq, steal = map(
            int, proc("stat").split("\n")[0].split()[1:9]
        )
        total = user + nice + system + idle + iowait + irq + softirq + steal
        parts = {
            "usage": total - idle - iowait,
            "user": user + nice,
            "system": system + irq + softirq,
            "steal": steal,
        }
        return {f"{name}_percent": 100 * part / total for name, part in parts.items()}

    before = averages()
    cpu = section(call_tool, "cpu")
    after = averages()
    for name in before:
        assert min(before[name], after[name]) - 0.1 <= cpu[name] <= max(before[name], after[name]) + 0.1, name


def test_cpu_of_a_moment_adds_up(call_tool):
    cpu = section(call_tool, "cpu", sample_ms=300)
    parts = cpu["user_percent"] + cpu["system_percent"] + cpu["steal_percent"]
    assert cpu["usage_percent"] == pytest.approx(parts, abs=0.3)
    assert all(0 <= percent <= 100 for percent in cpu["per_cpu_percent"])


@pytest.mark.parametrize(("name", "resource"), [("cpu", "cpu"), ("memory", "memory"), ("disk", "io")])
def test_pressure(call_tool, name, resource):
    facts = section(call_tool, name)
    if not os.path.exists("/proc/pressure/cpu"):
        assert "pressure" not in facts
        return
    words = dict(word.split("=") for word in proc(f"pressure/{resource}").splitlines()[0].split()[1:])
    assert facts["pressure"]["some_avg300"] == pytest.approx(float(words["avg300"]), abs=10)


def test_memory(call_tool):
    memory = section(call_tool, "memory")
    lines = subprocess.run(["free", "-b"], capture_output=True, text=True, check=True).stdout.splitlines()
    free = {line.split(":")[0]: [int(word) for word in line.split(":")[1].split()] for line in lines[1:]}
    slack = 512 << 20  # others take and give memory meanwhile
    assert memory["total_bytes"] == free["Mem"][0]
    assert memory["swap_total_bytes"] == free["Swap"][0]
    assert memory["free_bytes"] == pytest.approx(free["Mem"][2], abs=slack)
    assert memory["buffers_bytes"] + memory["cached_bytes"] == pytest.approx(free["Mem"][4], abs=slack)
    assert memory["available_bytes"] == pytest.approx(free["Mem"][5], abs=slack)
    assert memory["used_bytes"] == memory["total_bytes"] - memory["available_bytes"]
    assert memory["used_percent"] == pytest.approx(
        100 * memory["used_bytes"] / memory["total_bytes"], abs=0.06
    )


@contextlib.contextmanager
def memory_group(limit_bytes):
    """A control group with a limit: the file to write a pid into, the version. Skips where none can be made."""
    base, version = "/sys/fs/cgroup", 2
    if not os.path.exists(f"{base}/cgroup.controllers"):
        base, version = "/sys/fs/cgroup/memory", 1
    folder = f"{base}/mcp-assist-test-{os.getpid()}"
    limit = f"{folder}/{'memory.max' if version == 2 else 'memory.limit_in_bytes'}"
    try:
        os.mkdir(folder)
        with open(limit, "w", encoding="ascii") as file:
            file.write(str(limit_bytes))
    except OSError as error:
        with contextlib.suppress(OSError):
            os.rmdir(folder)
        pytest.skip(f"no control group for the test: {error}")
    try:
        yield f"{folder}/cgroup.procs", version
    finally:
        os.rmdir(folder)


def test_the_limit_of_a_control_group(binary, tmp_path):
    with memory_group(1 << 30) as (procs, version), Server(binary, tmp_path) as server:
        with open(procs, "w", encoding="ascii") as file:
            file.write(str(server.pid))
        limit = section(server.call_tool, "memory")["limit"]
        assert limit["source"] == f"cgroup v{version}"
        assert limit["limit_bytes"] == 1 << 30
        assert 0 <= limit["used_bytes"] < 1 << 30
        assert "1.0 GiB" in server.call_text("system_info", {"section": "memory", "sample_ms": 0}, lang="en")


def test_no_limit_is_invented(call_tool):
    with open("/proc/self/cgroup", encoding="ascii") as file:
        groups = file.read()
    limit = section(call_tool, "memory").get("limit")
    if limit:
        assert limit["limit_bytes"] < psutil.virtual_memory().total
        assert groups.strip() != "0::/"


def test_disk(call_tool):
    disk = section(call_tool, "disk")
    command = ["df", "--block-size=1", "--output=size,pcent", "/"]
    size, percent = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[1].split()
    )
    (root,) = [row for row in disk["filesystems"] if row["mount"] == "/"]
    assert root["total_bytes"] == int(size)
    assert abs(root["used_percent"] - int(percent.rstrip("%"))) <= 1
    assert disk["filesystems_total"] >= len(disk["filesystems"])
    assert {row["device"] for row in disk["devices"]} <= set(os.listdir("/sys/block"))


def test_disk_since_boot(call_tool):
    before = {
        line.split()[2]: [int(word) for word in line.split()[3:]] for line in proc("diskstats").splitlines()
    }
    devices = section(call_tool, "disk")["devices"]
    after = {
        line.split()[2]: [int(word) for word in line.split()[3:]] for line in proc("diskstats").splitlines()
    }
    uptime_s = float(proc("uptime").split()[0])
    for row in devices:
        low, high = before[row["device"]], after[row["device"]]
        assert (
            low[2] * 512 / uptime_s * 0.99 - 1
            <= row["read_bytes_per_s"]
            <= high[2] * 512 / uptime_s * 1.01 + 1
        )
        assert (
            low[6] * 512 / uptime_s * 0.99 - 1
            <= row["write_bytes_per_s"]
            <= high[6] * 512 / uptime_s * 1.01 + 1
        )


def test_network(call_tool):
    before = psutil.net_io_counters(pernic=True)
    network = section(call_tool, "network")
    after = psutil.net_io_counters(pernic=True)
    assert network["interfaces_total"] == len(before)
    for row in network["interfaces"]:
        low, high = before[row["name"]], after[row["name"]]
        assert low.bytes_recv <= row["rx_bytes"] <= high.bytes_recv
        assert low.bytes_sent <= row["tx_bytes"] <= high.bytes_sent
        assert low.errin + low.errout <= row["errors"] <= high.errin + high.errout


def test_network_rates(netns, make_server):
    """In a namespace where nobody else sends: the rate of a sample is what was sent in it."""
    space = netns.create()
    server = make_server(netns=space)
    quiet = section(server.call_tool, "network", sample_ms=100)["interfaces"]
    (lo,) = [row for row in quiet if row["name"] == "lo"]
    assert lo["rx_bytes_per_s"] == lo["tx_bytes_per_s"]

    def send():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(100):
                sender.sendto(bytes(10_000), ("127.0.0.1", 9))

    space.call(send)
    (lo,) = [row for row in section(server.call_tool, "network")["interfaces"] if row["name"] == "lo"]
    assert lo["rx_bytes"] == lo["tx_bytes"] >= 1_000_000
    assert lo["rx_bytes_per_s"] == pytest.approx(
        lo["rx_bytes"] / float(proc("uptime").split()[0]), rel=0.01, abs=1
    )


def test_processes(call_tool):
    with subprocess.Popen(["sleep", "1000"]) as sleeper:
        try:
            before = len(psutil.pids())
            processes = section(call_tool, "processes")
            after = len(psutil.pids())
        finally:
            sleeper.kill()
    assert min(before, after) - 20 <= processes["total"] <= max(before, after) + 20
    states = ("running", "sleeping", "disk_sleep", "stopped", "zombie")
    assert sum(processes[state] for state in states) == processes["total"]
    assert processes["threads"] >= processes["total"] - processes["zombie"]


def test_a_default_answer_is_short(server):
    assert len(server.post("/call/system_info", json={}).text) < 5000  # about 1,500 tokens


def test_cancelling_ends_the_wait(stdio):
    client = stdio()
    client.initialize()
    call = client.start("tools/call", {"name": "system_info", "arguments": {"sample_ms": 5000}})
    client.notify("notifications/cancelled", {"requestId": call})
    answer = client.request("ping")
    assert answer["result"] == {}
    client.close()
    assert all(message.get("id") != call for message in client.notifications)


def test_text_in_both_languages(server):
    english = server.call_text("system_info", {"sample_ms": 0}, lang="en")
    french = server.call_text("system_info", {"sample_ms": 0}, lang="fr")
    assert "Host name: " in english and "Memory:" in english
    assert "Nom de machine" in french and "Mémoire" in french and "Host name" not in french
