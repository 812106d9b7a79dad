/* read_file: a text file, or a piece of it. Which files may be opened is sys/confine's, what is read
 * sys/excerpt's. */
#include <mcp/tool.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "sys/confine.h"
#include "sys/excerpt.h"
#include "tools/host_root.h"
#include "tools/read_file.h"

#define TIMEOUT_MS 10000
/* Where a container has files of its host, under the same roots and the same deny list. */
#define HOST_TWIN "/host"
/* Stands for the data directory among the roots. */
#define DATA_ROOT "data"

struct args {
    const char *path;
    int encoding;
    int64_t offset, lines, tail;
};

/* In the order of enum excerpt_encoding. */
static const char *const encodings[] = { "auto", "utf-8", "latin-1", "utf-16", "base64", NULL };

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, path, .alias = "file_path", .required = true, .max = 4095, .format = MCP_PATH,
        .about = { "Chemin absolu", "Absolute path" }, .example = "/var/log/syslog"),
    MCP_ARG_ENUM(struct args, encoding, .choices = encodings, .preset = "auto",
        .about = { "Encodage du fichier ; base64 pour un fichier binaire",
            "Encoding of the file; base64 for binary files" }),
    MCP_ARG_INT(struct args, offset, .preset = "0", .min = 0, .max = 9e15, .unit = "bytes",
        .about = { "Où commencer", "Where to begin" }),
    MCP_ARG_INT(struct args, lines, .preset = "0", .min = 0, .max = 1000000,
        .about = { "Nombre de lignes au plus ; 0 = sans limite", "At most so many lines; 0 = no limit" }),
    MCP_ARG_INT(struct args, tail, .preset = "0", .min = 0, .max = 1000000,
        .about = { "Les N dernières lignes seulement", "The last N lines only" }),
    { 0 },
};

static const struct mcp_param setting_rows[] = {
    MCP_ARG_STRINGS(struct read_file_settings, roots, .max_items = 100, .max = 4095,
        .preset = "/var/log,data,/etc/hostname,/etc/hosts,/etc/resolv.conf,/etc/nsswitch.conf,/etc/host.conf,"
                  "/etc/gai.conf,/etc/fstab,/etc/os-release,/etc/lsb-release,/etc/debian_version,"
                  "/etc/redhat-release,/etc/issue,/etc/motd,/etc/timezone,/etc/adjtime,/etc/locale.conf,"
                  "/etc/services,/etc/protocols,/etc/shells,/etc/crontab,/usr/lib/os-release,"
                  "/run/systemd/resolve/resolv.conf,/run/systemd/resolve/stub-resolv.conf",
        .about = { "Répertoires et fichiers lisibles, aussi sous /host ; \"data\" = le répertoire de "
                   "données",
            "Directories and files that may be read, beneath /host too; \"data\" = the data "
            "directory" }),
    MCP_ARG_STRINGS(struct read_file_settings, deny, .max_items = 200, .max = 4095,
        .preset = "shadow*,gshadow*,opasswd*,/etc/sudoers*,ssh_host_*_key,id_rsa*,id_ed25519*,"
                  "id_ecdsa*,id_dsa*,.ssh,.gnupg,/etc/ssl/private,/etc/pki/tls/private,"
                  "/etc/pki/private,/etc/letsencrypt,*.key,*.keys,*.p12,*.pfx,*.jks,*.kdbx,*.priv,"
                  "*key*.pem,*priv*.pem,/etc/haproxy/*.pem,*.keytab,*.keyring,.pgpass,.netrc,.my.cnf,"
                  ".env*,*secret*,*credential*,sasl_passwd*,passwd.client,*htpasswd*,*htdigest*,"
                  "/etc/NetworkManager/system-connections,/etc/netplan,*wpa_supplicant*.conf,"
                  "/etc/wireguard,/etc/openvpn,*.ovpn,/etc/ipsec.d/private,/etc/swanctl/private,"
                  "/etc/ppp,/etc/iwd,/etc/sssd,/etc/nslcd.conf,/etc/mysql/debian.cnf,"
                  "/etc/apt/auth.conf*,/etc/kubernetes,/etc/rancher,/etc/docker/key.json,"
                  "/etc/credstore*,/etc/cryptsetup-keys.d,/etc/luks*,/etc/freeradius,/etc/raddb,"
                  "/etc/cups/printers.conf*,/etc/machine-id,/etc/mcp-assist*,keys,assist.db*,"
                  "/var/log/installer/cdebconf,/var/log/installer/*preseed*,/var/log/anaconda/ks*",
        .about = { "Ce qui est refusé même là : motif de chemin, ou de nom s'il n'a pas de /",
            "What is refused even there: pattern of a path, or of a name if it has no /" }),
    { 0 },
};

