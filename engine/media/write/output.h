/* SPDX-License-Identifier: MIT */
/* output.h - what a writer makes of the frames, sound and subtitles of one source.
 *
 * Frames are encoded; sound is copied or encoded; subtitles are copied or converted. The header of
 * a file says what it holds, so it waits for the first frame, and for the first sound, if there is
 * to be any; but not forever.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_OUTPUT_H
#define VF_ENGINE_MEDIA_WRITE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/picture/steady_rate.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/encode/encoder.h"
#include "engine/media/write/files.h"

struct vf_message;
struct vf_node_run;
struct vf_output;

/* Received frames that an output keeps. */
#define VF_OUTPUT_HOLDS (VF_ENCODER_HOLDS + VF_STEADY_RATE_HOLDS)

/* What there is to tell of an output. */
struct vf_output_facts {
    int width, height;
    const char *codec, *encoder; /* libav's names; no encoder: pictures are copied */
    bool is_hardware;            /* `encoder` is */
    const char *sound;           /* what it is written as: "aac"; NULL: there is none */
    bool is_sound_encoded;
    bool is_resampled; /* frames were repeated or left out to keep a rate */
};

/* Who names the files, and hears of them. */
struct vf_output_owner {
    void *context;
    /* Gives the caller the name of the next file; `first` describes its first frame, NULL where
     * names do not depend on it. */
    int (*name_file)(void *context, const struct vf_description *first, char **path);
    void (*tell_file)(void *context, const struct vf_output_file *file,
                      const struct vf_output_facts *facts);
};

struct vf_output_order {
    struct vf_node_run *run;
    struct vf_output_choice *choice; /* another encoder may be chosen, if hardware refuses */
    const struct vf_output_settings *settings;
    struct vf_output_owner owner;
    bool is_series; /* its files are named when they begin, and their time begins at zero */
    bool has_sound, has_subtitles; /* there may be some */
};

/* Prepares an output, and creates its file where it is no series. Borrows what the order names. */
VF_MUST_CHECK int vf_output_create(struct vf_output **output, const struct vf_output_order *order);

/* Gives up what has not been ended. */
void vf_output_destroy(struct vf_output **output);

/* Take a message each. Those that come too late to be written are counted and left out. */
VF_MUST_CHECK int vf_output_take_frame(struct vf_output *output, const struct vf_message *frame);
VF_MUST_CHECK int vf_output_take_sound(struct vf_output *output, const struct vf_message *packet);
VF_MUST_CHECK int vf_output_take_subtitle(struct vf_output *output,
                                          const struct vf_message *packet);

/* Says that no more frames come. Sound still may. */
VF_MUST_CHECK int vf_output_end_video(struct vf_output *output);

/* Says that no more sound, or no more subtitles, come. */
VF_MUST_CHECK int vf_output_end_track(struct vf_output *output, enum vf_muxer_track track);

/* Writes what is left, and ends the last file, which `is_complete` unless something has failed. */
VF_MUST_CHECK int vf_output_end(struct vf_output *output, bool is_complete);

#endif
