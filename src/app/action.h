/* Verbs that do several things: "key add NAME", "db check". */
#ifndef APP_ACTION_H
#define APP_ACTION_H

#include <mcp/tool.h>

struct err;

struct action {
    const char *name;
    struct mcp_text operand; /* the one thing it takes, "NAME"; none: nothing */
};

struct action_set {
    const char *verb;
    struct mcp_text accepted; /* all of them, as they are written */
    const struct action *actions; /* ends with { 0 } */
};

/* The index of the action that the words behind the verb mean: argv[1] is its operand. -EINVAL with *err,
 * which names the word that is wrong and what is accepted, if there is none. */
int action_find(const struct action_set *set, enum mcp_lang lang, int argc, char **argv, struct err *err);

#endif
