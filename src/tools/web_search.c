/* web_search: titles, addresses and extracts from a search engine: DuckDuckGo's HTML pages, or a SearXNG
 * instance. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <mcp/tool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/httpc.h"
#include "sys/search_page.h"

#define RESULTS_MAX 25
#define PAGES_MAX 4
#define SNIPPET_MAX 500
#define USER_AGENT "Mozilla/5.0 (compatible; mcp-assist)"

struct args {
    const char *query, *region;
    int64_t max_results;
    int time_range;
};

static const char *const ranges[] = { "any", "day", "week", "month", "year", NULL };

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, query, .required = true, .min = 1, .max = 500,
        .example = "debian 13 release notes", .about = { "Mots à chercher", "Words to search for" }),
    MCP_ARG_INT(struct args, max_results, .preset = "5", .min = 1, .max = RESULTS_MAX,
        .about = { "Nombre de résultats au plus", "Most results to return" }),
    MCP_ARG_STRING(struct args, region, .max = 7, .example = "fr-fr",
        .about = { "Pays et langue, comme fr-fr ou us-en ; wt-wt : le monde entier",
            "Country and language, like fr-fr or us-en; wt-wt: the whole world" }),
    MCP_ARG_ENUM(struct args, time_range, .choices = ranges, .preset = "any",
        .about = { "Âge des pages", "Age of the pages" }),
    { 0 },
};

enum engine { ENGINE_DUCKDUCKGO, ENGINE_SEARXNG };

struct settings {
    int engine;
    const char *duckduckgo_url, *searxng_url;
    bool allow_private;
};

static const char *const engines[] = { "duckduckgo", "searxng", NULL };

static const struct mcp_param settings_rows[] = {
    MCP_ARG_ENUM(struct settings, engine, .choices = engines, .preset = "duckduckgo",
        .about = { "Moteur de recherche", "Search engine" }),
    MCP_ARG_STRING(struct settings, duckduckgo_url, .format = MCP_URL,
        .preset = "https://html.duckduckgo.com/html/",
        .about = { "Adresse du point d'accès HTML de DuckDuckGo", "Address of DuckDuckGo's HTML endpoint" }),
    MCP_ARG_STRING(struct settings, searxng_url, .format = MCP_URL, .example = "https://searx.example.org/",
        .about = { "Adresse de l'instance SearXNG (format JSON activé)",
            "Address of the SearXNG instance (JSON format on)" }),
    MCP_ARG_BOOL(struct settings, allow_private, .preset = "true",
        .about = { "Le moteur peut être sur cette machine ou un réseau privé",
            "The engine may be on this machine or a private network" }),
    { 0 },
};

static bool is_web_address(const char *text)
{
    size_t scheme = text_starts(text, "https://") ? strlen("https://")
        : text_starts(text, "http://")            ? strlen("http://")
                                                  : 0;
    return scheme && text[scheme] && text[scheme] != '/';
}

static const char *check_settings(const void *given, struct mcp_text *ret_accepted)
{
    const struct settings *settings = given;
    const char *searxng = settings->searxng_url ? settings->searxng_url : "";
    *ret_accepted = (struct mcp_text){ "une URL complète en http:// ou https://",
        "a whole URL with http:// or https://" };
    if (!is_web_address(settings->duckduckgo_url))
        return "duckduckgo_url";
    if (searxng[0] && !is_web_address(searxng))
        return "searxng_url";
    if (settings->engine != ENGINE_SEARXNG || searxng[0])
        return NULL;
    *ret_accepted = (struct mcp_text){ "duckduckgo, ou searxng avec searxng_url, l'adresse de l'instance",
        "duckduckgo, or searxng with searxng_url, the address of the instance" };
    return "engine";
}

static const struct mcp_field result_fields[] = {
    { .name = "title", .kind = MCP_STRING, .label = { "Titre", "Title" } },
    { .name = "url", .kind = MCP_STRING, .label = { "Adresse", "URL" } },
    { .name = "snippet", .kind = MCP_STRING, .label = { "Extrait", "Snippet" } },
    { 0 },
};

static const struct mcp_field output[] = {
    { .name = "engine", .kind = MCP_STRING, .label = { "Moteur", "Engine" } },
    { .name = "query", .kind = MCP_STRING },
    { .name = "results", .kind = MCP_LIST, .label = { "Résultats", "Results" }, .fields = result_fields },
    { .name = "duration_ms", .kind = MCP_NUMBER, .unit = "ms" },
    { 0 },
};

struct search {
    struct mcp_call *call;
    const struct settings *settings;
    const char *query, *engine_name;
    const char *country, *language; /* "fr", "fr"; NULL = the whole world */
    const char *range; /* "day"...; NULL = any */
    size_t wanted, count;
    struct search_result results[RESULTS_MAX];
};

