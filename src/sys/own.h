/* Where this very process listens. A tool that connects there would ask the server that runs it: past the key
 * of its caller, the rate limit and the record, and with one more worker for each turn. */
#ifndef SYS_OWN_H
#define SYS_OWN_H

#include <stdbool.h>
#include <sys/socket.h>

/* The address and port of the listening socket, as getsockname() says them. Once, before tools run. */
void own_listens(const struct sockaddr *listener);

/* True if a connection to this address and port would come out at that socket: the same address, or any of
 * this machine where it listens on all. Sends nothing. */
bool own_is_at(const struct sockaddr *address);

#endif
