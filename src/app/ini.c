/* Reading configuration files line by line. */
#include "app/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/scope.h"

#define SECTION_SIZE 64

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* Cuts white space off both ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len && strchr(" \t\r\n", text[len - 1]))
        len--;
    text[len] = '\0';
    return text;
}

/* "[name]" into `section`; false if that is not what the line is. */
static bool read_section(const char *text, char section[SECTION_SIZE])
{
    size_t len = strlen(text);
    if (text[0] != '[' || text[len - 1] != ']' || len - 2 >= SECTION_SIZE)
        return false;
    memcpy(section, text + 1, len - 2);
    section[len - 2] = '\0';
    return true;
}

/* A device or a pipe could hold the start for ever, and never end. */
static int open_file(const char *path, FILE **ret_file, struct err *err)
{
    struct stat status;
    CLEANUP(scope_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0)
        return err_because(err, -EINVAL, errno, "le fichier de configuration %s est illisible",
            "cannot read the configuration file %s", path);
    if (!S_ISREG(status.st_mode))
        return err_say(err, -EINVAL, "la configuration %s n'est pas un fichier ordinaire",
            "the configuration %s is not a regular file", path);
    *ret_file = fdopen(fd, "r");
    if (!*ret_file)
        return err_say(err, -ENOMEM, "pas de mémoire pour lire %s", "no memory to read %s", path);
    fd = -1;
    return 0;
}

int ini_read(const char *path, ini_taker *take, void *user, struct err *err)
{
    CLEANUP(close_file) FILE *file = NULL;
    CLEANUP(scope_free) char *line = NULL;
    char section[SECTION_SIZE] = "";
    size_t size = 0;
    ssize_t len;
    int failed = open_file(path, &file, err);
    if (failed)
        return failed;
    for (int number = 1; (len = getline(&line, &size, file)) >= 0; number++) {
        if (strlen(line) != (size_t)len)
            return err_say(err, -EINVAL, "fichier %s, ligne %d : un octet nul n'est pas du texte",
                "file %s, line %d: a NUL byte is no text", path, number);
        bool has_mark =
            number == 1 && strncmp(line, "\xEF\xBB\xBF", 3) == 0; /* some editors begin with one */
        char *text = trim(line + (has_mark ? 3 : 0));
        if (text[0] == '\0' || text[0] == '#' || text[0] == ';' || read_section(text, section))
            continue;
        char *equals = strchr(text, '=');
        if (!equals || equals == text)
            return err_say(err, -EINVAL,
                "fichier %s, ligne %d : incompris ; attendu : [section] ou nom = valeur",
                "file %s, line %d: not understood; expected [section] or name = value", path, number);
        *equals = '\0';
        int error = take(user, section, trim(text), trim(equals + 1), number, err);
        if (error)
            return error;
    }
    if (ferror(file))
        return err_say(err, -EIO, "le fichier de configuration %s est illisible",
            "cannot read the configuration file %s", path);
    return 0;
}
