/* SPDX-License-Identifier: MIT */
#include "engine/sandbox/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/sandbox/call_table.h"
#include "engine/sandbox/landlock.h"

#define NEWEST_CALL 450      /* that libseccomp 2.5 has a name for; later ones are not there */
#define OTHER_ABI 0x40000000 /* x32's calls, which libseccomp looks after */
#define OWN_PROCESS \
    0x7ffffffa   /* in a filter: stands for the number of the process that enters it */
#define PREFIX 3 /* instructions before libseccomp's own */

/* Two programs: the calls that there are at all, whose answers the kernel remembers, and what some
 * of them may be given. Of both, the stricter answer counts. */
struct vf_call_filter {
    struct sock_fprog calls, arguments;
};

static _Atomic uint32_t *refused_call;

/* What libseccomp has made goes through a file in memory. */
static int export(scmp_filter_ctx context, struct sock_fprog *program, size_t before)
{
    int fd = memfd_create("vflow-filter", MFD_CLOEXEC);
    int err = fd < 0 ? -errno : seccomp_export_bpf(context, fd);
    off_t size = err ? 0 : lseek(fd, 0, SEEK_END);
    size_t count = size > 0 ? (size_t)size / sizeof(struct sock_filter) : 0;
    if (!err && !count)
        err = -EIO;
    if (!err)
        program->filter = calloc(before + count, sizeof(*program->filter));
    if (!err && !program->filter)
        err = -ENOMEM;
    if (!err && pread(fd, program->filter + before, (size_t)size, 0) != size)
        err = -EIO;
    program->len = (unsigned short)(before + count);
    if (fd >= 0)
        close(fd);
    return err;
}

/* What is newer than libseccomp's list, and not of another kind of program, is not there. */
static void add_prefix(struct sock_filter prefix[PREFIX + 1])
{
    static const uint32_t absent = SECCOMP_RET_ERRNO | ENOSYS;
    prefix[0] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    prefix[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST_CALL, 0, 2);
    prefix[2] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_ABI, 1, 0);
    prefix[3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, absent);
}

static bool is_allowed_by(const struct vf_call_row *row, unsigned allowed)
{
    return !row->needs || (row->needs & allowed);
}

static int add_row(scmp_filter_ctx context, const struct vf_call_row *row, unsigned allowed)
{
    int number = seccomp_syscall_resolve_name(row->name);
    bool is_allowed = is_allowed_by(row, allowed);
    uint32_t action = is_allowed   ? SCMP_ACT_ALLOW
                      : row->error ? SCMP_ACT_ERRNO((uint32_t)row->error)
                                   : SCMP_ACT_TRAP;
    if (number < 0 || action == SCMP_ACT_TRAP)
        return VF_OK; /* not on this machine; or as all others are */
    return seccomp_rule_add_array(context, action, number, 0, NULL);
}

static int make_calls(struct vf_call_filter *filter, unsigned allowed)
{
    bool is_open = allowed & VF_CALLS_RUN;
    scmp_filter_ctx context = seccomp_init(is_open ? SCMP_ACT_ALLOW : SCMP_ACT_TRAP);
    size_t before = is_open ? 0 : PREFIX + 1;
    int err = context ? VF_OK : -ENOMEM;
    if (!err)
        err = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (size_t i = 0; i < vf_call_row_count && !err; i++) {
        const struct vf_call_row *row = &vf_call_rows[i];
        bool is_needless = is_open && is_allowed_by(row, allowed);
        err = is_needless ? VF_OK : add_row(context, row, allowed);
    }
    for (size_t i = 0; i < vf_call_fatal_count && is_open && !err; i++) {
        int number = seccomp_syscall_resolve_name(vf_call_fatal[i]);
        err = number < 0 ? VF_OK : seccomp_rule_add_array(context, SCMP_ACT_TRAP, number, 0, NULL);
    }
    if (!err)
        err = export(context, &filter->calls, before);
    if (!err && before)
        add_prefix(filter->calls.filter);
    if (context)
        seccomp_release(context);
    return err;
}

static int refuse(scmp_filter_ctx context, int error, int call, struct scmp_arg_cmp when)
{
    return call < 0
               ? VF_OK
               : seccomp_rule_add_array(context, SCMP_ACT_ERRNO((uint32_t)error), call, 1, &when);
}

struct argument_rule {
    const char *call;
    int error;
    struct scmp_arg_cmp when;
    unsigned unless; /* any of these is allowed */
    int before;      /* versions of Landlock, which see to it from this one on; 0: none does */
};

#define MAKERS (VF_CALLS_WRITE | VF_CALLS_RUN)

/* A call that fails when a bit of its argument is set. */
#define WITH(name, number, bit, who, version)                                                      \
    {                                                                                              \
        name, EACCES, {number, SCMP_CMP_MASKED_EQ, bit, bit}, .unless = (who), .before = (version) \
    }

/* Opening to write, which is argument `number` of the call. */
#define OPENING(name, number)                                                   \
    WITH(name, number, O_WRONLY, MAKERS | VF_CALLS_TOUCH, VF_LANDLOCK_FILES),   \
        WITH(name, number, O_RDWR, MAKERS | VF_CALLS_TOUCH, VF_LANDLOCK_FILES), \
        WITH(name, number, O_CREAT, MAKERS, VF_LANDLOCK_FILES),                 \
        WITH(name, number, O_TRUNC, MAKERS, VF_LANDLOCK_SIZES)

