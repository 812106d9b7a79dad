/* The resources: each is a tool's result under a name of its own, so nothing is read or written out here. */
#include "guide/guide.h"

#include "tools/registry.h"

#define LOGS_POLL_S 5
#define SERVICES_POLL_S 5

static const char *const system_members[] = { "general", "cpu", "memory", NULL };

static const struct mcp_resource system_resource = {
    .uri = "assist://system",
    .mime_type = "application/json",
    .reader = { .name = "system",
        .title = { "Cette machine", "This machine" },
        .about = { "Système, processeur et mémoire : ce qu'en dit system_info.",
            "System, CPU and memory, as system_info tells them." } },
    .tool = &tool_system_info,
    .members = system_members,
};

static const struct mcp_resource interfaces_resource = {
    .uri = "assist://interfaces",
    .mime_type = "application/json",
    .reader = { .name = "interfaces",
        .title = { "Interfaces réseau", "Network interfaces" },
        .about = { "Interfaces, adresses, routes, passerelles et serveurs DNS de cette machine.",
            "Interfaces, addresses, routes, gateways and name servers of this machine." } },
    .tool = &tool_network_interfaces,
};

static const struct mcp_resource processes_resource = {
    .uri = "assist://processes",
    .mime_type = "application/json",
    .reader = { .name = "processes",
        .title = { "Processus", "Processes" },
        .about = { "Les 20 processus qui occupent le plus le processeur.",
            "The 20 processes that use the CPU most." } },
    .tool = &tool_process_list,
    .arguments = "{\"sort\":\"cpu\",\"limit\":20}",
};

/* Without memory_bytes and tasks, which change all the time: subscribers want to hear of changes of state. */
static const char *const service_members[] = { "name", "found", "unit", "description", "active_state",
    "sub_state", "since", "enabled", "load_state", "main_pid", "result", "exit_status", "restarts",
    "activates", "next_run", "last_run", "path", "similar", "manager", NULL };

static const struct mcp_resource services_resource = {
    .uri = "assist://services/{name}",
    .mime_type = "application/json",
    .poll_s = SERVICES_POLL_S,
    .reader = { .name = "services",
        .title = { "État d'un service", "State of a service" },
        .about = { "Un service ou une unité systemd : en marche, depuis quand, pourquoi arrêté.",
            "A service or systemd unit: running or not, since when, why it stopped." } },
    .tool = &tool_check_service,
    .members = service_members,
    .complete = guide_complete_service,
};

static const char *const log_members[] = { "content", NULL };

static const struct mcp_resource logs_resource = {
    .uri = "assist://logs/{name}",
    .mime_type = "text/plain",
    .poll_s = LOGS_POLL_S,
    .reader = { .name = "logs",
        .title = { "Fin d'un journal", "End of a log" },
        .about = { "Les 200 dernières lignes d'un fichier de /var/log, par son nom relatif (« / » s'écrit "
                   "%2F).",
            "The last 200 lines of a file beneath /var/log, by its relative name ('/' is written %2F)." } },
    .tool = &tool_read_file,
    .arguments = "{\"path\":\"/var/log/{name}\",\"tail\":200}",
    .members = log_members,
    .complete = guide_complete_log,
};

const struct mcp_resource *const guide_resources[] = {
    &system_resource,
    &interfaces_resource,
    &processes_resource,
    &services_resource,
    &logs_resource,
    NULL,
};
