/* sd-bus on wait_poll(): connecting, sending and receiving never block by themselves. */
#include "sys/units_bus.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "base/library.h"

#define DESTINATION "org.freedesktop.systemd1"

static struct units_sd sd_table;

static const struct library_symbol symbols[] = {
    { .name = "sd_bus_new", .at = &sd_table.bus_new },
    { .name = "sd_bus_set_address", .at = &sd_table.bus_set_address },
    { .name = "sd_bus_set_bus_client", .at = &sd_table.bus_set_bus_client },
    { .name = "sd_bus_start", .at = &sd_table.bus_start },
    { .name = "sd_bus_close", .at = &sd_table.bus_close },
    { .name = "sd_bus_unref", .at = &sd_table.bus_unref },
    { .name = "sd_bus_get_fd", .at = &sd_table.bus_get_fd },
    { .name = "sd_bus_get_events", .at = &sd_table.bus_get_events },
    { .name = "sd_bus_get_timeout", .at = &sd_table.bus_get_timeout },
    { .name = "sd_bus_process", .at = &sd_table.bus_process },
    { .name = "sd_bus_call_async", .at = &sd_table.bus_call_async },
    { .name = "sd_bus_slot_unref", .at = &sd_table.bus_slot_unref },
    { .name = "sd_bus_path_encode", .at = &sd_table.bus_path_encode },
    { .name = "sd_bus_message_new_method_call", .at = &sd_table.message_new_method_call },
    { .name = "sd_bus_message_append", .at = &sd_table.message_append },
    { .name = "sd_bus_message_append_strv", .at = &sd_table.message_append_strv },
    { .name = "sd_bus_message_ref", .at = &sd_table.message_ref },
    { .name = "sd_bus_message_unref", .at = &sd_table.message_unref },
    { .name = "sd_bus_message_enter_container", .at = &sd_table.message_enter_container },
    { .name = "sd_bus_message_exit_container", .at = &sd_table.message_exit_container },
    { .name = "sd_bus_message_peek_type", .at = &sd_table.message_peek_type },
    { .name = "sd_bus_message_read", .at = &sd_table.message_read },
    { .name = "sd_bus_message_read_basic", .at = &sd_table.message_read_basic },
    { .name = "sd_bus_message_skip", .at = &sd_table.message_skip },
    { .name = "sd_bus_message_get_error", .at = &sd_table.message_get_error },
};

static struct library libsystemd = {
    .file = "libsystemd.so.0",
    .package = "libsystemd0",
    .symbols = symbols,
    .symbols_count = ARRAY_LEN(symbols),
};

struct units_bus {
    const struct units_sd *sd;
    sd_bus *bus;
};

const struct units_sd *units_bus_load(struct err *err)
{
    return library_load(&libsystemd, err) < 0 ? NULL : &sd_table;
}

void units_bus_close(struct units_bus *bus)
{
    if (!bus)
        return;
    if (bus->bus) {
        bus->sd->bus_close(bus->bus);
        bus->sd->bus_unref(bus->bus);
    }
    free(bus);
}

const struct units_sd *units_bus_sd(const struct units_bus *bus)
{
    return bus->sd;
}

static int start(const struct units_sd *sd, sd_bus *bus, const char *address, bool is_broker)
{
    int rc = sd->bus_set_address(bus, address);
    if (rc >= 0)
        rc = sd->bus_set_bus_client(bus, is_broker);
    if (rc >= 0)
        rc = sd->bus_start(bus);
    return rc < 0 ? rc : 0;
}

int units_bus_open(const struct units_sd *sd, const char *address, bool is_broker, struct units_bus **ret_bus,
    struct err *err)
{
    struct units_bus *made = calloc(1, sizeof(*made));
    if (!made)
        return err_set(err, -ENOMEM, "out of memory");
    made->sd = sd;
    int rc = sd->bus_new(&made->bus);
    if (rc >= 0)
        rc = start(sd, made->bus, address, is_broker);
    if (rc < 0) {
        units_bus_close(made);
        return err_set(err, rc, "no connection to %.100s (error %d)", address, -rc);
    }
    *ret_bus = made;
    return 0;
}

int units_bus_message(struct units_bus *bus, const char *path, const char *interface, const char *method,
    sd_bus_message **ret_message)
{
    int rc = bus->sd->message_new_method_call(bus->bus, ret_message, DESTINATION, path, interface, method);
    return rc < 0 ? rc : 0;
}

/* Where the answer to one call goes. */
struct answer {
    const struct units_sd *sd;
    sd_bus_message *reply;
};

static int on_reply(sd_bus_message *reply, void *user, sd_bus_error *error)
{
    struct answer *answer = user;
    (void)error;
    answer->reply = answer->sd->message_ref(reply);
    return 0;
}

/* Until the bus wants to be processed again: 0, or what wait_poll() said. */
static int wait_for_bus(const struct units_bus *bus, const struct wait *wait)
{
    int fd = bus->sd->bus_get_fd(bus->bus);
    int events = bus->sd->bus_get_events(bus->bus);
    uint64_t until_us = UINT64_MAX;
    if (fd < 0 || events < 0)
        return -ECONNRESET;
    if (bus->sd->bus_get_timeout(bus->bus, &until_us) < 0)
        until_us = UINT64_MAX;
    int timeout_ms = -1;
    if (until_us != UINT64_MAX) {
        int64_t left_ms = (int64_t)(until_us / 1000) - clock_ms() + 1;
        timeout_ms = left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
    }
    int rc = wait_fd(wait, fd, (short)events, timeout_ms);
    return rc < 0 ? rc : 0;
}

static int drive(struct units_bus *bus, const struct wait *wait, const struct answer *answer)
{
    while (!answer->reply) {
        int rc = bus->sd->bus_process(bus->bus, NULL);
        if (rc < 0)
            return rc;
        if (answer->reply)
            break;
        if (rc == 0)
            rc = wait_for_bus(bus, wait);
        else
            rc = wait_poll(wait, NULL, 0, 0); /* a talkative bus must not outlive the deadline */
        if (rc < 0)
            return rc;
    }
    return 0;
}

int units_bus_call(
    struct units_bus *bus, const struct wait *wait, sd_bus_message *message, sd_bus_message **ret_reply)
{
    struct answer answer = { .sd = bus->sd };
    sd_bus_slot *slot = NULL;
    int rc = bus->sd->bus_call_async(bus->bus, &slot, message, on_reply, &answer, UINT64_MAX);
    bus->sd->message_unref(message);
    if (rc >= 0)
        rc = drive(bus, wait, &answer);
    bus->sd->bus_slot_unref(slot); /* an answer that comes later finds nobody */
    if (rc < 0) {
        bus->sd->message_unref(answer.reply);
        return rc;
    }
    *ret_reply = answer.reply;
    return 0;
}
