/* Reads resolv.conf. Knows nothing of DNS messages. */
#include "sys/resolvconf.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/text.h"
#include "sys/resolve.h"

enum { DNS_PORT = 53, MAX_NDOTS = 15, MAX_TIMEOUT_S = 30, MAX_ATTEMPTS = 5 };

static const char blanks[] = " \t\r\n";

static void close_file(FILE **file)
{
    if (*file)
        (void)fclose(*file);
}

static char *take_word(char **at)
{
    char *word = *at + strspn(*at, blanks);
    if (*word == '\0')
        return NULL;
    size_t len = strcspn(word, blanks);
    *at = word + len + (word[len] == '\0' ? 0 : 1);
    word[len] = '\0';
    return word;
}

static void add_server(struct resolvconf *conf, const char *text)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM };
    struct addrinfo *found = NULL;
    if (conf->server_count == RESOLVCONF_MAX_SERVERS || getaddrinfo(text, NULL, &hints, &found) != 0)
        return;
    struct sockaddr_storage *server = &conf->servers[conf->server_count++];
    memset(server, 0, sizeof(*server));
    memcpy(server, found->ai_addr, found->ai_addrlen);
    resolve_set_port(server, DNS_PORT);
    freeaddrinfo(found);
}

static void add_search(struct resolvconf *conf, const char *domain)
{
    size_t len = strlen(domain);
    if (len > 0 && domain[len - 1] == '.')
        len--;
    if (len == 0 || len >= RESOLVCONF_NAME_SIZE || conf->search_count == RESOLVCONF_MAX_SEARCH)
        return;
    char *at = conf->search[conf->search_count++];
    memcpy(at, domain, len);
    at[len] = '\0';
}

static unsigned bounded(int64_t value, unsigned least, unsigned most)
{
    if (value < least)
        return least;
    return value > most ? most : (unsigned)value;
}

static void set_option(struct resolvconf *conf, const char *option)
{
    if (strcmp(option, "use-vc") == 0)
        conf->use_tcp = true;
    const char *colon = strchr(option, ':');
    int64_t value;
    if (!colon || !text_int(colon + 1, &value))
        return;
    if (text_starts(option, "ndots:"))
        conf->ndots = bounded(value, 0, MAX_NDOTS);
    else if (text_starts(option, "timeout:"))
        conf->timeout_ms = bounded(value, 1, MAX_TIMEOUT_S) * 1000;
    else if (text_starts(option, "attempts:"))
        conf->attempts = bounded(value, 1, MAX_ATTEMPTS);
}

static void parse_line(struct resolvconf *conf, char *text)
{
    if (*text == '#' || *text == ';')
        return;
    const char *key = take_word(&text);
    if (!key)
        return;
    bool search = strcmp(key, "search") == 0, domain = strcmp(key, "domain") == 0;
    if (search || domain)
        conf->search_count = 0; /* the last of these lines counts */
    const char *word = take_word(&text);
    if (strcmp(key, "nameserver") == 0 && word)
        add_server(conf, word);
    for (; word; word = domain ? NULL : take_word(&text)) {
        if (search || domain)
            add_search(conf, word);
        else if (strcmp(key, "options") == 0)
            set_option(conf, word);
    }
}

/* Without a search list, the domain of this machine's own name is it. */
static void search_own_domain(struct resolvconf *conf)
{
    char name[RESOLVCONF_NAME_SIZE];
    if (gethostname(name, sizeof(name)) < 0)
        return;
    name[sizeof(name) - 1] = '\0';
    const char *dot = strchr(name, '.');
    if (dot)
        add_search(conf, dot + 1);
}

int resolvconf_read(const char *path, struct resolvconf *ret_conf)
{
    struct resolvconf conf = { .ndots = 1, .timeout_ms = 5000, .attempts = 2 };
    CLEANUP(close_file) FILE *file = fopen(path, "re");
    if (!file && errno != ENOENT)
        return -errno;
    CLEANUP(scope_free) char *text = NULL;
    size_t size = 0;
    while (file && getline(&text, &size, file) >= 0)
        parse_line(&conf, text);
    if (conf.server_count == 0)
        add_server(&conf, "127.0.0.1");
    if (conf.search_count == 0)
        search_own_domain(&conf);
    *ret_conf = conf;
    return 0;
}
