/* The table of operations: what can be asked of this server over HTTP, in the order of /openapi.json: what it
 * is for first, its pages last. */
#include "rest/operations.h"

#include "rest/state.h"

#define TYPE_JSON "application/json"
#define TYPE_HTML "text/html"

static const struct operation_answer root_answers[] = {
    { 200, { "Ce serveur et ses adresses", "This server and its addresses" }, TYPE_JSON, "Server" },
    { 200, { 0 }, TYPE_HTML, NULL },
    { 0 },
};

static const struct operation_answer health_answers[] = {
    { 200, { "Le serveur répond aux appels", "The server answers calls" }, TYPE_JSON, "Health" },
    { 503, { "Le serveur ne répond plus aux appels", "The server answers no calls any more" }, TYPE_JSON,
        "Health" },
    { 0 },
};

static const struct operation_answer metrics_answers[] = {
    { 200, { "Les mesures", "The metrics" }, "text/plain", NULL },
    { 200, { "Les mesures", "The metrics" }, "application/openmetrics-text", NULL },
    { 0 },
};

static const struct operation_answer stats_answers[] = {
    { 200, { "Les statistiques", "The statistics" }, TYPE_JSON, "Stats" },
    { 0 },
};

static const struct operation_answer tools_answers[] = {
    { 200, { "Les outils et leurs schémas", "The tools with their schemas" }, TYPE_JSON, "Tools" },
    { 0 },
};

static const struct operation_answer openapi_answers[] = {
    { 200, { "Ce document", "This document" }, TYPE_JSON, "OpenApi" },
    { 0 },
};

static const struct operation_answer mcp_post_answers[] = {
    { 200, { "La réponse JSON-RPC", "The JSON-RPC response" }, TYPE_JSON, "Message" },
    { 200, { "La réponse JSON-RPC", "The JSON-RPC response" }, "text/event-stream", NULL },
    { 202, { "Rien à répondre", "Nothing to answer" }, NULL, NULL },
    { 400, { "Message refusé", "Message refused" }, TYPE_JSON, "Message" },
    { 401, { "Clé absente ou inconnue", "Key missing or unknown" }, TYPE_JSON, "Message" },
    { 403, { "Refusé", "Not allowed" }, TYPE_JSON, "Message" },
    { 404, { "Session ou méthode inconnue", "Unknown session or method" }, TYPE_JSON, "Message" },
    { 406, { "Accept ne convient pas", "Accept does not fit" }, TYPE_JSON, "Message" },
    { 415, { "Type de contenu refusé", "Unsupported media type" }, TYPE_JSON, "Message" },
    { 0 },
};

static const struct operation_answer mcp_get_answers[] = {
    { 200, { "Les messages du serveur", "The messages of the server" }, "text/event-stream", NULL },
    { 400, { "Demande refusée", "Request refused" }, TYPE_JSON, "Message" },
    { 401, { "Clé absente ou inconnue", "Key missing or unknown" }, TYPE_JSON, "Message" },
    { 403, { "Refusé", "Not allowed" }, TYPE_JSON, "Message" },
    { 404, { "Session inconnue", "Unknown session" }, TYPE_JSON, "Message" },
    { 405, { "Sans session", "Without a session" }, TYPE_JSON, "Message" },
    { 406, { "Accept ne convient pas", "Accept does not fit" }, TYPE_JSON, "Message" },
    { 409, { "Le flux de la session est déjà ouvert", "The stream of the session is open already" },
        TYPE_JSON, "Message" },
    { 0 },
};

static const struct operation_answer mcp_delete_answers[] = {
    { 204, { "La session est finie", "The session has ended" }, NULL, NULL },
    { 400, { "Demande refusée", "Request refused" }, TYPE_JSON, "Message" },
    { 401, { "Clé absente ou inconnue", "Key missing or unknown" }, TYPE_JSON, "Message" },
    { 403, { "Refusé", "Not allowed" }, TYPE_JSON, "Message" },
    { 404, { "Session inconnue", "Unknown session" }, TYPE_JSON, "Message" },
    { 0 },
};

static const struct operation_answer page_answers[] = {
    { 200, { "La page", "The page" }, TYPE_HTML, NULL },
    { 304, { "Inchangée", "Not modified" }, NULL, NULL },
    { 0 },
};

static const struct operation_answer licenses_answers[] = {
    { 200, { "Les licences", "The licenses" }, "text/plain", NULL },
    { 304, { "Inchangées", "Not modified" }, NULL, NULL },
    { 0 },
};

static const struct operation_answer icon_answers[] = {
    { 200, { "L'icône", "The icon" }, "image/svg+xml", NULL },
    { 304, { "Inchangée", "Not modified" }, NULL, NULL },
    { 0 },
};

static const struct operation_answer file_answers[] = {
    { 200, { "Le fichier", "The file" }, "*/*", NULL },
    { 304, { "Inchangé", "Not modified" }, NULL, NULL },
    { 404, { "Pas de tel fichier", "No such file" }, "application/problem+json", "Problem" },
    { 0 },
};

