/* The door of the HTTP server. */
#include "app/admission.h"

#include <stdio.h>
#include <string.h>

#include "http/problem.h"
#include "http/server.h"

bool admission_admit(struct http_request *request, void *user)
{
    const struct admission *admission = user;
    if (origin_allowed(request, &admission->origin))
        return true;
    const char *detail = "Host or Origin is not one of this server's names (setting allowed_hosts)";
    if (strcmp(request->path, "/mcp") != 0) {
        http_problem(request, 403, "denied", NULL, detail);
        return false;
    }
    char body[200];
    int len = snprintf(
        body, sizeof body, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"%s\"}}", detail);
    http_reply(request, 403, "application/json", body, (size_t)len);
    return false;
}