static const char *check_settings(const void *given, struct mcp_text *ret_accepted)
{
    const struct read_file_settings *settings = given;
    *ret_accepted = (struct mcp_text){ "des chemins absolus, ou " DATA_ROOT " pour le répertoire de données",
        "absolute paths, or " DATA_ROOT " for the data directory" };
    for (size_t i = 0; i < settings->roots.count; i++)
        if (settings->roots.items[i][0] != '/' && strcmp(settings->roots.items[i], DATA_ROOT) != 0)
            return "roots";
    return NULL;
}

static const struct mcp_field output[] = {
    HOST_ROOT_FIELD,
    { .name = "path", .kind = MCP_STRING, .label = { "Fichier", "File" } },
    { .name = "size_bytes", .kind = MCP_INT, .label = { "Taille", "Size" }, .unit = "bytes" },
    { .name = "modified", .kind = MCP_STRING, .label = { "Modifié", "Modified" } },
    { .name = "encoding", .kind = MCP_STRING },
    { .name = "binary", .kind = MCP_BOOL },
    { .name = "offset", .kind = MCP_INT },
    { .name = "lines", .kind = MCP_INT, .label = { "Lignes", "Lines" }, .optional = true },
    { .name = "truncated", .kind = MCP_BOOL },
    { .name = "masked", .kind = MCP_BOOL, .optional = true }, /* only if so */
    { .name = "next_offset", .kind = MCP_INT, .optional = true },
    { .name = "content", .kind = MCP_TEXT, .label = { "Contenu", "Content" }, .optional = true },
    { 0 },
};

