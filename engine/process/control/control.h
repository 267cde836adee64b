/* SPDX-License-Identifier: MIT */
/* control.h - the socket on which a run hears its user's other programs: vflow ps, stop, top.
 *
 * It is the file `control` in the folder of the run (directory.h), a stream socket that its user
 * alone can open. Both sides write JSON objects, one a line. A client sends a request and reads its
 * answer before it sends the next:
 *
 *     {"request": "status"}                          what is asked; more keys are the request's own
 *     {"ok": true, ...}                              the answer
 *     {"ok": false, "error": "there is no task x"}   or why there is none, for people
 *
 * File descriptors may come with the first byte of an answer (SCM_RIGHTS). Some answers come later:
 * to "wait" only when the run is over. A connection that ends without an answer means that the run
 * was killed. What can be asked stands in engine/process/requests.h.
 *
 * Nothing here waits, and nobody is trusted with more than a bounded amount of memory: what a
 * client sends is bounded, it is read on only when the answer before has gone out, and who does not
 * go on within VF_CONTROL_PATIENCE_NS in the middle of a line is let go. When there are as many
 * clients as may be, the one that has been idle for longest makes room; those that wait for an
 * answer stay.
 */
#ifndef VF_ENGINE_PROCESS_CONTROL_CONTROL_H
#define VF_ENGINE_PROCESS_CONTROL_CONTROL_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/clock.h"
#include "engine/base/result.h"

#define VF_CONTROL_FILE "control"
#define VF_CONTROL_CLIENTS 32
#define VF_CONTROL_POLLED (1 + VF_CONTROL_CLIENTS) /* descriptors that a supervisor sleeps over */
#define VF_CONTROL_LINE_LIMIT ((size_t)256 << 10)  /* bytes of a request */
#define VF_CONTROL_DESCRIPTORS 250                 /* in one answer; the kernel takes 253 */
#define VF_CONTROL_PATIENCE_NS (10 * VF_NS_PER_S)

struct vf_control;

/* What a handler answers. Starts as {0} but for `call`. */
struct vf_control_answer {
    uint64_t call;     /* names the request, for an answer that comes later */
    bool is_later;     /* the answer will come by vf_control_answer() */
    json_t *object;    /* the control's, which adds "ok"; NULL: nothing but that */
    const char *error; /* instead of an answer; borrowed until the handler's caller returns */
    char words[512];   /* room for `error` */
    int descriptors[VF_CONTROL_DESCRIPTORS]; /* the control's, which closes them */
    size_t descriptor_count;
};

/* One thing that can be asked. */
struct vf_control_request {
    const char *name;
    void (*handle)(void *context, const json_t *request, struct vf_control_answer *answer);
};

struct vf_control_requests {
    const struct vf_control_request *items;
    size_t count;
};

/* Answers with an error, made as by printf. */
void vf_control_refuse(struct vf_control_answer *answer, const char *format, ...) VF_PRINTF(2, 3);

/* Lets go of what an answer holds that nobody gets. */
void vf_control_answer_drop(struct vf_control_answer *answer);

/* Lends the text of a key of a request. NULL, and the answer is an error: it is not there, or no
 * text. */
const char *vf_control_text(const json_t *request, const char *key,
                            struct vf_control_answer *answer);

/* Makes the socket in a folder. `context` goes to the handlers. Returns a negative errno, and logs
 * nothing: a run can do without. */
VF_MUST_CHECK int vf_control_create(struct vf_control **control, const char *folder,
                                    const struct vf_control_requests *requests, void *context);

/* Takes a connection that the caller has made, and answers only these requests on it. It stays until
 * its other end is closed. Takes `fd`, also on failure: -EBUSY when there are as many as may be. */
VF_MUST_CHECK int vf_control_adopt(struct vf_control *control, int fd,
                                   const struct vf_control_requests *requests);

/* Closes all connections, and the socket; its file goes with the folder. */
void vf_control_destroy(struct vf_control **control);

/* All of these do nothing where there is no control. */

/* Fills in what to sleep over: VF_CONTROL_POLLED descriptors. */
void vf_control_fill(const struct vf_control *control, struct pollfd *fds);

/* Serves who has something to say, or has been silent for too long. `fds` as filled and polled. */
void vf_control_serve(struct vf_control *control, const struct pollfd *fds, int64_t now_ns);

/* Answers a request whose answer was to come later. Does nothing where its client is gone. */
void vf_control_answer(struct vf_control *control, uint64_t call, struct vf_control_answer *answer);

/* Answers all who still wait, with copies of an object, which it takes; NULL: does nothing. */
void vf_control_answer_all(struct vf_control *control, json_t *object);

/* Writes what is still to be written, for `patience_ms` at most. */
void vf_control_flush(struct vf_control *control, int patience_ms);

/* Writes all its descriptors to `fds`, for a child to close: VF_CONTROL_POLLED at most. Returns how
 * many. */
size_t vf_control_list(const struct vf_control *control, int *fds);

#endif
