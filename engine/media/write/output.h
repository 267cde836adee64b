/* SPDX-License-Identifier: MIT */
/* output.h - what a writer makes of the frames, sound and subtitles of one source.
 *
 * Frames are encoded or copied; sound is copied or encoded; subtitles are copied or converted. The
 * header of a file says what it holds, so it waits for the first frame, and for the first of each
 * sound, if there is to be any; but not forever. There may be no pictures at all.
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
#include "engine/media/write/side_tracks.h"

struct AVPacket;
struct vf_message;
struct vf_node_run;
struct vf_output;

/* Received frames that an output keeps, with one encoder; and, with such settings, how many. */
#define VF_OUTPUT_HOLDS (VF_ENCODER_HOLDS + VF_STEADY_RATE_HOLDS)
unsigned vf_output_holds(const struct vf_output_settings *settings);

/* What there is to tell of an output. */
struct vf_output_facts {
    int width, height;
    const char *codec, *encoder; /* libav's names; NULL: there are no pictures, they are copied */
    bool is_hardware;            /* `encoder` is */
    const char *sound;           /* what the first is written as: "aac"; NULL: there is none */
    unsigned sounds, subtitles;  /* how many tracks of them there are */
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
    /* Hears of each picture that goes into the present file, by its packet. NULL: nobody does. */
    int (*note_lead)(void *context, const struct AVPacket *packet);
};

struct vf_output_order {
    struct vf_node_run *run;
    struct vf_output_choice *choice; /* another encoder may be chosen, if hardware refuses */
    const struct vf_output_settings *settings;
    struct vf_output_owner owner;
    bool is_series; /* its files are named when they begin, and their time begins at zero */
    const struct vf_output_input *inputs; /* pictures, if there may be some, are the first */
    unsigned input_count;
};

/* Prepares an output, and creates its file where it is no series. Borrows what the order names. */
VF_MUST_CHECK int vf_output_create(struct vf_output **output, const struct vf_output_order *order);

/* Gives up what has not been ended. */
void vf_output_destroy(struct vf_output **output);

/* Takes a message of an input. What comes too late to be written is counted and left out. */
VF_MUST_CHECK int vf_output_take(struct vf_output *output, unsigned input,
                                 const struct vf_message *message);

/* Says that no more comes of an input. */
VF_MUST_CHECK int vf_output_end_input(struct vf_output *output, unsigned input);

/* Writes what is left, and ends the last file, which `is_complete` unless something has failed. */
VF_MUST_CHECK int vf_output_end(struct vf_output *output, bool is_complete);

#endif
