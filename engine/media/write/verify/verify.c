/* SPDX-License-Identifier: MIT */
#include "engine/media/write/verify/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/base/aside.h"
#include "engine/media/libav/error.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/verify/reader.h"
#include "engine/node/node.h"

#define TICK_US 1000 /* of Matroska and others, in which a length is rounded */

/* A file that is being verified. */
struct verifying {
    const struct vf_verify_order *order;
    const struct vf_container_traits *traits;
    char *problem;
    size_t problem_size;
    struct vf_census *written; /* a copy */
    atomic_bool is_called_off;
};

static int refuse(const struct verifying *verifying, const char *format, ...) VF_PRINTF(2, 3);

static int refuse(const struct verifying *verifying, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verifying->problem, verifying->problem_size, format, arguments);
    va_end(arguments);
    return -EIO;
}

static const char *name_of(enum AVMediaType type)
{
    const char *name = av_get_media_type_string(type);
    return name ? name : "data";
}

static bool is_about_as_long(int64_t a_us, int64_t b_us, int64_t step_us)
{
    return llabs(a_us - b_us) <= step_us + TICK_US;
}

/* Says that something does not last as long as what was written. */
static int refuse_length(const struct verifying *verifying, const char *what, int64_t written_us,
                         int64_t found_us)
{
    return refuse(verifying, "%s: %.3f s were written, and it says that it lasts %.3f s", what,
                  (double)written_us / AV_TIME_BASE, (double)found_us / AV_TIME_BASE);
}

/* Raw samples are counted, and packed, as the container likes. */
static bool is_raw_sound(int codec_id)
{
    return av_get_exact_bits_per_sample((enum AVCodecID)codec_id) > 0;
}

/* Compares what the index of an MP4 says of a track. */
static int check_indexed_track(const struct verifying *verifying,
                               const struct vf_census_track *written, const AVStream *stream)
{
    int64_t length_us = vf_census_length_us(written);
    char what[64];
    snprintf(what, sizeof(what), "%s track", name_of(written->type));
    if (!stream)
        return refuse(verifying, "its index has no %s", what);
    if (!stream->nb_frames || written->type == AVMEDIA_TYPE_SUBTITLE)
        return VF_OK; /* there is no index, or it also has what is between subtitles */
    if (!is_raw_sound(written->codec_id) && (uint64_t)stream->nb_frames != written->packets)
        return refuse(verifying,
                      "%s: %" PRIu64 " packets were written, and its index says %" PRId64, what,
                      written->packets, stream->nb_frames);
    if (stream->duration == AV_NOPTS_VALUE || !length_us)
        return VF_OK;
    int64_t found_us = av_rescale_q(stream->duration, stream->time_base, AV_TIME_BASE_Q);
    return is_about_as_long(length_us, found_us, written->step_us)
               ? VF_OK
               : refuse_length(verifying, what, length_us, found_us);
}

static const AVStream *find_stream(const struct vf_verify_reader *reader, enum AVMediaType type,
                                   unsigned number)
{
    for (unsigned i = 0; i < reader->found.count; i++) {
        if (reader->found.tracks[i].type == type && number-- == 0)
            return reader->format->streams[i];
    }
    return NULL;
}

static int check_index(const struct verifying *verifying, const struct vf_verify_reader *reader)
{
    unsigned numbers[AVMEDIA_TYPE_NB] = {0};
    int err = VF_OK;
    for (unsigned i = 0; i < verifying->written->count && !err; i++) {
        const struct vf_census_track *written = &verifying->written->tracks[i];
        if (written->type < 0 || !written->packets)
            continue;
        err = check_indexed_track(verifying, written,
                                  find_stream(reader, written->type, numbers[written->type]));
        numbers[written->type]++;
    }
    return err;
}

/* Compares the length of the whole file with that of its longest track. */
static int check_whole_length(const struct verifying *verifying,
                              const struct vf_verify_reader *reader)
{
    int64_t begin_us = 0, end_us = 0, step_us = 0, found_us = reader->format->duration;
    for (unsigned i = 0; i < verifying->written->count; i++) {
        const struct vf_census_track *written = &verifying->written->tracks[i];
        if (written->type < 0 || !written->has_times)
            continue;
        if (written->begin_us < begin_us)
            begin_us = written->begin_us;
        if (written->end_us > end_us)
            end_us = written->end_us;
        if (written->step_us > step_us)
            step_us = written->step_us;
    }
    if (found_us == AV_NOPTS_VALUE || end_us == begin_us)
        return VF_OK;
    return is_about_as_long(end_us - begin_us, found_us, step_us)
               ? VF_OK
               : refuse_length(verifying, "the file", end_us - begin_us, found_us);
}

static int check_size(const struct verifying *verifying)
{
    const struct vf_verify_order *order = verifying->order;
    struct stat status;
    if (stat(order->path, &status) != 0)
        return refuse(verifying, "it cannot be found again: %s",
                      vf_media_error_text(AVERROR(errno)).text);
    if (order->size_bytes < 0 || order->is_list || status.st_size == order->size_bytes)
        return VF_OK;
    return refuse(verifying, "%" PRId64 " bytes were written, and it has %" PRId64,
                  order->size_bytes, (int64_t)status.st_size);
}

