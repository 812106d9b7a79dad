/* What kind of machine this is, as far as files tell. Executes no privileged instruction and asks no service.
 */
#include "sys/machine.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/scope.h"
#include "sys/procfs.h"

struct mark {
    const char *text, *name;
};

static const char *find_mark(const char *text, const struct mark *marks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasestr(text, marks[i].text))
            return marks[i].name;
    }
    return NULL;
}

/* What firmware calls the machine. */
static const char *named_by_firmware(const struct procfs *fs)
{
    static const char *const files[] = { "product_name", "sys_vendor", "board_vendor", "bios_vendor" };
    static const struct mark marks[] = {
        { "KVM", "kvm" },
        { "OpenStack", "kvm" },
        { "KubeVirt", "kvm" },
        { "Amazon EC2", "amazon" },
        { "Google Compute Engine", "google" },
        { "QEMU", "qemu" },
        { "VMware", "vmware" },
        { "VirtualBox", "virtualbox" },
        { "innotek", "virtualbox" },
        { "Xen", "xen" },
        { "Bochs", "bochs" },
        { "Parallels", "parallels" },
        { "BHYVE", "bhyve" },
        { "Hyper-V", "hyperv" },
        { "Virtual Machine", "hyperv" },
        { "Apple Virtualization", "apple" },
        { "Nutanix", "nutanix" },
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[64], text[128];
        snprintf(path, sizeof(path), "sys/class/dmi/id/%s", files[i]);
        if (procfs_read_line(fs, path, text, sizeof(text)) <= 0)
            continue;
        const char *name = find_mark(text, marks, ARRAY_LEN(marks));
        if (name)
            return name;
    }
    return NULL;
}

/* x86 processors have a flag that a hypervisor sets. */
static bool has_hypervisor_flag(const struct procfs *fs)
{
    char text[8192], flag[64];
    if (procfs_read(fs->root_fd, "proc/cpuinfo", text, sizeof(text)) <= 0)
        return false;
    const char *at = procfs_find(text, "flags");
    while (at && procfs_next_word(&at, flag, sizeof(flag))) {
        if (strcmp(flag, "hypervisor") == 0)
            return true;
    }
    return false;
}

char *machine_hostname(const struct procfs *fs, char *ret_name, size_t size)
{
    struct utsname kernel = { 0 };
    if (fs->is_host && procfs_read_line(fs, "etc/hostname", ret_name, size) > 0)
        return ret_name;
    uname(&kernel);
    snprintf(ret_name, size, "%s", kernel.nodename);
    return ret_name;
}

const char *machine_virtualization(const struct procfs *fs)
{
    char text[256];
    if (procfs_read_line(fs, "proc/sys/kernel/osrelease", text, sizeof(text)) > 0 &&
        strcasestr(text, "microsoft"))
        return "wsl";
    if (procfs_read_line(fs, "sys/hypervisor/type", text, sizeof(text)) > 0 && strcmp(text, "xen") == 0)
        return "xen";
    const char *name = named_by_firmware(fs);
    if (name)
        return name;
    return has_hypervisor_flag(fs) ? "vm" : NULL;
}

static bool exists(const struct procfs *fs, const char *path)
{
    return faccessat(fs->root_fd, path, F_OK, 0) == 0;
}

/* The variable `container` that container managers give to the first process. Only root may read it. */
static bool named_by_environment(const struct procfs *fs, char *ret_name, size_t size)
{
    static const char key[] = "container=";
    char text[16384];
    ssize_t len = procfs_read(fs->root_fd, "proc/1/environ", text, sizeof(text));
    for (const char *at = text; len > 0 && at < text + len; at += strlen(at) + 1) {
        if (strncmp(at, key, sizeof(key) - 1) == 0 && at[sizeof(key) - 1]) {
            snprintf(ret_name, size, "%s", at + sizeof(key) - 1);
            return true;
        }
    }
    return false;
}

static const char *named_by_group(const struct procfs *fs)
{
    static const struct mark marks[] = {
        { "/kubepods", "kubernetes" },
        { "/docker", "docker" },
        { "/libpod", "podman" },
        { "/lxc", "lxc" },
    };
    char text[4096];
    if (procfs_read(fs->root_fd, "proc/1/cgroup", text, sizeof(text)) <= 0)
        return NULL;
    return find_mark(text, marks, ARRAY_LEN(marks));
}

char *machine_container(const struct procfs *fs, char *ret_name, size_t size)
{
    static const struct {
        const char *path, *name;
    } files[] = {
        { "run/.containerenv", "podman" },
        { ".dockerenv", "docker" },
        { "var/run/secrets/kubernetes.io", "kubernetes" },
    };
    if (procfs_read_line(fs, "run/systemd/container", ret_name, size) > 0 ||
        named_by_environment(fs, ret_name, size))
        return ret_name;
    const char *name = named_by_group(fs);
    for (size_t i = 0; i < ARRAY_LEN(files) && !name; i++)
        name = exists(fs, files[i].path) ? files[i].name : NULL;
    snprintf(ret_name, size, "%s", name ? name : "");
    return ret_name;
}

char *machine_timezone(const struct procfs *fs, char *ret_zone, size_t size)
{
    char target[256];
    ssize_t len = readlinkat(fs->root_fd, "etc/localtime", target, sizeof(target) - 1);
    if (len > 0) {
        target[len] = '\0';
        const char *zone = strstr(target, "zoneinfo/");
        if (zone) {
            snprintf(ret_zone, size, "%s", zone + strlen("zoneinfo/"));
            return ret_zone;
        }
    }
    if (procfs_read_line(fs, "etc/timezone", ret_zone, size) > 0)
        return ret_zone;
    snprintf(ret_zone, size, "%s", exists(fs, "etc/localtime") ? "" : "UTC");
    return ret_zone;
}
