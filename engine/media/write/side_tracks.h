/* SPDX-License-Identifier: MIT */
/* side_tracks.h - the sounds and subtitles of an output, each from an input of the writer.
 *
 * The header of a file says what it holds. So each input is waited for until it has said what it
 * brings.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_SIDE_TRACKS_H
#define VF_ENGINE_MEDIA_WRITE_SIDE_TRACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/files.h"
#include "engine/media/write/tracks.h"

struct vf_message;
struct vf_node_run;
struct vf_output_choice;
struct vf_output_settings;
struct vf_sound_track;
struct vf_subtitle_track;

/* One of the writer's inputs. */
struct vf_output_input {
    enum vf_track_kind kind;
    bool is_expected; /* something is to come of it; what comes of others is left out */
};

struct vf_side_track {
    unsigned input;
    struct vf_sound_track *sound; /* one of them, from the first packet on */
    struct vf_subtitle_track *subtitles;
    bool is_known; /* what it is */
};

/* Starts as {.run, .choice, .settings, .inputs, .input_count, .files, .tracks}, which it borrows. */
struct vf_side_tracks {
    struct vf_node_run *run;
    const struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
    const struct vf_output_input *inputs;
    unsigned input_count;
    struct vf_output_files *files;
    struct vf_media_tracks *tracks;            /* gets a place for each side track, */
    struct vf_side_track sides[VF_MAX_TRACKS]; /* with the same number */
    struct {
        bool is_over, has_told_late;
    } states[VF_MAX_TRACKS]; /* of the inputs */
};

/* Takes a message of an input. What comes too late to be written is reported to the task, once for
 * each input, and left out. */
VF_MUST_CHECK int vf_side_tracks_take(struct vf_side_tracks *tracks, unsigned input,
                                      const struct vf_message *message);

/* Says that an input has no more. */
VF_MUST_CHECK int vf_side_tracks_end_input(struct vf_side_tracks *tracks, unsigned input);

/* Says that none has more. */
VF_MUST_CHECK int vf_side_tracks_end(struct vf_side_tracks *tracks);

/* Returns whether all is known that a header is to say of them. */
bool vf_side_tracks_are_known(const struct vf_side_tracks *tracks);

/* Numbers the tracks of each kind, by their inputs, for a header. */
void vf_side_tracks_number(struct vf_side_tracks *tracks);

/* Lends the sound with that number; NULL: there is none, or it is not known yet. */
const struct vf_sound_track *vf_side_tracks_sound(const struct vf_side_tracks *tracks,
                                                  unsigned number);

void vf_side_tracks_finish(struct vf_side_tracks *tracks);

#endif
