/* SPDX-License-Identifier: MIT */
/* stream_choice.h - which streams of a file are read: the best, one by its number, or one by its
 * language. */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_STREAM_CHOICE_H
#define VF_ENGINE_MEDIA_READ_OPEN_STREAM_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/media/read/open/settings.h"

struct AVFormatContext;
struct AVStream;
struct vf_text;

/* Returns the kind that is chosen by an option: of audio[1] that is audio. */
enum vf_stream vf_stream_base(enum vf_stream kind);

/* Returns what a kind of stream is called: "video", "audio", "subtitles". */
const char *vf_stream_name(enum vf_stream kind);

/* Returns whether all streams of a kind were asked for, not one. */
bool vf_stream_is_all(const struct vf_media_settings *settings, enum vf_stream kind);

/* Returns how many streams of the kind there are. */
unsigned vf_stream_count(const struct AVFormatContext *format, enum vf_stream kind);

/* Looks at the form of what was asked for. Returns as a node's check(), and fills in `problem`
 * as that does. */
VF_MUST_CHECK int vf_stream_choice_check(const struct vf_media_settings *settings, char *problem,
                                         size_t problem_size);

/* Finds in `format` the stream of a kind that was asked for; NULL: there is none. `video` is the
 * one chosen before, whose company is looked for; NULL: there is none. */
struct AVStream *vf_stream_choose(const struct vf_media_settings *settings,
                                  struct AVFormatContext *format, enum vf_stream kind,
                                  const struct AVStream *video);

/* Returns whether anything was seen of a stream of video or audio; libavformat makes up a start for
 * others. */
bool vf_stream_is_known(const struct AVStream *stream);

/* Returns whether two streams are not known to belong to different programmes. */
bool vf_stream_is_beside(const struct AVFormatContext *format, const struct AVStream *stream,
                         const struct AVStream *other);

/* Returns whether `other` seems to go on where `stream` ends: the programme of the one has taken the
 * place of the other's, or it begins much later. */
bool vf_stream_is_later(const struct AVFormatContext *format, const struct AVStream *stream,
                        const struct AVStream *other);

/* Returns whether `other` has taken the place of `stream` in its programme, as the first of its
 * kind there. */
bool vf_stream_has_replaced(const struct AVFormatContext *format, const struct AVStream *stream,
                            const struct AVStream *other);

/* Returns whether any stream of the kind would do, so that to have none is no mistake. */
bool vf_stream_is_any(const struct vf_media_settings *settings, enum vf_stream kind);

/* Adds what was asked for, and what there is, to `text`:
 * `no audio "fre"; there are 0 (eng) and 1 (deu)`. */
void vf_stream_explain(const struct vf_media_settings *settings,
                       const struct AVFormatContext *format, enum vf_stream kind,
                       struct vf_text *text);

#endif
