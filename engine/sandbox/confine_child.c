/* SPDX-License-Identifier: MIT */
#include "engine/sandbox/confine_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/address_space.h"
#include "engine/base/array.h"
#include "engine/sandbox/call_table.h"
#include "engine/sandbox/landlock.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MAPS_TERABYTES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MAPS_TERABYTES 1
#endif
#endif
#ifndef MAPS_TERABYTES
#define MAPS_TERABYTES 0 /* sanitizers map shadow memory beyond any limit */
#endif

static int allow_all(scmp_filter_ctx filter, enum vf_call_confined class)
{
    int err = 0;
    for (size_t i = 0; i < vf_call_row_count && !err; i++) {
        int call =
            vf_call_rows[i].confined == class ? seccomp_syscall_resolve_name(vf_call_rows[i].name)
                                              : __NR_SCMP_ERROR;
        if (call != __NR_SCMP_ERROR)
            err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    }
    return err;
}

/* Allows what is harmless with some arguments alone. */
static int allow_some(scmp_filter_ctx filter)
{
    const struct {
        int call;
        struct scmp_arg_cmp argument;
    } some[] = {
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFD)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFD)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
        {SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)},
        {SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0)},                   /* which only asks */
        {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())}, /* abort() */
    };
    int err = 0;
    for (size_t i = 0; i < VF_COUNT(some) && !err; i++)
        err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, some[i].call, 1, &some[i].argument);
    return err;
}

/* Allows to open files, but not to write, to make or to empty them. */
static int allow_opening(scmp_filter_ctx filter)
{
    const scmp_datum_t changes = O_ACCMODE | O_CREAT | O_TRUNC;
    int err = allow_all(filter, VF_CONFINED_LOOKS);
    if (!err)
        err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
                               SCMP_A1(SCMP_CMP_MASKED_EQ, changes, O_RDONLY));
    return err ? err
               : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, changes, O_RDONLY));
}

/* The C library then starts them by clone(), whose flags can be seen. */
static int allow_threads(scmp_filter_ctx filter)
{
    int err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return err ? err
               : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

static int limit_calls(const struct vf_confinement *confinement)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EACCES));
    if (!filter)
        return -ENOMEM;
    int err = allow_all(filter, VF_CONFINED_CALCULATES);
    if (!err)
        err = allow_some(filter);
    if (!err && confinement->readable_count)
        err = allow_opening(filter);
    if (!err && confinement->has_threads)
        err = allow_threads(filter);
    if (!err)
        err = seccomp_load(filter);
    seccomp_release(filter);
    return err == -EINVAL || err == -ENOSYS || err == -ECANCELED ? -ENOTSUP : err;
}

bool vf_confine_tells_files(void)
{
    return vf_landlock_version() > 0;
}

/* Leaves it to limit_calls() where the kernel has no Landlock: it lets files be read at most. */
static int limit_files(const struct vf_confinement *confinement)
{
    size_t count = confinement->readable_count;
    struct vf_landlock_path *paths = calloc(count + 1, sizeof(*paths));
    if (!paths)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        paths[i] = (struct vf_landlock_path){confinement->readable[i], VF_MAY_READ};
    int err = vf_landlock_enter(&(struct vf_landlock_wish){.paths = paths, .count = count});
    free(paths);
    return err == -ENOSYS ? VF_OK : err;
}

static void lower(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur <= most)
        return;
    limit.rlim_cur = most;
    (void)setrlimit(resource, &limit);
}

static void limit_resources(const struct vf_confinement *confinement)
{
    uint64_t mapped = confinement->memory && !MAPS_TERABYTES ? vf_address_space_used() : 0;
    lower(RLIMIT_CORE, 0);
    lower(RLIMIT_FSIZE, 0);
    if (confinement->cpu_time)
        lower(RLIMIT_CPU, confinement->cpu_time);
    if (mapped)
        lower(RLIMIT_AS, mapped + confinement->memory);
}

int vf_confine_reader(const struct vf_confinement *confinement)
{
    limit_resources(confinement);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -ENOTSUP;
    int err = limit_files(confinement);
    return err ? err : limit_calls(confinement);
}