static void add_result(struct search *search, const struct search_result *result)
{
    for (size_t i = 0; i < search->count; i++)
        if (strcmp(search->results[i].url, result->url) == 0)
            return;
    if (search->count == search->wanted)
        return;
    search->results[search->count++] = (struct search_result){
        .title = mcp_strdup(search->call, result->title),
        .url = mcp_strdup(search->call, result->url),
        .snippet = mcp_strdup(search->call, result->snippet),
    };
}

/* One request to the engine */

/* A later page that fails does not take away what came before it: told as partial, not as a fault. */
#define NO_MORE_PAGES 1

static int end_partial(const struct search *search)
{
    mcp_partial(search->call, "le moteur n'a pas donné la suite des résultats",
        "the engine did not give the rest of the results");
    return NO_MORE_PAGES;
}

static int fail_unreachable(const struct search *search, const struct httpc_response *response)
{
    if (search->count > 0)
        return end_partial(search);
    enum mcp_fault fault = response->failure == HTTPC_TIMEOUT ? MCP_TIMED_OUT : MCP_UNSUPPORTED;
    bool is_french = mcp_language(search->call) == MCP_FR;
    const char *more = is_french ? response->failure_french : response->failure_text;
    return mcp_fail(search->call, fault, "le moteur %s n'est pas joignable : %s%s%s%s",
        "the engine %s cannot be reached: %s%s%s%s", search->engine_name,
        httpc_failure_words(response->failure, is_french), *more ? " (" : "", more, *more ? ")" : "");
}

/* Posts `form` when there is one. 0 with *ret_response to be released, or what `run` returns. */
static int ask_engine(
    const struct search *search, const char *url, const char *form, struct httpc_response *ret_response)
{
    const struct httpc_header headers[] = { { "Content-Type", "application/x-www-form-urlencoded" } };
    const struct httpc_request request = {
        .method = form ? "POST" : "GET",
        .url = url,
        .headers = headers,
        .headers_count = form ? ARRAY_LEN(headers) : 0,
        .body = form,
        .body_len = form ? strlen(form) : 0,
        .language = mcp_language(search->call) == MCP_FR ? "fr, en;q=0.7" : "en",
        .user_agent = USER_AGENT,
        .follow_redirects = true,
        .body_max = SEARCH_PAGE_MAX_BYTES,
        .allow_private = search->settings->allow_private,
    };
    struct err err = { 0 };
    int r = httpc_fetch(mcp_waiter(search->call), &request, ret_response, &err);
    const char *why = mcp_language(search->call) == MCP_FR ? err_french(&err) : err.text;
    if (r == -EACCES)
        return mcp_fail(search->call, MCP_DENIED, "l'adresse du moteur %s n'est pas permise : %s",
            "the address of the engine %s is not allowed: %s", search->engine_name, why);
    if (r == -EINVAL)
        return mcp_fail(search->call, MCP_UNSUPPORTED,
            "l'adresse du moteur %s, « %.200s », n'est pas acceptée : %s (réglage %s de [web_search])",
            "the address of the engine %s, '%.200s', is not accepted: %s (setting %s of [web_search])",
            search->engine_name, url, why,
            search->settings->engine == ENGINE_SEARXNG ? "searxng_url" : "duckduckgo_url");
    if (r == -ENOSYS)
        return mcp_fail(search->call, MCP_UNSUPPORTED, "le moteur %s ne peut pas être interrogé : %s",
            "the engine %s cannot be asked: %s", search->engine_name, why);
    if (r < 0)
        return r;
    return ret_response->failure == HTTPC_OK ? 0 : fail_unreachable(search, ret_response);
}

