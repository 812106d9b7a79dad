/* Sealing with HMAC-SHA-256; the text is base64url without padding, strictly decoded. */
#include "mcp/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define SEAL_LIFE_MS 600000
#define SEAL_MAX ((size_t)64 << 10)
#define MAC_SIZE 32

/* HMAC over everything that must not differ between the rounds, then the payload. */
static bool make_mac(
    const struct mcp_exchange *x, const char *payload, size_t len, unsigned char ret_mac[MAC_SIZE])
{
    struct buf bound = { 0 };
    const char *principal = x->principal ? x->principal : "";
    const char *name = mcp_json_get_text(x->message.params, "name");
    const char *uri = mcp_json_get_text(x->message.params, "uri");
    const char *parts[] = { principal, x->message.method, name ? name : "", uri ? uri : "" };
    /* Lengths in front keep the parts apart. */
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        buf_addf(&bound, "%zu %s ", strlen(parts[i]), parts[i]);
    buf_addf(&bound, "%zu ", x->arguments ? x->arguments->raw_len : 0);
    if (x->arguments)
        buf_add(&bound, x->arguments->raw, x->arguments->raw_len);
    buf_add(&bound, payload, len);
    unsigned mac_len = 0;
    bool made = !bound.failed &&
        HMAC(EVP_sha256(), x->server->seal_key, SEAL_KEY_SIZE, (const unsigned char *)bound.data, bound.len,
            ret_mac, &mac_len);
    buf_done(&bound);
    return made && mac_len == MAC_SIZE;
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void put_base64url(struct buf *out, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i < 3 ? len - i : 3;
        unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
            (left > 2 ? bytes[i + 2] : 0);
        for (size_t j = 0; j <= left; j++)
            buf_addc(out, digits[group >> (18 - 6 * j) & 63]);
    }
}

/* Length of what `text` decodes to, or -1: a foreign character, an impossible length, spare bits that are not
 * zero. */
static long take_base64url(const char *text, size_t len, unsigned char *ret_bytes)
{
    if (len % 4 == 1)
        return -1;
    unsigned group = 0, bits = 0;
    long count = 0;
    for (size_t i = 0; i < len; i++) {
        const char *at = text[i] ? strchr(digits, text[i]) : NULL;
        if (!at)
            return -1;
        group = group << 6 | (unsigned)(at - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            ret_bytes[count++] = (unsigned char)(group >> bits);
        }
    }
    return (group & ((1U << bits) - 1)) ? -1 : count;
}

bool seal_close(const struct mcp_exchange *x, const char *answers, struct buf *out)
{
    struct buf payload = { 0 };
    buf_addf(&payload, "%lld %u %s", (long long)clock_wall_ms() + SEAL_LIFE_MS, x->round + 1, answers);
    unsigned char mac[MAC_SIZE];
    bool made = !payload.failed && payload.len < SEAL_MAX && make_mac(x, payload.data, payload.len, mac);
    if (made) {
        put_base64url(out, (const unsigned char *)payload.data, payload.len);
        buf_addc(out, '.');
        put_base64url(out, mac, sizeof mac);
    }
    buf_done(&payload);
    return made && !out->failed;
}

char *seal_open(struct mcp_exchange *x, const char *state, unsigned *ret_round)
{
    size_t len = strlen(state), payload_len = strcspn(state, ".");
    if (payload_len == len || len > 2 * SEAL_MAX)
        return NULL;
    unsigned char *payload = arena_alloc(&x->arena, payload_len + 1);
    unsigned char given[MAC_SIZE + 3], mac[MAC_SIZE];
    long count = take_base64url(state, payload_len, payload);
    const char *mac_text = state + payload_len + 1;
    if (count < 0 || strlen(mac_text) != 43 || take_base64url(mac_text, 43, given) != MAC_SIZE)
        return NULL;
    payload[count] = '\0';
    if (!make_mac(x, (const char *)payload, (size_t)count, mac) || CRYPTO_memcmp(mac, given, MAC_SIZE) != 0)
        return NULL;
    char *at = (char *)payload;
    long long expires = strtoll(at, &at, 10);
    unsigned long round = strtoul(at, &at, 10);
    if (expires < clock_wall_ms() || *at != ' ')
        return NULL;
    *ret_round = (unsigned)round;
    return at + 1;
}
