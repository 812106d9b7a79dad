/* Loads libcurl.so.4 and libssl.so.3. Knows their functions, not what they are used for. */
#include "sys/httpc_curl.h"

#include "base/err.h"
#include "base/scope.h"
#include "base/library.h"

#include <errno.h>

struct ssl;
struct ssl_cipher;

static struct httpc_curl curl;

static const struct library_symbol curl_symbols[] = {
    { .name = "curl_easy_init", .at = &curl.easy_init },
    { .name = "curl_easy_cleanup", .at = &curl.easy_cleanup },
    { .name = "curl_easy_setopt", .at = &curl.easy_setopt },
    { .name = "curl_easy_getinfo", .at = &curl.easy_getinfo },
    { .name = "curl_easy_strerror", .at = &curl.easy_strerror },
    { .name = "curl_global_init", .at = &curl.global_init },
    { .name = "curl_multi_init", .at = &curl.multi_init },
    { .name = "curl_multi_cleanup", .at = &curl.multi_cleanup },
    { .name = "curl_multi_add_handle", .at = &curl.multi_add_handle },
    { .name = "curl_multi_remove_handle", .at = &curl.multi_remove_handle },
    { .name = "curl_multi_perform", .at = &curl.multi_perform },
    { .name = "curl_multi_poll", .at = &curl.multi_poll },
    { .name = "curl_multi_info_read", .at = &curl.multi_info_read },
    { .name = "curl_slist_append", .at = &curl.slist_append },
    { .name = "curl_slist_free_all", .at = &curl.slist_free_all },
    { .name = "curl_url", .at = &curl.url },
    { .name = "curl_url_cleanup", .at = &curl.url_cleanup },
    { .name = "curl_url_set", .at = &curl.url_set },
    { .name = "curl_url_get", .at = &curl.url_get },
    { .name = "curl_free", .at = &curl.free },
};

static int start_curl(void)
{
    return curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOSYS;
}

static struct library curl_library = {
    .file = "libcurl.so.4",
    .package = "libcurl4",
    .symbols = curl_symbols,
    .symbols_count = ARRAY_LEN(curl_symbols),
    .ready = start_curl,
};

static struct {
    const char *(*get_version)(const struct ssl *);
    const struct ssl_cipher *(*get_current_cipher)(const struct ssl *);
    const char *(*cipher_get_name)(const struct ssl_cipher *);
} ssl;

static const struct library_symbol ssl_symbols[] = {
    { .name = "SSL_get_version", .at = &ssl.get_version },
    { .name = "SSL_get_current_cipher", .at = &ssl.get_current_cipher },
    { .name = "SSL_CIPHER_get_name", .at = &ssl.cipher_get_name },
};

/* The same file that libcurl opened on the systems this is for; on others there is no such fact to tell. */
static struct library ssl_library = {
    .file = "libssl.so.3",
    .package = "libssl3",
    .symbols = ssl_symbols,
    .symbols_count = ARRAY_LEN(ssl_symbols),
};

const struct httpc_curl *httpc_curl_load(struct err *err)
{
    return library_load(&curl_library, err) < 0 ? NULL : &curl;
}

void httpc_curl_session(CURL *easy, const char **ret_version, const char **ret_cipher)
{
    *ret_version = NULL;
    *ret_cipher = NULL;
    struct curl_tlssessioninfo *session = NULL;
    if (curl.easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || !session ||
        !session->internals || session->backend != CURLSSLBACKEND_OPENSSL ||
        library_load(&ssl_library, NULL) < 0)
        return;
    const struct ssl *live = session->internals;
    *ret_version = ssl.get_version(live);
    const struct ssl_cipher *cipher = ssl.get_current_cipher(live);
    *ret_cipher = cipher ? ssl.cipher_get_name(cipher) : NULL;
}
