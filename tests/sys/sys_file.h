/* A file of the test's own with given content, gone at the end of scope. */
#ifndef TESTS_SYS_FILE_H
#define TESTS_SYS_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sys_file {
    char path[64];
};

static inline void sys_file_done(struct sys_file *file)
{
    (void)unlink(file->path);
}

static inline struct sys_file sys_file_with(const char *content)
{
    struct sys_file file = { .path = "/tmp/mcp-assist-test-XXXXXX" };
    int fd = mkstemp(file.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    (void)close(fd);
    return file;
}

#endif
