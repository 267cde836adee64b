/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/text.h"

#define MAX_CAPTURED 65536

static char path[64];
static size_t entries;
static int errors_fd = -1, old_stderr = -1;

void scratch_create(void)
{
    /* Short, since a socket's path is: not below $TMPDIR. */
    snprintf(path, sizeof(path), "/tmp/vflow-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static char *path_of(const char *name)
{
    char *whole = name[0] == '/' ? strdup(name) : vf_text_format("%s/%s", path, name);
    ck_assert_ptr_nonnull(whole);
    return whole;
}

void scratch_write(const char *name, const char *text)
{
    char *whole = path_of(name);
    for (char *slash = whole; (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        (void)mkdir(whole, 0777);
        *slash = '/';
    }
    FILE *file = fopen(whole, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    free(whole);
}

const char *scratch_read(const char *name)
{
    static char text[256];
    char *whole = path_of(name);
    FILE *file = fopen(whole, "re");
    free(whole);
    if (!file)
        return "(no file)";
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static int remove_entry(const char *name, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(name);
}

void scratch_remove(void)
{
    ck_assert_int_eq(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *scratch_path(void)
{
    return path;
}

static int count_entry(const char *name, const struct stat *status, int kind, struct FTW *walk)
{
    (void)name;
    (void)status;
    (void)kind;
    entries += walk->level > 0;
    return 0;
}

size_t scratch_count(void)
{
    entries = 0;
    ck_assert_int_eq(nftw(path, count_entry, 8, FTW_PHYS), 0);
    return entries;
}

void capture_errors(void)
{
    errors_fd = memfd_create("errors", MFD_CLOEXEC);
    ck_assert_int_ge(errors_fd, 0);
    old_stderr = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(errors_fd, STDERR_FILENO), 0);
}

bool errors_so_far_have(const char *text)
{
    char so_far[MAX_CAPTURED];
    fflush(stderr);
    ssize_t size = pread(errors_fd, so_far, sizeof(so_far) - 1, 0);
    ck_assert_int_ge(size, 0);
    so_far[size] = '\0';
    return strstr(so_far, text) != NULL;
}

const char *captured_errors(void)
{
    static char text[MAX_CAPTURED];
    fflush(stderr);
    ck_assert_int_ge(dup2(old_stderr, STDERR_FILENO), 0);
    close(old_stderr);
    ssize_t size = pread(errors_fd, text, sizeof(text) - 1, 0);
    ck_assert_int_ge(size, 0);
    text[size] = '\0';
    close(errors_fd);
    return text;
}
