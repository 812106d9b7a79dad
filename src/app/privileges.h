/* Giving up root. */
#ifndef APP_PRIVILEGES_H
#define APP_PRIVILEGES_H

struct err;

/* Becomes `user` with its groups, for good. Only root can; anybody else gets an error unless he is `user`
 * already. 0 or a negative errno with *err. */
int privileges_become(const char *user, struct err *err);

#endif
