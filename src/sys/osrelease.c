/* Which operating system this is. */
#include "sys/osrelease.h"

#include <string.h>

#include "sys/procfs.h"

/* A value as the shell would read it: bare, 'quoted' or "quoted \"like\" this". */
static void copy_value(const char *value, char *ret_text, size_t size)
{
    size_t len = 0;
    char quote = *value == '"' || *value == '\'' ? *value++ : '\0';
    for (; *value != '\0' && *value != '\n' && *value != quote && len < size - 1; value++) {
        if (*value == '\\' && quote != '\'' && value[1] != '\0' && value[1] != '\n')
            value++;
        ret_text[len++] = *value;
    }
    while (quote == '\0' && len > 0 && (ret_text[len - 1] == ' ' || ret_text[len - 1] == '\r'))
        len--;
    ret_text[len] = '\0';
}

static void find_value(const char *text, const char *key, char *ret_text, size_t size)
{
    const char *value = procfs_find(text, key);
    if (value)
        copy_value(value, ret_text, size);
}

void osrelease_read(const struct procfs *fs, struct osrelease *ret_release)
{
    static const struct osrelease unknown = { .name = "Linux" };
    char text[4096];
    *ret_release = unknown;
    if (procfs_read(fs->root_fd, "etc/os-release", text, sizeof(text)) < 0 &&
        procfs_read(fs->root_fd, "usr/lib/os-release", text, sizeof(text)) < 0)
        return;
    find_value(text, "NAME=", ret_release->name, sizeof(ret_release->name));
    find_value(text, "PRETTY_NAME=", ret_release->name, sizeof(ret_release->name));
    find_value(text, "ID=", ret_release->id, sizeof(ret_release->id));
    find_value(text, "VERSION_ID=", ret_release->version, sizeof(ret_release->version));
}
