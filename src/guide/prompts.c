/* The prompts: for each common trouble, which tools to call in which order and what to look for. */
#include <stddef.h>

#include "guide/guide.h"

/* How every diagnosis ends. */
static const struct mcp_text closing = {
    "Terminez par : la cause probable, les faits qui la prouvent (valeurs relevées), ce qu'il faut faire, et "
    "ce "
    "qui reste à vérifier. Ne supposez rien qu'un outil puisse montrer ; n'appelez pas les outils qu'un "
    "résultat précédent rend inutiles.",
    "End with: the probable cause, the facts that prove it (values that were read), what to do, and what is "
    "left to check. Assume nothing that a tool can show; skip the tools that an earlier result makes "
    "needless.",
};

static int write_steps(struct mcp_call *call, const char *trouble, struct mcp_text steps)
{
    mcp_add_text(
        call, mcp_printf(call, "%s\n\n%s\n\n%s", trouble, mcp_pick(call, steps), mcp_pick(call, closing)));
    return 0;
}

/* "The machine is slow (since noon)." */
static const char *trouble(struct mcp_call *call, struct mcp_text sentence, const char *detail)
{
    const char *text = mcp_pick(call, sentence);
    const char *colon = mcp_language(call) == MCP_FR ? " :" : ":";
    return detail ? mcp_printf(call, "%s%s %s", text, colon, detail) : mcp_printf(call, "%s.", text);
}

/* ---- slow_machine ---- */

struct slow_machine {
    const char *symptom;
};

static const struct mcp_param slow_machine_rows[] = {
    MCP_ARG_STRING(struct slow_machine, symptom, .max = 500,
        .about = { "Ce qui est lent, et depuis quand", "What is slow, and since when" }),
    { 0 },
};

static int write_slow_machine(struct mcp_call *call, const void *args)
{
    static const struct mcp_text steps = {
        "1. system_info (section all) : charge par rapport au nombre de processeurs, cpu en % et attente "
        "d'E/S, mémoire disponible et swap utilisé, pressure (some_avg10 au-dessus de 10 % = on attend cette "
        "ressource), disques occupés.\n"
        "2. process_list avec sort=cpu, puis sort=memory : qui occupe la ressource qui manque ; processus "
        "bloqués (disk_sleep) ou zombies.\n"
        "3. disk_usage : un système de fichiers plein ou sans inode libre ralentit tout.\n"
        "4. read_file sur /var/log/kern.log avec tail=200 ; s'il n'existe pas (Debian 12 et suivantes n'ont "
        "que le journal), demandez à la personne le résultat de `journalctl -k -n 200` : « Out of memory », "
        "erreurs d'E/S, surchauffe.\n"
        "5. Si seules les applications en réseau sont lentes : ping_host vers la passerelle, puis "
        "dns_lookup.",
        "1. system_info (section all): load against the number of CPUs, CPU % and I/O wait, memory available "
        "and swap in use, pressure (some_avg10 above 10 % = that resource is waited for), busy disks.\n"
        "2. process_list with sort=cpu, then sort=memory: who uses what is short; processes that are stuck "
        "(disk_sleep) or zombies.\n"
        "3. disk_usage: a file system that is full or out of inodes slows everything down.\n"
        "4. read_file of /var/log/kern.log with tail=200; if it does not exist (Debian 12 and later have the "
        "journal only), ask the person for the output of `journalctl -k -n 200`: 'Out of memory', I/O "
        "errors, overheating.\n"
        "5. If only networked applications are slow: ping_host to the gateway, then dns_lookup.",
    };
    const struct slow_machine *given = args;
    static const struct mcp_text sentence = { "Cette machine est lente", "This machine is slow" };
    return write_steps(call, trouble(call, sentence, given->symptom), steps);
}

static const struct mcp_prompt slow_machine = {
    .writer = { .name = "slow_machine",
        .title = { "Machine lente", "Slow machine" },
        .about = { "Trouver ce qui ralentit cette machine.", "Find out what slows this machine down." },
        .params = slow_machine_rows,
        .args_size = sizeof(struct slow_machine),
        .run = write_slow_machine },
};

/* ---- no_network ---- */

struct no_network {
    const char *destination;
};

