/* Strict readers of three header formats. */
#include "toolkit/trace.h"

#include <string.h>

#include "base/arena.h"

#define STATE_MEMBERS_MAX 32 /* W3C Trace Context, section 3.3.1.1 */
#define STATE_LEN_MAX 4096
#define BAGGAGE_MEMBERS_MAX 64 /* W3C Baggage, section 3.3: what everybody must take */
#define BAGGAGE_LEN_MAX 8192

#define HEX "0123456789abcdef"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* `count` lower case hexadecimal digits, and not zeros alone when `counts`. */
static bool is_hex(const char *text, size_t count, bool counts)
{
    return strspn(text, HEX) >= count && (!counts || strspn(text, "0") < count);
}

/* "00-<32 trace id>-<16 parent id>-<2 flags>"; a later version may say more behind another dash. */
static bool is_traceparent(const char *text)
{
    size_t len = strlen(text);
    bool is_shape = len >= 55 && is_hex(text, 2, false) && text[2] == '-' && is_hex(text + 3, 32, true) &&
        text[35] == '-' && is_hex(text + 36, 16, true) && text[52] == '-' && is_hex(text + 53, 2, false);
    if (!is_shape || strncmp(text, "ff", 2) == 0)
        return false;
    return len == 55 || (strncmp(text, "00", 2) != 0 && text[55] == '-');
}

/* A key of `len` bytes: "vendor", or "tenant@vendor". */
static bool is_state_key(const char *key, size_t len)
{
    static const char rest[] = LOWER DIGITS "_-*/@";
    const char *at = memchr(key, '@', len);
    if (!len || len > 256 || strspn(key, rest) < len || strchr("_-*/@", *key))
        return false;
    if (!at)
        return strchr(LOWER, *key) != NULL;
    size_t tenant = (size_t)(at - key), vendor = len - tenant - 1;
    return tenant <= 241 && vendor >= 1 && vendor <= 14 && strchr(LOWER, at[1]) &&
        !memchr(at + 1, '@', vendor);
}

/* A value of `len` bytes: printable, neither ',' nor '=', no space at its end. */
static bool is_state_value(const char *value, size_t len)
{
    if (!len || len > 256 || value[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++)
        if (value[i] < ' ' || value[i] > '~' || value[i] == '=')
            return false;
    return true;
}

static bool is_tracestate(const char *text)
{
    unsigned count = 0;
    if (strlen(text) > STATE_LEN_MAX)
        return false;
    while (*text) {
        text += strspn(text, " \t");
        size_t len = strcspn(text, ","), kept = len;
        while (kept && strchr(" \t", text[kept - 1]))
            kept--;
        const char *equals = memchr(text, '=', kept);
        size_t key = equals ? (size_t)(equals - text) : 0;
        bool is_member = equals && is_state_key(text, key) && is_state_value(equals + 1, kept - key - 1);
        if (kept && (!is_member || ++count > STATE_MEMBERS_MAX)) /* empty members are allowed */
            return false;
        text += len + (text[len] == ',');
    }
    return count > 0;
}

/* RFC 9110 token. */
static size_t token_len(const char *text)
{
    return strspn(text, "!#$%&'*+-.^_`|~" DIGITS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* Printable but for space, '"', ',', ';', '\'. */
static size_t baggage_value_len(const char *text)
{
    size_t len = 0;
    while (text[len] > ' ' && text[len] <= '~' && !strchr("\",;\\", text[len]))
        len++;
    return len;
}

/* "key=value;property;property=value": the text behind it; NULL: malformed. */
static const char *read_member(const char *text)
{
    for (bool is_property = false;; is_property = true) {
        text += strspn(text, " \t");
        size_t key = token_len(text);
        text += key;
        text += strspn(text, " \t");
        if (!key || (*text != '=' && !is_property))
            return NULL;
        if (*text == '=') {
            text++;
            text += strspn(text, " \t");
            text += baggage_value_len(text);
            text += strspn(text, " \t");
        }
        if (*text != ';')
            return text;
        text++;
    }
}

static bool is_baggage(const char *text)
{
    unsigned count = 0;
    if (strlen(text) > BAGGAGE_LEN_MAX)
        return false;
    while ((text = read_member(text)) && ++count <= BAGGAGE_MEMBERS_MAX) {
        if (!*text)
            return true;
        if (*text++ != ',')
            return false;
    }
    return false;
}

struct mcp_trace trace_read(
    struct arena *arena, const char *traceparent, const char *tracestate, const char *baggage)
{
    struct mcp_trace trace = { 0 };
    if (traceparent && is_traceparent(traceparent)) {
        trace.traceparent = arena_strdup(arena, traceparent);
        memcpy(trace.id, traceparent + 3, 32);
        if (tracestate && is_tracestate(tracestate))
            trace.tracestate = arena_strdup(arena, tracestate);
    }
    if (baggage && is_baggage(baggage))
        trace.baggage = arena_strdup(arena, baggage);
    return trace;
}

struct mcp_trace trace_copy(struct arena *arena, const struct mcp_trace *trace)
{
    struct mcp_trace copy = *trace;
    if (trace->traceparent)
        copy.traceparent = arena_strdup(arena, trace->traceparent);
    if (trace->tracestate)
        copy.tracestate = arena_strdup(arena, trace->tracestate);
    if (trace->baggage)
        copy.baggage = arena_strdup(arena, trace->baggage);
    return copy;
}
