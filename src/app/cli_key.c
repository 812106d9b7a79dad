/* The verb `key`: makes, lists and revokes API keys. A server that runs takes notice by itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "app/action.h"
#include "app/assist.h"
#include "app/data_dir.h"
#include "app/keyring.h"
#include "app/privileges.h"
#include "base/err.h"
#include "base/scope.h"
#include "toolkit/faults.h"

static int add(const struct assist *assist, const char *name, struct err *err)
{
    char key[KEYRING_KEY_SIZE];
    struct privileges_account server;
    int error = privileges_choose(assist->settings.values.user, &server, err);
    if (!error)
        error = data_dir_make(assist->data_dir, server.uid, server.gid, err);
    if (!error)
        error = keyring_add(assist->data_dir, name, key, err);
    if (error)
        return error;
    fputs(assist->settings.lang == MCP_FR
            ? "Voici la clé. Elle n'est montrée qu'une fois ; seule son empreinte est gardée.\n"
            : "This is the key. It is shown this once; only its hash is kept.\n",
        stderr);
    puts(key);
    OPENSSL_cleanse(key, sizeof key);
    return fflush(stdout) == 0
        ? 0
        : err_say(err, -EIO, "la clé n'a pas pu être affichée : la révoquer et en ajouter une autre",
              "the key could not be printed: revoke it and add another");
}

static int list(const struct assist *assist, struct err *err)
{
    CLEANUP(keyring_done) struct keyring ring = { 0 };
    int error = keyring_open(&ring, assist->data_dir, err);
    for (size_t i = 0; i < ring.kept.count; i++)
        printf("%s\t%s\n", ring.kept.items[i].name, ring.kept.items[i].added);
    return error;
}

enum { KEY_ADD, KEY_LIST, KEY_REVOKE };

static const struct action key_actions[] = {
    [KEY_ADD] = { "add", { "NOM", "NAME" } },
    [KEY_LIST] = { .name = "list" },
    [KEY_REVOKE] = { "revoke", { "NOM", "NAME" } },
    { 0 },
};

static const struct action_set key_set = {
    .verb = "key",
    .accepted = { "key add NOM, key list, key revoke NOM", "key add NAME, key list, key revoke NAME" },
    .actions = key_actions,
};

static int run(const struct assist *assist, int argc, char **argv, struct err *err)
{
    int action = action_find(&key_set, assist->settings.lang, argc, argv, err);
    if (action < 0)
        return action;
    if (!assist->data_dir[0])
        return err_say(err, -EINVAL,
            "il n'y a pas de répertoire de données où garder les clés ; donner --data-dir",
            "there is no data directory to keep keys in; set --data-dir");
    switch (action) {
    case KEY_ADD:
        return add(assist, argv[1], err);
    case KEY_REVOKE:
        return keyring_revoke(assist->data_dir, argv[1], err);
    default:
        return list(assist, err);
    }
}

int cli_key(struct assist *assist, int argc, char **argv)
{
    struct err err = { 0 };
    assist->is_service = true;
    int error = assist_take_flags(assist, NULL, &argc, argv, &err);
    if (!error)
        error = assist_init(assist, &err);
    if (!error)
        error = run(assist, argc, argv, &err);
    if (!error)
        return 0;
    assist_complain(assist, &err);
    if (error == -ENOENT)
        return fault_row(MCP_NOT_FOUND)->exit_code;
    return error == -EINVAL ? 2 : 1;
}
