/* SPDX-License-Identifier: MIT */
/* client.h - one connection of a control socket: lines that come in, answers that go out. */
#ifndef VF_ENGINE_PROCESS_CONTROL_CLIENT_H
#define VF_ENGINE_PROCESS_CONTROL_CLIENT_H

#include "engine/process/control/control.h"

/* Closed: {.fd = -1}. */
struct vf_control_client {
    int fd;
    const struct vf_control_requests *requests; /* that are answered; NULL: all */
    uint64_t call;    /* the request that it waits for the answer to; 0: none */
    int64_t moved_ns; /* when something last came or went */
    char *in;         /* what has come and not been answered yet */
    size_t in_size, in_capacity;
    char *out; /* the answer that is being written */
    size_t out_size, out_done;
    int *descriptors; /* that go with its first byte */
    size_t descriptor_count;
    bool is_ending; /* it sends no more, and is closed once it has its answer */
};

/* Takes a connection. */
void vf_control_client_open(struct vf_control_client *client, int fd, int64_t now_ns);

/* Closes it, if it is open. */
void vf_control_client_close(struct vf_control_client *client);

/* Returns what to sleep for. */
struct pollfd vf_control_client_poll(const struct vf_control_client *client);

/* Reads what has come, up to the limit of a line. Closes a connection that has ended. One that
 * sends more than a line may have gets an answer that says so. */
void vf_control_client_read(struct vf_control_client *client, int64_t now_ns);

/* Lends a whole line that has come, with the bytes to be dropped when it has been dealt with.
 * Returns false when there is none, or the answer before has not gone out. */
bool vf_control_client_line(const struct vf_control_client *client, const char **line,
                            size_t *size);
void vf_control_client_drop_line(struct vf_control_client *client, size_t size);

/* Whether a line waits that can be answered now, with nothing to be heard of it by poll(2). */
bool vf_control_client_has_work(const struct vf_control_client *client);

/* Puts an answer on its way. Takes its object. */
void vf_control_client_answer(struct vf_control_client *client, struct vf_control_answer *answer);

/* Writes as much of an answer as there is room for. */
void vf_control_client_write(struct vf_control_client *client, int64_t now_ns);
bool vf_control_client_is_writing(const struct vf_control_client *client);

/* Whether it does not go on in the middle of a line or an answer. */
bool vf_control_client_is_overdue(const struct vf_control_client *client, int64_t now_ns);

#endif
