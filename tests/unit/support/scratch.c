/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/remove_tree.h"
#include "engine/base/text.h"

#define MAX_CAPTURED 65536

/* Short, since a socket's path is: not below $TMPDIR. */
#define PATTERN "/tmp/vflow-unit-"

static char path[64];
static int lock_fd = -1; /* open on the folder, which is locked for as long as it is used */
static size_t entries;
static int errors_fd = -1, old_stderr = -1;

/* Opens a folder, and locks it unless a process has. Returns -1 where that is so, where it is gone
 * meanwhile, or is not ours. */
static int lock_folder(const char *name)
{
    struct stat locked, there;
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_ours = fd >= 0 && fstat(fd, &locked) == 0 && locked.st_uid == geteuid() &&
                   flock(fd, LOCK_EX | LOCK_NB) == 0 && stat(name, &there) == 0 &&
                   there.st_ino == locked.st_ino && there.st_dev == locked.st_dev;
    if (fd >= 0 && !is_ours) {
        close(fd);
        fd = -1;
    }
    return fd;
}

void scratch_create(void)
{
    do { /* who removes what is left may take a new one for such, until it is locked */
        snprintf(path, sizeof(path), PATTERN "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(path));
        lock_fd = lock_folder(path);
    } while (lock_fd < 0);
}

void scratch_remove_left(void)
{
    glob_t found;
    if (glob(PATTERN "*", GLOB_NOSORT, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        int fd = lock_folder(found.gl_pathv[i]);
        if (fd < 0)
            continue;
        vf_remove_tree(found.gl_pathv[i]);
        close(fd);
    }
    globfree(&found);
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
    close(lock_fd);
    lock_fd = -1;
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