static const struct mcp_param no_network_rows[] = {
    MCP_ARG_STRING(struct no_network, destination, .max = 253,
        .about = { "Hôte qui devrait répondre", "Host that should answer" }),
    { 0 },
};

static int write_no_network(struct mcp_call *call, const void *args)
{
    static const struct mcp_text steps = {
        "1. network_interfaces : l'interface est-elle UP, avec une adresse (pas seulement 169.254.x.x ou "
        "fe80::), une route par défaut, une passerelle, des serveurs DNS ; erreurs ou paquets perdus.\n"
        "2. ping_host vers la passerelle : si elle ne répond pas, le défaut est local (câble, Wi-Fi, VLAN, "
        "adresse).\n"
        "3. ping_host vers une adresse IP extérieure (9.9.9.9) : si elle seule échoue, le défaut est au-delà "
        "de la passerelle.\n"
        "4. dns_lookup d'un nom connu, puis du même avec server=9.9.9.9 : si l'IP répond mais pas le nom, "
        "c'est le DNS.\n"
        "5. port_scan de la destination sur le port utile (443, 445, 3389...) : « filtered » désigne un "
        "pare-feu, « closed » un service arrêté.\n"
        "6. check_service pour NetworkManager, systemd-networkd et systemd-resolved.",
        "1. network_interfaces: is the interface UP, with an address (not only 169.254.x.x or fe80::), a "
        "default route, a gateway, name servers; errors or dropped packets.\n"
        "2. ping_host to the gateway: if it does not answer, the fault is local (cable, Wi-Fi, VLAN, "
        "address).\n"
        "3. ping_host to an IP address outside (9.9.9.9): if only that fails, the fault is beyond the "
        "gateway.\n"
        "4. dns_lookup of a known name, then of the same with server=9.9.9.9: if the IP answers but the name "
        "does not, it is the DNS.\n"
        "5. port_scan of the destination on the port that matters (443, 445, 3389...): 'filtered' points to "
        "a "
        "firewall, 'closed' to a service that is stopped.\n"
        "6. check_service for NetworkManager, systemd-networkd and systemd-resolved.",
    };
    const struct no_network *given = args;
    static const struct mcp_text plain = { "Cette machine n'a pas de réseau", "This machine has no network" };
    static const struct mcp_text to = { "Cette machine ne joint pas", "This machine cannot reach" };
    return write_steps(call, trouble(call, given->destination ? to : plain, given->destination), steps);
}

static const struct mcp_prompt no_network = {
    .writer = { .name = "no_network",
        .title = { "Pas de réseau", "No network" },
        .about = { "Trouver où le réseau s'arrête : interface, passerelle, Internet ou DNS.",
            "Find out where the network ends: interface, gateway, internet or DNS." },
        .params = no_network_rows,
        .args_size = sizeof(struct no_network),
        .run = write_no_network },
};

/* ---- disk_full ---- */

struct disk_full {
    const char *path;
};

static const struct mcp_param disk_full_rows[] = {
    MCP_ARG_STRING(struct disk_full, path, .max = 4095,
        .about = { "Chemin sur le disque plein", "A path on the disk that is full" }),
    { 0 },
};