static int check_counts(struct verifying *verifying)
{
    const struct vf_container_traits *traits = verifying->traits;
    int err = check_size(verifying);
    if (err || (!traits->has_index && !traits->says_length))
        return err;
    struct vf_verify_reader reader = {verifying->problem, verifying->problem_size,
                                      &verifying->is_called_off};
    err = vf_verify_reader_open(&reader, verifying->order->path, false);
    if (!err && traits->has_index)
        err = check_index(verifying, &reader);
    else if (!err)
        err = check_whole_length(verifying, &reader);
    vf_verify_reader_finish(&reader);
    return err;
}

/* Returns whether the container gives packets back as it was given them. */
static bool is_exact(const struct verifying *verifying, const struct vf_census_track *track)
{
    bool is_kept = verifying->traits->has_index || verifying->traits->says_length;
    if (verifying->order->is_partial_list)
        return false;
    if (track->type == AVMEDIA_TYPE_VIDEO)
        return !verifying->traits->repacks;
    return track->type == AVMEDIA_TYPE_AUDIO && is_kept && !is_raw_sound(track->codec_id);
}

/* Compares from when to when packets are shown; where that is zero does not matter. */
static int compare_length(const struct verifying *verifying, const struct vf_census_track *written,
                          const struct vf_census_track *found)
{
    int64_t written_us = written->end_us - written->begin_us;
    int64_t found_us = found->end_us - found->begin_us;
    bool is_kept = verifying->traits->has_index || verifying->traits->says_length;
    if (!is_kept || !is_exact(verifying, written) || !written->has_times ||
        is_about_as_long(written_us, found_us, written->step_us))
        return VF_OK;
    return refuse(verifying, "%s track: %.3f s were written, and its packets last %.3f s",
                  name_of(written->type), (double)written_us / AV_TIME_BASE,
                  (double)found_us / AV_TIME_BASE);
}

static int compare_track(const struct verifying *verifying, const struct vf_census_track *written,
                         const struct vf_census_track *found)
{
    const char *name = name_of(written->type);
    uint64_t packets = found ? found->packets : 0;
    bool is_decoded = verifying->order->level == VF_OUTPUT_VERIFY_DECODE && found;
    if (!packets)
        return refuse(verifying, "%s track: %" PRIu64 " packets were written, and none is there",
                      name, written->packets);
    if (is_exact(verifying, written) && packets != written->packets)
        return refuse(verifying,
                      "%s track: %" PRIu64 " packets were written, and %" PRIu64 " can be read",
                      name, written->packets, packets);
    if (is_decoded && written->type == AVMEDIA_TYPE_VIDEO && !written->is_copied &&
        is_exact(verifying, written) && found->decoded != packets)
        return refuse(verifying,
                      "%s track: %" PRIu64 " frames were written, and %" PRIu64 " can be decoded",
                      name, packets, found->decoded);
    if (is_decoded && written->type != AVMEDIA_TYPE_SUBTITLE && !found->decoded)
        return refuse(verifying, "%s track: nothing of it can be decoded", name);
    return compare_length(verifying, written, found);
}

static int compare_all(const struct verifying *verifying, struct vf_census *found)
{
    unsigned numbers[AVMEDIA_TYPE_NB] = {0};
    int err = VF_OK;
    for (unsigned i = 0; i < verifying->written->count && !err; i++) {
        const struct vf_census_track *written = &verifying->written->tracks[i];
        if (written->type < 0 || !written->packets)
            continue;
        err = compare_track(verifying, written,
                            vf_census_find(found, written->type, numbers[written->type]++));
    }
    return err;
}

/* Reads the file again, in a thread of its own. */
static int read_again(void *context)
{
    struct verifying *verifying = context;
    struct vf_verify_reader *reader = calloc(1, sizeof(*reader));
    if (!reader)
        return -ENOMEM;
    *reader = (struct vf_verify_reader){verifying->problem, verifying->problem_size,
                                        &verifying->is_called_off};
    int err = vf_verify_reader_open(reader, verifying->order->path, true);
    if (!err)
        err = vf_verify_reader_read(reader, verifying->written,
                                    verifying->order->level == VF_OUTPUT_VERIFY_DECODE);
    if (!err)
        err = compare_all(verifying, &reader->found);
    vf_verify_reader_finish(reader);
    free(reader);
    return err;
}

/* Asking is a sign of life, too. */
static void watch(void *context)
{
    struct verifying *verifying = context;
    if (vf_node_stop_requested(verifying->order->run))
        atomic_store(&verifying->is_called_off, true);
}

int vf_verify_file(const struct vf_verify_order *order, char *problem, size_t problem_size)
{
    struct vf_census written = *order->written;
    struct verifying verifying = {.order = order,
                                  .traits = vf_container_traits(order->container),
                                  .problem = problem,
                                  .problem_size = problem_size,
                                  .written = &written};
    const struct vf_aside aside = {read_again, watch, &verifying,
                                   order->level == VF_OUTPUT_VERIFY_DECODE};
    vf_media_log_hush(true); /* what is wrong is said once, with the name of the file */
    int err = check_counts(&verifying);
    if (!err && order->level >= VF_OUTPUT_VERIFY_PACKETS)
        err = vf_aside_do(&aside);
    vf_media_log_hush(false);
    return err;
}
