/* SPDX-License-Identifier: MIT */
#include "engine/process/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/process/engine_inside.h"
#include "engine/process/observer.h"
#include "engine/process/requests.h"
#include "engine/web/web.h"

#define TOKEN_BYTES 16
#define NAMES_MOST 16
#define NAME_SIZE 256
#define AGAIN_NS (2 * VF_NS_PER_S) /* between two processes that die */
#define SOON_NS (10 * VF_NS_PER_S)
#define FAILURES_MOST 5 /* processes in a row that end so soon */

/* What a server begins with: the context of its observer. */
struct order {
    const struct vf_engine *engine;
    const struct vf_viewer *viewer;
};

static const char *text_of(const struct vf_viewer *viewer, const char *key)
{
    return json_string_value(json_object_get(viewer->settings, key));
}

static bool has_control(const struct vf_viewer *viewer)
{
    return json_is_true(json_object_get(viewer->settings, "control"));
}

/* Collects the names that the server has: those of the settings, and the machine's. */
static size_t collect_names(const struct vf_viewer *viewer, const char **names,
                            char own_name[NAME_SIZE])
{
    const json_t *list = json_object_get(viewer->settings, "names");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(list) && count + 1 < NAMES_MOST; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name)
            names[count++] = name;
    }
    if (gethostname(own_name, NAME_SIZE - 1) == 0 && own_name[0])
        names[count++] = own_name;
    return count;
}

/* What the process of a server does. */
static enum vf_exit_status serve(const struct vf_observation *observation)
{
    const struct order *order = observation->context;
    const struct vf_viewer *viewer = order->viewer;
    const char *names[NAMES_MOST];
    char own_name[NAME_SIZE] = "";
    const struct vf_web_spec spec = {
        .plan = observation->plan,
        .memory = observation->memory,
        .card = &order->engine->presence.card,
        .started_ns = order->engine->started_ns,
        .revision = (unsigned)order->engine->changes,
        .access = {.host = viewer->listener.host,
                   .port = viewer->listener.port,
                   .is_local = viewer->listener.is_local,
                   .has_control = has_control(viewer),
                   .token = text_of(viewer, "token"),
                   .certificate = text_of(viewer, "certificate"),
                   .key = text_of(viewer, "key"),
                   .names = names,
                   .name_count = collect_names(viewer, names, own_name)},
        .listener = observation->fds[0],
        .link = observation->fds[1],
        .stop_fd = observation->stop_fd,
        .out_fd = observation->out_fd,
    };
    return vf_web_serve(&spec);
}

