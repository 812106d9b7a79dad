/* What the serving program says of itself in its log. */
#include "app/logging.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/assist.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"

#define TICK_MS 1000

static void on_reopen(int signal_number)
{
    (void)signal_number;
    log_reopen();
}

void logging_prepare(void)
{
    const struct sigaction reopen = { .sa_handler = on_reopen, .sa_flags = SA_RESTART };
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGUSR1, &reopen, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static const struct mcp_param *row_of(const struct assist *assist, const struct settings_text *text)
{
    if (!text->section[0])
        return params_find(settings_rows, text->name);
    int tool = catalog_by_name(&assist->catalog, text->section);
    return tool >= 0 ? params_find(assist->catalog.tools[tool]->settings, text->name) : NULL;
}

/* Without a secret: those of the table, and what stands before the '@' of a URL. */
static void log_setting(const struct assist *assist, const struct settings_text *text)
{
    const struct mcp_param *row = row_of(assist, text);
    char name[160], value[512];
    snprintf(name, sizeof name, "%s%s%s", text->section, text->section[0] ? "." : "", text->name);
    const char *scheme = strstr(text->value, "://"), *at = scheme ? strrchr(scheme, '@') : NULL;
    if (!row || row->secret)
        snprintf(value, sizeof value, "***");
    else if (at)
        snprintf(value, sizeof value, "%.*s***%s", (int)(scheme + 3 - text->value), text->value, at);
    else
        snprintf(value, sizeof value, "%s", text->value);
    log_event(LOG_LEVEL_INFO, "setting",
        (const struct log_field[]){
            log_str("name", name), log_str("value", value), log_str("origin", text->origin.en), { 0 } });
}

static void log_start(const struct assist *assist, const char *face, const char *url)
{
    struct passwd account, *found = NULL;
    char names[4096], number[24];
    snprintf(number, sizeof number, "%u", (unsigned)geteuid());
    getpwuid_r(geteuid(), &account, names, sizeof names, &found);
    log_event(LOG_LEVEL_INFO, "start",
        (const struct log_field[]){
            log_str("version", MCP_ASSIST_VERSION),
            log_str("face", face),
            log_str("url", url),
            log_int("pid", getpid()),
            log_str(
                "user", found ? account.pw_name : number), /* one without a name is possible in containers */
            log_str("data_dir", assist->data_dir),
            { 0 },
        });
}

void logging_begin(struct assist *assist, const char *face, const char *url)
{
    const struct settings *settings = &assist->settings;
    const struct settings_values *values = &settings->values;
    if (values->log_file)
        log_open_file(
            values->log_file, values->log_file_max_bytes, (int)values->log_file_keep, &assist->health);
    log_start(assist, face, url);
    for (size_t i = 0; i < settings->count; i++)
        log_setting(assist, &settings->texts[i]);
}

static void on_tick(void *user)
{
    (void)user;
    log_tick();
}

static void on_stop(void *user)
{
    const struct http_server *http = user;
    const char *name = sigabbrev_np(http_stop_signal(http));
    log_event(LOG_LEVEL_INFO, "stopping", (const struct log_field[]){ log_str("signal", name), { 0 } });
}

int logging_follow(struct http_server *http)
{
    int error = http_every(http, TICK_MS, on_tick, NULL);
    return error ? error : http_on_stop(http, on_stop, http);
}

void logging_end(const struct assist *assist, const char *reason, int signal_number)
{
    log_event(LOG_LEVEL_INFO, "stop",
        (const struct log_field[]){
            log_str("reason", reason ? reason : "signal"),
            log_str("signal", signal_number ? sigabbrev_np(signal_number) : NULL),
            log_num("uptime_s", (double)(clock_ms() - assist->started_ms) / 1000, 3),
            { 0 },
        });
}
