/* Recorded machines of tests/data, opened by name. */
#ifndef TESTS_SYS_RECORDED_H
#define TESTS_SYS_RECORDED_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sys/procfs.h"

/* `root` is the path of a tree: MCP_TEST_DATA "/proc-server". The caller closes it. */
static inline struct procfs open_recorded(const char *root)
{
    struct procfs fs = { .root_fd = -1 };
    assert_int_equal(procfs_open(root, &fs), 0);
    return fs;
}

#define SERVER MCP_TEST_DATA "/proc-server"
#define CONTAINER MCP_TEST_DATA "/proc-container"
#define CGROUP1 MCP_TEST_DATA "/proc-cgroup1"

#endif
