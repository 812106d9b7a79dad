/* A D-Bus connection that waits the way this program waits. Knows messages, not systemd. */
#ifndef SYS_UNITS_BUS_H
#define SYS_UNITS_BUS_H

#include <stdbool.h>

#include <systemd/sd-bus.h>

struct err;
struct wait;

/* Each member is the function of libsystemd of the same name. */
struct units_sd {
    __typeof__(sd_bus_new) *bus_new;
    __typeof__(sd_bus_set_address) *bus_set_address;
    __typeof__(sd_bus_set_bus_client) *bus_set_bus_client;
    __typeof__(sd_bus_start) *bus_start;
    __typeof__(sd_bus_close) *bus_close;
    __typeof__(sd_bus_unref) *bus_unref;
    __typeof__(sd_bus_get_fd) *bus_get_fd;
    __typeof__(sd_bus_get_events) *bus_get_events;
    __typeof__(sd_bus_get_timeout) *bus_get_timeout;
    __typeof__(sd_bus_process) *bus_process;
    __typeof__(sd_bus_call_async) *bus_call_async;
    __typeof__(sd_bus_slot_unref) *bus_slot_unref;
    __typeof__(sd_bus_path_encode) *bus_path_encode;
    __typeof__(sd_bus_message_new_method_call) *message_new_method_call;
    __typeof__(sd_bus_message_append) *message_append;
    __typeof__(sd_bus_message_append_strv) *message_append_strv;
    __typeof__(sd_bus_message_ref) *message_ref;
    __typeof__(sd_bus_message_unref) *message_unref;
    __typeof__(sd_bus_message_enter_container) *message_enter_container;
    __typeof__(sd_bus_message_exit_container) *message_exit_container;
    __typeof__(sd_bus_message_peek_type) *message_peek_type;
    __typeof__(sd_bus_message_read) *message_read;
    __typeof__(sd_bus_message_read_basic) *message_read_basic;
    __typeof__(sd_bus_message_skip) *message_skip;
    __typeof__(sd_bus_message_get_error) *message_get_error;
};

/* NULL with *err saying what is missing. */
const struct units_sd *units_bus_load(struct err *err);

struct units_bus;

/* Connects to `address`; `is_broker`: a message bus stands between (it wants a Hello). 0 or a negative errno.
 */
int units_bus_open(const struct units_sd *sd, const char *address, bool is_broker, struct units_bus **ret_bus,
    struct err *err);
/* NULL is fine. Drops what is not sent. */
void units_bus_close(struct units_bus *bus);
const struct units_sd *units_bus_sd(const struct units_bus *bus);

/* A new call of `method` of systemd's `interface` at `path`. */
int units_bus_message(struct units_bus *bus, const char *path, const char *interface, const char *method,
    sd_bus_message **ret_message);
/* Sends `message` (which it takes) and waits for the answer. 0 and *ret_reply, an error reply too (unref it);
 * -ECANCELED, -ETIMEDOUT, -ECONNRESET... */
int units_bus_call(
    struct units_bus *bus, const struct wait *wait, sd_bus_message *message, sd_bus_message **ret_reply);

#endif
