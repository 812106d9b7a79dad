/* Sealing with HMAC-SHA-256; the text is base64url without padding, strictly decoded. */
#include "mcp/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_canonical.h"
#include "base/scope.h"

#define SEAL_LIFE_MS 600000
#define SEAL_MAX ((size_t)64 << 10)
#define MAC_SIZE 32

/* What a sealed text is good for: parts that must be the same when it comes back. */
struct binding {
    const char *parts[5];
    const struct mcp_json *arguments; /* in whatever spelling; NULL is the same as {} */
};

/* HMAC over the binding, then the payload. Lengths in front keep the parts apart. */
static bool make_mac(struct mcp_exchange *x, const struct binding *binding, const char *payload, size_t len,
    unsigned char ret_mac[MAC_SIZE])
{
    struct buf bound = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(binding->parts); i++) {
        const char *part = binding->parts[i] ? binding->parts[i] : "";
        buf_addf(&bound, "%zu %s ", strlen(part), part);
    }
    size_t before = bound.len;
    if (binding->arguments)
        json_canonical(&bound, &x->arena, binding->arguments);
    else
        buf_adds(&bound, "{}");
    buf_addf(&bound, " %zu ", bound.len - before);
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

/* Appends "payload.mac". False: no memory, or the payload is too large to hand out. */
static bool close_text(
    struct mcp_exchange *x, const struct binding *binding, const struct buf *payload, struct buf *out)
{
    unsigned char mac[MAC_SIZE];
    bool made =
        !payload->failed && payload->len < SEAL_MAX && make_mac(x, binding, payload->data, payload->len, mac);
    if (made) {
        put_base64url(out, (const unsigned char *)payload->data, payload->len);
        buf_addc(out, '.');
        put_base64url(out, mac, sizeof mac);
    }
    return made && !out->failed;
}

/* The payload that close_text() sealed for the same binding, in the exchange's arena; NULL: forged. */
static char *open_text(struct mcp_exchange *x, const struct binding *binding, const char *text)
{
    size_t len = strlen(text), payload_len = strcspn(text, ".");
    if (payload_len == len || len > 2 * SEAL_MAX)
        return NULL;
    unsigned char *payload = arena_alloc(&x->arena, payload_len + 1);
    unsigned char given[MAC_SIZE + 3], mac[MAC_SIZE];
    long count = take_base64url(text, payload_len, payload);
    const char *mac_text = text + payload_len + 1;
    if (count < 0 || strlen(mac_text) != 43 || take_base64url(mac_text, 43, given) != MAC_SIZE)
        return NULL;
    payload[count] = '\0';
    bool is_ours = make_mac(x, binding, (const char *)payload, (size_t)count, mac) &&
        CRYPTO_memcmp(mac, given, MAC_SIZE) == 0;
    return is_ours ? (char *)payload : NULL;
}

static struct binding bind_state(const struct mcp_exchange *x)
{
    return (struct binding){
        .parts = { "state", x->principal, x->message.method, mcp_json_get_text(x->message.params, "name"),
            mcp_json_get_text(x->message.params, "uri") },
        .arguments = x->arguments,
    };
}

bool seal_close(struct mcp_exchange *x, const char *answers, struct buf *out)
{
    struct buf payload = { 0 };
    const struct binding binding = bind_state(x);
    buf_addf(&payload, "%lld %u %s", (long long)clock_wall_ms() + SEAL_LIFE_MS, x->round + 1, answers);
    bool made = close_text(x, &binding, &payload, out);
    buf_done(&payload);
    return made;
}

char *seal_open(struct mcp_exchange *x, const char *state, unsigned *ret_round)
{
    const struct binding binding = bind_state(x);
    char *at = open_text(x, &binding, state);
    if (!at)
        return NULL;
    long long expires = strtoll(at, &at, 10);
    unsigned long round = strtoul(at, &at, 10);
    if (expires < clock_wall_ms() || *at != ' ')
        return NULL;
    *ret_round = (unsigned)round;
    return at + 1;
}

bool seal_close_cursor(struct mcp_exchange *x, size_t position, struct buf *out)
{
    struct buf payload = { 0 };
    const struct binding binding = { .parts = { "cursor", x->principal, x->message.method } };
    buf_addf(&payload, "%zu", position);
    bool made = close_text(x, &binding, &payload, out);
    buf_done(&payload);
    return made;
}

bool seal_open_cursor(struct mcp_exchange *x, const char *cursor, size_t *ret_position)
{
    const struct binding binding = { .parts = { "cursor", x->principal, x->message.method } };
    const char *payload = open_text(x, &binding, cursor);
    if (payload)
        *ret_position = strtoul(payload, NULL, 10);
    return payload != NULL;
}
