/* SPDX-License-Identifier: MIT */
/* message.h - what travels along an edge.
 *
 * A message is a description, plain data of fixed size and layout, and a payload,
 * the bytes it describes. The description travels as it stands here, in a cell of shared
 * memory or through ZeroMQ. With the transport shm the payload stays in its producer's arena
 * (arena.h) and is shared, read-only; with ipc and tcp a copy travels after the description.
 * Every message is complete in itself: a receiver needs nothing that came before.
 */
#ifndef VF_ENGINE_MESSAGE_MESSAGE_H
#define VF_ENGINE_MESSAGE_MESSAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

#define VF_MESSAGE_VERSION 3
#define VF_MAX_PLANES 4
#define VF_MAX_DIMENSIONS 8
#define VF_SOURCE_SIZE 256
#define VF_SOURCE_NAME SIZE_MAX /* in place of the length of a folder */
#define VF_NO_TIMESTAMP INT64_MIN

enum vf_message_kind {
    VF_MESSAGE_DATA = 1,
    VF_MESSAGE_GAP, /* nothing will come for origins `origin.number` to `gap_last`, of which the last
                       has the timestamp, if it is known */
    VF_MESSAGE_END, /* nothing more will come at all */
};

enum vf_value_type {
    VF_VALUE_NONE,
    VF_VALUE_VIDEO,  /* one decoded picture */
    VF_VALUE_AUDIO,  /* decoded samples */
    VF_VALUE_PACKET, /* compressed data, with what is needed to write or decode it */
    VF_VALUE_ARRAY,  /* numbers of one type in up to eight dimensions */
    VF_VALUE_JSON,   /* a number, text, list or object */
};

enum vf_end_reason {
    VF_END_COMPLETE,    /* everything has been sent */
    VF_END_INTERRUPTED, /* the flow was asked to stop */
    VF_END_FAILED,      /* the sender, or one before it, failed: what came is not all */
};

struct vf_rational {
    int32_t num, den;
};

/* What a producer has made for one of its ports. Starts as {0}. */
struct vf_made {
    uint64_t count;    /* messages, dropped or not */
    uint64_t untimed;  /* those since the last that has a timestamp */
    int64_t timestamp; /* of that one, of a packet when it is decoded; valid if there is one */
    struct vf_rational time_base;
    int64_t
        source_start_ns; /* where among timestamps its source begins; VF_NO_TIMESTAMP: unknown */
    bool is_rising;      /* there is one, and none was as low as one before it of the same source */
};

/* Where a message came from: joins put together what has the same origin. */
struct vf_origin {
    uint64_t number; /* counts what one port of one producer emitted, from 1 */
    uint32_t stream; /* task id << 8 | port of that producer */
    uint32_t reserved;
};

struct vf_plane {
    uint64_t offset;          /* in the payload, bytes */
    uint32_t stride;          /* bytes from one row to the next */
    uint32_t row_bytes, rows; /* bytes used of a row; 1 row for audio */
    uint32_t reserved;
};

struct vf_video {
    char format[24]; /* libav's name of the pixel format: "yuv420p" */
    int32_t width, height;
    struct vf_rational sample_aspect_ratio; /* 0/1: unknown */
    struct vf_rational frame_rate;          /* nominal; 0/1: unknown or variable */
    uint8_t colour_range;                   /* 1: limited, 2: full, 0: unknown */
    uint8_t colour_primaries, colour_transfer, colour_matrix; /* ISO/IEC 23091-2 */
    uint8_t chroma_location;                                  /* as libav numbers it */
    uint8_t is_key, is_interlaced, is_top_field_first;
    uint32_t plane_count, reserved;
    struct vf_plane planes[VF_MAX_PLANES];
};