/* DuckDuckGo */

static int fail_page(const struct search *search, const struct search_page *page, long status)
{
    if (search->count > 0)
        return end_partial(search);
    const char *title = *page->title ? page->title : "?";
    if (page->kind == SEARCH_PAGE_CHALLENGE || status == 202)
        return mcp_fail(search->call, MCP_UNSUPPORTED,
            "%s demande de prouver qu'un humain cherche (page « %s », HTTP %ld) : réessayer plus tard, ou "
            "changer de moteur",
            "%s asks for proof that a human is searching (page '%s', HTTP %ld): try later, or another engine",
            search->engine_name, title, status);
    return mcp_fail(search->call, MCP_UNSUPPORTED, "%s a répondu par une page inconnue : « %s » (HTTP %ld)",
        "%s answered with an unknown page: '%s' (HTTP %ld)", search->engine_name, title, status);
}

static int fail_size(const struct search *search)
{
    if (search->count > 0)
        return end_partial(search);
    return mcp_fail(search->call, MCP_UNSUPPORTED,
        "la page de %s est trop grande pour en être une de résultats",
        "the page of %s is too large to be one of results", search->engine_name);
}

/* 0 with *ret_page to be released, or what `run` returns. */
static int read_page(const struct search *search, const char *form, struct search_page *ret_page)
{
    CLEANUP(httpc_response_done) struct httpc_response response = { 0 };
    int r = ask_engine(search, search->settings->duckduckgo_url, form, &response);
    if (r != 0)
        return r;
    CLEANUP(search_page_done) struct search_page page = { 0 };
    if (response.truncated || search_page_read(buf_str(&response.body), response.body.len, &page) < 0)
        return fail_size(search);
    bool understood = page.kind == SEARCH_PAGE_RESULTS || page.kind == SEARCH_PAGE_EMPTY;
    if (response.status != 200 || !understood)
        return fail_page(search, &page, response.status);
    *ret_page = page;
    page = (struct search_page){ 0 };
    return 0;
}

static void add_first_form(const struct search *search, struct buf *form)
{
    search_form_add(form, "q", search->query);
    search_form_add(form, "b", "");
    CLEANUP(buf_done) struct buf region = { 0 };
    buf_addf(&region, "%s-%s", search->country ? search->country : "wt",
        search->language ? search->language : "wt");
    search_form_add(form, "kl", buf_str(&region));
    char range[2] = { search->range ? search->range[0] : '\0', '\0' };
    search_form_add(form, "df", range);
}

/* A page holds ten results. */
static int search_duckduckgo(struct search *search)
{
    CLEANUP(buf_done) struct buf form = { 0 };
    add_first_form(search, &form);
    int64_t offset = 0;
    for (int number = 0; number < PAGES_MAX; number++) {
        CLEANUP(search_page_done) struct search_page page = { 0 };
        int r = read_page(search, buf_str(&form), &page);
        if (r != 0)
            return r == NO_MORE_PAGES ? 0 : r;
        size_t before = search->count;
        for (size_t i = 0; i < page.count; i++)
            add_result(search, &page.results[i]);
        bool more = page.next_form && page.next_offset > offset && search->count > before;
        if (search->count == search->wanted || !more)
            return 0;
        offset = page.next_offset;
        buf_clear(&form);
        buf_adds(&form, page.next_form);
    }
    return 0;
}

/* SearXNG */

/* DuckDuckGo's region codes are the tool's; SearXNG wants language tags. */
static void add_language(const struct search *search, struct buf *url)
{
    static const struct {
        const char *code, *tag;
    } odd[] = { { "jp", "ja" }, { "kr", "ko" }, { "tzh", "zh" } };
    if (!search->language)
        return;
    const char *language = search->language;
    for (size_t i = 0; i < ARRAY_LEN(odd); i++)
        if (strcmp(language, odd[i].code) == 0)
            language = odd[i].tag;
    const char *country = strcmp(search->country, "uk") == 0 ? "gb" : search->country;
    buf_addf(url, "&language=%s-%c%c", language, toupper((unsigned char)country[0]),
        toupper((unsigned char)country[1]));
}

