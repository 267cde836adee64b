/* SPDX-License-Identifier: MIT */
/* sound_line.h - decoded sound as one line of samples without gaps, in the form an encoder takes.
 *
 * Frames are resampled, and put where their timestamps say, to a twentieth of a second: smaller
 * differences are how clocks and codecs round. What is missing is silent. Of what overlaps, the
 * sound that came first stays. A step of more than an hour, either way, is a clock that was set:
 * the sound goes on without a gap.
 */
#ifndef VF_ENGINE_MEDIA_SOUND_SOUND_LINE_H
#define VF_ENGINE_MEDIA_SOUND_SOUND_LINE_H

#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVAudioFifo;
struct AVFrame;
struct SwrContext;

/* Starts as {.format, .rate, .layout, .may_jump}; the first three are how the samples are to come
 * out. */
struct vf_sound_line {
    enum AVSampleFormat format;
    int rate;
    AVChannelLayout layout;
    struct SwrContext *resampler; /* for frames like the last one */
    int source_format, source_rate;
    AVChannelLayout source_layout;
    struct AVAudioFifo *samples; /* that have not been taken */
    int64_t taken;               /* where they begin: a time in samples */
    int64_t overlap;             /* samples still to come out of the resampler that are left out,
                                    since the line has sound for their time already */
    bool is_begun;
    bool may_jump; /* a gap behind all that is there is left out: what comes next begins later */
};

/* Adds a frame, whose timestamp is in its time base. Returns an error of libav's. */
VF_MUST_CHECK int vf_sound_line_add(struct vf_sound_line *line, struct AVFrame *frame);

/* Says that there are no more: what the resampler holds comes out. Returns an error
 * of libav's. */
VF_MUST_CHECK int vf_sound_line_end(struct vf_sound_line *line);

/* Returns how many samples there are. */
int vf_sound_line_count(const struct vf_sound_line *line);

/* Moves the next `count` samples, at most as many as there are, into a new frame, which is the
 * caller's. Returns an error of libav's. */
VF_MUST_CHECK int vf_sound_line_take(struct vf_sound_line *line, int count, struct AVFrame **frame);

void vf_sound_line_finish(struct vf_sound_line *line);

#endif
