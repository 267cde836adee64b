/* SPDX-License-Identifier: MIT */
/* stream_description.h - what can be said of one stream of a file: describe.h. */
#ifndef VF_ENGINE_MEDIA_READ_STREAM_DESCRIPTION_H
#define VF_ENGINE_MEDIA_READ_STREAM_DESCRIPTION_H

#include <jansson.h>
#include <stdint.h>

struct AVDictionary;
struct AVFormatContext;
struct AVStream;

/* The packets of a stream, counted. */
struct vf_stream_count {
    int64_t packets, keys;
    int64_t first_key_us, last_key_us; /* of `keys` > 0 */
};

/* Makes an object of a stream; `count` may be NULL: its packets were not read. NULL: out of
 * memory. */
json_t *vf_stream_describe(struct AVFormatContext *format, struct AVStream *stream,
                           const struct vf_stream_count *count);

/* Makes an object of tags; NULL: there are none. */
json_t *vf_tags_describe(const struct AVDictionary *tags);

/* Adds a value, which it takes, unless that is NULL. */
void vf_description_add(json_t *object, const char *key, json_t *value);

/* Makes a string of any bytes; NULL: they are NULL, or out of memory. */
json_t *vf_description_text(const char *bytes);

#endif
