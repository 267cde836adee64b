/* SPDX-License-Identifier: MIT */
/* output.h - bytes of a pickle that is being written: its frames and its memo.
 *
 * Private to the writer. From protocol 4 on, what is written is cut into frames where CPython cuts
 * it: at the first value after 64 KiB, and around each payload that is itself longer.
 */
#ifndef VF_ENGINE_WIRE_PYTHON_PICKLE_OUTPUT_H
#define VF_ENGINE_WIRE_PYTHON_PICKLE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/wire/python/pickle/pickle.h"

/* What the memo may hold beside values of the tree. */
enum vf_pickle_static {
    VF_PICKLE_SET,
    VF_PICKLE_FROZENSET,
    VF_PICKLE_BYTES_TYPE, /* what is called for empty bytes */
    VF_PICKLE_ENCODE,
    VF_PICKLE_LATIN1,
    VF_PICKLE_EMPTY_TEXT,
    VF_PICKLE_EMPTY_BYTES,
    VF_PICKLE_CHARACTERS, /* from here on: text of one character, by its number */
    VF_PICKLE_STATICS = VF_PICKLE_CHARACTERS + 256,
};

struct vf_pickle_output {
    struct vf_text *pickle;
    struct vf_complaint *complaint;
    int protocol;
    bool is_framing, has_frame;
    size_t frame_start;
    uint32_t *memo; /* by the number of a value: its number in the memo, from 1; 0: none */
    uint8_t *is_open;
    uint32_t statics[VF_PICKLE_STATICS];
    uint32_t memo_count;
    size_t depth;
};

/* Begins a pickle after what is in `pickle` already. Borrows `tree` until finish. */
VF_MUST_CHECK int vf_pickle_output_init(struct vf_pickle_output *output, struct vf_text *pickle,
                                        const struct vf_plain_tree *tree, int protocol,
                                        struct vf_complaint *complaint);

/* Writes the end. Returns -ENOMEM when memory was short at any time. */
VF_MUST_CHECK int vf_pickle_output_end(struct vf_pickle_output *output);
void vf_pickle_output_finish(struct vf_pickle_output *output);

/* Write bytes; one opcode; an opcode with a number, lowest byte first; text, which is freed. */
void vf_pickle_put(struct vf_pickle_output *output, const char *bytes, size_t length);
void vf_pickle_put_opcode(struct vf_pickle_output *output, unsigned opcode);
void vf_pickle_put_number(struct vf_pickle_output *output, unsigned opcode, unsigned width,
                          uint64_t number);
void vf_pickle_put_text(struct vf_pickle_output *output, struct vf_text *text);

/* Writes an opcode, the length of `bytes`, and the bytes. */
void vf_pickle_put_payload(struct vf_pickle_output *output, unsigned opcode, unsigned width,
                           const char *bytes, size_t length);

/* Ends the frame when it is full. In front of each value. */
void vf_pickle_end_full_frame(struct vf_pickle_output *output);

/* Gives the value on top of the stack the next number: as a value of the tree, as a static, or as
 * something that is never asked for again. */
void vf_pickle_memoize(struct vf_pickle_output *output, const struct vf_plain *value);
void vf_pickle_memoize_static(struct vf_pickle_output *output, unsigned which);
void vf_pickle_memoize_nothing(struct vf_pickle_output *output);

/* Writes where to find what has a number already. Returns whether it has. */
bool vf_pickle_recall(struct vf_pickle_output *output, const struct vf_plain *value);
bool vf_pickle_recall_static(struct vf_pickle_output *output, unsigned which);

/* Go into a container and out of it. Entering fails in one that has been entered, and too deep. */
bool vf_pickle_enter(struct vf_pickle_output *output, const struct vf_plain *container);
void vf_pickle_leave(struct vf_pickle_output *output, const struct vf_plain *container);

#endif
