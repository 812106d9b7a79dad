/* The files that the program carries in itself, compressed: see web/assets. */
#ifndef REST_ASSETS_H
#define REST_ASSETS_H

#include <stddef.h>

struct asset {
    const char *name; /* "start.en.html"; with a hash where the table has @ */
    const char *type; /* media type */
    const char *hash; /* of the content, hexadecimal */
    size_t size; /* of the content */
    const unsigned char *gzip, *gzip_end;
};

/* Made by scripts/embed-web. Ends with { 0 }. */
extern const struct asset assets_table[];
extern const unsigned assets_count;

/* Contents that were inflated, kept for the next who asks. */
struct assets;

/* Never NULL. */
struct assets *assets_new(void);
/* NULL is fine. */
void assets_free(struct assets *assets);
/* NULL if there is none of that name. */
const struct asset *asset_find(const char *name);
/* The content, `asset->size` bytes and a NUL. */
const char *asset_content(struct assets *assets, const struct asset *asset);

#endif
