/* Which operating system this is: os-release(5). */
#ifndef SYS_OSRELEASE_H
#define SYS_OSRELEASE_H

struct procfs;

struct osrelease {
    char name[128]; /* "Debian GNU/Linux 12 (bookworm)"; "Linux" when nobody says */
    char id[64]; /* "debian"; "" unknown */
    char version[64]; /* "12"; "" unknown */
};

/* /etc/os-release, else /usr/lib/os-release. Always fills *ret_release. */
void osrelease_read(const struct procfs *fs, struct osrelease *ret_release);

#endif
