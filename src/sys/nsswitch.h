/* Which sources of host names this machine uses (nsswitch.conf(5)). */
#ifndef SYS_NSSWITCH_H
#define SYS_NSSWITCH_H

#include <stdbool.h>

#define NSSWITCH_PATH "/etc/nsswitch.conf"

/* True when the `hosts:` line of `path` names a source that only the system library can ask and that may know
 * `name`: mdns for names in .local, myhostname for this machine's own, any module that is not known here
 * always. A missing file names none. */
bool nsswitch_needs_library(const char *path, const char *name);

#endif
