/* SPDX-License-Identifier: MIT */
/* sequence.h - reads sources one after the other, and all of them again if asked to.
 *
 * Timestamps go on rising: what comes next begins where what came before has ended, the longer of
 * video and sound. That is read from the packets of a source, so a process that takes over from one
 * that died finds the place of the last frame again without decoding what lies before it.
 */
#ifndef VF_NODES_READ_SEQUENCE_H
#define VF_NODES_READ_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/node/node.h"
#include "nodes/read/video_reading.h"

/* Starts as {0}, but for the first members, which are borrowed or asked for. */
struct vf_reading_sequence {
    struct vf_node_run *run;
    const struct vf_reading_options *asked;
    const char *const *paths;
    size_t count;
    size_t folder_length; /* of the part of the paths that messages do not tell */
    bool keeps_going;     /* a source that cannot be read is reported as an error, and left out */
    /* Private: */
    struct vf_video_reading reading;
    struct vf_pacer pacer;
    struct vf_picks picks;
    int64_t *lengths_us;                  /* of the sources, as far as they are known */
    struct vf_made made[VF_STREAM_COUNT]; /* of what comes, by processes before */
    struct vf_made packets;               /* of pictures, of all sources, by those */
    int64_t offset_us;                    /* where the next source begins */
    int64_t emitted;                      /* frames */
    uint64_t next;                        /* number of the next source, from 0, over all rounds */
    bool is_only_timed, is_announced;     /* as in struct vf_video_reading */
    bool has_looked;                      /* for what later sources have and the first has not, */
    bool is_ahead[VF_STREAM_COUNT];       /* which has been announced */
    int64_t emitted_before;               /* the source that is read now */
    uint64_t errors_before;
    bool is_open, has_frames; /* of this round */
    bool has_any;             /* frames, of any round */
};

/* Opens the first source that can be read, or the one that an earlier process has come to. */
VF_MUST_CHECK int vf_reading_sequence_open(struct vf_reading_sequence *sequence);

/* Reads on. Returns VF_END after the end of all, or when the task is to stop. */
VF_MUST_CHECK int vf_reading_sequence_next(struct vf_reading_sequence *sequence);

void vf_reading_sequence_close(struct vf_reading_sequence *sequence);

/* A node's forecast(), for what `paths` name: files of any size have room. */
void vf_reading_sequence_foretell(struct vf_foresight *foresight,
                                  const struct vf_reading_options *asked, const char *const *paths,
                                  size_t count);

#endif
