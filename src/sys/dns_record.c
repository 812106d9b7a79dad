/* Packets of ldns to text. Knows no sockets and no tools. */
#include "sys/dns_record.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "base/buf.h"
#include "base/scope.h"

void dns_record_done(struct dns_record *record)
{
    if (!record)
        return;
    free(record->name);
    free(record->data);
    *record = (struct dns_record){ 0 };
}

/* RFC 3597 5: any record data, whatever its type. */
static void add_generic_data(struct buf *text, const ldns_rr *rr)
{
    size_t len = 0;
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++)
        len += ldns_rdf_size(ldns_rr_rdf(rr, i));
    buf_addf(text, "\\# %zu ", len);
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        const ldns_rdf *field = ldns_rr_rdf(rr, i);
        for (size_t b = 0; b < ldns_rdf_size(field); b++)
            buf_addf(text, "%02X", ldns_rdf_data(field)[b]);
    }
}

/* Hexadecimal fields are written in capitals, as dig does. */
static bool add_field(struct buf *text, const ldns_rdf *field)
{
    CLEANUP(scope_free) char *word = ldns_rdf2str(field);
    if (!word)
        return false;
    if (ldns_rdf_get_type(field) == LDNS_RDF_TYPE_HEX || ldns_rdf_get_type(field) == LDNS_RDF_TYPE_UNKNOWN)
        for (char *c = word; *c; c++)
            *c = (char)toupper((unsigned char)*c);
    if (text->len > 0 && *word)
        buf_addc(text, ' ');
    buf_adds(text, word);
    return true;
}

static char *data_text(const ldns_rr *rr)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    bool readable = true;
    for (size_t i = 0; i < ldns_rr_rd_count(rr) && readable; i++)
        readable = add_field(&text, ldns_rr_rdf(rr, i));
    if (!readable) {
        buf_clear(&text);
        add_generic_data(&text, rr);
    }
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        buf_cut(&text, text.len - 1);
    return text.failed ? NULL : buf_take(&text);
}

int dns_record_read(const struct ldns_struct_pkt *packet, enum dns_section section, size_t index,
    struct dns_record *ret_record)
{
    const ldns_rr_list *list = section == DNS_ANSWER ? ldns_pkt_answer(packet) : ldns_pkt_authority(packet);
    if (!list || index >= ldns_rr_list_rr_count(list))
        return -ENOENT;
    const ldns_rr *rr = ldns_rr_list_rr(list, index);
    CLEANUP(dns_record_done)
    struct dns_record record = { .type_code = ldns_rr_get_type(rr), .ttl = ldns_rr_ttl(rr) };
    CLEANUP(scope_free) char *type = ldns_rr_type2str(ldns_rr_get_type(rr));
    record.name = ldns_rdf2str(ldns_rr_owner(rr));
    record.data = data_text(rr);
    if (!type || !record.name || !record.data)
        return -ENOMEM;
    snprintf(record.type, sizeof(record.type), "%s", type);
    *ret_record = record;
    record = (struct dns_record){ 0 };
    return 0;
}

bool dns_record_is_proof(const struct dns_record *record)
{
    return record->type_code == LDNS_RR_TYPE_RRSIG || record->type_code == LDNS_RR_TYPE_NSEC ||
        record->type_code == LDNS_RR_TYPE_NSEC3;
}

unsigned dns_type_code(const char *name)
{
    return (unsigned)ldns_get_rr_type_by_name(name);
}

char *dns_rcode_name(unsigned rcode, char ret_name[DNS_RCODE_SIZE])
{
    static const char *const names[] = {
        "NOERROR",
        "FORMERR",
        "SERVFAIL",
        "NXDOMAIN",
        "NOTIMP",
        "REFUSED",
        "YXDOMAIN",
        "YXRRSET",
        "NXRRSET",
        "NOTAUTH",
        "NOTZONE",
    };
    if (rcode < ARRAY_LEN(names))
        snprintf(ret_name, DNS_RCODE_SIZE, "%s", names[rcode]);
    else if (rcode == 16)
        snprintf(ret_name, DNS_RCODE_SIZE, "BADVERS");
    else if (rcode == 23)
        snprintf(ret_name, DNS_RCODE_SIZE, "BADCOOKIE");
    else
        snprintf(ret_name, DNS_RCODE_SIZE, "RCODE%u", rcode);
    return ret_name;
}

size_t dns_flag_names(const struct ldns_struct_pkt *packet, const char *ret_names[DNS_FLAGS_MAX])
{
    const struct {
        bool set;
        const char *name;
    } flags[] = {
        { ldns_pkt_qr(packet), "qr" },
        { ldns_pkt_aa(packet), "aa" },
        { ldns_pkt_tc(packet), "tc" },
        { ldns_pkt_rd(packet), "rd" },
        { ldns_pkt_ra(packet), "ra" },
        { ldns_pkt_ad(packet), "ad" },
        { ldns_pkt_cd(packet), "cd" },
    };
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (flags[i].set)
            ret_names[count++] = flags[i].name;
    return count;
}

/* RFC 8914 4 and the IANA registry after it. */
static const char *extended_error_name(unsigned code)
{
    static const char *const names[] = {
        "Other Error",
        "Unsupported DNSKEY Algorithm",
        "Unsupported DS Digest Type",
        "Stale Answer",
        "Forged Answer",
        "DNSSEC Indeterminate",
        "DNSSEC Bogus",
        "Signature Expired",
        "Signature Not Yet Valid",
        "DNSKEY Missing",
        "RRSIGs Missing",
        "No Zone Key Bit Set",
        "NSEC Missing",
        "Cached Error",
        "Not Ready",
        "Blocked",
        "Censored",
        "Filtered",
        "Prohibited",
        "Stale NXDOMAIN Answer",
        "Not Authoritative",
        "Not Supported",
        "No Reachable Authority",
        "Network Error",
        "Invalid Data",
        "Signature Expired before Valid",
        "Too Early",
        "Unsupported NSEC3 Iterations Value",
        "Unable to conform to policy",
        "Synthesized",
    };
    return code < ARRAY_LEN(names) ? names[code] : "";
}

bool dns_extended_error_read(
    const struct ldns_struct_pkt *packet, size_t index, struct dns_extended_error *ret_error)
{
    const ldns_rdf *options = ldns_pkt_edns_data(packet);
    if (!options)
        return false;
    const uint8_t *data = ldns_rdf_data(options);
    size_t left = ldns_rdf_size(options);
    while (left >= 4) {
        size_t code = (size_t)data[0] << 8 | data[1], len = (size_t)data[2] << 8 | data[3];
        if (len > left - 4)
            return false;
        if (code == LDNS_EDNS_EDE && len >= 2 && index-- == 0) {
            size_t text_len = len - 2 < sizeof(ret_error->text) ? len - 2 : sizeof(ret_error->text) - 1;
            ret_error->code = (unsigned)data[4] << 8 | data[5];
            ret_error->name = extended_error_name(ret_error->code);
            memcpy(ret_error->text, data + 6, text_len);
            ret_error->text[text_len] = '\0';
            return true;
        }
        data += 4 + len;
        left -= 4 + len;
    }
    return false;
}
