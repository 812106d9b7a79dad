/* Reading configuration files line by line. */
#include "app/ini.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int ini_read(const char *path, ini_taker *take, void *user, struct err *err)
{
    CLEANUP(close_file) FILE *file = fopen(path, "re");
    CLEANUP(scope_free) char *line = NULL;
    char section[SECTION_SIZE] = "";
    size_t size = 0;
    if (!file)
        return err_say(err, -errno, "le fichier de configuration %s est illisible : %s",
            "cannot read the configuration file %s: %s", path, strerrordesc_np(errno));
    for (int number = 1; getline(&line, &size, file) >= 0; number++) {
        char *text = trim(line);
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