static void add_searxng_url(const struct search *search, int page, struct buf *url)
{
    const char *base = search->settings->searxng_url;
    CLEANUP(buf_done) struct buf form = { 0 };
    search_form_add(&form, "q", search->query);
    buf_addf(url, "%s%ssearch?%s&format=json&pageno=%d", base, text_ends(base, "/") ? "" : "/",
        buf_str(&form), page);
    add_language(search, url);
    if (search->range)
        buf_addf(url, "&time_range=%s", search->range);
}

static int fail_not_json(const struct search *search, const struct httpc_response *response)
{
    if (search->count > 0)
        return end_partial(search);
    CLEANUP(search_page_done) struct search_page page = { 0 };
    const char *title = "?";
    if (search_page_read(buf_str(&response->body), response->body.len, &page) == 0 && *page.title)
        title = page.title;
    if (response->status == 403)
        return mcp_fail(search->call, MCP_UNSUPPORTED,
            "%s refuse (HTTP 403, page « %s ») : le format JSON n'est sans doute pas activé dans cette "
            "instance",
            "%s refuses (HTTP 403, page '%s'): the JSON format is probably not enabled in that instance",
            search->engine_name, title);
    return mcp_fail(search->call, MCP_UNSUPPORTED, "%s a répondu par une page inconnue : « %s » (HTTP %ld)",
        "%s answered with an unknown page: '%s' (HTTP %ld)", search->engine_name, title, response->status);
}

static void add_searxng_result(struct search *search, const struct mcp_json *item)
{
    const char *url = mcp_json_get_text(item, "url");
    const char *title = mcp_json_get_text(item, "title"), *content = mcp_json_get_text(item, "content");
    if (!url || !(text_starts(url, "http://") || text_starts(url, "https://")))
        return;
    const char *snippet = content ? content : "";
    size_t len = strlen(snippet);
    if (len > SNIPPET_MAX)
        snippet = mcp_printf(search->call, "%.*s…", (int)text_utf8_cut(snippet, len, SNIPPET_MAX), snippet);
    const struct search_result result = {
        .title = title && *title ? title : url, .url = url, .snippet = snippet
    };
    add_result(search, &result);
}

/* No result because the engines behind it did not answer is no finding. */
static int check_engines(const struct search *search, const struct mcp_json *answer)
{
    const struct mcp_json *silent = mcp_json_get(answer, "unresponsive_engines");
    if (!silent || silent->kind != MCP_JSON_ARRAY || silent->count == 0)
        return 0;
    const struct mcp_json *name = silent->first->kind == MCP_JSON_ARRAY ? silent->first->first : NULL;
    return mcp_fail(search->call, MCP_UNSUPPORTED,
        "aucun résultat ; moteurs qui n'ont pas répondu : %u, derrière %s (%s...)",
        "no result; engines that did not answer: %u, behind %s (%s...)", silent->count, search->engine_name,
        name && name->kind == MCP_JSON_STRING ? name->text : "?");
}

static int read_searxng_page(struct search *search, int number)
{
    CLEANUP(buf_done) struct buf url = { 0 };
    CLEANUP(httpc_response_done) struct httpc_response response = { 0 };
    add_searxng_url(search, number, &url);
    int r = ask_engine(search, buf_str(&url), NULL, &response);
    if (r != 0)
        return r;
    if (response.truncated)
        return fail_size(search);
    const struct mcp_json *answer = NULL;
    bool parsed = mcp_parse_json(search->call, buf_str(&response.body), response.body.len, &answer) == 0;
    const struct mcp_json *results = parsed ? mcp_json_get(answer, "results") : NULL;
    if (response.status != 200 || !results || results->kind != MCP_JSON_ARRAY)
        return fail_not_json(search, &response);
    for (const struct mcp_json *item = results->first; item; item = item->next)
        add_searxng_result(search, item);
    return search->count == 0 ? check_engines(search, answer) : 0;
}

