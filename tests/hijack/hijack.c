/* SPDX-License-Identifier: MIT */
/* hijack - nodes that do what an intruder would do who has taken over a decoder: a producer that reads a
 * file, a processor, and a consumer that writes one. Each tries one attack, says on standard error
 * how that went, "attack NAME: WORD", and goes on as if nothing had been. */
#include <arpa/inet.h>
#include <engine/node/plugin.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
    char *path, *attack, *target;
};

static int of_call(long returned)
{
    return returned < 0 ? errno : 0;
}

static pid_t sibling(const char *target)
{
    return (pid_t)strtol(target, NULL, 10);
}

static int read_file(const char *target)
{
    char byte;
    int fd = open(target, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? errno : of_call(read(fd, &byte, 1));
}

static int list_folder(const char *target)
{
    return of_call(open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int write_file(const char *target)
{
    int fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? errno : of_call(write(fd, "x", 1));
}

static int empty_file(const char *target)
{
    int by_flag = of_call(open(target, O_RDONLY | O_TRUNC | O_CLOEXEC));
    return by_flag ? of_call(truncate(target, 0)) : 0;
}

static int remove_file(const char *target)
{
    return of_call(unlink(target));
}

static int rename_file(const char *target)
{
    char other[4096];
    snprintf(other, sizeof(other), "%s.moved", target);
    return of_call(rename(target, other));
}

static int connect_tcp(const char *target)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtol(target, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return errno;
    int err = of_call(connect(fd, (struct sockaddr *)&address, sizeof(address)));
    return err == ECONNREFUSED ? 0 : err; /* it was let try */
}

static int send_udp(const char *target)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtol(target, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    return fd < 0 ? errno
                  : of_call(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof(address)));
}

static int connect_unix(const char *target)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", target);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd < 0 ? errno : of_call(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int listen_tcp(const char *target)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtol(target, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return errno;
    return of_call(listen(fd, 1));
}

static int open_netlink(const char *target)
{
    (void)target;
    return of_call(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}

static int execute(const char *target)
{
    char *const words[] = {(char *)"true", NULL};
    pid_t child = vfork();
    if (child == 0) {
        execv(target, words);
        _exit(errno & 127);
    }
    int status = 0;
    if (child < 0)
        return errno;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

static int execute_in_place(const char *target)
{
    char *const words[] = {(char *)"true", NULL};
    execv(target, words);
    return errno;
}

static int fork_bomb(const char *target)
{
    (void)target;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return of_call(child);
}

static int fork_by_clone3(const char *target)
{
    uint64_t arguments[8] = {0};
    arguments[4] = SIGCHLD;
    (void)target;
    long child = syscall(SYS_clone3, arguments, sizeof(arguments));
    if (child == 0)
        _exit(0);
    return of_call(child);
}

static int kill_sibling(const char *target)
{
    return of_call(kill(sibling(target), SIGKILL));
}

static int stop_supervisor(const char *target)
{
    (void)target;
    return of_call(kill(getppid(), SIGTERM));
}

static int signal_thread(const char *target)
{
    return of_call(syscall(SYS_tgkill, sibling(target), sibling(target), SIGKILL));
}

static int queue_signal(const char *target)
{
    union sigval value = {0};
    return of_call(sigqueue(sibling(target), SIGKILL, value));
}

static int signal_by_descriptor(const char *target)
{
    int fd = (int)syscall(SYS_pidfd_open, sibling(target), 0);
    return fd < 0 ? errno : of_call(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0));
}

static int signal_by_owner(const char *target)
{
    int ends[2];
    if (pipe(ends) != 0 || fcntl(ends[0], F_SETSIG, SIGKILL) != 0)
        return errno;
    return of_call(fcntl(ends[0], F_SETOWN, sibling(target)));
}

static int trace_sibling(const char *target)
{
    return of_call(ptrace(PTRACE_SEIZE, sibling(target), 0, 0));
}

static int write_memory(const char *target)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    return of_call(process_vm_writev(sibling(target), &here, 1, &there, 1, 0));
}

static int open_memory(const char *target)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%s/mem", target);
    return of_call(open(path, O_RDWR | O_CLOEXEC));
}

static int open_map(const char *target)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%s/maps", target);
    return of_call(open(path, O_RDONLY | O_CLOEXEC));
}

static int limit_sibling(const char *target)
{
    struct rlimit none = {0, 0};
    return of_call(prlimit(sibling(target), RLIMIT_NOFILE, &none, NULL));
}

static int use_io_uring(const char *target)
{
    char parameters[256] = {0};
    (void)target;
    return of_call(syscall(SYS_io_uring_setup, 1, parameters));
}

static int load_bpf(const char *target)
{
    char attributes[128] = {0};
    (void)target;
    return of_call(syscall(SYS_bpf, 0, attributes, sizeof(attributes)));
}

static int mount_over(const char *target)
{
    return of_call(mount("none", target, "tmpfs", 0, NULL));
}

