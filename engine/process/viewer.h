/* SPDX-License-Identifier: MIT */
/* viewer.h - the servers by which a run is looked at (engine/web/web.h): one for `run --http`, and one
 * for each `vflow view`.
 *
 * Each is an observer (observer.h) with a connection of its own to the run, on which it may ask only what
 * its settings allow. One that dies is started again: the run goes on in any case. When the flow changes,
 * each is replaced by one that knows the new flow, at the same socket.
 *
 * Settings are a JSON object:
 *   address: where to listen (listener.h);
 *   control: true: whoever has the token may stop, restart and pause;
 *   token: what a request has to bring; where one is needed and none is given, it is made;
 *   certificate, key: PEM; with them, TLS;
 *   names: further names of this server.
 * A token is needed for control, and where other machines reach the server.
 */
#ifndef VF_ENGINE_PROCESS_VIEWER_H
#define VF_ENGINE_PROCESS_VIEWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/process/control/control.h"
#include "engine/process/listener.h"

#define VF_VIEWERS_MOST 4

struct vf_engine;

/* None: {.listener.fd = -1}. */
struct vf_viewer {
    struct vf_listener listener;
    json_t *settings;
    int out_fd;         /* a pipe; the server ends once nobody reads it. -1: it ends with the run */
    pid_t pid;          /* 0: its process has ended */
    int64_t started_ns; /* of that process */
    unsigned failures;  /* processes in a row that have ended soon */
};

/* Starts as {0}. */
struct vf_viewers {
    struct vf_viewer items[VF_VIEWERS_MOST];
    size_t count;
};

/* Begins the one that the settings of the engine ask for, and says where it is. Logs what failed:
 * -EADDRNOTAVAIL when that is the address. */
VF_MUST_CHECK int vf_viewers_begin(struct vf_engine *engine);

/* Begins another, as a request says: `settings`. Answers with `url` and a descriptor: once that is closed,
 * the server ends. */
void vf_viewers_request(struct vf_engine *engine, const json_t *request,
                        struct vf_control_answer *answer);

/* Starts those again that have died, unless they do so again and again, and lets go of those that have
 * ended. */
void vf_viewers_look(struct vf_engine *engine);

/* Replaces all, since the flow has changed. */
void vf_viewers_renew(struct vf_engine *engine);

/* Lets go of all. Their processes are observers, and end with them. */
void vf_viewers_end(struct vf_engine *engine);

/* Writes their descriptors to `fds`, for a child to close: 2 * VF_VIEWERS_MOST at most. Returns how
 * many. */
size_t vf_viewers_list(const struct vf_viewers *viewers, int *fds);

#endif
