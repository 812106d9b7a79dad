/* Reads the `hosts:` line of nsswitch.conf. Asks none of its sources. */
#include "sys/nsswitch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/text.h"

enum { LINE_SIZE = 1024, NAME_SIZE = 256 };

struct source {
    const char *module; /* or its beginning */
    bool beginning;
    bool (*concerns)(const char *name); /* NULL: never, its names come from DNS or the hosts file too */
};

static bool is_local_name(const char *name)
{
    return text_same(name, "local") || (strlen(name) > 6 && text_same(name + strlen(name) - 6, ".local"));
}

static bool is_own_name(const char *name)
{
    char own[NAME_SIZE] = "";
    (void)gethostname(own, sizeof(own) - 1);
    return text_same(name, own);
}

/* Sources that need no getaddrinfo, or for some names only. A module that is not listed always does. */
static const struct source sources[] = {
    { "files", false, NULL },
    { "dns", false, NULL },
    { "resolve", false, NULL },
    { "mymachines", false, NULL },
    { "myhostname", false, is_own_name },
    { "mdns", true, is_local_name },
    { "[", true, NULL },
};

static bool module_concerns(const char *module, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        const struct source *source = &sources[i];
        if (source->beginning ? text_starts(module, source->module) : strcmp(module, source->module) == 0)
            return source->concerns && source->concerns(name);
    }
    return true;
}

bool nsswitch_needs_library(const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    char line[LINE_SIZE];
    bool needed = false;
    while (!needed && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "#\n")] = '\0';
        const char *at = line + strspn(line, " \t");
        if (!text_starts(at, "hosts:"))
            continue;
        char word[64];
        int used = 0;
        for (at += strlen("hosts:"); !needed && sscanf(at, " %63s%n", word, &used) == 1; at += used)
            needed = module_concerns(word, name);
    }
    (void)fclose(file);
    return needed;
}
