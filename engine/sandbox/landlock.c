/* SPDX-License-Identifier: MIT */
#include "engine/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same numbers on every architecture that has Landlock. */
#define CALL_CREATE_RULESET 444
#define CALL_ADD_RULE 445
#define CALL_RESTRICT_SELF 446
#define ASK_VERSION 1U
#define RULE_PATH_BENEATH 1

/* include/uapi/linux/landlock.h */
enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_MAKE_FIFO = 1 << 10,
    FS_MAKE_BLOCK = 1 << 11,
    FS_MAKE_SYM = 1 << 12,
    FS_REFER = 1 << 13,
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL_DEV = 1 << 15,
    FS_OF_VERSION_1 = (1 << 13) - 1,
    FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
    NET_BIND_TCP = 1 << 0,
    NET_CONNECT_TCP = 1 << 1,
    SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0,
    SCOPE_SIGNAL = 1 << 1,
};

struct ruleset {
    uint64_t files, net, scoped;
};

/* Older kernels take only the beginning. */
static size_t size_of_ruleset(int version)
{
    return version >= VF_LANDLOCK_SIGNALS ? 3 * sizeof(uint64_t)
           : version >= VF_LANDLOCK_TCP   ? 2 * sizeof(uint64_t)
                                          : sizeof(uint64_t);
}

struct path_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

int vf_landlock_version(void)
{
    const char *lower = getenv("VFLOW_LANDLOCK_ABI");
    long version = syscall(CALL_CREATE_RULESET, NULL, 0, ASK_VERSION);
    long wanted = lower && *lower ? strtol(lower, NULL, 10) : version;
    return version < 0 || wanted < 0 ? 0 : (int)(wanted < version ? wanted : version);
}

static uint64_t handled_files(int version)
{
    return FS_OF_VERSION_1 | (version >= VF_LANDLOCK_MOVES ? (uint64_t)FS_REFER : 0) |
           (version >= VF_LANDLOCK_SIZES ? (uint64_t)FS_TRUNCATE : 0) |
           (version >= VF_LANDLOCK_DEVICES ? (uint64_t)FS_IOCTL_DEV : 0);
}

static uint64_t rights_of(unsigned rights)
{
    static const uint64_t meanings[] = {
        FS_READ_FILE | FS_READ_DIR,
        FS_WRITE_FILE | FS_TRUNCATE,
        FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_MAKE_DIR | FS_MAKE_SYM | FS_MAKE_FIFO |
            FS_MAKE_SOCK | FS_REMOVE_FILE | FS_REMOVE_DIR | FS_REFER,
        FS_EXECUTE,
        FS_IOCTL_DEV,
    };
    uint64_t all = 0;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        all |= rights & 1U << i ? meanings[i] : 0;
    return all;
}

/* Lets the process reach what is below a place that is open. */
static int allow(int ruleset, int fd, uint64_t rights, bool is_folder)
{
    struct path_beneath rule = {.allowed = is_folder ? rights : rights & FS_OF_FILES, .parent = fd};
    bool is_done = !rule.allowed ||
                   syscall(CALL_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0 ||
                   errno == EBADFD; /* of a pipe, which is open */
    return is_done ? VF_OK : -errno;
}

static int add_path(int ruleset, const struct vf_landlock_path *path, uint64_t handled)
{
    struct stat status;
    uint64_t rights = rights_of(path->rights) & handled;
    if (path->fd)
        return allow(ruleset, path->fd, rights, path->is_folder);
    int fd = open(path->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return VF_OK; /* what is not there cannot be reached */
    int err =
        fstat(fd, &status) == 0 ? allow(ruleset, fd, rights, S_ISDIR(status.st_mode)) : -errno;
    close(fd);
    return err;
}

static int restrict_self(int ruleset, const struct vf_landlock_wish *wish, uint64_t handled)
{
    int err = VF_OK;
    for (size_t i = 0; i < wish->count && !err; i++)
        err = add_path(ruleset, &wish->paths[i], handled);
    if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        err = -errno;
    if (!err && syscall(CALL_RESTRICT_SELF, ruleset, 0) != 0)
        err = -errno;
    return err;
}

int vf_landlock_enter(const struct vf_landlock_wish *wish)
{
    int version = vf_landlock_version();
    const struct ruleset rules = {
        .files = handled_files(version),
        .net = (wish->may_connect ? 0 : (uint64_t)NET_CONNECT_TCP) |
               (wish->may_listen ? 0 : (uint64_t)NET_BIND_TCP),
        .scoped =
            (uint64_t)SCOPE_SIGNAL | (wish->may_meet ? 0 : (uint64_t)SCOPE_ABSTRACT_UNIX_SOCKET),
    };
    if (version < VF_LANDLOCK_FILES)
        return -ENOSYS;
    long ruleset = syscall(CALL_CREATE_RULESET, &rules, size_of_ruleset(version), 0);
    if (ruleset < 0)
        return -errno;
    int err = restrict_self((int)ruleset, wish, rules.files);
    close((int)ruleset);
    return err;
}
