/* Embedded files by name, and their contents, inflated at first use. */
#include "rest/assets.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

struct assets {
    char **contents; /* one for each row of assets_table; NULL until asked for */
};

struct assets *assets_new(void)
{
    struct assets *assets = calloc(1, sizeof *assets);
    if (assets)
        assets->contents = calloc(assets_count + 1, sizeof *assets->contents);
    if (!assets || !assets->contents)
        abort();
    return assets;
}

void assets_free(struct assets *assets)
{
    if (!assets)
        return;
    for (unsigned i = 0; i < assets_count; i++)
        free(assets->contents[i]);
    free(assets->contents);
    free(assets);
}

const struct asset *asset_find(const char *name)
{
    for (const struct asset *asset = assets_table; asset->name; asset++)
        if (strcmp(asset->name, name) == 0)
            return asset;
    return NULL;
}

/* The bytes are our own: a failure is a broken build or no memory. */
static char *inflate_whole(const struct asset *asset)
{
    enum { GZIP = 16 + MAX_WBITS };
    char *content = malloc(asset->size + 1);
    z_stream stream = { .next_in = (z_const Bytef *)asset->gzip,
        .avail_in = (uInt)(asset->gzip_end - asset->gzip),
        .next_out = (Bytef *)content,
        .avail_out = (uInt)asset->size + 1 };
    if (!content || inflateInit2(&stream, GZIP) != Z_OK || inflate(&stream, Z_FINISH) != Z_STREAM_END ||
        stream.total_out != asset->size)
        abort();
    inflateEnd(&stream);
    content[asset->size] = '\0';
    return content;
}

const char *asset_content(struct assets *assets, const struct asset *asset)
{
    char **content = &assets->contents[asset - assets_table];
    if (!*content)
        *content = inflate_whole(asset);
    return *content;
}
