/* Finding the action of a verb, and saying what is wrong with the words. */
#include "app/action.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

static int refuse_words(
    const struct action_set *set, const char *accepted, int argc, char **argv, struct err *err)
{
    if (argc == 0)
        return err_say(err, -EINVAL, "%s demande quoi faire ; accepté : %s",
            "%s needs to know what to do; accepted: %s", set->verb, accepted);
    return err_say(err, -EINVAL, "%s ne connaît pas %.64s ; accepté : %s",
        "%s does not know %.64s; accepted: %s", set->verb, argv[0], accepted);
}

int action_find(const struct action_set *set, enum mcp_lang lang, int argc, char **argv, struct err *err)
{
    const char *accepted = lang == MCP_FR ? set->accepted.fr : set->accepted.en;
    int index = 0;
    while (argc > 0 && set->actions[index].name && strcmp(set->actions[index].name, argv[0]) != 0)
        index++;
    const struct action *action = &set->actions[index];
    if (argc == 0 || !action->name)
        return refuse_words(set, accepted, argc, argv, err);
    const char *operand = lang == MCP_FR ? action->operand.fr : action->operand.en;
    if (operand && argc == 1)
        return err_say(err, -EINVAL, "%s %s demande un %s ; accepté : %s", "%s %s needs a %s; accepted: %s",
            set->verb, action->name, operand, accepted);
    int taken = operand ? 2 : 1;
    if (argc > taken)
        return err_say(err, -EINVAL, "%s %s ne prend pas %.64s ; accepté : %s",
            "%s %s does not take %.64s; accepted: %s", set->verb, action->name, argv[taken], accepted);
    return index;
}
