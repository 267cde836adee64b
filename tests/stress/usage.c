/* SPDX-License-Identifier: MIT */
#include "tests/stress/usage.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAX_PATH_SIZE 64

static FILE *open_file(pid_t process, const char *name)
{
    char path[2 * MAX_PATH_SIZE];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)process, name);
    return fopen(path, "re");
}

static bool counts(const char *name)
{
    return strcmp(name, "Pss_Anon:") == 0 || strcmp(name, "Pss_Shmem:") == 0 ||
           strcmp(name, "SwapPss:") == 0;
}

/* A process that has ended still has the file, but nothing in it. */
static int read_memory(uint64_t *memory_kb, pid_t process)
{
    char line[256], name[32];
    uint64_t size_kb;
    unsigned found = 0;
    FILE *file = open_file(process, "smaps_rollup");
    if (!file)
        return errno == ENOENT ? -ESRCH : -errno;
    *memory_kb = 0;
    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, "%31s %" SCNu64 " kB", name, &size_kb) != 2 || !counts(name))
            continue;
        *memory_kb += size_kb;
        found++;
    }
    fclose(file);
    return found == 3 ? VF_OK : -ESRCH;
}

static int count_descriptors(uint64_t *count, pid_t process)
{
    char path[MAX_PATH_SIZE];
    const struct dirent *entry;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)process);
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? -ESRCH : -errno;
    *count = 0;
    while ((entry = readdir(folder)) != NULL)
        *count += entry->d_name[0] != '.';
    closedir(folder);
    return VF_OK;
}

static int count_mappings(uint64_t *count, pid_t process)
{
    FILE *file = open_file(process, "maps");
    int byte;
    if (!file)
        return errno == ENOENT ? -ESRCH : -errno;
    *count = 0;
    while ((byte = getc_unlocked(file)) != EOF)
        *count += byte == '\n';
    fclose(file);
    return VF_OK;
}

int usage_read(struct usage *usage, pid_t process)
{
    int err = read_memory(&usage->memory_kb, process);
    if (!err)
        err = count_descriptors(&usage->descriptors, process);
    if (!err)
        err = count_mappings(&usage->mappings, process);
    return err;
}

int usage_find_children(pid_t *children, size_t capacity, pid_t parent)
{
    char name[MAX_PATH_SIZE];
    int count = 0;
    snprintf(name, sizeof(name), "task/%d/children", (int)parent);
    FILE *file = open_file(parent, name);
    if (!file)
        return -errno;
    while ((size_t)count < capacity && fscanf(file, "%d", &children[count]) == 1)
        count++;
    fclose(file);
    return count;
}
