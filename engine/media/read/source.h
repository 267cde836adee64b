/* SPDX-License-Identifier: MIT */
/* source.h - what a reader reads: a file or stream, and the decoder of its video.
 *
 * A live source that fails, is silent or ends can be opened again: after some time that doubles
 * with each attempt, more or less a fifth, so that not all who lost it come back at once. Its
 * time stamps go on then, with a gap as long as it was away, and a new decoder begins with a key
 * frame. The time without it is one outage until a frame has come again, however often it was
 * opened meanwhile; the log tells when it begins and when it is over.
 */
#ifndef VF_ENGINE_MEDIA_READ_SOURCE_H
#define VF_ENGINE_MEDIA_READ_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/read/open/settings.h"

struct vf_decoder;
struct vf_demuxer;
struct vf_made;
struct vf_node_run;

struct vf_media_source {
    struct vf_node_run *run; /* borrowed, like the path and the settings */
    const char *path;
    const struct vf_media_settings *settings;
    bool wants[VF_STREAM_COUNT]; /* which streams, beside the video */
    bool is_optional; /* the task goes on without it: that it cannot be opened is a warning */
    /* Filled in; both are others after an outage: */
    struct vf_demuxer *demuxer;
    struct vf_decoder *decoder;
    /* Private: */
    struct vf_reconnect_wish wish;
    int64_t reached_us; /* end of what came last, in the reader's time; INT64_MIN: nothing has */
    int64_t heard_ns;   /* when that was */
    int64_t since_ns;   /* when the outage began; 0: there is none */
    int tried;          /* attempts during it */
};

/* Opens it; the first members are set. `made` is what an earlier process made of it: what cannot be
 * read again goes on behind that. Returns VF_END when the task is to stop. */
VF_MUST_CHECK int vf_media_source_open(struct vf_media_source *source, const struct vf_made *made);
void vf_media_source_close(struct vf_media_source *source);

/* Tells whether it is to be opened again, now that the demuxer has ended. If not, and it ended too
 * early, that has been reported to the task. */
bool vf_media_source_returns(const struct vf_media_source *source);

/* Opens it again; sleeps until it is there. Returns VF_END when the task is to stop, and
 * -ENOTCONN after the last attempt. */
VF_MUST_CHECK int vf_media_source_reopen(struct vf_media_source *source);

/* Says that a frame has come: an outage is over. */
void vf_media_source_note_frame(struct vf_media_source *source);

/* Returns how long to wait before attempt number `attempt`, from 0; `chance` is any number. */
int64_t vf_media_source_wait_ns(const struct vf_reconnect_wish *wish, int attempt, uint32_t chance);

#endif
