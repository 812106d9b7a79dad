/* What the processors are and what they did. Rounds and words nothing. */
#include "sys/cpu.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "sys/procfs.h"

/* user nice system idle iowait irq softirq steal (guest times are already in user and nice); old kernels stop
 * earlier. */
static bool parse_times(const char *at, struct cpu_times *ret_times)
{
    uint64_t column[8] = { 0 };
    size_t columns = 0;
    while (columns < ARRAY_LEN(column) && procfs_next_number(&at, &column[columns]))
        columns++;
    if (columns < 4)
        return false;
    *ret_times = (struct cpu_times){
        .user = column[0] + column[1],
        .system = column[2] + column[5] + column[6],
        .idle = column[3],
        .iowait = column[4],
        .steal = column[7],
    };
    return true;
}

static int parse_stat(const char *text, struct cpu_sample *sample)
{
    const char *all = procfs_find(text, "cpu ");
    if (!all || !parse_times(all, &sample->all))
        return -EBADMSG;
    for (const char *line = text; line; line = procfs_next_line(line)) {
        uint64_t number;
        if (strncmp(line, "cpu", 3) != 0 || line[3] == ' ')
            continue;
        const char *at = line + 3;
        if (!procfs_next_number(&at, &number))
            continue;
        if (number >= CPU_MAX || !parse_times(at, &sample->each[number]))
            return -EBADMSG;
        sample->count++;
        if (number >= sample->highest)
            sample->highest = (unsigned)number + 1;
    }
    const char *booted = procfs_find(text, "btime ");
    if (booted)
        procfs_next_number(&booted, &sample->booted_at_s);
    return 0;
}

int cpu_sample_read(const struct procfs *fs, struct cpu_sample *ret_sample)
{
    CLEANUP(buf_done) struct buf text = { .max = (size_t)8 << 20 };
    int rc = procfs_load(fs, "proc/stat", &text);
    if (rc < 0)
        return rc;
    CLEANUP(cpu_sample_done) struct cpu_sample sample = { .each = calloc(CPU_MAX, sizeof(*sample.each)) };
    if (!sample.each)
        return -ENOMEM;
    rc = parse_stat(buf_str(&text), &sample);
    if (rc < 0)
        return rc;
    *ret_sample = sample;
    sample.each = NULL;
    return 0;
}

void cpu_sample_done(struct cpu_sample *sample)
{
    free(sample->each);
    *sample = (struct cpu_sample){ 0 };
}

/* iowait and, with clocks unstable, others too may decrease (proc(5)). */
static double passed(uint64_t before, uint64_t after)
{
    return after > before ? (double)(after - before) : 0;
}

struct cpu_percents cpu_between(const struct cpu_times *before, const struct cpu_times *after)
{
    double user = passed(before->user, after->user), system = passed(before->system, after->system);
    double idle = passed(before->idle, after->idle), iowait = passed(before->iowait, after->iowait);
    double steal = passed(before->steal, after->steal);
    double total = user + system + idle + iowait + steal;
    if (total <= 0)
        return (struct cpu_percents){ 0 };
    return (struct cpu_percents){
        .busy = 100 * (user + system + steal) / total,
        .user = 100 * user / total,
        .system = 100 * system / total,
        .iowait = 100 * iowait / total,
        .steal = 100 * steal / total,
    };
}

/* True if processor `number` comes first in one of its lists of siblings: then it stands for all of them. */
static bool is_first_of(const struct procfs *fs, unsigned number, const char *list, bool *ret_known)
{
    char path[96];
    uint64_t first;
    snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/topology/%s", number, list);
    if (procfs_read_number(fs, path, &first) < 0)
        return false;
    *ret_known = true;
    return first == number;
}

static void count_cores(const struct procfs *fs, const struct cpu_sample *sample, struct cpu_model *model)
{
    static const struct cpu_times none;
    bool known = false;
    for (unsigned i = 0; i < sample->highest; i++) {
        if (memcmp(&sample->each[i], &none, sizeof(none)) == 0)
            continue;
        if (is_first_of(fs, i, "core_siblings_list", &known))
            model->sockets++;
        if (is_first_of(fs, i, "thread_siblings_list", &known))
            model->cores++;
    }
    if (!known)
        model->sockets = model->cores = 0;
}

/* "model name\t: AMD EPYC": what follows the colon of the line that begins with `key`, or NULL. */
static const char *after_colon(const char *text, const char *key)
{
    const char *rest = procfs_find(text, key);
    if (!rest || *rest != ':')
        return NULL;
    return rest + 1 + strspn(rest + 1, " \t");
}

static void read_cpuinfo(const struct procfs *fs, struct cpu_model *model)
{
    static const char *const keys[] = { "model name", "cpu model", "Model", "Hardware", "cpu", "vendor_id" };
    char text[8192]; /* the first processor stands for all */
    if (procfs_read(fs->root_fd, "proc/cpuinfo", text, sizeof(text)) <= 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(keys) && model->name[0] == '\0'; i++) {
        const char *value = after_colon(text, keys[i]);
        if (value)
            procfs_copy_line(value, model->name, sizeof(model->name));
    }
    const char *mhz = after_colon(text, "cpu MHz");
    if (mhz)
        procfs_next_decimal(&mhz, &model->mhz);
}

void cpu_model_read(const struct procfs *fs, const struct cpu_sample *sample, struct cpu_model *ret_model)
{
    struct cpu_model model = { 0 };
    uint64_t khz;
    read_cpuinfo(fs, &model);
    count_cores(fs, sample, &model);
    if (procfs_read_number(fs, "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", &khz) == 0)
        model.mhz = (double)khz / 1000;
    *ret_model = model;
}

int cpu_load_read(const struct procfs *fs, double ret_load[3])
{
    char text[128];
    double load[3];
    ssize_t len = procfs_read(fs->root_fd, "proc/loadavg", text, sizeof(text));
    if (len < 0)
        return (int)len;
    const char *at = text;
    for (size_t i = 0; i < ARRAY_LEN(load); i++) {
        if (!procfs_next_decimal(&at, &load[i]))
            return -EBADMSG;
    }
    memcpy(ret_load, load, sizeof(load));
    return 0;
}

int cpu_uptime_read(const struct procfs *fs, double *ret_uptime_s)
{
    char text[128];
    ssize_t len = procfs_read(fs->root_fd, "proc/uptime", text, sizeof(text));
    if (len < 0)
        return (int)len;
    const char *at = text;
    return procfs_next_decimal(&at, ret_uptime_s) ? 0 : -EBADMSG;
}
