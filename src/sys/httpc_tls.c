/* Certificate facts out of CURLINFO_CERTINFO, which libcurl hands out as lines "Name:value". */
#include "sys/httpc_tls.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/httpc.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define FACT_MAX 2000 /* a certificate may list thousands of names */
#define DAY_S 86400

bool httpc_tls_date(const char *text, int64_t *ret_s)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4] = "";
    struct tm tm = { 0 };
    int end = -1;
    if (sscanf(text, "%3s %d %d:%d:%d %d GMT%n", month, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
            &tm.tm_year, &end) != 6 ||
        end < 0)
        return false;
    const char *at = strlen(month) == 3 ? strstr(months, month) : NULL;
    if (!at || (at - months) % 3 || tm.tm_year < 1900 || tm.tm_year > 9999)
        return false;
    tm.tm_mon = (int)(at - months) / 3;
    tm.tm_year -= 1900;
    *ret_s = timegm(&tm);
    return true;
}

/* The date in RFC 3339, or as it came when it is in another form. */
static const char *stamp(struct arena *arena, const char *text, int64_t *ret_s, bool *ret_known)
{
    int64_t s = 0;
    *ret_known = httpc_tls_date(text, &s);
    if (!*ret_known)
        return arena_strdup(arena, text);
    *ret_s = s;
    time_t time_s = (time_t)s;
    struct tm tm;
    char out[40] = "";
    if (gmtime_r(&time_s, &tm))
        strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return arena_strdup(arena, out);
}

static void read_fact(struct arena *arena, const char *line, struct httpc_tls *tls)
{
    const char *colon = strchr(line, ':');
    if (!colon)
        return;
    size_t name_len = (size_t)(colon - line);
    size_t len = strlen(colon + 1);
    const char *value =
        arena_strndup(arena, colon + 1, len <= FACT_MAX ? len : text_utf8_cut(colon + 1, len, FACT_MAX));
    char name[64] = "";
    if (name_len >= sizeof(name))
        return;
    memcpy(name, line, name_len);
    int64_t s = 0;
    bool known = false;
    if (text_same(name, "Subject")) {
        tls->subject = value;
    } else if (text_same(name, "Issuer")) {
        tls->issuer = value;
    } else if (text_same(name, "X509v3 Subject Alternative Name")) {
        tls->names = value;
    } else if (text_same(name, "Start date")) {
        tls->not_before = stamp(arena, value, &s, &known);
    } else if (text_same(name, "Expire date")) {
        tls->not_after = stamp(arena, value, &s, &known);
        int64_t left_s = s - clock_wall_ms() / 1000;
        tls->has_days = known;
        tls->days_left = left_s / DAY_S - (left_s % DAY_S < 0 ? 1 : 0);
    }
}

static bool wanted(const char *line)
{
    static const char *const names[] = {
        "Subject:", "Issuer:", "X509v3 Subject Alternative Name:", "Start date:", "Expire date:"
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

void httpc_tls_read(const struct httpc_curl *api, CURL *easy, struct arena *arena, struct httpc_tls *ret_tls)
{
    const char *version = NULL, *cipher = NULL;
    httpc_curl_session(easy, &version, &cipher);
    if (version) {
        ret_tls->present = true;
        ret_tls->version = arena_strdup(arena, version);
        ret_tls->cipher = cipher ? arena_strdup(arena, cipher) : NULL;
    }
    struct curl_certinfo *chain = NULL;
    if (api->easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1)
        return;
    ret_tls->present = true;
    for (const struct curl_slist *line = chain->certinfo[0]; line; line = line->next) {
        if (wanted(line->data))
            read_fact(arena, line->data, ret_tls);
    }
}

static const char *kind_of(long verify_result)
{
    switch (verify_result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "wrong_name";
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "not_yet_valid";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "self_signed";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "unknown_issuer";
    case X509_V_ERR_CERT_REVOKED:
        return "revoked";
    default:
        return "other";
    }
}

void httpc_tls_blame(const struct httpc_curl *api, CURL *easy, const char *message, struct arena *arena,
    struct httpc_tls *ret_tls)
{
    static const char chain[] = "SSL certificate problem: ", name[] = "SSL: ";
    long verify_result = X509_V_ERR_UNSPECIFIED;
    if (api->easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verify_result) != CURLE_OK)
        verify_result = X509_V_ERR_UNSPECIFIED;
    /* The name is compared by libcurl itself, after OpenSSL has found the chain good. */
    if (text_starts(message, name)) {
        verify_result = X509_V_ERR_HOSTNAME_MISMATCH;
        message += strlen(name);
    } else if (text_starts(message, chain)) {
        message += strlen(chain);
    }
    ret_tls->verified = false;
    ret_tls->error = arena_strdup(arena, message);
    ret_tls->error_kind = kind_of(verify_result);
}
