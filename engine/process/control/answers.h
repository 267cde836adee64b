/* SPDX-License-Identifier: MIT */
/* answers.h - the other end of a control socket: requests that go to a run, and the answers that come,
 * with the descriptors that come with them. */
#ifndef VF_ENGINE_PROCESS_CONTROL_ANSWERS_H
#define VF_ENGINE_PROCESS_CONTROL_ANSWERS_H

#include <jansson.h>
#include <stddef.h>

#include "engine/base/result.h"

/* What has come and not been taken. Starts as {0}. */
struct vf_control_answers {
    char *bytes;
    size_t size, capacity;
};

/* Room for descriptors, the caller's to close, and how many there are. */
struct vf_control_rights {
    int *fds;
    size_t limit, count;
};

/* Sends a request, which it takes. Returns VF_END where the run is over. */
VF_MUST_CHECK int vf_control_ask(int fd, json_t *request);

/* Reads once. Returns VF_END at the end of the connection, -EAGAIN, or another negative errno. */
VF_MUST_CHECK int vf_control_answers_read(struct vf_control_answers *answers, int fd,
                                          struct vf_control_rights *rights);

/* Takes an answer that has come, the caller's. Returns -EAGAIN where none is whole, -EBADMSG for
 * what is no answer. */
VF_MUST_CHECK int vf_control_answers_take(struct vf_control_answers *answers, json_t **answer);

void vf_control_answers_finish(struct vf_control_answers *answers);

#endif
