/* SPDX-License-Identifier: MIT */
/* connection.h - a file, pipe or URL that libavformat has opened, and the packets that come from
 * it.
 *
 * Opening and reading end at once when the task is to stop. A live source, which comes over the
 * network and has no length, can go silent: after `patience_ns` it counts as gone.
 */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_CONNECTION_H
#define VF_ENGINE_MEDIA_READ_OPEN_CONNECTION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/read/open/pipe_input.h"

struct AVDictionary;
struct AVFormatContext;
struct AVPacket;
struct vf_media_settings;
struct vf_node_run;

/* Stays where it is while it is open: libavformat calls back. */
struct vf_connection {
    struct vf_node_run *run; /* borrowed, like the path and the settings */
    const char *path;
    const struct vf_media_settings *settings;
    int64_t patience_ns; /* how long a live source may be silent; 0: forever */
    bool is_retry;       /* opening has the same limit, and its failure is no news */
    bool is_optional;    /* the task goes on without it: that it cannot be opened is a warning */
    /* Filled in: */
    struct AVFormatContext *format;
    struct AVDictionary *left; /* options that neither the demuxer nor the protocol has */
    bool is_live;
    bool is_pipe;
    bool has_ended;
    int end_code;      /* libav's, why it has */
    int64_t opened_ns; /* when the source began to answer */
    int64_t heard_ns;  /* when the last packet of a live one came; at first `opened_ns` */
    unsigned faults;   /* errors that libavformat has logged while it read packets */
    /* Private: */
    bool is_reading;
    _Atomic int64_t deadline_ns; /* 0: none; libav's threads look, too */
    atomic_bool is_late;
    struct vf_pipe_input pipe;
};

/* Opens it; the first six members are set, the others zero. Returns VF_END when the task is to
 * stop. `is_live` is not known before vf_connection_find_life(). */
VF_MUST_CHECK int vf_connection_open(struct vf_connection *connection);
void vf_connection_close(struct vf_connection *connection);

/* Finds out whether it is live. `has_length`: it is known how long it lasts. */
void vf_connection_find_life(struct vf_connection *connection, bool has_length);

/* Reads a packet of any stream. Returns VF_END at the end, or when the task is to stop. */
VF_MUST_CHECK int vf_connection_read(struct vf_connection *connection, struct AVPacket *packet);

/* Says why the source cannot be used, as loud as that is. */
void vf_connection_complain(const struct vf_connection *connection, const char *format, ...)
    VF_PRINTF(2, 3);

/* Returns whether `path` names something on the network. */
bool vf_connection_is_remote(const char *path);

#endif