struct vf_audio {
    char format[16];       /* libav's name of the sample format: "fltp" */
    char layout[32];       /* libav's description of the channels: "stereo" */
    int32_t sample_rate;   /* Hz */
    int32_t channels;      /* planar formats: plane i at i * planes[0].stride */
    int32_t samples;       /* of one channel; 0: it only says what is to come, with no rate that
                              there is nothing */
    uint32_t plane_count;  /* 1, or `channels` for a planar format */
    struct vf_plane plane; /* the first; the others follow at its stride */
};

/* The payload is the codec's extra data, padding up to `data_offset`, then the packet. */
struct vf_packet {
    char codec[32]; /* libav's name of the codec: "aac" */
    uint64_t extradata_size, data_offset, data_size;
    int64_t decode_timestamp; /* in the message's time base */
    uint32_t codec_tag, reserved;
    uint8_t is_key, is_corrupt, media, reserved_byte;   /* media: 'v', 'a' or 's' */
    int32_t width, height;                              /* video, up to `delay` */
    struct vf_rational sample_aspect_ratio, frame_rate; /* 0/1: unknown */
    char format[24];                                    /* as in struct vf_video; "": unknown */
    uint8_t colour_range, colour_primaries, colour_transfer, colour_matrix; /* as there, too */
    uint8_t chroma_location, field_order; /* as libav numbers them */
    uint8_t delay;                        /* pictures that are decoded before they are shown */
    uint8_t is_only_decoded;              /* for what follows; an edit list has cut it off */
    int32_t sample_rate, channels, frame_size, block_align, bits_per_sample, initial_padding;
    int32_t profile, level;
    int64_t bit_rate;
    char layout[32];                             /* as in struct vf_audio */
    uint32_t skipped_samples, discarded_samples; /* decoded, but not to be heard: at the start,
                                                    at the end */
};

struct vf_array {
    char dtype[8]; /* as numpy spells it: "<f4", "|u1" */
    uint32_t dimensions, reserved;
    uint64_t shape[VF_MAX_DIMENSIONS];
};

/* Fixed size, the same in memory and on a wire. */
struct vf_description {
    uint16_t version, kind, type; /* kind: enum vf_message_kind; type: enum vf_value_type */
    uint16_t end_reason;          /* of an end */
    struct vf_origin origin;
    uint64_t gap_last;           /* of a gap: the last origin number it speaks for */
    int64_t timestamp, duration; /* in `time_base`; VF_NO_TIMESTAMP; 0: unknown */
    struct vf_rational time_base;
    int64_t event_time_ns;      /* when the producer emitted its origin, CLOCK_MONOTONIC */
    int64_t publish_time_ns;    /* when the last task published it */
    int64_t proctime_ns;        /* time in the task that sent it last */
    int64_t actual_proctime_ns; /* from the end of that task's last input to the end of this */
    uint64_t order;             /* dense over what replicas are given, from 1; 0: none */
    uint8_t is_last_of_order;   /* the replica that had it sends nothing more for it */
    uint8_t is_hollow;          /* of a picture that nobody wants (engine/node/wish.h): it has no
                                   payload, and of what it is there is only its size */
    uint8_t reserved[6];
    uint64_t payload_size;               /* bytes */
    uint64_t extras_offset, extras_size; /* what belongs to a picture, packet or sound beside its
                                            own bytes, in the payload (media/facts); 0: nothing */
    uint64_t source_id;          /* differs for what was read from different places; 0: unknown */
    int64_t source_time_ns;      /* the time within that; VF_NO_TIMESTAMP */
    char source[VF_SOURCE_SIZE]; /* what it was read from, for people and names of files: the path
                                    of a file below the folder that the reader was given; "":
                                    unknown */
    union {
        struct vf_video video;
        struct vf_audio audio;
        struct vf_packet packet;
        struct vf_array array;
    };
};

/* Bytes that can be read after each payload in an arena: SIMD code reads whole vectors. Payloads
 * begin at multiples of it. */
#define VF_PAYLOAD_MARGIN ((size_t)64)

