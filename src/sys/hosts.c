/* Reads the hosts file. Knows nothing of name servers. */
#include "sys/hosts.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"
#include "sys/resolve.h"

static void close_file(FILE **file)
{
    if (*file)
        (void)fclose(*file);
}

/* The next word of a line, cut off in place; NULL at its end or at a comment. */
static char *take_word(char **at)
{
    char *word = *at + strspn(*at, " \t\r\n\f\v");
    if (*word == '\0' || *word == '#')
        return NULL;
    size_t len = strcspn(word, " \t\r\n\f\v#");
    bool last = word[len] == '\0' || word[len] == '#';
    word[len] = '\0';
    *at = word + len + (last ? 0 : 1);
    return word;
}

static bool parse_line(char *text, struct hosts_line *ret_line)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM };
    struct addrinfo *found = NULL;
    const char *address = take_word(&text);
    if (!address || getaddrinfo(address, NULL, &hints, &found) != 0)
        return false;
    memset(&ret_line->address, 0, sizeof(ret_line->address));
    memcpy(&ret_line->address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    ret_line->count = 0;
    while (ret_line->count < HOSTS_MAX_NAMES) {
        const char *name = take_word(&text);
        if (!name)
            break;
        ret_line->names[ret_line->count++] = name;
    }
    return ret_line->count > 0;
}

int hosts_each(const char *path, bool (*each)(const struct hosts_line *line, void *user), void *user)
{
    CLEANUP(close_file) FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT ? 0 : -errno;
    CLEANUP(scope_free) char *text = NULL;
    size_t size = 0;
    struct hosts_line line;
    while (getline(&text, &size, file) >= 0)
        if (parse_line(text, &line) && !each(&line, user))
            break;
    return 0;
}

struct search {
    const char *name;
    int family;
    struct resolve_addresses *found;
};

static bool note_matching(const struct hosts_line *line, void *user)
{
    struct search *search = user;
    if (search->family != AF_UNSPEC && search->family != line->address.ss_family)
        return true;
    for (size_t i = 0; i < line->count; i++) {
        if (!text_same(line->names[i], search->name))
            continue;
        search->found->at[search->found->count++] = line->address;
        break;
    }
    return search->found->count < RESOLVE_MAX;
}

int hosts_lookup(const char *path, const char *name, int family, struct resolve_addresses *ret_addresses)
{
    struct resolve_addresses found = { .count = 0 };
    struct search search = { .name = name, .family = family, .found = &found };
    int status = hosts_each(path, note_matching, &search);
    if (status < 0)
        return status;
    if (found.count == 0)
        return -ENOENT;
    *ret_addresses = found;
    return 0;
}
