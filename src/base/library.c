/* dlopen at first use. Knows no library by name. */
#include "base/library.h"

#include "base/err.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ISO C has no cast from an object pointer to a function pointer; POSIX promises that the bytes are the same.
 */
static void store_address(void *at, void *address)
{
    memcpy(at, &address, sizeof(address));
}

static int find_symbols(const struct library *library, void *handle, struct err *err)
{
    for (size_t i = 0; i < library->symbols_count; i++) {
        const struct library_symbol *symbol = &library->symbols[i];
        void *address = dlsym(handle, symbol->name);
        if (!address && !symbol->optional)
            return err_say(err, -ENOSYS, "%s est trop ancienne ou une autre bibliothèque : il y manque %s",
                "%s is too old or another library: it has no %s", library->file, symbol->name);
        store_address(symbol->at, address);
    }
    return 0;
}

static int open_library(struct library *library, struct err *err)
{
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *why = dlerror();
        return err_say(err, -ENOSYS, "%s n'est pas disponible (paquet %s) : %s",
            "%s is not available (package %s): %s", library->file, library->package, why ? why : "?");
    }
    int rc = find_symbols(library, handle, err);
    if (rc < 0) {
        dlclose(handle);
        return rc;
    }
    rc = library->ready ? library->ready() : 0;
    if (rc < 0)
        return err_say(err, rc, "%s n'a pas démarré", "%s did not start", library->file);
    library->loaded = true;
    return 0;
}

int library_load(struct library *library, struct err *err)
{
    pthread_mutex_lock(&lock);
    int rc = library->loaded ? 0 : open_library(library, err);
    pthread_mutex_unlock(&lock);
    return rc;
}
