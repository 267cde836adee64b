/* SPDX-License-Identifier: MIT */
/* waiting.h - messages of one input that wait until it is known whether they are recorded. */
#ifndef VF_ENGINE_MEDIA_WRITE_CLIPS_WAITING_H
#define VF_ENGINE_MEDIA_WRITE_CLIPS_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_message;

struct vf_waiting_item {
    struct vf_message *message; /* in this process's own memory */
    int64_t time_ns; /* when it is shown or heard, or else decoded; or as that before it */
    bool is_key;
};

/* Starts as zero bytes. */
struct vf_waiting {
    struct vf_waiting_item *items; /* in the order in which they came */
    size_t first, end, room;
    size_t bytes;
    int64_t newest_ns; /* the latest time that has come; valid once something `has_come` */
    bool has_come;
};

/* Makes a copy of a message in this process's own memory. */
VF_MUST_CHECK int vf_waiting_copy(struct vf_message **made, const struct vf_message *message);

/* Adds a copy of a message: its sender wants its memory back. */
VF_MUST_CHECK int vf_waiting_push(struct vf_waiting *waiting, const struct vf_message *message);

size_t vf_waiting_count(const struct vf_waiting *waiting);

/* Lends item `number`, from 0, of those that wait. */
const struct vf_waiting_item *vf_waiting_at(const struct vf_waiting *waiting, size_t number);

/* Removes the first `count`. */
void vf_waiting_drop(struct vf_waiting *waiting, size_t count);

void vf_waiting_finish(struct vf_waiting *waiting);

#endif