static int search_searxng(struct search *search)
{
    for (int number = 1; number <= PAGES_MAX; number++) {
        size_t before = search->count;
        int r = read_searxng_page(search, number);
        if (r != 0)
            return r == NO_MORE_PAGES ? 0 : r;
        if (search->count == search->wanted || search->count == before)
            return 0;
    }
    return 0;
}

/* The tool */

static bool is_code(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < 'a' || text[i] > 'z')
            return false;
    return len >= 2 && len <= 3;
}

static int read_region(struct search *search, const char *region)
{
    if (!region || !*region || strcmp(region, "wt-wt") == 0)
        return 0;
    const char *dash = strchr(region, '-');
    if (!dash || dash - region != 2 || !is_code(region, 2) || !is_code(dash + 1, strlen(dash + 1)))
        return mcp_reject(search->call, "region",
            "« %s » n'est pas une région : pays et langue en minuscules, comme fr-fr, us-en ou wt-wt",
            "'%s' is not a region: country and language in small letters, like fr-fr, us-en or wt-wt",
            region);
    search->country = mcp_printf(search->call, "%.2s", region);
    search->language = mcp_strdup(search->call, dash + 1);
    return 0;
}

static void put_results(const struct search *search, double duration_ms)
{
    struct mcp_call *call = search->call;
    mcp_put_str(call, "engine", engines[search->settings->engine]);
    mcp_put_str(call, "query", search->query);
    mcp_open(call, "results");
    for (size_t i = 0; i < search->count; i++) {
        mcp_open(call, NULL);
        mcp_put_str(call, "title", search->results[i].title);
        mcp_put_str(call, "url", search->results[i].url);
        mcp_put_str(call, "snippet", search->results[i].snippet);
        mcp_close(call);
    }
    mcp_close(call);
    mcp_put_round(call, "duration_ms", duration_ms, 1);
    if (search->count == 0)
        mcp_say(call, "%s n'a rien trouvé pour « %s ».", "%s found nothing for '%s'.", search->engine_name,
            search->query);
    else if (search->count == 1)
        mcp_say(call, "%s : un résultat pour « %s ».", "%s: one result for '%s'.", search->engine_name,
            search->query);
    else
        mcp_say(call, "%s : %zu résultats pour « %s ».", "%s: %zu results for '%s'.", search->engine_name,
            search->count, search->query);
}

static int run(struct mcp_call *call, const void *arguments)
{
    const struct args *args = arguments;
    const struct settings *settings = mcp_settings(call);
    struct search *search = mcp_alloc(call, sizeof(*search));
    *search = (struct search){
        .call = call,
        .settings = settings,
        .query = args->query,
        .engine_name = settings->engine == ENGINE_SEARXNG ? "SearXNG" : "DuckDuckGo",
        .range = args->time_range > 0 ? ranges[args->time_range] : NULL,
        .wanted = (size_t)args->max_results,
    };
    int wrong = read_region(search, args->region);
    if (args->query[strspn(args->query, " \t\r\n")] == '\0')
        wrong = mcp_reject(call, "query", "la recherche est vide : au moins un mot est attendu",
            "the query is empty: at least one word is expected");
    if (wrong != 0)
        return wrong;
    int64_t started_ns = clock_ns();
    int r = settings->engine == ENGINE_SEARXNG ? search_searxng(search) : search_duckduckgo(search);
    if (r != 0)
        return r;
    put_results(search, (double)(clock_ns() - started_ns) / 1e6);
    return 0;
}

const struct mcp_tool tool_web_search = {
    .name = "web_search",
    .path = "web-search",
    .title = { "Recherche web", "Web search" },
    .about = { "Cherche sur le web : titres, adresses et extraits.",
        "Searches the web: titles, addresses and snippets." },
    .params = params,
    .args_size = sizeof(struct args),
    .settings = settings_rows,
    .settings_size = sizeof(struct settings),
    .check = check_settings,
    .output = output,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY | MCP_OPEN_WORLD,
    .timeout_ms = 10000,
    .scope = "network",
    .run = run,
};
