/* Services of OpenRC and SysV init, read from scripts, links and pid files. Knows nothing of D-Bus. */
#ifndef SYS_UNITS_FILES_H
#define SYS_UNITS_FILES_H

#include <stdbool.h>

struct arena;
struct unit_facts;
struct unit_names;

/* Both take the tree to look in ("" = this machine's) and fill *facts, which is zeroed but for `name` and
 * numbers of -1. */
void units_openrc_read(const char *root, const char *name, struct arena *arena, struct unit_facts *facts);
void units_sysv_read(const char *root, const char *name, struct arena *arena, struct unit_facts *facts);

/* The scripts whose names begin with `start`, added to *names while there is room. */
void units_scripts_list(const char *root, const char *start, struct arena *arena, struct unit_names *names);

bool units_has_openrc(const char *root);
bool units_has_sysv(const char *root);

#endif