static int write_disk_full(struct mcp_call *call, const void *args)
{
    static const struct mcp_text steps = {
        "1. disk_usage sans argument, ou avec le chemin indiqué : le système de fichiers presque plein, et "
        "si "
        "ce sont les octets ou les inodes qui manquent ; s'il est monté en lecture seule, cherchez une "
        "erreur "
        "disque plutôt qu'un manque de place.\n"
        "2. process_list avec sort=memory puis filter (journald, mysqld, docker...) : qui écrit là ; un "
        "fichier supprimé mais encore ouvert occupe sa place jusqu'à l'arrêt de son processus.\n"
        "3. read_file sur /var/log/syslog avec tail=200 ; s'il n'existe pas (Debian 12 et suivantes n'ont "
        "que "
        "le journal), demandez à la personne le résultat de `journalctl -n 200` : « No space left on device "
        "», un message répété en boucle qui remplit les journaux, erreurs du système de fichiers.\n"
        "4. check_service pour logrotate.timer et systemd-journald : la rotation des journaux "
        "tourne-t-elle.\n"
        "Coupables fréquents : /var/log, /var/cache, /var/lib/docker, /tmp, sauvegardes, anciens noyaux dans "
        "/boot. Ces outils ne suppriment rien : proposez les commandes à la personne.",
        "1. disk_usage without arguments, or with the path given: which file system is nearly full, and "
        "whether bytes or inodes are short; if it is mounted read-only, look for a disk error rather than "
        "for "
        "lack of space.\n"
        "2. process_list with sort=memory, then with filter (journald, mysqld, docker...): who writes there; "
        "a "
        "file that is deleted but still open takes its space until its process ends.\n"
        "3. read_file of /var/log/syslog with tail=200; if it does not exist (Debian 12 and later have the "
        "journal only), ask the person for the output of `journalctl -n 200`: 'No space left on device', a "
        "message repeated over and over that fills the logs, file system errors.\n"
        "4. check_service for logrotate.timer and systemd-journald: are the logs rotated.\n"
        "Usual culprits: /var/log, /var/cache, /var/lib/docker, /tmp, backups, old kernels in /boot. These "
        "tools delete nothing: propose the commands to the person.",
    };
    const struct disk_full *given = args;
    static const struct mcp_text plain = { "Un disque de cette machine est plein",
        "A disk of this machine is full" };
    static const struct mcp_text at = { "Le disque est plein, à l'emplacement", "The disk is full, at" };
    return write_steps(call, trouble(call, given->path ? at : plain, given->path), steps);
}

static const struct mcp_prompt disk_full = {
    .writer = { .name = "disk_full",
        .title = { "Disque plein", "Disk full" },
        .about = { "Trouver quel disque est plein et pourquoi.", "Find out which disk is full and why." },
        .params = disk_full_rows,
        .args_size = sizeof(struct disk_full),
        .run = write_disk_full },
};

/* ---- service_down ---- */

struct service_down {
    const char *service;
};

static const struct mcp_param service_down_rows[] = {
    MCP_ARG_STRING(struct service_down, service, .max = 255,
        .about = { "Nom du service (nginx, cron.service...)",
            "Name of the service (nginx, cron.service...)" }),
    { 0 },
};

static int write_service_down(struct mcp_call *call, const void *args)
{
    static const struct mcp_text steps = {
        "1. check_service avec son nom : active_state, result et exit_status disent pourquoi il s'est arrêté "
        "; "
        "restarts qui grandit = il redémarre en boucle ; enabled=disabled = il ne démarre pas au boot ; "
        "load_state=masked = il est interdit ; absent : essayez les noms de similar.\n"
        "2. process_list avec filter=son nom : tourne-t-il hors du gestionnaire de services, un autre "
        "processus a-t-il pris sa place.\n"
        "3. port_scan de 127.0.0.1 sur son port : « open » alors que le service est arrêté = port pris par "
        "un "
        "autre.\n"
        "4. read_file sur son propre fichier dans /var/log/ avec tail=200 ; s'il n'y en a pas, demandez à la "
        "personne le résultat de `journalctl -u NOM -n 100` : la dernière erreur avant l'arrêt.\n"
        "5. Sa configuration dans /etc : read_file n'en lit que ce que son réglage roots permet ; s'il "
        "refuse, demandez le fichier à la personne.\n"
        "6. disk_usage et system_info (section memory) : disque plein, ou tué faute de mémoire.\n"
        "7. check_service de ce dont il dépend (base de données, réseau).",
        "1. check_service with its name: active_state, result and exit_status tell why it stopped; restarts "
        "that grow = it restarts over and over; enabled=disabled = it does not start at boot; "
        "load_state=masked = it is forbidden; not found: try the names in similar.\n"
        "2. process_list with filter=its name: does it run outside of the service manager, has another "
        "process "
        "taken its place.\n"
        "3. port_scan of 127.0.0.1 on its port: 'open' while the service is stopped = the port is taken by "
        "another.\n"
        "4. read_file of a file of its own in /var/log/ with tail=200; if there is none, ask the person for "
        "the output of `journalctl -u NAME -n 100`: the last error before it stopped.\n"
        "5. Its configuration in /etc: read_file reads of it only what its setting roots allows; if it "
        "refuses, ask the person for the file.\n"
        "6. disk_usage and system_info (section memory): disk full, or killed for lack of memory.\n"
        "7. check_service of what it depends on (database, network).",
    };
    const struct service_down *given = args;
    static const struct mcp_text plain = {
        "Un service de cette machine ne fonctionne pas ; demandez d'abord lequel",
        "A service of this machine does not work; ask first which one"
    };
    static const struct mcp_text named = { "Ce service de cette machine ne fonctionne pas",
        "This service of this machine does not work" };
    return write_steps(call, trouble(call, given->service ? named : plain, given->service), steps);
}

