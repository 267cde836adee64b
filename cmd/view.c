/* SPDX-License-Identifier: MIT */
/* view - shows a run that is going on in a browser. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/http_arguments.h"
#include "cmd/run_link.h"
#include "engine/base/log.h"

struct view_values {
    struct vf_http_arguments http;
};

static const struct vf_flag flags[] = {
    VF_HTTP_FLAGS(struct view_values, http, .fallback = "127.0.0.1:0"),
};

/* Takes the signals that end this, so that they can be waited for. */
static int take_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    return sigprocmask(SIG_BLOCK, &signals, NULL) == 0 ? signalfd(-1, &signals, SFD_CLOEXEC) : -1;
}

/* Waits until the run is over, the server has ended, or a signal comes. */
static void await_end(const struct vf_run_link *link, int server_fd, int signal_fd)
{
    struct pollfd fds[] = {{.fd = link->fd, .events = POLLIN},
                           {.fd = server_fd, .events = POLLIN},
                           {.fd = signal_fd, .events = POLLIN}};
    while (poll(fds, 3, -1) < 0 && errno == EINTR)
        ;
    if (fds[0].revents || fds[1].revents)
        vf_log_say("%s is over", link->card.name);
}

static enum vf_exit_status view_link(struct vf_run_link *link, const json_t *settings)
{
    json_t *answer = NULL;
    int server_fd = -1, signal_fd = take_signals();
    size_t count = 1;
    int err = vf_run_link_ask_for_descriptors(
        link, json_pack("{ss sO}", "request", "view", "settings", settings), &answer, &server_fd,
        &count);
    const char *url = json_string_value(json_object_get(answer, "url"));
    if (err == VF_END || (!err && !url))
        vf_log(VF_LOG_ERROR, "%s has ended meanwhile", link->card.name);
    bool is_shown = !err && url && printf("%s\n", url) > 0 && fflush(stdout) == 0;
    json_decref(answer);
    if (is_shown)
        await_end(link, server_fd, signal_fd);
    if (server_fd >= 0)
        close(server_fd);
    if (signal_fd >= 0)
        close(signal_fd);
    return is_shown ? VF_EXIT_OK : VF_EXIT_FAILED;
}

static int view(int argc, char **argv)
{
    struct view_values values = {0};
    struct vf_operands runs;
    struct vf_run_link link;
    json_t *settings = NULL;
    int err = vf_command_line_parse(&vf_command_view, argc, argv, &values, &runs);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = vf_http_arguments_settle(&values.http, NULL, &settings);
    if (status == VF_EXIT_OK)
        status = vf_run_link_open(&link, runs.count ? runs.items[0] : NULL);
    if (status == VF_EXIT_OK) {
        status = view_link(&link, settings);
        vf_run_link_close(&link);
    }
    json_decref(settings);
    vf_command_line_release(&vf_command_view, &values);
    return (int)status;
}

const struct vf_command vf_command_view = {
    .name = "view",
    .summary = "Show a run in a browser.",
    .details =
        "The operand is the run; without one, it is the only run there is. Prints the address "
        "of a page with the tasks of the run, what they do and what travels between them, and "
        "serves it until it is interrupted, or the run is over. The run never waits for it.",
    .operand = "RUN",
    .operand_kind = VF_OPERAND_RUN,
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = view,
};
