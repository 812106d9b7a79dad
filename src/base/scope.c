/* What CLEANUP calls for descriptors and for memory of malloc(). */
#include "base/scope.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void scope_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void scope_free(void *pointer_to_pointer)
{
    void *pointer;
    memcpy(&pointer, pointer_to_pointer, sizeof(pointer));
    free(pointer);
    memset(pointer_to_pointer, 0, sizeof(pointer));
}
