/* The serving program and its log: which file, and what it says of its own start and end. */
#ifndef APP_LOGGING_H
#define APP_LOGGING_H

struct assist;
struct http_server;

/* SIGUSR1 has the log file reopened from here on, and a reader of standard error that is gone does not end
 * us. First of all: without it that signal would. */
void logging_prepare(void);
/* Opens the log file, if one is set, as whoever we are now; then says what was started (`face`: "http",
 * "stdio"; `url`: where, may be NULL) and which settings are not the built-in ones, secrets left out. */
void logging_begin(struct assist *assist, const char *face, const char *url);
/* Once a second while serving; says when and why stopping begins. 0 or a negative errno. */
int logging_follow(struct http_server *http);
/* Says how it ended: `reason` is a few words; NULL: the signal did. */
void logging_end(const struct assist *assist, const char *reason, int signal_number);

#endif
