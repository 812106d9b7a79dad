/* Domain names: syntax by ldns, international names by libidn2. Knows no sockets. */
#include "sys/dns_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>
#include <ldns/ldns.h>

#include "base/scope.h"
#include "base/text.h"

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

static enum dns_name_fault idn_fault(int status)
{
    if (status == IDN2_TOO_BIG_LABEL || status == IDN2_PUNYCODE_BIG_OUTPUT)
        return DNS_NAME_LABEL_TOO_LONG;
    return status == IDN2_TOO_BIG_DOMAIN ? DNS_NAME_TOO_LONG : DNS_NAME_BAD_IDN;
}

static enum dns_name_fault syntax_fault(ldns_status status)
{
    switch (status) {
    case LDNS_STATUS_OK:
        return DNS_NAME_OK;
    case LDNS_STATUS_EMPTY_LABEL:
        return DNS_NAME_EMPTY_LABEL;
    case LDNS_STATUS_LABEL_OVERFLOW:
        return DNS_NAME_LABEL_TOO_LONG;
    case LDNS_STATUS_DOMAINNAME_OVERFLOW:
        return DNS_NAME_TOO_LONG;
    default:
        return DNS_NAME_BAD_CHARACTER;
    }
}

/* An escaped dot (RFC 1035 5.1) belongs to its label. */
static bool ends_with_separator(const char *name, size_t len)
{
    size_t backslashes = 0;
    while (backslashes + 1 < len && name[len - 2 - backslashes] == '\\')
        backslashes++;
    return len > 0 && name[len - 1] == '.' && backslashes % 2 == 0;
}

/* ldns takes ".a" and "a..b" for granted in some versions, so empty labels are looked for here. */
static bool has_empty_label(const char *name)
{
    bool label = false;
    for (const char *c = name; *c; c++) {
        if (*c == '.' && !label)
            return true;
        label = *c != '.';
        if (*c == '\\' && c[1])
            c++;
    }
    return false;
}

static enum dns_name_fault check_ascii(const char *name, char ret_ascii[DNS_NAME_SIZE])
{
    size_t len = strlen(name);
    if (len >= DNS_NAME_SIZE)
        return DNS_NAME_TOO_LONG;
    for (size_t i = 0; i < len; i++)
        if (name[i] <= ' ' || name[i] == 0x7f)
            return DNS_NAME_BAD_CHARACTER;
    if (strcmp(name, ".") == 0) {
        memcpy(ret_ascii, ".", 2);
        return DNS_NAME_OK;
    }
    if (has_empty_label(name))
        return DNS_NAME_EMPTY_LABEL;
    ldns_rdf *wire = NULL;
    enum dns_name_fault fault = syntax_fault(ldns_str2rdf_dname(&wire, name));
    ldns_rdf_deep_free(wire);
    if (fault != DNS_NAME_OK)
        return fault;
    if (ends_with_separator(name, len))
        len--;
    memcpy(ret_ascii, name, len);
    ret_ascii[len] = '\0';
    return DNS_NAME_OK;
}

enum dns_name_fault dns_name_check(const char *name, char ret_ascii[DNS_NAME_SIZE])
{
    if (!*name)
        return DNS_NAME_EMPTY;
    if (is_ascii(name))
        return check_ascii(name, ret_ascii);
    if (!text_is_utf8(name, strlen(name)))
        return DNS_NAME_BAD_IDN;
    char *ascii = NULL;
    int status = idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    enum dns_name_fault fault = status == IDN2_OK ? check_ascii(ascii, ret_ascii) : idn_fault(status);
    idn2_free(ascii);
    return fault;
}

/* libidn2 decodes labels that no name has: what they show would be another name's form. */
static bool means(const char *unicode, const char *ascii)
{
    char *back = NULL;
    int status = idn2_to_ascii_8z(unicode, &back, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    bool is_same = status == IDN2_OK && text_same(back, ascii);
    idn2_free(back);
    return is_same;
}

bool dns_name_to_unicode(const char *ascii, char ret_unicode[DNS_NAME_SIZE])
{
    char *unicode = NULL;
    if (idn2_to_unicode_8z8z(ascii, &unicode, IDN2_NONTRANSITIONAL) != IDN2_OK)
        return false;
    bool changed = strlen(unicode) < DNS_NAME_SIZE && !text_same(ascii, unicode) && means(unicode, ascii);
    if (changed)
        memcpy(ret_unicode, unicode, strlen(unicode) + 1);
    idn2_free(unicode);
    return changed;
}

char *dns_reverse_name(const struct sockaddr *address, char ret_name[DNS_NAME_SIZE])
{
    if (address->sa_family == AF_INET) {
        uint32_t ip = ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr);
        snprintf(ret_name, DNS_NAME_SIZE, "%u.%u.%u.%u.in-addr.arpa", ip & 255, ip >> 8 & 255, ip >> 16 & 255,
            ip >> 24);
        return ret_name;
    }
    const uint8_t *bytes = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
    size_t at = 0;
    for (size_t i = 16; i-- > 0; at += 4)
        snprintf(ret_name + at, DNS_NAME_SIZE - at, "%x.%x.", bytes[i] & 15u, bytes[i] >> 4u);
    snprintf(ret_name + at, DNS_NAME_SIZE - at, "ip6.arpa");
    return ret_name;
}
