/* What kind of machine this is, as far as files tell: virtual, a container, and in which time zone. */
#ifndef SYS_MACHINE_H
#define SYS_MACHINE_H

#include <stddef.h>

struct procfs;

/* The host name; of a host that is looked at, what its /etc/hostname says. Returns `ret_name`. */
char *machine_hostname(const struct procfs *fs, char *ret_name, size_t size);

/* "kvm", "vmware", "hyperv", "xen", "wsl"..., "vm" for a hypervisor that hides its name; NULL for bare
 * metal, or when nothing tells. Static. */
const char *machine_virtualization(const struct procfs *fs);

/* "docker", "podman", "lxc", "kubernetes", "systemd-nspawn"..., as the container's manager declares it; ""
 * outside of one (or in one that hides it). Returns `ret_name`. */
char *machine_container(const struct procfs *fs, char *ret_name, size_t size);

/* "Europe/Paris"; "UTC" when nothing is set; "" when it cannot be named. Returns `ret_zone`. */
char *machine_timezone(const struct procfs *fs, char *ret_zone, size_t size);

#endif