static bool is_beneath(const char *path, const char *directory)
{
    size_t len = strlen(directory);
    return len > 0 && strncmp(path, directory, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* A name in the tree: without the place where the tree is seen, which a caller may say in front. */
static const char *name_in(const char *tree, const char *path)
{
    return tree && is_beneath(path, tree) && path[strlen(tree)] ? path + strlen(tree) : path;
}

/* Whose file it is: NULL = of this process's own tree. */
static const char *tree_of(const struct mcp_call *call, const char *path)
{
    const char *root = host_root(call);
    if (is_beneath(path, mcp_data_dir(call)))
        return NULL;
    return root || name_in(HOST_TWIN, path) == path ? root : HOST_TWIN;
}

/* The roots with the data directory's path in place of its name. */
struct confine read_file_confine(
    struct mcp_call *call, const struct read_file_settings *settings, const char *path)
{
    const char **items = mcp_alloc(call, (settings->roots.count + 1) * sizeof(*items));
    const char *tree = tree_of(call, path);
    size_t count = 0;
    for (size_t i = 0; i < settings->roots.count; i++) {
        const char *root = settings->roots.items[i];
        if (!strcmp(root, DATA_ROOT))
            root = tree ? "" : mcp_data_dir(call);
        else if (!tree && host_root(call))
            root = ""; /* of the data directory's tree nothing else is read */
        if (*root)
            items[count++] = name_in(tree, root);
    }
    return (struct confine){
        .tree = tree,
        .roots = items,
        .root_count = count,
        .denied = settings->deny.items,
        .denied_count = settings->deny.count,
    };
}

static const char *join(struct mcp_call *call, struct mcp_strings strings)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    for (size_t i = 0; i < strings.count; i++)
        buf_addf(&text, "%s%s", i ? ", " : "", strings.items[i]);
    return mcp_strdup(call, buf_str(&text));
}

static int refuse(struct mcp_call *call, enum confine_fault fault, const char *path, struct mcp_strings roots)
{
    switch (fault) {
    case CONFINE_BAD_PATH:
        return mcp_reject(call, "path", "\"%s\" : chemin absolu attendu, comme /var/log/syslog",
            "\"%s\": an absolute path is expected, such as /var/log/syslog", path);
    case CONFINE_OUTSIDE:
        return mcp_fail(call, MCP_DENIED, "%s : hors de ce qui peut être lu : %s",
            "%s is outside of what may be read: %s", path, join(call, roots));
    case CONFINE_ESCAPES:
        return mcp_fail(call, MCP_DENIED,
            "%s : un lien symbolique ou \"..\" mène hors du répertoire autorisé ; peuvent être lus : %s",
            "%s: a symbolic link or \"..\" leads out of the allowed directory; what may be read: %s", path,
            join(call, roots));
    case CONFINE_LISTED:
        return mcp_fail(call, MCP_DENIED, "%s : fichier protégé (réglage deny de read_file)",
            "%s is protected (setting deny of read_file)", path);
    case CONFINE_LINKED:
        return mcp_fail(call, MCP_DENIED,
            "%s : fichier à plusieurs noms (liens physiques), dont l'un peut être protégé",
            "%s has several names (hard links), one of which may be protected", path);
    case CONFINE_MISSING:
        return mcp_fail(call, MCP_NOT_FOUND, "%s n'existe pas", "%s does not exist", path);
    case CONFINE_NO_PERMISSION:
        return mcp_fail(call, MCP_DENIED, "%s : le serveur n'a pas le droit de lire ce fichier",
            "%s: the server is not permitted to read this file", path);
    case CONFINE_DIRECTORY:
        return mcp_reject(call, "path", "%s est un répertoire ; indiquez un fichier qu'il contient",
            "%s is a directory; name a file in it", path);
    case CONFINE_SPECIAL:
        return mcp_reject(call, "path",
            "%s est un périphérique, un tube ou un socket ; seuls les fichiers ordinaires se lisent",
            "%s is a device, pipe or socket; only regular files are read", path);
    case CONFINE_UNSUPPORTED:
        return mcp_fail(call, MCP_UNSUPPORTED,
            "ce noyau n'a pas openat2 (Linux 5.6) : aucun fichier n'est lu",
            "this kernel lacks openat2 (Linux 5.6): no file is read");
    default:
        return mcp_fail(call, MCP_INTERNAL, "%s ne peut pas être ouvert", "%s cannot be opened", path);
    }
}

static int check(struct mcp_call *call, const struct args *args)
{
    int rc = 0;
    if (args->tail > 0 && args->offset > 0)
        rc = mcp_reject(call, "tail", "tail et offset s'excluent", "tail and offset exclude each other");
    if (args->tail > 0 && args->lines > 0)
        rc = mcp_reject(call, "tail", "tail et lines s'excluent", "tail and lines exclude each other");
    if (args->encoding == EXCERPT_BASE64 && (args->tail > 0 || args->lines > 0)) {
        rc = mcp_reject(call, "encoding", "base64 ne compte pas de lignes : utilisez offset",
            "base64 counts no lines: use offset");
    }
    return rc;
}

/* Where the rest is. */
static void say_cut(struct mcp_call *call, const struct args *args, const struct excerpt *excerpt)
{
    unsigned long long lines = excerpt->lines, next = excerpt->next_offset;
    if (args->tail > 0) {
        mcp_say(call, "Tronqué : seules les %llu dernières lignes tiennent dans la réponse.",
            "Truncated: only the last %llu lines fit in the answer.", lines);
    } else {
        mcp_say(call, "Tronqué : la suite est à offset=%llu.", "Truncated: it goes on at offset=%llu.", next);
    }
}

static void put(struct mcp_call *call, const struct args *args, const char *path, const struct stat *info,
    const struct excerpt *excerpt)
{
    char stamp[CLOCK_STAMP_SIZE];
    bool is_binary = !strcmp(excerpt->encoding, "binary");
    bool is_base64 = args->encoding == EXCERPT_BASE64;
    clock_stamp((int64_t)info->st_mtim.tv_sec * 1000 + info->st_mtim.tv_nsec / 1000000, stamp);
    mcp_put_str(call, "path", path);
    mcp_put_int(call, "size_bytes", (int64_t)info->st_size);
    mcp_put_str(call, "modified", stamp);
    mcp_put_str(call, "encoding", excerpt->encoding);
    mcp_put_bool(call, "binary", is_binary);
    mcp_put_int(call, "offset", (int64_t)excerpt->offset);
    if (is_binary) {
        mcp_put_bool(call, "truncated", false);
        mcp_say(call, "%s est un fichier binaire ; encoding=base64 en donne les octets.",
            "%s is a binary file; encoding=base64 gives its bytes.", path);
        return;
    }
    if (excerpt->is_cut)
        say_cut(call, args, excerpt);
    if (!is_base64)
        mcp_put_int(call, "lines", (int64_t)excerpt->lines);
    mcp_put_bool(call, "truncated", excerpt->is_cut);
    if (excerpt->is_masked) {
        mcp_put_bool(call, "masked", true);
        mcp_say(call, "Des secrets sont masqués par des *.", "Secrets are masked by *.");
    }
    mcp_put_int(call, "next_offset", (int64_t)excerpt->next_offset);
    mcp_put_strn(call, "content", excerpt->text.len ? excerpt->text.data : "", excerpt->text.len);
}

static int run(struct mcp_call *call, const void *arguments)
{
    const struct args *args = arguments;
    const struct read_file_settings *settings = mcp_settings(call);
    int rc = check(call, args);
    if (rc != 0)
        return rc;
    struct confine confine = read_file_confine(call, settings, args->path);
    const char *name = name_in(confine.tree, args->path), *path = host_root(call) ? name : args->path;
    struct mcp_strings roots = { .count = confine.root_count, .items = confine.roots };
    struct confine_file *file = mcp_alloc(call, sizeof(*file));
    enum confine_fault fault = confine_open(&confine, name, file);
    if (fault != CONFINE_OK)
        return refuse(call, fault, path, roots);
    CLEANUP(scope_close) int fd = file->fd;
    uint64_t size_bytes = (uint64_t)file->info.st_size;
    if (size_bytes > EXCERPT_MAX_READ && args->offset == 0 && args->lines == 0 && args->tail == 0) {
        return mcp_fail(call, MCP_TOO_LARGE,
            "%s a %llu octets, plus de 10 Mio : lisez-en une partie avec tail (dernières lignes), lines ou "
            "offset",
            "%s has %llu bytes, more than 10 MiB: read a part of it with tail (last lines), lines or offset",
            path, (unsigned long long)size_bytes);
    }
    struct excerpt_request request = {
        .encoding = (enum excerpt_encoding)args->encoding,
        .offset = (uint64_t)args->offset,
        .lines = (uint64_t)args->lines,
        .tail = (uint64_t)args->tail,
        .room = mcp_room(call),
    };
    CLEANUP(excerpt_done) struct excerpt excerpt = { 0 };
    rc = excerpt_read(fd, size_bytes, &request, &excerpt);
    if (rc == -ERANGE) {
        return mcp_reject(call, "offset", "%lld est après la fin de %s, qui a %llu octets",
            "%lld is beyond the end of %s, which has %llu bytes", (long long)args->offset, path,
            (unsigned long long)size_bytes);
    }
    if (rc < 0)
        return mcp_fail(call, MCP_INTERNAL, "%s : erreur de lecture (errno %d)",
            "%s: cannot be read (errno %d)", path, -rc);
    mcp_put_str(call, "root", confine.tree ? host_root(call) : NULL);
    put(call, args, path, &file->info, &excerpt);
    return 0;
}

const struct mcp_tool tool_read_file = {
    .name = "read_file",
    .path = "read-file",
    .title = { "Lecture de fichier", "File reader" },
    .about = { "Lit un fichier texte (journaux, configuration) ou une partie, secrets masqués, parmi ce qui "
               "est autorisé : /var/log, quelques fichiers de /etc... Pour un grand fichier : tail, lines "
               "ou offset.",
        "Reads a text file (logs, configuration) or a part of it, secrets masked, among what is allowed: "
        "/var/log, some files of /etc... "
        "For a large file: tail, lines or offset." },
    .params = params,
    .args_size = sizeof(struct args),
    .settings = setting_rows,
    .settings_size = sizeof(struct read_file_settings),
    .check = check_settings,
    .output = output,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY | MCP_IDEMPOTENT,
    .timeout_ms = TIMEOUT_MS,
    .scope = "files",
    .run = run,
};
