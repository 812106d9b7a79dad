/* Filling an error: the sentence is cut to its room, between two characters. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"

/* Not straight into `ret_text`: a caller may be wrapping the sentence that is there. */
static void __attribute__((format(printf, 2, 0)))
write_text(char ret_text[ERR_SIZE], const char *format, va_list args)
{
    char text[ERR_SIZE + 4];
    int len = vsnprintf(text, sizeof text, format, args);
    size_t kept = len < 0 ? 0 : strlen(text);
    if (kept >= ERR_SIZE)
        kept = text_utf8_cut(text, kept, ERR_SIZE - 1);
    memcpy(ret_text, text, kept);
    ret_text[kept] = '\0';
}

int err_set(struct err *err, int code, const char *format, ...)
{
    if (!err)
        return code;
    va_list args;
    va_start(args, format);
    write_text(err->text, format, args);
    va_end(args);
    err->french[0] = '\0';
    err->code = code;
    return code;
}

int err_say(struct err *err, int code, const char *fr, const char *en, ...)
{
    if (!err)
        return code;
    struct err said = { .code = code };
    va_list args;
    va_start(args, en);
    write_text(said.french, fr, args);
    va_end(args);
    va_start(args, en);
    write_text(said.text, en, args);
    va_end(args);
    *err = said;
    return code;
}

int err_because(struct err *err, int code, int error, const char *fr, const char *en, ...)
{
    if (!err)
        return code;
    char french[ERR_SIZE], english[ERR_SIZE];
    va_list args;
    va_start(args, en);
    write_text(french, fr, args);
    va_end(args);
    va_start(args, en);
    write_text(english, en, args);
    va_end(args);
    err_set(err, code, "%s: %s", english, strerrordesc_np(error));
    struct err said = { 0 };
    err_set(&said, code, "%s : %s", french, err_reason_french(error));
    memcpy(err->french, said.text, sizeof err->french);
    return code;
}

const char *err_reason_french(int error)
{
    static const struct {
        int error;
        const char *text;
    } rows[] = {
        { EACCES, "permission refusée" },
        { EPERM, "opération non permise" },
        { ENOENT, "fichier ou répertoire inexistant" },
        { EEXIST, "le fichier existe déjà" },
        { ENOTDIR, "ce n'est pas un répertoire" },
        { EISDIR, "c'est un répertoire" },
        { ELOOP, "trop de liens symboliques" },
        { ENAMETOOLONG, "nom trop long" },
        { ENOSPC, "plus de place sur le disque" },
        { EDQUOT, "quota de disque dépassé" },
        { EROFS, "système de fichiers en lecture seule" },
        { EIO, "erreur d'entrée-sortie" },
        { EMFILE, "trop de fichiers ouverts" },
        { ENOMEM, "pas assez de mémoire" },
        { EADDRINUSE, "adresse déjà utilisée" },
        { EADDRNOTAVAIL, "cette machine n'a pas cette adresse" },
        { ECONNREFUSED, "connexion refusée" },
        { ECONNRESET, "connexion coupée par l'autre bout" },
        { ETIMEDOUT, "délai dépassé" },
        { EHOSTUNREACH, "hôte injoignable" },
        { ENETUNREACH, "réseau injoignable" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].error == error)
            return rows[i].text;
    return strerrordesc_np(error);
}

const char *err_french(const struct err *err)
{
    return err->french[0] ? err->french : err->text;
}
