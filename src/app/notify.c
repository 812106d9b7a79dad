/* sd_notify(3) without libsystemd: one datagram to a socket that the environment names. */
#include "app/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/health.h"
#include "base/log.h"
#include "base/text.h"
#include "http/server.h"

enum { STATUS_MS = 1000 };

/* The address in $NOTIFY_SOCKET: a path, or a name in the abstract namespace, which a '@' stands for. */
static int find_manager(const char *name, struct sockaddr_un *ret_address, socklen_t *ret_len)
{
    size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof ret_address->sun_path)
        return -EINVAL;
    *ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(ret_address->sun_path, name, len);
    if (name[0] == '@')
        ret_address->sun_path[0] = '\0';
    /* Every byte of an abstract name counts, so it has no terminator. */
    *ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
    return 0;
}

static int tell(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t address_len;
    int error = find_manager(name ? name : "", &address, &address_len);
    if (error)
        return error;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    /* A manager that does not read must not hold up who is served. */
    ssize_t sent = sendto(fd, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL,
        (const struct sockaddr *)&address, address_len);
    error = sent < 0 ? -errno : 0;
    close(fd);
    return error;
}

static void tell_or_log(const char *state)
{
    int error = tell(state);
    if (error)
        log_event(LOG_LEVEL_WARNING, "notify",
            (const struct log_field[]){ log_str("error", strerrordesc_np(-error)), { 0 } });
}

/* One line for people: where we listen, and the first part that is not well. */
static void write_status(const struct notify *notify, char *ret_line, size_t size)
{
    struct health_part parts[HEALTH_PARTS_MAX];
    size_t count = health_read(notify->health, parts);
    int len = snprintf(
        ret_line, size, notify->lang == MCP_FR ? "À l'écoute sur %s" : "Listening on %s", notify->url);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].status == HEALTH_OK)
            continue;
        snprintf(ret_line + len, size - (size_t)len, "; %s %s: %s", parts[i].name,
            health_word(parts[i].status), parts[i].reason);
        break;
    }
    /* A line feed would begin another assignment. */
    for (char *c = ret_line; *c; c++)
        if (*c == '\n')
            *c = ' ';
}

static void on_tick(void *user)
{
    struct notify *notify = user;
    if (notify->is_watched)
        tell_or_log("WATCHDOG=1");
    char line[sizeof notify->status];
    write_status(notify, line, sizeof line);
    if (strcmp(line, notify->status) == 0)
        return;
    memcpy(notify->status, line, sizeof line);
    char state[sizeof line + 16];
    snprintf(state, sizeof state, "STATUS=%s", line);
    tell_or_log(state);
}

static void on_stop(void *user)
{
    const struct notify *notify = user;
    tell_or_log(notify->lang == MCP_FR ? "STOPPING=1\nSTATUS=Arrêt : termine ce qui est demandé"
                                       : "STOPPING=1\nSTATUS=Stopping: finishing what was asked");
}

/* How often the manager wants to hear of us, 0 if never or if it means another process. */
static int read_watchdog(int64_t *ret_us, struct err *err)
{
    const char *interval = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    int64_t us, whom;
    *ret_us = 0;
    if (!interval)
        return 0;
    if (!text_int(interval, &us) || us <= 0)
        return err_say(err, -EINVAL,
            "environnement WATCHDOG_USEC : %.40s n'est pas un nombre de microsecondes",
            "environment WATCHDOG_USEC: %.40s is not a number of microseconds", interval);
    if (!pid || (text_int(pid, &whom) && whom == getpid()))
        *ret_us = us;
    return 0;
}

int notify_start(struct notify *notify, struct http_server *http, struct err *err)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t address_len;
    int64_t watchdog_us;
    if (!name || !name[0])
        return 0;
    if (find_manager(name, &address, &address_len) < 0)
        return err_say(err, -EINVAL,
            "environnement NOTIFY_SOCKET : %.120s n'est pas une socket ; attendu : un chemin de %zu octets "
            "au plus, ou @NOM",
            "environment NOTIFY_SOCKET: %.120s is not a socket; expected a path of at most %zu bytes, or "
            "@NAME",
            name, sizeof address.sun_path - 1);
    int error = read_watchdog(&watchdog_us, err);
    if (error)
        return error;
    notify->is_watched = watchdog_us > 0;
    /* Half the time it allows, as sd_watchdog_enabled(3) advises. */
    int64_t interval_ms =
        notify->is_watched && watchdog_us / 2000 < STATUS_MS ? watchdog_us / 2000 : STATUS_MS;
    error = http_on_stop(http, on_stop, notify);
    if (!error)
        error = http_every(http, interval_ms > 0 ? (int)interval_ms : 1, on_tick, notify);
    if (error)
        return err_say(err, error, "pas de mémoire pour les messages au gestionnaire de services",
            "no memory for the service manager's messages");
    write_status(notify, notify->status, sizeof notify->status);
    char state[sizeof notify->status + 32];
    snprintf(state, sizeof state, "READY=1\nSTATUS=%s", notify->status);
    tell_or_log(state);
    return 0;
}