static int add_key(const char *target)
{
    return of_call(syscall(SYS_add_key, "user", target, "x", 1, -3));
}

static int write_and_run(const char *target)
{
    (void)target;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return of_call(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int type_on_terminal(const char *target)
{
    (void)target;
    int err = of_call(ioctl(STDERR_FILENO, TIOCSTI, "x"));
    return err == ENOTTY ? 0 : err; /* it was let try */
}

static int allocate_all(const char *target)
{
    (void)target;
    size_t step = (size_t)1 << 30, total = 0;
    while (total < (size_t)1 << 46 &&
           mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                0) != MAP_FAILED)
        total += step;
    return total < (size_t)1 << 46 ? ENOMEM : 0;
}

static int use_descriptor(const char *target)
{
    return of_call(fcntl((int)strtol(target, NULL, 10), F_GETFD));
}

static const struct {
    const char *name;
    int (*attack)(const char *target);
} attacks[] = {
    {"read", read_file},          {"list", list_folder},
    {"write", write_file},        {"empty", empty_file},
    {"remove", remove_file},      {"rename", rename_file},
    {"connect", connect_tcp},     {"udp", send_udp},
    {"unix", connect_unix},       {"listen", listen_tcp},
    {"netlink", open_netlink},    {"execute", execute},
    {"become", execute_in_place}, {"fork", fork_bomb},
    {"clone3", fork_by_clone3},   {"kill", kill_sibling},
    {"stop", stop_supervisor},    {"tgkill", signal_thread},
    {"sigqueue", queue_signal},   {"pidfd", signal_by_descriptor},
    {"setown", signal_by_owner},  {"ptrace", trace_sibling},
    {"vm_writev", write_memory},  {"proc_mem", open_memory},
    {"proc_maps", open_map},      {"prlimit", limit_sibling},
    {"io_uring", use_io_uring},   {"bpf", load_bpf},
    {"mount", mount_over},        {"add_key", add_key},
    {"code", write_and_run},      {"terminal", type_on_terminal},
    {"allocate", allocate_all},   {"descriptor", use_descriptor},
};

static void try_attack(const struct options *asked)
{
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        if (strcmp(attacks[i].name, asked->attack) != 0)
            continue;
        int err = attacks[i].attack(asked->target);
        vf_log(VF_LOG_WARNING, "attack %s: %s", asked->attack, err ? strerrorname_np(err) : "done");
    }
}

static const struct vf_option source_options[] = {
    {"path", "A file that it reads", VF_INPUT_PATH(struct options, path)},
    {"attack", "What it tries", VF_TEXT(struct options, attack), .fallback = ""},
    {"target", "On what", VF_TEXT(struct options, target), .fallback = ""},
};

static const struct vf_option step_options[] = {
    {"attack", "What it tries", VF_TEXT(struct options, attack), .fallback = ""},
    {"target", "On what", VF_TEXT(struct options, target), .fallback = ""},
};

static const struct vf_option sink_options[] = {
    {"path", "A file that it writes", VF_OUTPUT_PATH(struct options, path)},
    {"attack", "What it tries", VF_TEXT(struct options, attack), .fallback = ""},
    {"target", "On what", VF_TEXT(struct options, target), .fallback = ""},
};

struct state {
    int sent;
};

static int source_next(struct vf_node_run *run)
{
    struct state *state = run->state;
    struct vf_message *message = NULL;
    if (state->sent++ == 3)
        return VF_END;
    if (state->sent == 2) /* it is at work */
        try_attack(run->options);
    int err = vf_message_create_integer(&message, state->sent);
    return err ? err : vf_node_emit(run, 0, &message);
}

static int step_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct state *state = run->state;
    (void)inputs;
    if (state->sent++ == 1)
        try_attack(run->options);
    return vf_node_passthrough(run, 0, 0);
}

static int sink_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct state *state = run->state;
    const struct options *asked = run->options;
    (void)inputs;
    if (state->sent++ == 1)
        try_attack(run->options);
    FILE *file = fopen(asked->path, "we");
    if (!file)
        return -errno;
    fclose(file);
    return VF_OK;
}

static const struct vf_node source = {
    .name = "hijacked_source",
    .summary = "Read a file, and attack.",
    .kind = VF_PRODUCER,
    .options = VF_LIST(source_options),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .options_size = sizeof(struct options),
    .state_size = sizeof(struct state),
    .next = source_next,
};

static const struct vf_node step = {
    .name = "hijacked_step",
    .summary = "Pass on, and attack.",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(step_options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same"}),
    .options_size = sizeof(struct options),
    .state_size = sizeof(struct state),
    .process = step_process,
};

static const struct vf_node sink = {
    .name = "hijacked_sink",
    .summary = "Write a file, and attack.",
    .kind = VF_CONSUMER,
    .options = VF_LIST(sink_options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages"}),
    .options_size = sizeof(struct options),
    .state_size = sizeof(struct state),
    .consume = sink_consume,
};

VF_PLUGIN(&source, &step, &sink);
