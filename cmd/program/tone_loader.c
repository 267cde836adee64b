/* SPDX-License-Identifier: MIT */
/* tone_loader - the tone of a test source, as the program has it: in a module with the libraries that
 * encode it, for a test source whose sound is read. */
#include <errno.h>
#include <stdbool.h>

#include "cmd/program/loader.h"
#include "engine/media/codec/tone.h"

static const struct vf_module module = {"codec", "sound", VF_LOG_ERROR};

int vf_tone_create(struct vf_tone **tone, double frequency)
{
    int (*create)(struct vf_tone **, double);
    *tone = NULL;
    return vf_loader_find_function(&module, __func__, &create) ? create(tone, frequency) : -ELIBACC;
}

void vf_tone_destroy(struct vf_tone **tone)
{
    void (*destroy)(struct vf_tone **);
    if (*tone && vf_loader_find_function(&module, __func__, &destroy))
        destroy(tone);
}

size_t vf_tone_payload_size(void)
{
    size_t (*payload_size)(void);
    return vf_loader_find_function(&module, __func__, &payload_size) ? payload_size() : 0;
}

void vf_tone_extend(struct vf_tone *tone, int64_t end_us, bool is_last)
{
    static void (*extend)(struct vf_tone *, int64_t, bool); /* for every picture */
    if (extend || vf_loader_find_function(&module, __func__, &extend))
        extend(tone, end_us, is_last);
}

int vf_tone_read(struct vf_tone *tone, struct vf_node_run *run, struct vf_message **message)
{
    static int (*read_next)(struct vf_tone *, struct vf_node_run *, struct vf_message **);
    return read_next || vf_loader_find_function(&module, __func__, &read_next)
               ? read_next(tone, run, message)
               : -ELIBACC;
}
