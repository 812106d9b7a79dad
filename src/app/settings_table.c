/* The table of settings. */
#include "app/settings.h"

static const char *const log_levels[] = { "DEBUG", "INFO", "WARNING", "ERROR", NULL };
static const char *const log_formats[] = { "logfmt", "json", NULL };
static const char *const langs[] = { "auto", "en", "fr", NULL };
static const char *const auths[] = { "loopback", "keys", "none-i-understand", NULL };

#define S struct settings_values

const struct mcp_param settings_rows[] = {
    MCP_ARG_STRING(S, host, .preset = "127.0.0.1", .format = MCP_HOST,
        .about = { "adresse d'écoute HTTP", "address to listen on for HTTP" }),
    MCP_ARG_INT(S, port, .preset = "8000", .min = 0, .max = 65535,
        .about = { "port d'écoute HTTP ; 0 = un port libre",
            "port to listen on for HTTP; 0 = any free one" }),
    MCP_ARG_ENUM(S, auth, .preset = "loopback", .choices = auths,
        .about = { "loopback : sans clé sur cette machine, avec clé sur toute autre adresse ; keys : "
                   "toujours avec clé ; none-i-understand : sans clé, sur toute adresse",
            "loopback: no key on this machine, a key on any other address; keys: always a key; "
            "none-i-understand: no key, on any address" }),
    MCP_ARG_STRINGS(S, published_on, .max = 64, .max_items = 16,
        .about = { "dans un conteneur, les adresses de la machine où son port est publié ; pour auth "
                   "loopback elles comptent à la place de host et de l'adresse du client",
            "in a container, the addresses of the machine that its port is published on; for auth loopback "
            "they count in place of host and of the client's address" }),
    MCP_ARG_STRING(S, keys, .secret = true, .max = 65536,
        .about = { "clés d'accès, NOM:CLÉ,... ; par l'environnement seulement",
            "API keys, NAME:KEY,...; from the environment only" }),
    MCP_ARG_STRING(S, keys_file, .max = 4096, .format = MCP_PATH,
        .about = { "fichier secret de clés d'accès, NOM:CLÉ par ligne",
            "secret file of API keys, one NAME:KEY a line" }),
    MCP_ARG_STRINGS(S, allowed_hosts, .max = 253, .max_items = 64,
        .about = { "noms d'hôte acceptés dans Host et Origin, outre localhost",
            "host names accepted in Host and Origin besides localhost" }),
    MCP_ARG_STRINGS(S, trusted_proxies, .max = 64, .max_items = 64,
        .about = { "adresses et réseaux des mandataires dont X-Forwarded-For est cru",
            "addresses and networks of proxies whose X-Forwarded-For is believed" }),
    MCP_ARG_STRING(S, base_path, .max = 200,
        .about = { "chemin sous lequel un mandataire publie le serveur, comme /assist",
            "path beneath which a proxy publishes the server, such as /assist" }),
    MCP_ARG_INT(S, rate_per_minute, .preset = "600", .min = 0, .max = 1000000,
        .about = { "requêtes par minute d'une clé, ou d'une adresse sans clé ; 0 : sans limite ; sans effet "
                   "sur la boucle locale sans clé",
            "requests a minute of a key, or of an address without one; 0: no limit; not for loopback without "
            "keys" }),
    MCP_ARG_INT(S, rate_burst, .preset = "120", .min = 1, .max = 1000000,
        .about = { "requêtes qui peuvent venir d'un coup", "requests that may come at once" }),
    MCP_ARG_INT(S, network_timeout_max_ms, .preset = "10000", .min = 10000, .max = 600000, .unit = "ms",
        .about = { "durée maximale d'une opération de réseau (écho, connexion, requête) ; dans le fichier "
                   "aussi timeout_max_ms de la section [network]",
            "longest network operation (echo, connection, query, request); in the file also "
            "timeout_max_ms of the section [network]" }),
    MCP_ARG_STRING(S, data_dir, .max = 4096, .format = MCP_PATH,
        .about = { "répertoire des fichiers du serveur ; par défaut $XDG_DATA_HOME/mcp-assist ; pour "
                   "serve en root /var/lib/mcp-assist",
            "directory for the server's own files; default $XDG_DATA_HOME/mcp-assist; for serve "
            "as root /var/lib/mcp-assist" }),
    MCP_ARG_STRING(S, host_root, .max = 4096, .format = MCP_PATH, .preset = "/",
        .about = { "racine de la machine à examiner ; dans un conteneur, là où celle de l'hôte est montée",
            "root of the machine to look at; in a container, where that of its host is mounted" }),
    MCP_ARG_STRING(S, database_url, .max = 4096, .secret = true,
        .about = { "base où les appels sont gardés : none, sqlite:///chemin, postgres://... ; par défaut "
                   "assist.db dans data_dir",
            "database that keeps the calls: none, sqlite:///path, postgres://...; default assist.db in "
            "data_dir" }),
    MCP_ARG_BOOL(S, database_fallback, .preset = "false",
        .about = { "tant que la base de database_url n'a jamais été jointe, garde les appels dans assist.db "
                   "de data_dir",
            "as long as the database of database_url was never reached, keeps calls in assist.db of "
            "data_dir" }),
    MCP_ARG_INT(S, store_keep_days, .preset = "90", .min = 0, .max = 36500,
        .about = { "âge des appels gardés, en jours ; 0 = sans limite",
            "age of the calls that are kept, in days; 0 = no limit" }),
    MCP_ARG_INT(S, store_keep_calls, .preset = "1000000", .min = 0, .max = 1000000000,
        .about = { "nombre d'appels gardés, les plus récents ; 0 = sans limite",
            "how many calls are kept, the latest; 0 = no limit" }),
    MCP_ARG_STRINGS(S, watch_services, .max = 255, .max_items = 64,
        .about = { "services dont /stats et /metrics disent s'ils tournent (service_up)",
            "services of which /stats and /metrics say whether they run (service_up)" }),
    MCP_ARG_STRING(S, config, .max = 4096, .format = MCP_PATH,
        .about = { "fichier de configuration, ou répertoire de fichiers *.conf",
            "configuration file, or directory of *.conf files" }),
    MCP_ARG_ENUM(S, log_level, .preset = "INFO", .choices = log_levels,
        .about = { "niveau du journal", "level of the log" }),
    MCP_ARG_ENUM(S, log_format, .preset = "logfmt", .choices = log_formats,
        .about = { "forme des lignes du journal", "form of the lines of the log" }),
    MCP_ARG_STRING(S, log_file, .max = 4000, .format = MCP_PATH,
        .about = { "fichier du journal, au lieu de l'erreur standard ; rouvert sur SIGUSR1",
            "file of the log, instead of standard error; reopened on SIGUSR1" }),
    MCP_ARG_INT(S, log_file_max_bytes, .preset = "10485760", .min = 0, .max = 1e12, .unit = "bytes",
        .about = { "taille au-delà de laquelle le fichier du journal devient .1 ; 0 : jamais",
            "size beyond which the log file becomes .1; 0: never" }),
    MCP_ARG_INT(S, log_file_keep, .preset = "5", .min = 1, .max = 99,
        .about = { "nombre d'anciens fichiers du journal conservés", "how many old log files are kept" }),
    MCP_ARG_BOOL(S, access_log, .preset = "true",
        .about = { "une ligne de journal par requête HTTP", "a line of the log for each HTTP request" }),
    MCP_ARG_BOOL(S, debug, .preset = "false",
        .about = { "journal au niveau DEBUG et JSON indenté ; n'assouplit aucun contrôle",
            "log at level DEBUG and indented JSON; relaxes no check" }),
    MCP_ARG_ENUM(S, lang, .preset = "auto", .choices = langs,
        .about = { "langue des textes ; auto : LANG, et Accept-Language en HTTP",
            "language of texts; auto: LANG, and Accept-Language over HTTP" }),
    MCP_ARG_STRING(S, user, .max = 32,
        .about = { "compte sous lequel servir, au démarrage en root ; par défaut mcp-assist, sinon nobody ; "
                   "root : le rester",
            "account to serve as, when started as root; default mcp-assist, else nobody; root stays root" }),
    MCP_ARG_BOOL(S, read_only, .preset = "false",
        .about = { "refuse les outils qui peuvent modifier quelque chose",
            "refuses tools that may change something" }),
    MCP_ARG_STRINGS(S, disabled_tools, .max = 64, .max_items = 64,
        .about = { "outils désactivés", "tools that are switched off" }),
    MCP_ARG_INT(S, threads, .preset = "32", .min = 1, .max = 256,
        .about = { "appels bloquants simultanés", "blocking calls at the same time" }),
    MCP_ARG_INT(S, connections, .preset = "16384", .min = 1, .max = 1000000,
        .about = { "connexions HTTP simultanées", "HTTP connections at the same time" }),
    MCP_ARG_INT(S, body_max_bytes, .preset = "1048576", .min = 1024, .max = 67108864, .unit = "bytes",
        .about = { "taille maximale d'une requête", "largest request" }),
    MCP_ARG_INT(S, answer_max_bytes, .preset = "200000", .min = 4096, .max = 16777216, .unit = "bytes",
        .about = { "taille maximale d'une réponse MCP, texte et données ensemble",
            "largest MCP answer, text and data together" }),
    MCP_ARG_INT(S, session_idle_s, .preset = "3600", .min = 1, .max = 604800, .unit = "s",
        .about = { "durée de vie d'une session MCP sans requête",
            "life of an MCP session without a request" }),
    MCP_ARG_INT(S, sessions_max, .preset = "4096", .min = 1, .max = 1000000,
        .about = { "sessions MCP simultanées ; une de plus met fin à la plus inactive",
            "MCP sessions at the same time; one more ends the one that is idle for longest" }),
    MCP_ARG_INT(S, replay_max_bytes, .preset = "33554432", .min = 65536, .max = 1073741824, .unit = "bytes",
        .about = { "mémoire des flux MCP à reprendre après une coupure, toutes sessions confondues",
            "memory of MCP streams to be resumed after a cut, of all sessions together" }),
    MCP_ARG_BOOL(S, legacy_sse, .preset = "false",
        .about = { "aussi l'ancien transport MCP de 2024-11-05 : GET /sse et POST /messages",
            "the older MCP transport of 2024-11-05 too: GET /sse and POST /messages" }),
    { 0 },
};
