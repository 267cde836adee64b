/* SPDX-License-Identifier: MIT */
#include "engine/web/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/account/run_history_json.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/sandbox/calls.h"
#include "engine/sandbox/landlock.h"
#include "engine/web/exchange.h"
#include "engine/web/film.h"
#include "engine/web/health.h"
#include "engine/web/web.h"

#define SAMPLE_NS (VF_NS_PER_S / 2)
#define SAMPLES 122 /* a minute, and one for each end */
#define CONNECTIONS_MOST 256U
#define CONNECTION_MEMORY ((size_t)32 << 10)
#define IDLE_S 30U    /* a connection on which nothing moves is closed */
#define END_MS 300    /* for what is left to be sent when the run is over, */
#define END_STEP_MS 5 /* looked at so often */
#define STANDARD_ERROR "/proc/self/fd/2"

static void log_of_library(void *context, const char *format, va_list arguments)
{
    char text[512];
    (void)context;
    vsnprintf(text, sizeof(text), format, arguments);
    text[strcspn(text, "\n")] = '\0';
    vf_log(VF_LOG_DEBUG, "http: %s", text);
}

static int start(struct vf_web *web)
{
    const struct vf_web_access *access = &web->spec->access;
    unsigned flags = MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)access->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)access->key},
        {MHD_OPTION_END, 0, NULL},
    };
    if (access->certificate)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    web->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, vf_web_exchange, web, MHD_OPTION_EXTERNAL_LOGGER, log_of_library,
        NULL, MHD_OPTION_LISTEN_SOCKET, web->spec->listener, MHD_OPTION_CONNECTION_LIMIT,
        CONNECTIONS_MOST, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, vf_web_exchange_end,
        NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    return web->daemon ? VF_OK : -EINVAL;
}

static void note_change(void *context)
{
    struct vf_web *web = context;
    web->has_pictures = true;
}

/* The log of the run, if its standard error is a file. */
static int open_log(void)
{
    struct stat status;
    bool is_file = fstat(STDERR_FILENO, &status) == 0 && S_ISREG(status.st_mode);
    return is_file ? open(STANDARD_ERROR, O_RDONLY | O_CLOEXEC) : -1;
}

static int prepare(struct vf_web *web)
{
    const struct vf_web_spec *spec = web->spec;
    const struct vf_run_history_settings settings = {.span = VF_RUN_HISTORY_LAST,
                                                     .most = SAMPLES,
                                                     .interval_ns = SAMPLE_NS,
                                                     .started_ns = spec->started_ns,
                                                     .now_ns = vf_clock_now_ns()};
    web->log_fd = open_log();
    int err = vf_run_history_create(&web->history, spec->plan, spec->memory, &settings);
    if (!err)
        err = vf_progress_track_create(&web->track, spec->plan, spec->memory, spec->started_ns);
    if (!err)
        err = vf_standstill_create(&web->standstill, spec->plan, spec->memory, vf_clock_now_ns());
    if (!err)
        err = vf_web_events_create(&web->events, spec->revision);
    if (!err)
        err = vf_web_link_create(&web->link, spec->link);
    if (!err)
        err = vf_web_live_create(&web->live, web->link, note_change, web);
    return err ? err : start(web);
}

static void finish(struct vf_web *web)
{
    if (web->daemon)
        MHD_stop_daemon(web->daemon);
    vf_web_live_destroy(&web->live);
    vf_web_link_destroy(&web->link);
    vf_web_events_destroy(&web->events);
    vf_standstill_destroy(&web->standstill);
    vf_progress_track_destroy(&web->track);
    vf_run_history_destroy(&web->history);
}

/* Gives up what a server does not need: files, addresses, programs, signals. What it has open stays. */
static int confine(void)
{
    static _Atomic uint32_t refused;
    const struct vf_landlock_wish wish = {0};
    struct vf_call_filter *filter = NULL;
    int version = vf_landlock_version();
    int err = version ? vf_landlock_enter(&wish) : VF_OK;
    if (!err)
        err = vf_call_filter_create(&filter, VF_CALLS_LISTEN, version);
    if (!err)
        err = vf_call_filter_enter(filter, &refused);
    vf_call_filter_destroy(&filter);
    return err == -ENOSYS ? VF_OK : err;
}

static int timeout_of(const struct vf_web *web, int64_t due_ns, bool is_watched)
{
    MHD_UNSIGNED_LONG_LONG library_ms;
    int64_t left_ms = (due_ns - vf_clock_now_ns()) / VF_NS_PER_MS + 1;
    if (is_watched && left_ms > VF_WEB_PICTURE_MS)
        left_ms = VF_WEB_PICTURE_MS;
    if (MHD_get_timeout(web->daemon, &library_ms) == MHD_YES && (int64_t)library_ms < left_ms)
        left_ms = (int64_t)library_ms;
    return left_ms < 0 ? 0 : (int)left_ms;
}

