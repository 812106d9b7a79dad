/* mcp-assist: verbs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/assist.h"
#include "app/privileges.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "tools/registry.h"

static int print_version(struct assist *assist, int argc, char **argv)
{
    if (argc > 0) {
        struct err err = { 0 };
        err_say(&err, -EINVAL, "version ne prend rien d'autre, pas %.64s",
            "version takes nothing else, not %.64s", argv[0]);
        assist_complain(assist, &err);
        return 2;
    }
    puts("mcp-assist " MCP_ASSIST_VERSION);
    return 0;
}

static int print_help(struct assist *assist, int argc, char **argv);

struct verb {
    const char *name;
    struct mcp_text usage, about;
    int (*run)(struct assist *assist, int argc, char **argv);
};

static const struct verb verbs[] = {
    { "serve", { "serve [options]", "serve [flags]" },
        { "sert MCP et REST en HTTP", "serves MCP and REST over HTTP" }, serve_http },
    { "stdio", { "stdio [options]", "stdio [flags]" },
        { "sert MCP sur l'entrée et la sortie standard", "serves MCP on standard input and output" },
        serve_stdio },
    { "call", { "call OUTIL [--nom valeur]... [--json]", "call TOOL [--param value]... [--json]" },
        { "un appel d'outil depuis le shell", "one call of a tool from the shell" }, cli_call },
    { "tools", { "tools [OUTIL] [--json]", "tools [TOOL] [--json]" },
        { "liste les outils et leurs paramètres", "lists the tools and their parameters" }, cli_tools },
    { "db", { "db check|stats|backup FICHIER", "db check|stats|backup FILE" },
        { "vérifie, décrit ou sauvegarde la base des appels",
            "checks, describes or backs up the database of calls" },
        cli_db },
    { "health", { "health [--url URL] [--json]", "health [--url URL] [--json]" },
        { "demande à un serveur en marche comment il va", "asks a running server how it is" }, cli_health },
    { "key", { "key add NOM | list | revoke NOM", "key add NAME | list | revoke NAME" },
        { "les clés d'accès de `serve`", "the API keys of `serve`" }, cli_key },
    { "version", { "version", "version" }, { "affiche la version", "prints the version" }, print_version },
    { "help", { "help [OUTIL]", "help [TOOL]" },
        { "affiche cette aide, ou celle d'un outil", "prints this help, or that of a tool" }, print_help },
};

static bool is_verb(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (strcmp(verbs[i].name, word) == 0)
            return true;
    return false;
}

static int print_help(struct assist *assist, int argc, char **argv)
{
    if (argc > 0 && argv[0][0] != '-' && !is_verb(argv[0]))
        return cli_tools(assist, argc, argv);
    /* Only for the language: help must work however wrong the settings are. */
    struct err *nobody = NULL;
    static char *nothing[] = { NULL };
    static const struct mcp_tool *const no_tools[] = { NULL };
    settings_load(&assist->settings, no_tools, nothing, nobody);
    enum mcp_lang lang = assist->settings.lang;
    CLEANUP(buf_done) struct buf out = { 0 };
    buf_adds(&out, lang == MCP_FR ? "Utilisation :\n" : "Usage:\n");
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        buf_addf(&out, "  mcp-assist %-40s %s\n", lang == MCP_FR ? verbs[i].usage.fr : verbs[i].usage.en,
            lang == MCP_FR ? verbs[i].about.fr : verbs[i].about.en);
    buf_adds(&out,
        lang == MCP_FR ? "\nRéglages : option, variable d'environnement, rôle (accepté) [défaut]\n"
                       : "\nSettings: flag, environment variable, meaning (accepted) [default]\n");
    settings_help(&out, tools_registry, lang, !isatty(STDOUT_FILENO));
    fputs(buf_str(&out), stdout);
    return 0;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Whoever started us may have closed the standard descriptors: what is opened next must not take their place
 * and get what is meant for people. */
static void hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) /* takes the lowest free one: fd */
            abort();
}

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    const char *name = argc > 1 ? argv[1] : "help";
    if (is_help(name) || (argc > 2 && is_help(argv[2]))) /* call TOOL --help is about the tool */
        name = "help";
    if (strcmp(name, "--version") == 0)
        name = "version";
    struct err err = { 0 };
    struct assist assist = { .settings.lang = settings_lang() };
    if (privileges_bound(&err) < 0) {
        assist_complain(&assist, &err);
        return 1;
    }
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].name, name) != 0)
            continue;
        int code = verbs[i].run(&assist, argc > 2 ? argc - 2 : 0, argc > 2 ? argv + 2 : argv + argc);
        if (code == 0 && (fflush(stdout) != 0 || ferror(stdout))) {
            err_say(&err, -EIO, "la sortie standard n'a pas tout pris",
                "standard output did not take everything");
            assist_complain(&assist, &err);
            code = 1;
        }
        assist_done(&assist);
        return code;
    }
    err_say(&err, -EINVAL, "il n'y a pas de commande %.64s ; voir `mcp-assist help`",
        "there is no command %.64s; see `mcp-assist help`", name);
    assist_complain(&assist, &err);
    return 2;
}
