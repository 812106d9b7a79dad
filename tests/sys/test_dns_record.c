/* Records as text: every recorded answer against what dig shows of it, and thousands of damaged ones without
 * harm. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/dns.h"
#include "sys/dns_record.h"

#define FOLDER MCP_TEST_DATA "/dns-answers"

static void read_file(const char *name, const char *suffix, struct buf *out)
{
    char path[600];
    snprintf(path, sizeof(path), "%s/%s%s", FOLDER, name, suffix);
    FILE *file = fopen(path, "rbe");
    if (!file)
        fail_msg("no %s", path);
    char block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof(block), file)) > 0)
        buf_add(out, block, got);
    fclose(file);
}

static void read_message(const char *name, struct buf *message)
{
    CLEANUP(buf_done) struct buf hex = { 0 };
    read_file(name, ".hex", &hex);
    char pair[3] = "";
    for (size_t i = 0, half = 0; i < hex.len; i++) {
        if (!isxdigit((unsigned char)hex.data[i]))
            continue;
        pair[half] = hex.data[i];
        if (half == 1)
            buf_addc(message, (char)strtol(pair, NULL, 16));
        half ^= 1;
    }
}

static ldns_pkt *parse(const void *wire, size_t len)
{
    ldns_pkt *packet = NULL;
    return ldns_wire2pkt(&packet, wire, len) == LDNS_STATUS_OK ? packet : NULL;
}

static void describe(const ldns_pkt *packet, enum dns_section section, struct buf *out)
{
    struct dns_record record;
    for (size_t i = 0; dns_record_read(packet, section, i, &record) == 0; i++) {
        buf_addf(out, "%s %u %s %s\n", record.name, record.ttl, record.type, record.data);
        dns_record_done(&record);
    }
}

static void for_each_answer(void (*each)(const char *name))
{
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    size_t count = 0;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (!text_ends(entry->d_name, ".hex"))
            continue;
        char name[sizeof(entry->d_name)];
        snprintf(name, sizeof(name), "%.*s", (int)(strlen(entry->d_name) - strlen(".hex")), entry->d_name);
        each(name);
        count++;
    }
    closedir(folder);
    assert_true(count >= 17);
}

static void check_answer(const char *name)
{
    CLEANUP(buf_done) struct buf message = { 0 }, expected = { 0 }, got = { 0 };
    read_message(name, &message);
    read_file(name, ".expected", &expected);
    ldns_pkt *packet = parse(message.data, message.len);
    assert_non_null(packet);
    describe(packet, DNS_ANSWER, &got);
    assert_string_equal(buf_str(&got), buf_str(&expected));
    ldns_pkt_free(packet);
}

static void shows_records_as_dig_does(void **state)
{
    (void)state;
    for_each_answer(check_answer);
}

/* Whatever a message says, what is told of it is text. */
static void read_everything(const uint8_t *wire, size_t len)
{
    /* A copy of its exact size, so that reading past its end is seen. */
    CLEANUP(scope_free) uint8_t *copy = malloc(len ? len : 1);
    memcpy(copy, wire, len);
    ldns_pkt *packet = parse(copy, len);
    if (!packet)
        return;
    CLEANUP(buf_done) struct buf text = { 0 };
    describe(packet, DNS_ANSWER, &text);
    describe(packet, DNS_AUTHORITY, &text);
    struct dns_extended_error error;
    for (size_t i = 0; dns_extended_error_read(packet, i, &error); i++)
        assert_true(strlen(error.text) < sizeof(error.text));
    const char *flags[DNS_FLAGS_MAX];
    assert_in_range(dns_flag_names(packet, flags), 0, DNS_FLAGS_MAX);
    char rcode[DNS_RCODE_SIZE];
    assert_true(strlen(dns_rcode_name(dns_reply_rcode(packet), rcode)) > 0);
    ldns_pkt_free(packet);
}

static void damage(const char *name)
{
    CLEANUP(buf_done) struct buf message = { 0 };
    read_message(name, &message);
    const uint8_t *wire = (const uint8_t *)message.data;
    for (size_t len = 0; len <= message.len; len++)
        read_everything(wire, len);
    uint32_t random = 2463534242u;
    CLEANUP(scope_free) uint8_t *copy = malloc(message.len);
    for (int round = 0; round < 3000; round++) {
        memcpy(copy, wire, message.len);
        for (int changes = 1 + round % 6; changes > 0; changes--) {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            size_t at = 2 + (random >> 8) % (message.len - 2);
            copy[at] = random & 1 ? (uint8_t)(random >> 24) : (uint8_t)(copy[at] + 1);
        }
        read_everything(copy, message.len);
    }
}

static void survives_damaged_messages(void **state)
{
    (void)state;
    for_each_answer(damage);
}

static void reads_extended_errors(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf message = { 0 };
    read_message("bogus-ede", &message);
    ldns_pkt *packet = parse(message.data, message.len);
    assert_non_null(packet);
    struct dns_extended_error error = { 0 };
    assert_true(dns_extended_error_read(packet, 0, &error));
    assert_int_equal(error.code, 6);
    assert_string_equal(error.name, "DNSSEC Bogus");
    assert_non_null(strstr(error.text, "validation failure"));
    assert_int_equal(dns_reply_rcode(packet), LDNS_RCODE_SERVFAIL);
    ldns_pkt_free(packet);
}

static void tells_flags_types_and_codes(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf message = { 0 };
    read_message("large-txt", &message);
    ldns_pkt *packet = parse(message.data, message.len);
    const char *flags[DNS_FLAGS_MAX];
    assert_int_equal(dns_flag_names(packet, flags), 4);
    assert_string_equal(flags[0], "qr");
    assert_string_equal(flags[1], "aa");
    assert_string_equal(flags[2], "tc");
    assert_string_equal(flags[3], "rd");
    ldns_pkt_free(packet);

    static const struct {
        const char *name;
        unsigned code;
    } types[] = { { "A", 1 }, { "AAAA", 28 }, { "CNAME", 5 }, { "MX", 15 }, { "TXT", 16 }, { "NS", 2 },
        { "SOA", 6 }, { "SRV", 33 }, { "CAA", 257 }, { "PTR", 12 }, { "DS", 43 }, { "DNSKEY", 48 },
        { "TLSA", 52 }, { "SVCB", 64 }, { "HTTPS", 65 }, { "ANY", 255 } };
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        assert_int_equal(dns_type_code(types[i].name), types[i].code);
    assert_int_equal(dns_type_code("NOSUCH"), 0);

    char rcode[DNS_RCODE_SIZE];
    assert_string_equal(dns_rcode_name(3, rcode), "NXDOMAIN");
    assert_string_equal(dns_rcode_name(16, rcode), "BADVERS");
    assert_string_equal(dns_rcode_name(3841, rcode), "RCODE3841");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_records_as_dig_does),
        cmocka_unit_test(survives_damaged_messages),
        cmocka_unit_test(reads_extended_errors),
        cmocka_unit_test(tells_flags_types_and_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
