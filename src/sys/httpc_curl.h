/* libcurl and the three questions put to OpenSSL, as tables of functions loaded at first use. */
#ifndef SYS_HTTPC_CURL_H
#define SYS_HTTPC_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

struct err;

/* Each member is the libcurl function of the same name. */
struct httpc_curl {
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_multi_init) *multi_init;
    __typeof__(curl_multi_cleanup) *multi_cleanup;
    __typeof__(curl_multi_add_handle) *multi_add_handle;
    __typeof__(curl_multi_remove_handle) *multi_remove_handle;
    __typeof__(curl_multi_perform) *multi_perform;
    __typeof__(curl_multi_poll) *multi_poll;
    __typeof__(curl_multi_info_read) *multi_info_read;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
    __typeof__(curl_url) *url;
    __typeof__(curl_url_cleanup) *url_cleanup;
    __typeof__(curl_url_set) *url_set;
    __typeof__(curl_url_get) *url_get;
    __typeof__(curl_free) *free;
};

/* The table, the same for everyone; NULL with *err saying what is missing. Thread-safe. */
const struct httpc_curl *httpc_curl_load(struct err *err);

/* Of a live connection of `easy` (call it from a libcurl callback): "TLSv1.3" and "TLS_AES_256_GCM_SHA384",
 * static text. Both NULL when libcurl runs on something else than OpenSSL 3. */
void httpc_curl_session(CURL *easy, const char **ret_version, const char **ret_cipher);

#endif
