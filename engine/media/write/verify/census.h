/* SPDX-License-Identifier: MIT */
/* census.h - how much there is of each track: of what is put into a file, and of what is found there.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_VERIFY_CENSUS_H
#define VF_ENGINE_MEDIA_WRITE_VERIFY_CENSUS_H

#include <libavutil/avutil.h>
#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

struct AVPacket;

#define VF_CENSUS_TRACKS 64

/* Times are in microseconds, and count once there is a packet that has one. */
struct vf_census_track {
    enum AVMediaType type; /* AVMEDIA_TYPE_UNKNOWN: it does not count */
    int codec_id;
    bool is_copied; /* it may hold what its source held, and not be decodable */
    uint64_t packets, decoded;
    int64_t first_dts_us, last_dts_us, last_us; /* the last decoding time, and how long it lasts */
    int64_t begin_us, end_us;                   /* shown from and to */
    int64_t step_us;                            /* the longest distance between two packets */
    bool has_times;
};

/* In the order of the streams of the file. */
struct vf_census {
    struct vf_census_track tracks[VF_CENSUS_TRACKS];
    unsigned count;
};

/* Counts a packet whose times are in `base`. */
void vf_census_add(struct vf_census_track *track, const struct AVPacket *packet, AVRational base);

/* Returns how long the track lasts, by the times of decoding; 0: it has none. */
int64_t vf_census_length_us(const struct vf_census_track *track);

/* Returns track `number` of a type, from 0; NULL: there is none. */
struct vf_census_track *vf_census_find(struct vf_census *census, enum AVMediaType type,
                                       unsigned number);

#endif
