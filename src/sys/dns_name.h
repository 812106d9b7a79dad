/* Domain names as people type them: checked, converted from and to their international form, reversed. */
#ifndef SYS_DNS_NAME_H
#define SYS_DNS_NAME_H

#include <stdbool.h>
#include <sys/socket.h>

enum dns_name_fault {
    DNS_NAME_OK,
    DNS_NAME_EMPTY,
    DNS_NAME_EMPTY_LABEL, /* "a..b", ".a" */
    DNS_NAME_LABEL_TOO_LONG, /* over 63 bytes */
    DNS_NAME_TOO_LONG, /* over 253 bytes in all */
    DNS_NAME_BAD_CHARACTER, /* white space, control characters, a wrong escape */
    DNS_NAME_BAD_IDN, /* not UTF-8, or not allowed by IDNA 2008 */
};

#define DNS_NAME_SIZE 1024 /* a name in presentation form, where a byte may take four characters */

/* Whether `name` can be asked for: labels of any printable characters (service names have '_'), one final dot
 * allowed, "." is the root. International names are converted (IDNA 2008, TR46 non-transitional). DNS_NAME_OK
 * and the ASCII form without the final dot in ret_ascii; else what is wrong, and ret_ascii is untouched. */
enum dns_name_fault dns_name_check(const char *name, char ret_ascii[DNS_NAME_SIZE]);

/* The Unicode form of an ASCII name with "xn--" labels; false when it has none, or they do not decode to what
 * is encoded so. */
bool dns_name_to_unicode(const char *ascii, char ret_unicode[DNS_NAME_SIZE]);

/* "4.3.2.1.in-addr.arpa", "...ip6.arpa"; `address` is AF_INET or AF_INET6. Returns `ret_name`. */
char *dns_reverse_name(const struct sockaddr *address, char ret_name[DNS_NAME_SIZE]);

#endif