/* Bytes in memory with several holders, maybe in several threads of one process. */
struct vf_payload {
    uint8_t *data; /* written only by the task that made it, and only before it is sent */
    size_t size;
    size_t tail;     /* bytes at its end that the value leaves free, for extras; 0 where received */
    uint32_t arena;  /* task id of the arena it lies in; 0: private memory */
    uint64_t offset; /* in that arena */
    void (*release)(struct vf_payload *payload); /* of the last holder; frees the struct too */
    void *owner;
    atomic_uint holders;
};

/* Makes a payload of private memory. The caller is its holder. */
VF_MUST_CHECK int vf_payload_create(struct vf_payload **payload, size_t size);

/* Adds a holder. Returns `payload`. */
struct vf_payload *vf_payload_hold(struct vf_payload *payload);

/* Lets go of it, from any thread. Sets *payload to NULL; does nothing when it is already. */
void vf_payload_drop(struct vf_payload **payload);

struct vf_message {
    struct vf_description description;
    struct vf_payload *payload; /* held; NULL where there is none */
    bool is_received;           /* came from a neighbour: its payload is read-only */
};

/* Copies a description, which may be written meanwhile, into the place of another: what its type uses,
 * and of `source` the text. What is more in the place stays as it is: a description is large, and most of
 * it is used by few. */
void vf_description_put(struct vf_description *place, const struct vf_description *from);

/* Makes a message of `type` with everything unknown. Takes *payload (which may be NULL),
 * except on failure. */
VF_MUST_CHECK int vf_message_create(struct vf_message **message, enum vf_value_type type,
                                    struct vf_payload **payload);

/* Makes a second message with the same description and payload. Copies no payload. */
VF_MUST_CHECK int vf_message_clone(struct vf_message **clone, const struct vf_message *message);

/* Lets go of the payload. Sets *message to NULL; does nothing when it is already. */
void vf_message_destroy(struct vf_message **message);

/* Makes a JSON value of `text`, of `length` bytes. Copies them. */
VF_MUST_CHECK int vf_message_create_json(struct vf_message **message, const char *text,
                                         size_t length);

/* Makes a JSON value of a whole number. */
VF_MUST_CHECK int vf_message_create_integer(struct vf_message **message, int64_t value);

/* Lends the text of a JSON value, not ended by NUL; NULL where it is none. */
const char *vf_message_json(const struct vf_message *message, size_t *length);

/* Returns the timestamp of a message; of a packet without one, when it is decoded. */
int64_t vf_message_known_time(const struct vf_description *description);

/* Returns the timestamp in nanoseconds, VF_NO_TIMESTAMP where there is none. What no 64 bits hold is
 * the first or the last time. */
int64_t vf_message_time_ns(const struct vf_description *description);

/* Adds a message, of which the timestamp, its base and the time within the source are looked at. */
void vf_made_add(struct vf_made *made, const struct vf_description *description);

/* Makes what a process that may have written at random has left fit to compute with. Returns false when
 * nothing can go on from there. */
VF_MUST_CHECK bool vf_made_mend(struct vf_made *made);

/* Sets what `description` was read from. Of a path, what follows its first `folder_length` bytes is
 * told; of a URL, or with VF_SOURCE_NAME, the last part. What is too long loses its first folders,
 * or its beginning; `source_id` tells paths apart all the same. */
void vf_message_set_source(struct vf_description *description, const char *path,
                           size_t folder_length);

/* Gives `description` the source of `from`, and the time within it. */
void vf_message_copy_source(struct vf_description *description, const struct vf_description *from);

/* Returns whether what a message has beside its value lies in its payload. */
bool vf_message_extras_fit(const struct vf_message *message);

/* Adds a time to the timestamps of a message, in whole ticks of its time base. */
void vf_message_delay(struct vf_description *description, int64_t delay_ns);

/* Gives `message` the origin, the times, the time base and the source of `source`, as an answer to
 * it. */
void vf_message_follow(struct vf_message *message, const struct vf_message *source);

#endif