static const struct mcp_prompt service_down = {
    .writer = { .name = "service_down",
        .title = { "Service arrêté", "Service down" },
        .about = { "Trouver pourquoi un service ne tourne pas ou ne répond pas.",
            "Find out why a service does not run or does not answer." },
        .params = service_down_rows,
        .args_size = sizeof(struct service_down),
        .run = write_service_down },
    .complete = guide_complete_service,
};

/* ---- site_unreachable ---- */

struct site_unreachable {
    const char *url;
};

static const struct mcp_param site_unreachable_rows[] = {
    MCP_ARG_STRING(
        struct site_unreachable, url, .max = 2048, .about = { "Adresse du site", "Address of the site" }),
    { 0 },
};

static int write_site_unreachable(struct mcp_call *call, const void *args)
{
    static const struct mcp_text steps = {
        "1. http_request sur l'adresse : le message d'échec dit déjà l'étage en cause (nom, connexion, TLS, "
        "réponse) ; code 4xx = la demande, 5xx = le serveur, 3xx = suivez la redirection ; certificat expiré "
        "ou d'un autre nom.\n"
        "2. dns_lookup du nom : NXDOMAIN, adresse inattendue, réponse différente avec server=9.9.9.9.\n"
        "3. port_scan de l'hôte sur 80 et 443 : « closed » = pas de serveur web, « filtered » = pare-feu.\n"
        "4. ping_host de l'hôte, avec method=tcp et port=443 si l'ICMP est filtré : pertes et délai.\n"
        "5. Si d'autres sites échouent aussi, network_interfaces puis l'invite no_network.\n"
        "6. Si l'hôte est cette machine : check_service du serveur web, puis read_file sur ses journaux dans "
        "/var/log/nginx ou /var/log/apache2 ; s'ils manquent, demandez à la personne le résultat de "
        "`journalctl -u NOM -n 100`.",
        "1. http_request of the address: the failure already names the layer (name, connection, TLS, "
        "response); status 4xx = the request, 5xx = the server, 3xx = follow the redirect; a certificate "
        "that "
        "is expired or for another name.\n"
        "2. dns_lookup of the name: NXDOMAIN, an unexpected address, another answer with server=9.9.9.9.\n"
        "3. port_scan of the host on 80 and 443: 'closed' = no web server, 'filtered' = a firewall.\n"
        "4. ping_host of the host, with method=tcp and port=443 if ICMP is filtered: loss and delay.\n"
        "5. If other sites fail too, network_interfaces and then the prompt no_network.\n"
        "6. If the host is this machine: check_service of the web server, then read_file of its logs in "
        "/var/log/nginx or /var/log/apache2; if they are missing, ask the person for the output of "
        "`journalctl -u NAME -n 100`.",
    };
    const struct site_unreachable *given = args;
    static const struct mcp_text plain = { "Un site web ne s'ouvre pas ; demandez d'abord son adresse",
        "A web site does not open; ask first for its address" };
    static const struct mcp_text named = { "Ce site web ne s'ouvre pas", "This web site does not open" };
    return write_steps(call, trouble(call, given->url ? named : plain, given->url), steps);
}

static const struct mcp_prompt site_unreachable = {
    .writer = { .name = "site_unreachable",
        .title = { "Site injoignable", "Site unreachable" },
        .about = { "Trouver pourquoi un site web ne s'ouvre pas : DNS, réseau, TLS ou serveur.",
            "Find out why a web site does not open: DNS, network, TLS or server." },
        .params = site_unreachable_rows,
        .args_size = sizeof(struct site_unreachable),
        .run = write_site_unreachable },
};

const struct mcp_prompt *const guide_prompts[] = {
    &slow_machine,
    &no_network,
    &disk_full,
    &service_down,
    &site_unreachable,
    NULL,
};