/* Gives the server a connection on which it may ask as much as it needs. */
static int connect_to(struct vf_engine *engine, const struct vf_viewer *viewer, int *end)
{
    int ends[2];
    if (!engine->presence.control) {
        *end = -1; /* then there are no pictures */
        return VF_OK;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -errno;
    int err = vf_control_adopt(engine->presence.control, ends[0],
                               has_control(viewer) ? &vf_requests_to_steer : &vf_requests_to_look);
    *end = ends[1];
    if (err)
        close(ends[1]);
    return err;
}

static int start(struct vf_engine *engine, struct vf_viewer *viewer)
{
    const struct order order = {engine, viewer};
    int fds[2] = {viewer->listener.fd, -1};
    struct vf_observer_order observer = {.name = "http",
                                         .observe = serve,
                                         .context = (void *)(uintptr_t)&order,
                                         .out_fd = viewer->out_fd,
                                         .fds = fds,
                                         .fd_count = VF_COUNT(fds)};
    int err = connect_to(engine, viewer, &fds[1]);
    if (err)
        return err;
    err = vf_observers_start(&engine->observers, engine->plan, engine->memory, &observer,
                             &viewer->pid);
    if (fds[1] >= 0)
        close(fds[1]);
    viewer->started_ns = vf_clock_now_ns();
    return err;
}

/* Makes a token where one is needed, and none was given. */
static int settle_token(struct vf_viewer *viewer)
{
    unsigned char random[TOKEN_BYTES];
    char token[2 * TOKEN_BYTES + 1];
    bool is_needed = has_control(viewer) || !viewer->listener.is_local;
    if (text_of(viewer, "token") || !is_needed)
        return VF_OK;
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return -EIO;
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(token + 2 * i, 3, "%02x", random[i]);
    return json_object_set_new(viewer->settings, "token", json_string(token)) == 0 ? VF_OK
                                                                                   : -ENOMEM;
}

/* Returns where the server is to be found, with the token, the caller's; NULL: out of memory. */
static char *url_of(const struct vf_viewer *viewer)
{
    const struct vf_listener *listener = &viewer->listener;
    const char *token = text_of(viewer, "token");
    const char *before = token ? "?token=" : "";
    if (listener->path)
        return vf_text_format("unix:%s%s%s", listener->path, before, token ? token : "");
    bool is_any = strcmp(listener->host, "0.0.0.0") == 0 || strcmp(listener->host, "::") == 0;
    bool is_six = strchr(listener->host, ':') && !is_any;
    return vf_text_format("%s://%s%s%s:%d/%s%s", text_of(viewer, "certificate") ? "https" : "http",
                          is_six ? "[" : "", is_any ? "127.0.0.1" : listener->host,
                          is_six ? "]" : "", listener->port, before, token ? token : "");
}

static void let_go(struct vf_viewers *viewers, size_t number)
{
    struct vf_viewer *gone = &viewers->items[number];
    vf_listener_close(&gone->listener);
    if (gone->out_fd >= 0)
        close(gone->out_fd);
    json_decref(gone->settings);
    *gone = viewers->items[--viewers->count];
    viewers->items[viewers->count] = (struct vf_viewer){.listener.fd = -1, .out_fd = -1};
}

/* Begins a server. Takes `settings` and `out_fd`. Returns a negative errno with one line in
 * `problem`. */
static int begin(struct vf_engine *engine, json_t *settings, int out_fd, char **url, char *problem,
                 size_t problem_size)
{
    struct vf_viewers *viewers = &engine->viewers;
    if (viewers->count == VF_VIEWERS_MOST) {
        snprintf(problem, problem_size, "%d servers show this run already", VF_VIEWERS_MOST);
        json_decref(settings);
        if (out_fd >= 0)
            close(out_fd);
        return -EBUSY;
    }
    struct vf_viewer *viewer = &viewers->items[viewers->count++];
    *viewer = (struct vf_viewer){.listener.fd = -1, .settings = settings, .out_fd = out_fd};
    const char *address = text_of(viewer, "address");
    int err = vf_listener_open(&viewer->listener, address ? address : "", problem, problem_size);
    if (!err) {
        err = settle_token(viewer);
        if (!err)
            err = start(engine, viewer);
        *url = err ? NULL : url_of(viewer);
        if (!err && !*url)
            err = -ENOMEM;
        if (err)
            snprintf(problem, problem_size, "the run cannot be shown: %s", strerror(-err));
    }
    if (err)
        let_go(viewers, viewers->count - 1);
    return err;
}

static void warn_of_clear_text(const struct vf_viewer *viewer)
{
    if (!viewer->listener.is_local && !text_of(viewer, "certificate"))
        vf_log(VF_LOG_WARNING, "the page of the run, and its token, travel in clear text; "
                               "--http-cert encrypts them");
}

int vf_viewers_begin(struct vf_engine *engine)
{
    char problem[320], *url = NULL;
    if (!engine->settings.http)
        return VF_OK;
    int err =
        begin(engine, json_deep_copy(engine->settings.http), -1, &url, problem, sizeof(problem));
    if (err) {
        vf_log(VF_LOG_ERROR, "%s", problem);
        return err == -ENOMEM ? err : -EADDRNOTAVAIL;
    }
    char *line = vf_text_format("look at this run at %s", url);
    if (engine->settings.verbosity != VF_VERBOSITY_ERRORS)
        vf_log_say_secret(line ? line : url);
    warn_of_clear_text(&engine->viewers.items[engine->viewers.count - 1]);
    free(line);
    free(url);
    return VF_OK;
}

void vf_viewers_request(struct vf_engine *engine, const json_t *request,
                        struct vf_control_answer *answer)
{
    json_t *settings = json_deep_copy(json_object_get(request, "settings"));
    char problem[320], *url = NULL;
    int ends[2];
    if (!json_is_object(settings) || pipe2(ends, O_CLOEXEC) != 0) {
        vf_control_refuse(answer, "\"settings\" is missing, or there is no pipe left");
        json_decref(settings);
        return;
    }
    if (begin(engine, settings, ends[1], &url, problem, sizeof(problem)) < 0) {
        vf_control_refuse(answer, "%s", problem);
        close(ends[0]);
        return;
    }
    answer->object = json_pack("{ss}", "url", url);
    answer->descriptors[answer->descriptor_count++] = ends[0];
    free(url);
}

/* Whether the one who has asked for it is gone. */
static bool is_left(const struct vf_viewer *viewer)
{
    struct pollfd pipe = {.fd = viewer->out_fd, .events = 0};
    return viewer->out_fd >= 0 && poll(&pipe, 1, 0) > 0;
}

void vf_viewers_look(struct vf_engine *engine)
{
    struct vf_viewers *viewers = &engine->viewers;
    for (size_t i = viewers->count; i-- > 0;) {
        struct vf_viewer *viewer = &viewers->items[i];
        if (vf_observers_include(&engine->observers, viewer->pid))
            continue;
        if (is_left(viewer)) {
            let_go(viewers, i);
            continue;
        }
        if (engine->clock.now_ns - viewer->started_ns < AGAIN_NS)
            continue;
        bool is_soon = engine->clock.now_ns - viewer->started_ns < SOON_NS;
        viewer->failures = is_soon ? viewer->failures + 1 : 0;
        if (viewer->failures == FAILURES_MOST) {
            vf_log(VF_LOG_ERROR,
                   "the process that shows the run by HTTP ends again and again; the run "
                   "goes on without");
            let_go(viewers, i);
            continue;
        }
        vf_log(VF_LOG_WARNING, "the process that shows the run by HTTP has ended; it is started "
                               "again");
        if (start(engine, viewer) < 0)
            viewer->pid = 0; /* until the next time */
    }
}

void vf_viewers_renew(struct vf_engine *engine)
{
    for (size_t i = 0; i < engine->viewers.count; i++) {
        struct vf_viewer *viewer = &engine->viewers.items[i];
        vf_observers_stop(&engine->observers, viewer->pid);
        if (start(engine, viewer) < 0)
            viewer->pid = 0; /* vf_viewers_look() tries it again */
    }
}

void vf_viewers_end(struct vf_engine *engine)
{
    while (engine->viewers.count)
        let_go(&engine->viewers, engine->viewers.count - 1);
}

size_t vf_viewers_list(const struct vf_viewers *viewers, int *fds)
{
    size_t count = 0;
    for (size_t i = 0; i < viewers->count; i++) {
        fds[count++] = viewers->items[i].listener.fd;
        fds[count++] = viewers->items[i].out_fd;
    }
    return count;
}
