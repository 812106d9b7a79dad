/* Notes of a running call: progress, log messages, changes. */
#ifndef TOOLKIT_NOTES_H
#define TOOLKIT_NOTES_H

struct mcp_call;

/* Hands every note that has arrived to the call's events, in order. On the I/O thread. */
void notes_deliver(struct mcp_call *call);

#endif
