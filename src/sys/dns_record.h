/* What a DNS answer says, in the words of zone files and dig: records, flags, errors. Reads packets, sends
 * nothing. */
#ifndef SYS_DNS_RECORD_H
#define SYS_DNS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ldns_struct_pkt;

enum dns_section { DNS_ANSWER, DNS_AUTHORITY };

#define DNS_TYPE_SIZE 16

struct dns_record {
    char *name; /* "example.org.", malloc'ed */
    char type[DNS_TYPE_SIZE]; /* "AAAA"; "TYPE65280" when it has no name */
    unsigned type_code;
    uint32_t ttl;
    char
        *data; /* presentation form: `10 mail.example.org.`; RFC 3597 form for what nobody knows; malloc'ed */
};

/* Frees what a record owns. NULL and zeroed are fine. */
void dns_record_done(struct dns_record *record);

/* The record `index` of a section. 0 with *ret_record to be released, -ENOENT past the last one, -ENOMEM. */
int dns_record_read(const struct ldns_struct_pkt *packet, enum dns_section section, size_t index,
    struct dns_record *ret_record);

/* Signatures and proofs that only come along when DNSSEC is asked for: RRSIG, NSEC, NSEC3. */
bool dns_record_is_proof(const struct dns_record *record);

/* "AAAA" is 28. 0 for a name nobody knows. */
unsigned dns_type_code(const char *name);

/* "NOERROR", "NXDOMAIN", "RCODE23". Returns `ret_name`. */
#define DNS_RCODE_SIZE 16
char *dns_rcode_name(unsigned rcode, char ret_name[DNS_RCODE_SIZE]);

/* The header flags that are set, as dig names them ("qr", "aa", "tc", ...). Returns how many. */
#define DNS_FLAGS_MAX 7
size_t dns_flag_names(const struct ldns_struct_pkt *packet, const char *ret_names[DNS_FLAGS_MAX]);

/* The extended DNS error `index` (RFC 8914). False when there is none. `name` is "" for an unknown code; the
 * server's own text is cut to fit and may be "". */
struct dns_extended_error {
    unsigned code;
    const char *name;
    char text[256];
};
bool dns_extended_error_read(
    const struct ldns_struct_pkt *packet, size_t index, struct dns_extended_error *ret_error);

#endif
