/* The fault table: what each fault is called and what each face makes of it. */
#include "toolkit/faults.h"

#include <assert.h>

#include "base/scope.h"

static const struct fault_row rows[] = {
    [MCP_OK] = { "ok", 200, 0, { "Réussi", "Done" } },
    [MCP_INVALID] = { "invalid", 400, 2, { "Arguments incorrects", "Invalid arguments" } },
    [MCP_DENIED] = { "denied", 403, 3, { "Refusé", "Not allowed" } },
    [MCP_NOT_FOUND] = { "not-found", 404, 4, { "Introuvable", "Not found" } },
    [MCP_TOO_LARGE] = { "too-large", 413, 5, { "Trop volumineux", "Too large" } },
    [MCP_UNSUPPORTED] = { "unsupported", 422, 6, { "Impossible ici", "Not possible here" } },
    [MCP_TIMED_OUT] = { "timed-out", 504, 7, { "Délai dépassé", "Timed out" } },
    [MCP_BUSY] = { "busy", 503, 8, { "Serveur occupé", "Server busy" } },
    [MCP_CANCELLED] = { "cancelled", 499, 9, { "Annulé", "Cancelled" } },
    [MCP_INTERNAL] = { "internal", 500, 1, { "Erreur interne", "Internal error" } },
};

const struct fault_row *fault_row(enum mcp_fault fault)
{
    assert((unsigned)fault < ARRAY_LEN(rows));
    return &rows[fault];
}
