/* DNS: an answer as it comes from the network ('a' and the message), or a name as a person types it ('n' and
 * the name). */
#include "fuzz.h"

#include <string.h>
#include <strings.h>

#include <ldns/ldns.h>

#include "base/text.h"
#include "sys/dns_name.h"
#include "sys/dns_record.h"

static void read_section(const ldns_pkt *packet, enum dns_section section)
{
    struct dns_record record = { 0 };
    for (size_t i = 0; dns_record_read(packet, section, i, &record) == 0; i++) {
        MUST(record.name && record.data && memchr(record.type, 0, sizeof record.type));
        MUST(text_is_utf8(record.data, strlen(record.data)) && !strchr(record.data, '\n'));
        dns_record_is_proof(&record);
        dns_record_done(&record);
    }
}

static void read_message(const uint8_t *bytes, size_t len)
{
    ldns_pkt *packet = NULL;
    if (ldns_wire2pkt(&packet, bytes, len) != LDNS_STATUS_OK)
        return;
    read_section(packet, DNS_ANSWER);
    read_section(packet, DNS_AUTHORITY);
    const char *flags[DNS_FLAGS_MAX];
    MUST(dns_flag_names(packet, flags) <= DNS_FLAGS_MAX);
    struct dns_extended_error error;
    for (size_t i = 0; dns_extended_error_read(packet, i, &error); i++)
        MUST(error.name && memchr(error.text, 0, sizeof error.text));
    char rcode[DNS_RCODE_SIZE];
    MUST(dns_rcode_name(ldns_pkt_get_rcode(packet), rcode)[0]);
    ldns_pkt_free(packet);
}

/* A name that is accepted is accepted in its ASCII form, unchanged, and in its Unicode form. */
static void check_name(const char *name)
{
    char ascii[DNS_NAME_SIZE], again[DNS_NAME_SIZE], unicode[DNS_NAME_SIZE];
    if (dns_name_check(name, ascii) != DNS_NAME_OK)
        return;
    MUST(dns_name_check(ascii, again) == DNS_NAME_OK && strcmp(ascii, again) == 0);
    if (dns_name_to_unicode(ascii, unicode)) {
        MUST(text_is_utf8(unicode, strlen(unicode)));
        MUST(dns_name_check(unicode, again) == DNS_NAME_OK && strcasecmp(ascii, again) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0 || (bytes[0] != 'a' && bytes[0] != 'n'))
        return -1;
    if (bytes[0] == 'a') {
        read_message(bytes + 1, len - 1);
        return 0;
    }
    char *name = strndup((const char *)bytes + 1, len - 1);
    MUST(name);
    check_name(name);
    free(name);
    return 0;
}