static const struct argument_rule argument_rules[] = {
    /* Threads, but no processes. */
    {"clone", EPERM, {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0}, .unless = VF_CALLS_RUN},
    /* Signals to itself: abort(3) and raise(3). */
    {"kill", EPERM, {0, SCMP_CMP_NE, OWN_PROCESS, 0}, .unless = VF_CALLS_RUN},
    {"tgkill", EPERM, {0, SCMP_CMP_NE, OWN_PROCESS, 0}, .unless = VF_CALLS_RUN},
    {"fcntl", EPERM, {1, SCMP_CMP_MASKED_EQ, 0xffffffffU, F_SETOWN}, .unless = VF_CALLS_RUN},
    {"fcntl", EPERM, {1, SCMP_CMP_MASKED_EQ, 0xffffffffU, F_SETOWN_EX}, .unless = VF_CALLS_RUN},
    /* Limits and priorities of others. */
    {"prlimit64", EPERM, {0, SCMP_CMP_NE, 0, 0}, .unless = VF_CALLS_RUN},
    /* Typing on the terminal of whoever started the flow. */
    {"ioctl", EPERM, {1, SCMP_CMP_MASKED_EQ, 0xffffffffU, TIOCSTI}},
    {"ioctl", EPERM, {1, SCMP_CMP_MASKED_EQ, 0xffffffffU, TIOCLINUX}},
    /* Sockets: of this machine only, of other machines only, and no raw ones. */
    {"socket", EACCES, {0, SCMP_CMP_NE, AF_UNIX, 0}, .unless = VF_CALLS_CONNECT},
    {"socket", EACCES, {0, SCMP_CMP_GT, AF_NETLINK, 0}},
    {"socket",
     EACCES,
     {0, SCMP_CMP_MASKED_EQ, 0xffffffffU, AF_UNIX},
     .unless = VF_CALLS_CONNECT | VF_CALLS_MEET},
    /* Opening to write. */
    OPENING("openat", 2),
    OPENING("open", 1),
};

static int make_arguments(struct vf_call_filter *filter, unsigned allowed, int version)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    int err = context ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < VF_COUNT(argument_rules) && !err; i++) {
        const struct argument_rule *rule = &argument_rules[i];
        bool is_wanted = !(rule->unless & allowed) && (!rule->before || version < rule->before);
        if (is_wanted)
            err =
                refuse(context, rule->error, seccomp_syscall_resolve_name(rule->call), rule->when);
    }
    if (!err)
        err = export(context, &filter->arguments, 0);
    if (context)
        seccomp_release(context);
    return err;
}

static bool can_be_filtered(void)
{
    static const uint32_t action = SECCOMP_RET_TRAP;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int vf_call_filter_create(struct vf_call_filter **filter, unsigned allowed, int version)
{
    *filter = NULL;
    if (!can_be_filtered())
        return -ENOSYS;
    *filter = calloc(1, sizeof(**filter));
    int err = *filter ? make_calls(*filter, allowed) : -ENOMEM;
    if (!err)
        err = make_arguments(*filter, allowed, version);
    if (err)
        vf_call_filter_destroy(filter);
    return err;
}

void vf_call_filter_destroy(struct vf_call_filter **filter)
{
    if (!*filter)
        return;
    free((*filter)->calls.filter);
    free((*filter)->arguments.filter);
    free(*filter);
    *filter = NULL;
}

/* Says which call it was, and lets the signal end the process. */
static void on_refusal(int signal, siginfo_t *info, void *context)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    (void)context;
    if (refused_call)
        atomic_store(refused_call, (uint32_t)info->si_syscall + 1);
    sigaction(signal, &usual, NULL);
    syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), signal);
}

/* A process that is forked by somebody who cares has a number of its own. */
static void fill_in_process(const struct sock_fprog *program, struct sock_filter *own)
{
    for (size_t i = 0; i < program->len; i++) {
        own[i] = program->filter[i];
        if (BPF_CLASS(own[i].code) == BPF_JMP && own[i].k == OWN_PROCESS)
            own[i].k = (uint32_t)getpid();
    }
}

static int enter(const struct sock_fprog *program)
{
    struct sock_filter *own = calloc(program->len, sizeof(*own));
    if (!own)
        return -ENOMEM;
    fill_in_process(program, own);
    const struct sock_fprog filled = {.len = program->len, .filter = own};
    long code = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filled);
    int err = code == 0 ? VF_OK : code > 0 ? -EBUSY : -errno;
    free(own);
    return err;
}

int vf_call_filter_enter(const struct vf_call_filter *filter, _Atomic uint32_t *refused)
{
    const struct sigaction action = {.sa_sigaction = on_refusal, .sa_flags = SA_SIGINFO};
    refused_call = refused;
    if (sigaction(SIGSYS, &action, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
    int err = enter(&filter->arguments);
    return err ? err : enter(&filter->calls);
}

char *vf_call_name(uint32_t number)
{
    return seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)number);
}
