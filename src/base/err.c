/* Filling an error: the sentence is cut to its room, between two characters. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int err_set(struct err *err, int code, const char *format, ...)
{
    if (!err)
        return code;
    /* Not straight into err->text: a caller may be wrapping the sentence that is there. */
    char text[sizeof(err->text) + 4];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    size_t kept = len < 0 ? 0 : strlen(text);
    if (kept >= sizeof(err->text))
        kept = text_utf8_cut(text, kept, sizeof(err->text) - 1);
    memcpy(err->text, text, kept);
    err->text[kept] = '\0';
    err->code = code;
    return code;
}
