/* SPDX-License-Identifier: MIT */
/* source.h - what a reader reads: a file or stream, and the decoder of its video.
 *
 * A live source that fails, is silent or ends can be opened again (open/outage.h). Its timestamps
 * go on then, with a gap as long as it was away, and a new decoder begins with a key frame. The
 * log says when an outage begins and when it is over: once a frame has come.
 */
#ifndef VF_ENGINE_MEDIA_READ_SOURCE_H
#define VF_ENGINE_MEDIA_READ_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/read/open/outage.h"
#include "engine/media/read/open/settings.h"

struct AVStream;
struct vf_decoder;
struct vf_demuxer;
struct vf_made;
struct vf_node_run;

struct vf_media_source {
    struct vf_node_run *run; /* borrowed, like the path and the settings */
    const char *path;
    const struct vf_media_settings *settings;
    bool wants[VF_STREAM_COUNT]; /* which streams, beside the video */
    bool is_decoding;            /* frames are wanted, and not only packets */
    bool is_optional; /* the task goes on without it: that it cannot be opened is a warning */
    /* Filled in; both are others after an outage: */
    struct vf_demuxer *demuxer;
    struct vf_decoder *decoder;     /* NULL: nothing is decoded */
    const struct AVStream *decoded; /* the stream that the decoder is for */
    struct vf_outage outage;        /* over when a frame has come: vf_outage_end() */
    /* Private: */
    int64_t reached_us; /* end of what came last, in the reader's time; INT64_MIN: nothing has */
    int64_t heard_ns;   /* when that was */
};

/* Opens it; the first members are set. `made` is what an earlier process made of it: what cannot be
 * read again goes on after that. Returns VF_END when the task is to stop. */
VF_MUST_CHECK int vf_media_source_open(struct vf_media_source *source, const struct vf_made *made);
void vf_media_source_close(struct vf_media_source *source);

/* Returns whether it is to be opened again, now that the demuxer has ended. If not, and it ended
 * too early, that has been reported to the task. */
bool vf_media_source_returns(const struct vf_media_source *source);

/* Opens it again; sleeps until it is there. Returns VF_END when the task is to stop, and
 * -ENOTCONN after the last attempt. */
VF_MUST_CHECK int vf_media_source_reopen(struct vf_media_source *source);

/* Returns whether the video has gone on as a stream that the decoder cannot decode. Then
 * vf_media_source_change_decoder() makes one that can, when the decoder has given its last frame. */
bool vf_media_source_is_other(const struct vf_media_source *source);
VF_MUST_CHECK int vf_media_source_change_decoder(struct vf_media_source *source);

#endif
