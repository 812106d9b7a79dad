/* A listening socket of the test's own on loopback. */
#ifndef TESTS_SYS_LISTENER_H
#define TESTS_SYS_LISTENER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* 127.0.0.1 at `port`. */
static inline struct sockaddr_storage sys_loopback(unsigned port)
{
    struct sockaddr_storage address;
    memset(&address, 0, sizeof(address));
    struct sockaddr_in *in = (struct sockaddr_in *)&address;
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)port);
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* A bound TCP socket on a free port, listening if asked; its port in *ret_port. */
static inline int sys_bound(int listening, unsigned *ret_port)
{
    struct sockaddr_storage address = sys_loopback(0);
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(struct sockaddr_in)), 0);
    assert_true(!listening || listen(fd, 1024) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(((const struct sockaddr_in *)&address)->sin_port);
    return fd;
}

#endif
