/* SPDX-License-Identifier: MIT */
/* doctor_place - terminal, locale, folders, ports; and a flow that is really run. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/findings.h"
#include "engine/base/text.h"
#include "engine/flow/flow.h"

#define MANY_TASKS 16
#define RUN_SECONDS 60

static void examine_terminal(struct vf_findings *findings)
{
    struct winsize size = {0};
    bool is_terminal = isatty(STDERR_FILENO);
    const char *type = getenv("TERM");
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    const char *codeset = locale ? nl_langinfo_l(CODESET, locale) : "unknown";
    if (is_terminal && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
        vf_findings_add(findings, VF_FINDING_OK, "terminal", NULL,
                        "%s, %d columns: the progress is shown; names in %s",
                        type && *type ? type : "unknown", size.ws_col, codeset);
    else
        vf_findings_add(findings, VF_FINDING_OK, "terminal", NULL,
                        "standard error is not a terminal: no progress is shown; names in %s",
                        codeset);
    if (locale)
        freelocale(locale);
    else
        vf_findings_add(findings, VF_FINDING_WARNING, "locale",
                        "name one that is installed: locale -a lists them",
                        "the locale of LANG or LC_ALL is not installed");
}

static void examine_folder(struct vf_findings *findings, const char *topic, const char *path,
                           const char *advice)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        vf_findings_add(findings, VF_FINDING_WARNING, topic, advice, "%s is not a folder", path);
    else if (access(path, W_OK | X_OK) != 0)
        vf_findings_add(findings, VF_FINDING_WARNING, topic, advice, "%s cannot be written to",
                        path);
    else
        vf_findings_add(findings, VF_FINDING_OK, topic, NULL, "%s", path);
}

static void examine_folders(struct vf_findings *findings)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *temporary = getenv("TMPDIR");
    struct stat status;
    if (!runtime || !*runtime)
        vf_findings_add(findings, VF_FINDING_OK, "run folder", NULL,
                        "XDG_RUNTIME_DIR is not set: /tmp/vflow-%u is used for transports ipc and "
                        "tcp",
                        (unsigned)geteuid());
    else if (stat(runtime, &status) == 0 && status.st_uid != geteuid())
        vf_findings_add(findings, VF_FINDING_WARNING, "run folder",
                        "unset XDG_RUNTIME_DIR after su, or log in as that user",
                        "XDG_RUNTIME_DIR, %s, belongs to another user", runtime);
    else
        examine_folder(findings, "run folder", runtime, "create it, or unset XDG_RUNTIME_DIR");
    examine_folder(findings, "temporary", temporary && *temporary ? temporary : "/tmp",
                   "name another folder in TMPDIR");
}

static bool is_port_free(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true;
    inet_pton(AF_INET, VF_DEFAULT_HOST, &address.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    bool is_free =
        bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno != EADDRINUSE;
    close(fd);
    return is_free;
}

static void examine_ports(struct vf_findings *findings)
{
    struct vf_text taken = {0};
    for (unsigned port = VF_DEFAULT_BASE - MANY_TASKS; port <= VF_DEFAULT_BASE + MANY_TASKS;
         port++) {
        if (port != VF_DEFAULT_BASE && !is_port_free(port))
            vf_text_print(&taken, "%s%u", taken.length ? ", " : "", port);
    }
    if (taken.length)
        vf_findings_add(findings, VF_FINDING_WARNING, "ports",
                        "with transport tcp, choose other ports: transport: {tcp: {base: 15000}}",
                        "in use: %s", taken.bytes);
    else
        vf_findings_add(findings, VF_FINDING_OK, "ports", NULL,
                        "%u to %u are free, for transport tcp", VF_DEFAULT_BASE - MANY_TASKS,
                        VF_DEFAULT_BASE + MANY_TASKS);
    vf_text_finish(&taken);
}

void vf_examine_place(struct vf_findings *findings)
{
    examine_terminal(findings);
    examine_folders(findings);
    examine_ports(findings);
}

/* Becomes the program that runs a flow of three tasks; its output is what it has to complain. */
static _Noreturn void be_run(const char *transport, int fd)
{
    static const char *const chain = "int_source 3 ! identity ! void";
    signal(SIGPIPE, SIG_DFL);
    alarm(RUN_SECONDS);
    dup2(fd, STDERR_FILENO);
    dup2(fd, STDOUT_FILENO);
    execl("/proc/self/exe", "vflow", "run", "-q", "--transport", transport, "--chain", chain,
          (char *)NULL);
    _exit(127);
}

static void examine_transport(struct vf_findings *findings, const char *transport)
{
    char said[600];
    size_t length = 0;
    ssize_t size;
    int fds[2], status = 0;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        be_run(transport, fds[1]);
    close(fds[1]);
    while (length + 1 < sizeof(said) &&
           (size = read(fds[0], said + length, sizeof(said) - 1 - length)) > 0)
        length += (size_t)size;
    said[length] = '\0';
    said[strcspn(said, "\n")] = '\0';
    close(fds[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    bool is_good = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    bool is_usual = strcmp(transport, "shm") == 0;
    enum vf_finding_level bad = is_usual ? VF_FINDING_PROBLEM : VF_FINDING_WARNING;
    vf_findings_add(findings, is_good ? VF_FINDING_OK : bad, "run", NULL,
                    is_good ? "a flow of three tasks ran, by transport %s%s%s"
                            : "a flow of three tasks failed, by transport %s%s%s",
                    transport, is_good || !*said ? "" : ": ", is_good ? "" : said);
}

void vf_examine_run(struct vf_findings *findings)
{
    examine_transport(findings, "shm");
    examine_transport(findings, "ipc");
}