const struct operation operations_table[] = {
    { .method = "GET",
        .path = "/tools/{path}",
        .handler = calls_get,
        .id = "get_",
        .each = OPERATION_LOCAL_BY_PATH },
    { .method = "POST",
        .path = "/tools/{path}",
        .handler = calls_post,
        .id = "post_",
        .each = OPERATION_BY_PATH },
    { .method = "POST",
        .path = "/call/{tool}",
        .handler = calls_post,
        .id = "call_",
        .each = OPERATION_BY_NAME },
    { .method = "POST",
        .path = "/mcp",
        .id = "mcp_post",
        .tag = "mcp",
        .summary = { "Un message MCP", "An MCP message" },
        .about = { "Model Context Protocol, Streamable HTTP. Une requête sans session ni version "
                   "(comme ici) reçoit sa réponse en JSON.",
            "Model Context Protocol, Streamable HTTP. A request without session and version (as here) is "
            "answered in JSON." },
        .body = "Request",
        .answers = mcp_post_answers },
    { .method = "GET",
        .path = "/mcp",
        .id = "mcp_get",
        .tag = "mcp",
        .summary = { "Le flux d'une session MCP", "The stream of an MCP session" },
        .param = "Session",
        .answers = mcp_get_answers },
    { .method = "DELETE",
        .path = "/mcp",
        .id = "mcp_delete",
        .tag = "mcp",
        .summary = { "Finir une session MCP", "End an MCP session" },
        .param = "Session",
        .answers = mcp_delete_answers },
    { .method = "GET",
        .path = "/tools",
        .handler = about_tools,
        .id = "tools",
        .tag = "server",
        .summary = { "Les outils", "The tools" },
        .about = { "Comme `tools/list` de MCP.", "As `tools/list` of MCP." },
        .answers = tools_answers },
    { .method = "GET",
        .path = "/",
        .handler = about_root,
        .is_open = true,
        .id = "root",
        .tag = "server",
        .summary = { "Ce serveur", "This server" },
        .about = { "Nom, version et adresses ; pour un navigateur, la page d'accueil.",
            "Name, version and addresses; for a browser, the start page." },
        .answers = root_answers },
    { .method = "GET",
        .path = "/health",
        .handler = about_health,
        .is_open = true,
        .id = "health",
        .tag = "server",
        .summary = { "Santé", "Health" },
        .about = { "`degraded` : une partie manque, les appels sont servis.",
            "`degraded`: a part is missing, calls are served." },
        .answers = health_answers },
    { .method = "GET",
        .path = "/metrics",
        .handler = metrics_show,
        .id = "metrics",
        .tag = "server",
        .summary = { "Mesures", "Metrics" },
        .about = { "Pour Prometheus ; OpenMetrics 1.0 si `Accept` le demande.",
            "For Prometheus; OpenMetrics 1.0 if `Accept` asks for it." },
        .answers = metrics_answers },
    { .method = "GET",
        .path = "/stats",
        .handler = stats_show,
        .id = "stats",
        .tag = "server",
        .summary = { "Statistiques", "Statistics" },
        .about = { "Services surveillés, ressources de la machine, appels et temps de réponse.",
            "Watched services, resources of the machine, calls and response times." },
        .answers = stats_answers },
    { .method = "GET",
        .path = "/openapi.json",
        .handler = about_openapi,
        .is_open = true,
        .id = "openapi",
        .tag = "server",
        .summary = { "Ce document", "This document" },
        .answers = openapi_answers },
    { .method = "GET",
        .path = "/docs",
        .handler = pages_show,
        .is_open = true,
        .id = "docs",
        .tag = "pages",
        .summary = { "Swagger UI", "Swagger UI" },
        .about = { "Essayer les opérations dans un navigateur.", "Try the operations in a browser." },
        .answers = page_answers },
    { .method = "GET",
        .path = "/redoc",
        .handler = pages_show,
        .is_open = true,
        .id = "redoc",
        .tag = "pages",
        .summary = { "ReDoc", "ReDoc" },
        .about = { "Lire ce document.", "Read this document." },
        .answers = page_answers },
    { .method = "GET",
        .path = "/licenses",
        .handler = pages_show,
        .is_open = true,
        .id = "licenses",
        .tag = "pages",
        .summary = { "Licences", "Licenses" },
        .about = { "Celles de ce programme et de ce qu'il contient.",
            "Those of this program and of what it carries." },
        .answers = licenses_answers },
    { .method = "GET",
        .path = "/favicon.ico",
        .handler = pages_show,
        .is_open = true,
        .id = "icon",
        .tag = "pages",
        .summary = { "Icône", "Icon" },
        .answers = icon_answers },
    { .method = "GET",
        .path = "/assets/{file}",
        .handler = pages_file,
        .is_open = true,
        .id = "file",
        .tag = "pages",
        .summary = { "Un fichier des pages", "A file of the pages" },
        .about = { "Son nom change avec son contenu.", "Its name changes with its content." },
        .param = "File",
        .answers = file_answers },
    { 0 },
};
