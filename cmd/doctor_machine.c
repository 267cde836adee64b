/* SPDX-License-Identifier: MIT */
/* doctor_machine - memory, limits, the clock, GPUs and cameras. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "cmd/findings.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/flow/gpu/gpu.h"
#include "engine/flow/gpu/probe.h"
#include "engine/flow/plan/memory_available.h"

#define MB (1 << 20)
#define LITTLE_MEMORY_MB 256
#define FEW_FILES 4096
#define FEW_PROCESSES 64
#define NO_LIMIT (1ULL << 60) /* bytes: what control groups of version 1 say for it */
#define GPU_PATIENCE_NS (10 * VF_NS_PER_S)

static void examine_memory(struct vf_findings *findings)
{
    struct vf_memory_available available = {0};
    struct sysinfo info;
    unsigned long long swap =
        sysinfo(&info) == 0 ? (unsigned long long)info.freeswap * info.mem_unit : 0;
    if (vf_memory_available(NULL, &available) < 0) {
        vf_findings_add(findings, VF_FINDING_WARNING, "memory", "mount /proc",
                        "nothing says how much there is");
        return;
    }
    unsigned long long megabytes = available.bytes / MB;
    bool is_little = megabytes < LITTLE_MEMORY_MB;
    vf_findings_add(findings, is_little ? VF_FINDING_WARNING : VF_FINDING_OK, "memory",
                    is_little ? "end other programs, or raise the limit of the container" : NULL,
                    "%llu MB can be used%s%s, and %llu MB of swap; frames are in memory of their "
                    "own, /dev/shm is not needed",
                    megabytes, available.group ? " in the control group " : "",
                    available.group ? available.group : "", swap / MB);
    free(available.group);
}

/* Prints a limit as a number or a word. */
static void add_limit(struct vf_text *text, const char *name, int resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        return;
    vf_text_print(text, "%s%s ", text->length ? ", " : "", name);
    if (limit.rlim_max == RLIM_INFINITY)
        vf_text_print(text, "unlimited");
    else
        vf_text_print(text, "%llu", (unsigned long long)limit.rlim_max);
}

static void warn_of_limit(struct vf_findings *findings, int resource, rlim_t few,
                          const char *advice, const char *what)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0 && limit.rlim_max < few)
        vf_findings_add(findings, VF_FINDING_WARNING, "limits", advice, "only %llu %s",
                        (unsigned long long)limit.rlim_max, what);
}

static void examine_limits(struct vf_findings *findings)
{
    struct vf_text text = {0};
    add_limit(&text, "open files", RLIMIT_NOFILE);
    add_limit(&text, "processes", RLIMIT_NPROC);
    add_limit(&text, "address space", RLIMIT_AS);
    add_limit(&text, "file size", RLIMIT_FSIZE);
    vf_findings_add(findings, VF_FINDING_OK, "limits", NULL, "%s", text.bytes ? text.bytes : "");
    vf_text_finish(&text);
    warn_of_limit(findings, RLIMIT_NOFILE, FEW_FILES,
                  "for flows of many tasks, raise the hard limit: ulimit -Hn 65536",
                  "files can be open");
    warn_of_limit(findings, RLIMIT_NPROC, FEW_PROCESSES, "raise it: ulimit -u 4096",
                  "processes can run");
}

/* Reads the first line of a small file; "" when there is none. */
static void read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    line[0] = '\0';
    if (!file)
        return;
    if (!fgets(line, (int)size, file))
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    fclose(file);
}

static void examine_group(struct vf_findings *findings)
{
    char pids[40], memory[40];
    read_line("/sys/fs/cgroup/pids.max", pids, sizeof(pids));
    read_line("/sys/fs/cgroup/memory.max", memory, sizeof(memory));
    if (!*pids)
        read_line("/sys/fs/cgroup/pids/pids.max", pids, sizeof(pids));
    if (!*memory)
        read_line("/sys/fs/cgroup/memory/memory.limit_in_bytes", memory, sizeof(memory));
    if (strtoull(memory, NULL, 10) > NO_LIMIT)
        memory[0] = '\0';
    bool is_tight = *pids && strcmp(pids, "max") != 0 && strtol(pids, NULL, 10) < FEW_PROCESSES;
    if (*pids || *memory)
        vf_findings_add(findings, is_tight ? VF_FINDING_WARNING : VF_FINDING_OK, "container",
                        is_tight ? "each task is a process: docker run --pids-limit=512" : NULL,
                        "its control group allows %s processes and %s bytes", *pids ? pids : "any",
                        *memory ? memory : "any");
    int filter = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    vf_findings_add(findings, VF_FINDING_OK, "sandbox", NULL,
                    "%s; vflow needs no user namespaces and no privileges",
                    filter > 0 ? "system calls are filtered (seccomp)"
                               : "system calls are not filtered");
}