static void sample(struct vf_web *web)
{
    int64_t now_ns = vf_clock_now_ns();
    vf_progress_track_note(web->track, now_ns);
    (void)vf_standstill_look(web->standstill, now_ns, VF_WEB_STALL_NS);
    if (!vf_run_history_take(web->history, now_ns) || !vf_web_events_count(web->events))
        return;
    json_t *last = vf_run_history_sample_json(web->history, vf_run_history_count(web->history) - 1);
    if (last)
        vf_web_events_send(web->events, last);
}

/* Lets those go on for whom something has come. */
static void go_on(struct vf_web *web, bool is_over)
{
    if (web->has_pictures || is_over)
        vf_web_films_go_on(web, is_over);
    web->has_pictures = false;
    vf_web_waiting_go_on(web, is_over);
}

static void watch(fd_set *set, int *highest, int fd)
{
    if (fd < 0)
        return;
    FD_SET(fd, set);
    *highest = fd > *highest ? fd : *highest;
}

/* Sleeps until something comes, and has the library deal with its part. Returns whether the run has
 * answered. */
static bool sleep_on(struct vf_web *web, int timeout_ms)
{
    fd_set reads, writes, troubles;
    int highest = -1, link_fd = vf_web_link_fd(web->link);
    struct timeval timeout = {.tv_sec = timeout_ms / 1000,
                              .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_ZERO(&troubles);
    MHD_get_fdset(web->daemon, &reads, &writes, &troubles, &highest);
    watch(&reads, &highest, web->spec->stop_fd);
    watch(&reads, &highest, link_fd);
    if (select(highest + 1, &reads, &writes, &troubles, &timeout) < 0) {
        FD_ZERO(&reads);
        FD_ZERO(&writes);
        FD_ZERO(&troubles);
    }
    MHD_run_from_select(web->daemon, &reads, &writes, &troubles);
    return link_fd >= 0 && FD_ISSET(link_fd, &reads);
}

/* Whether the run is over or changes, or the one who asked for the server is gone. */
static bool must_end(const struct vf_web *web)
{
    struct pollfd fds[] = {{.fd = web->spec->stop_fd, .events = POLLIN},
                           {.fd = web->spec->out_fd, .events = 0}};
    return poll(fds, 2, 0) > 0;
}

/* Serves until it is to end. */
static void serve(struct vf_web *web)
{
    int64_t due_ns = vf_clock_now_ns();
    while (!must_end(web)) {
        bool is_watched = vf_web_live_serve(web->live);
        go_on(web, false);
        if (sleep_on(web, timeout_of(web, due_ns, is_watched)))
            vf_web_link_serve(web->link);
        if (vf_clock_now_ns() >= due_ns) {
            sample(web);
            due_ns += SAMPLE_NS * ((vf_clock_now_ns() - due_ns) / SAMPLE_NS + 1);
        }
    }
}

/* Whether all tasks have ended. */
static bool is_over(const struct vf_web *web)
{
    for (unsigned task = 1; task <= web->spec->plan->task_count; task++) {
        if (vf_run_memory_process(web->spec->memory, task))
            return false;
    }
    return true;
}

/* Hands on the last numbers, and says that there will be no more. */
static void say_goodbye(struct vf_web *web)
{
    int64_t until_ns = vf_clock_now_ns() + END_MS * VF_NS_PER_MS;
    sample(web);
    vf_web_events_tell(web->events, "end", "{\"state\":\"ended\"}", true);
    do {
        go_on(web, true);
        (void)sleep_on(web, END_STEP_MS);
    } while ((vf_web_events_count(web->events) || web->film_count) && vf_clock_now_ns() < until_ns);
}

enum vf_exit_status vf_web_serve(const struct vf_web_spec *spec)
{
    struct vf_web web = {.spec = spec, .log_fd = -1};
    signal(SIGPIPE, SIG_IGN);
    int err = prepare(&web);
    if (!err)
        err = confine();
    if (err)
        vf_log(VF_LOG_ERROR, "the run cannot be shown by HTTP: %s",
               err == -EINVAL && spec->access.certificate ? "the certificate or its key is wrong"
                                                          : strerror(-err));
    if (!err)
        serve(&web);
    if (!err && is_over(&web))
        say_goodbye(&web); /* else another server goes on for this one */
    finish(&web);
    return err ? VF_EXIT_FAILED : VF_EXIT_OK;
}
