/* Filling an error: the sentence is cut to its room, between two characters. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

const char *err_french(const struct err *err)
{
    return err->french[0] ? err->french : err->text;
}