static void examine_clock(struct vf_findings *findings)
{
    char source[40];
    read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", source,
              sizeof(source));
    bool is_slow = strcmp(source, "hpet") == 0 || strcmp(source, "acpi_pm") == 0;
    vf_findings_add(
        findings, is_slow ? VF_FINDING_WARNING : VF_FINDING_OK, "clock",
        is_slow ? "each look at it costs a microsecond: choose tsc if the machine has it" : NULL,
        "%s, %ld cores", *source ? source : "unknown", sysconf(_SC_NPROCESSORS_ONLN));
}

/* Returns how many files fit a pattern; adds those that may not be read and written to `closed`. */
static size_t count_devices(const char *pattern, struct vf_text *closed)
{
    glob_t found;
    size_t count = 0;
    if (glob(pattern, 0, NULL, &found) == 0) {
        count = found.gl_pathc;
        for (size_t i = 0; i < count; i++) {
            if (access(found.gl_pathv[i], R_OK | W_OK) != 0)
                vf_text_print(closed, "%s%s", closed->length ? ", " : "", found.gl_pathv[i]);
        }
    }
    globfree(&found);
    return count;
}

static void examine_gpus(struct vf_findings *findings)
{
    struct vf_text listing = {0}, closed = {0};
    struct vf_gpu_list gpus = {0};
    size_t devices = count_devices("/dev/nvidia[0-9]*", &closed);
    size_t renderers = count_devices("/dev/dri/renderD*", &closed);
    int err = vf_gpu_probe(&listing, GPU_PATIENCE_NS);
    if (!err && listing.bytes)
        err = vf_gpu_list_parse(&gpus, listing.bytes);
    for (size_t i = 0; i < gpus.count && !err; i++)
        vf_findings_add(findings, VF_FINDING_OK, "gpu", NULL, "%d: %s", gpus.items[i].number,
                        gpus.items[i].model ? gpus.items[i].model : gpus.items[i].id);
    if (closed.length)
        vf_findings_add(findings, VF_FINDING_WARNING, "gpu",
                        "add yourself to their group: sudo usermod -aG video,render $USER",
                        "%s may not be used", closed.bytes);
    if (devices && !gpus.count)
        vf_findings_add(findings, VF_FINDING_WARNING, "gpu",
                        "install the driver's libraries; in a container, run it with --gpus all",
                        "there are %zu NVIDIA devices, but the driver lists none", devices);
    else if (!gpus.count)
        vf_findings_add(findings, VF_FINDING_OK, "gpu", NULL,
                        "no NVIDIA GPU%s: tasks run on the CPU",
                        renderers ? ", but a device for VA-API" : "");
    vf_gpu_list_finish(&gpus);
    vf_text_finish(&listing);
    vf_text_finish(&closed);
}

static void examine_cameras(struct vf_findings *findings)
{
    struct vf_text closed = {0};
    size_t count = count_devices("/dev/video*", &closed);
    if (closed.length)
        vf_findings_add(findings, VF_FINDING_WARNING, "cameras",
                        "add yourself to the group video: sudo usermod -aG video $USER; in a "
                        "container, pass --device=/dev/video0",
                        "%s may not be used", closed.bytes);
    else
        vf_findings_add(findings, VF_FINDING_OK, "cameras", NULL,
                        count ? "%zu devices, /dev/video*" : "none at this machine", count);
    vf_text_finish(&closed);
}

void vf_examine_machine(struct vf_findings *findings)
{
    examine_memory(findings);
    examine_limits(findings);
    examine_group(findings);
    examine_clock(findings);
    examine_gpus(findings);
    examine_cameras(findings);
}
