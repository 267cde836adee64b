/* SPDX-License-Identifier: MIT */
#include "nodes/read/sequence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/libav/frame.h"
#include "engine/media/read/demuxer.h"
#include "engine/media/read/probe.h"
#include "engine/node/detail.h"

#define UNKNOWN (-1)
#define LEFT_OUT (-2)                /* it could not be opened: that is logged once */
#define MAX_LOOKED 100               /* sources that are opened to see what they have */
#define LOOK_NS (500 * VF_NS_PER_MS) /* for looking into many files before anything is read */

static const char *path_of(const struct vf_reading_sequence *sequence, uint64_t number)
{
    return sequence->paths[number % sequence->count];
}

/* Returns whether there is a source of that number: the list is read once, and as often as
 * asked. */
static bool is_there(const struct vf_reading_sequence *sequence, uint64_t number)
{
    int loop = sequence->asked->loop;
    return loop < 0 || number / sequence->count <= (uint64_t)loop;
}

static int refuse_loop(const struct vf_reading_sequence *sequence)
{
    vf_log(VF_LOG_ERROR, "%s can be read only once, as it comes; leave loop out",
           sequence->reading.output.path);
    return -EINVAL;
}

static bool is_regular(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void init_reading(struct vf_reading_sequence *sequence)
{
    struct vf_video_reading *reading = &sequence->reading;
    *reading = (struct vf_video_reading){
        .asked = sequence->asked,
        .pacer = &sequence->pacer,
        .picks = &sequence->picks,
        .output = {.run = sequence->run,
                   .path = path_of(sequence, sequence->next),
                   .folder_length = sequence->folder_length,
                   .offset_us = sequence->offset_us},
        .is_only_timed = sequence->is_only_timed,
        .is_announced = sequence->is_announced,
        .is_optional = sequence->keeps_going,
        .emitted = sequence->emitted,
    };
    memcpy(reading->made, sequence->made, sizeof(reading->made));
    struct vf_made packets = sequence->packets;
    if (vf_reading_output_claim(&packets, sequence->offset_us,
                                sequence->asked->start / VF_NS_PER_US))
        reading->made[VF_STREAM_PACKETS] = packets;
}

/* Says what has been read of the source, and what those who write call it. */
static void note_details(const struct vf_reading_sequence *sequence)
{
    const struct vf_video_reading *reading = &sequence->reading;
    struct vf_node_run *run = sequence->run;
    struct vf_description description = {.source_id = 0};
    vf_message_set_source(&description, reading->output.path, sequence->folder_length);
    vf_node_detail(run, "source", json_string(description.source));
    if (!sequence->is_open)
        return;
    vf_node_detail(run, "streams", vf_demuxer_list_streams(reading->source.demuxer));
    if (reading->begin_us == INT64_MIN || reading->reached_us == INT64_MIN)
        return;
    vf_node_detail(run, "first", json_real((double)reading->begin_us * VF_NS_PER_US / VF_NS_PER_S));
    vf_node_detail(run, "last",
                   json_real((double)reading->reached_us * VF_NS_PER_US / VF_NS_PER_S));
}

/* Notes the source that is read now for the report. `reason`: why it was not read to its end; NULL:
 * it was. */
static void note_source(const struct vf_reading_sequence *sequence, const char *reason)
{
    const struct vf_video_reading *reading = &sequence->reading;
    uint64_t errors = sequence->run->errors - sequence->errors_before;
    struct vf_medium medium = {
        .path = reading->output.path,
        .unit = "frames",
        .count = sequence->is_open ? (uint64_t)(reading->emitted - sequence->emitted_before) : 0,
        .duration_ns =
            sequence->is_open && reading->is_finished ? reading->length_us * VF_NS_PER_US : -1,
        .size_bytes = -1,
        .is_complete = !reason && !errors,
        .reason = reason   ? reason
                  : errors ? "some of it is damaged or missing"
                           : NULL,
    };
    note_details(sequence);
    vf_node_note_input(sequence->run, &medium);
}

/* Says which file is read. */
static void tell_source(const struct vf_reading_sequence *sequence)
{
    const char *path = path_of(sequence, sequence->next);
    const char *slash = strrchr(path, '/');
    if (sequence->folder_length < strlen(path))
        path += sequence->folder_length + (path[sequence->folder_length] == '/');
    else if (slash)
        path = slash + 1;
    vf_node_begin_source(sequence->run, path, sequence->next % sequence->count + 1,
                         sequence->count);
}

static int open_next(struct vf_reading_sequence *sequence)
{
    init_reading(sequence);
    sequence->emitted_before = sequence->emitted;
    sequence->errors_before = sequence->run->errors;
    int err = vf_video_reading_open(&sequence->reading);
    if (!err && sequence->asked->loop && !vf_video_reading_is_file(&sequence->reading))
        err = refuse_loop(sequence);
    sequence->is_open = !err;
    if (sequence->count > 1 && !err)
        tell_source(sequence);
    if (err)
        vf_video_reading_close(&sequence->reading);
    sequence->next++;
    return err;
}

static bool may_leave_out(const struct vf_reading_sequence *sequence, int err)
{
    return err < 0 && sequence->keeps_going && err != -ENOMEM && err != -ENODEV;
}

/* Opens the next source that can be read. Returns VF_END when there is none. */
static int advance(struct vf_reading_sequence *sequence)
{
    while (is_there(sequence, sequence->next)) {
        bool is_new_round = sequence->next % sequence->count == 0;
        if (is_new_round && sequence->next && !sequence->has_frames)
            return VF_END; /* it would go on so forever */
        sequence->has_frames = sequence->has_frames && !is_new_round;
        int64_t *length_us = &sequence->lengths_us[sequence->next % sequence->count];
        if (*length_us == LEFT_OUT) {
            sequence->next++;
            continue;
        }
        int err = open_next(sequence);
        if (!may_leave_out(sequence, err))
            return err;
        *length_us = LEFT_OUT;
        vf_node_report_error(sequence->run, "%s is left out", sequence->reading.output.path);
        note_source(sequence, "it cannot be opened");
    }
    return VF_END;
}

/* Timestamps tell how far a process has come; those of streams that have none do not matter. */
static bool is_timed(const struct vf_reading_sequence *sequence)
{
    for (unsigned kind = 0; kind < VF_STREAM_KINDS; kind++) {
        const struct vf_made *made = &sequence->made[kind];
        if (made->count != made->untimed && !made->is_rising)
            return false;
    }
    return sequence->made[VF_STREAM_VIDEO].is_rising;
}

static int64_t last_us(const struct vf_made *made)
{
    struct vf_message last = {
        .description = {.timestamp = made->timestamp, .time_base = made->time_base}};
    return made->is_rising ? vf_media_start_us(&last) : INT64_MIN;
}

static int find_length(struct vf_reading_sequence *sequence, uint64_t number, int64_t *length_us)
{
    int64_t *known = &sequence->lengths_us[number % sequence->count];
    int err = VF_OK;
    if (*known == UNKNOWN) {
        sequence->run->is_repeating = true; /* what is wrong with it has been reported */
        err = vf_video_reading_measure(sequence->run, path_of(sequence, number), sequence->asked,
                                       known);
        sequence->run->is_repeating = false;
    }
    *length_us = *known;
    return err;
}

/* Goes to the source that holds `reached_us`, the timestamp of the last thing made. */
static int find_source(struct vf_reading_sequence *sequence, int64_t reached_us)
{
    int64_t length_us = 0;
    int err = find_length(sequence, 0, &length_us);
    while (!err && reached_us >= sequence->offset_us + length_us) {
        bool is_end_of_round = (sequence->next + 1) % sequence->count == 0;
        bool is_moving = !is_end_of_round || sequence->offset_us + length_us > 0;
        if (!is_moving || !is_there(sequence, sequence->next + 1))
            break;
        sequence->offset_us += length_us;
        err = find_length(sequence, ++sequence->next, &length_us);
    }
    return err;
}

/* Goes past what earlier processes have made. */
static int find_place(struct vf_reading_sequence *sequence)
{
    int64_t reached_us = INT64_MIN;
    int64_t frames = sequence->asked->frames;
    bool is_one = sequence->count == 1 && !sequence->asked->loop;
    bool has_all = frames && sequence->made[VF_STREAM_VIDEO].count >= (uint64_t)frames;
    if (is_one || has_all || !is_timed(sequence))
        return VF_OK; /* it begins with the first, and all that was made is counted */
    for (unsigned kind = 0; kind < VF_STREAM_KINDS; kind++) {
        int64_t last = last_us(&sequence->made[kind]);
        reached_us = last > reached_us ? last : reached_us;
    }
    int err = find_source(sequence, reached_us);
    if (err || !sequence->next)
        return err;
    sequence->is_only_timed = sequence->has_looked = true;
    sequence->emitted = (int64_t)sequence->made[VF_STREAM_VIDEO].count;
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        vf_reading_output_unshift(&sequence->made[kind], sequence->offset_us);
    sequence->is_announced = sequence->made[VF_STREAM_VIDEO].count > 0;
    return VF_OK;
}

static int refuse_nothing(void)
{
    vf_log(VF_LOG_ERROR, "there is nothing that can be read");
    return -ENODATA;
}

static uint64_t count_in_all(const struct vf_reading_sequence *sequence)
{
    const struct vf_reading_options *asked = sequence->asked;
    int64_t deadline = vf_clock_now_ns() + LOOK_NS;
    uint64_t every = (uint64_t)asked->every, sum = 0;
    for (size_t i = 0; i < sequence->count; i++) {
        uint64_t count =
            vf_media_probe_count(sequence->paths[i], &asked->media, asked->start / VF_NS_PER_US,
                                 asked->duration ? asked->duration / VF_NS_PER_US : INT64_MAX);
        if (vf_clock_now_ns() > deadline)
            return 0;
        sum += (count + every - 1) / every;
    }
    return sum;
}

static void expect_frames(struct vf_reading_sequence *sequence)
{
    const struct vf_reading_options *asked = sequence->asked;
    uint64_t count = sequence->count == 1 ? vf_video_reading_expected(&sequence->reading)
                                          : count_in_all(sequence);
    uint64_t limit = (uint64_t)asked->frames;
    bool is_live = vf_video_reading_is_live(&sequence->reading);
    count = asked->loop < 0 ? 0 : count * ((uint64_t)asked->loop + 1);
    if (limit && (count == 0 || count > limit))
        count = limit;
    if (count)
        vf_node_expect(sequence->run, VF_STREAM_VIDEO, count);
    /* At the edges of a range, packets are those that its frames need; `every` leaves none out. */
    if (count && !asked->start && !asked->duration && asked->every == 1)
        vf_node_expect(sequence->run, VF_STREAM_PACKETS, count);
    if (!limit && (asked->loop < 0 || (is_live && !asked->duration)))
        vf_node_expect_no_end(sequence->run);
}

static int prepare(struct vf_reading_sequence *sequence)
{
    sequence->lengths_us = malloc(sequence->count * sizeof(*sequence->lengths_us));
    if (!sequence->lengths_us)
        return -ENOMEM;
    for (size_t i = 0; i < sequence->count; i++)
        sequence->lengths_us[i] = UNKNOWN;
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        sequence->made[kind] = *vf_node_made(sequence->run, (unsigned)kind);
    sequence->packets = sequence->made[VF_STREAM_PACKETS];
    sequence->has_frames = true;
    sequence->picks =
        (struct vf_picks){.wishes = sequence->run->wishes, .count = sequence->run->wish_count};
    return find_place(sequence);
}

int vf_reading_sequence_open(struct vf_reading_sequence *sequence)
{
    const struct vf_reading_options *asked = sequence->asked;
    int err = prepare(sequence);
    if (!err)
        err = advance(sequence);
    if (err == VF_END && !vf_node_stop_requested(sequence->run))
        return refuse_nothing();
    if (err)
        return err;
    /* What comes live has a pace of its own; to hold it back would only make it late. */
    bool is_camera = asked->pace == VF_PACE_AUTO && sequence->run->is_realtime &&
                     vf_video_reading_is_file(&sequence->reading);
    sequence->pacer.is_on = asked->pace == VF_PACE_TRUE || is_camera;
    sequence->pacer.fps = asked->pace_fps;
    if (sequence->pacer.is_on || vf_video_reading_is_live(&sequence->reading))
        vf_node_send_live(sequence->run);
    expect_frames(sequence);
    return VF_OK;
}

/* Announces the streams of a source that has not been opened yet. */
static int announce_from(struct vf_reading_sequence *sequence, const char *path,
                         struct vf_demuxer_wish *wish)
{
    /* It says nothing of the source that is read now, so it has no name. */
    const struct vf_reading_output output = {.run = sequence->run, .path = ""};
    struct vf_demuxer *demuxer = NULL;
    int err = vf_demuxer_create(&demuxer, sequence->run, path, &sequence->asked->media, wish);
    if (err)
        return err == -ENOMEM || err == VF_END ? err : VF_OK; /* that is told when its turn comes */
    for (unsigned kind = VF_STREAM_AUDIO; kind < VF_STREAM_COUNT && !err; kind++) {
        if (!wish->wants[kind] || !vf_demuxer_stream(demuxer, kind))
            continue;
        wish->wants[kind] = false;
        sequence->is_ahead[kind] = true;
        if (!sequence->made[kind].count)
            err = vf_reading_output_announce(&output, demuxer, kind);
    }
    vf_demuxer_destroy(&demuxer);
    return err;
}

/* Says what sound and subtitles the sources to come have, if the first has none: who writes all
 * into one file must know in time. */
static int look_ahead(struct vf_reading_sequence *sequence)
{
    struct vf_demuxer_wish wish = {.is_retry = true};
    unsigned missing = 0;
    int err = VF_OK;
    sequence->has_looked = true;
    for (unsigned kind = VF_STREAM_AUDIO; kind < VF_STREAM_COUNT; kind++) {
        wish.wants[kind] =
            vf_node_is_read(sequence->run, kind) && !vf_video_reading_has(&sequence->reading, kind);
        missing += wish.wants[kind];
    }
    for (uint64_t i = sequence->next; missing && i < sequence->count && !err; i++) {
        if (i - sequence->next == MAX_LOOKED)
            break;
        if (is_regular(sequence->paths[i]))
            err = announce_from(sequence, sequence->paths[i], &wish);
        missing = 0;
        for (unsigned kind = VF_STREAM_AUDIO; kind < VF_STREAM_COUNT; kind++)
            missing += wish.wants[kind];
    }
    return err;
}

/* Returns how much of what was made has not come again from this source, and does from the next. */
static uint64_t count_left(const struct vf_reading_sequence *sequence, enum vf_stream kind)
{
    const struct vf_repetition *repetition = &sequence->reading.place.of[kind];
    uint64_t count = sequence->made[kind].count, again = repetition->again;
    if (sequence->is_only_timed || repetition->is_by_time)
        return 0;
    if (!vf_video_reading_has(&sequence->reading, kind))
        again = sequence->is_ahead[kind] ? 2 : 1; /* that there is none, and what is to come */
    return count > again ? count - again : 0;
}

/* A source has been read to its end. */
static int finish_source(struct vf_reading_sequence *sequence)
{
    const struct vf_video_reading *reading = &sequence->reading;
    int64_t frames = sequence->asked->frames;
    sequence->emitted = reading->emitted;
    sequence->offset_us += reading->length_us;
    sequence->has_frames = sequence->has_frames || reading->has_frames;
    sequence->has_any = sequence->has_any || reading->has_frames;
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        sequence->made[kind] = (struct vf_made){.count = count_left(sequence, kind)};
    memset(sequence->is_ahead, 0, sizeof(sequence->is_ahead));
    sequence->is_only_timed = false;
    /* In each round it is the same that is missing. */
    sequence->is_announced = sequence->count == 1;
    note_source(sequence, NULL);
    vf_video_reading_close(&sequence->reading);
    sequence->is_open = false;
    int err = frames && sequence->emitted >= frames ? VF_END : advance(sequence);
    bool is_nothing = err == VF_END && !sequence->has_any && !sequence->run->is_restarted;
    return is_nothing && !vf_node_stop_requested(sequence->run) ? refuse_nothing() : err;
}

int vf_reading_sequence_next(struct vf_reading_sequence *sequence)
{
    int err = sequence->has_looked ? VF_OK : look_ahead(sequence);
    if (!err)
        err = vf_video_reading_next(&sequence->reading);
    if (err == VF_END && sequence->reading.is_finished && !vf_node_stop_requested(sequence->run))
        err = finish_source(sequence);
    return err;
}

void vf_reading_sequence_close(struct vf_reading_sequence *sequence)
{
    if (sequence->is_open) {
        note_source(sequence, vf_node_stop_requested(sequence->run) ? "stopped" : "it failed");
        vf_video_reading_close(&sequence->reading);
    }
    sequence->is_open = false;
    free(sequence->lengths_us);
    sequence->lengths_us = NULL;
}

/* Keeps what has room for both; what differs in them is not known. */
static void join_forecasts(struct vf_forecast *sum, const struct vf_forecast *added)
{
    bool is_same = sum->video.width == added->video.width &&
                   sum->video.height == added->video.height &&
                   strcmp(sum->video.format, added->video.format) == 0;
    if (added->payload_bytes > sum->payload_bytes)
        sum->payload_bytes = added->payload_bytes;
    sum->is_known = sum->is_known && added->is_known;
    bool has_length = sum->duration_ns && added->duration_ns;
    sum->duration_ns = has_length ? sum->duration_ns + added->duration_ns : 0;
    if (!is_same)
        sum->video = (struct vf_video){0};
}

void vf_reading_sequence_foretell(struct vf_foresight *foresight,
                                  const struct vf_reading_options *asked, const char *const *paths,
                                  size_t count)
{
    unsigned threads = asked->media.threads ? (unsigned)asked->media.threads : foresight->threads;
    int64_t deadline = vf_clock_now_ns() + LOOK_NS;
    unsigned keeps = 0;
    bool is_first = true, knows_keeps = true;
    for (size_t i = 0; i < count && vf_clock_now_ns() < deadline; i++) {
        struct vf_media_outlook outlook;
        if (!is_regular(paths[i]) || vf_media_probe(paths[i], &asked->media, threads, &outlook) < 0)
            continue;
        for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++) {
            if (!foresight->is_read[kind] && kind != VF_STREAM_VIDEO)
                continue;
            if (is_first)
                foresight->outputs[kind] = outlook.streams[kind];
            else
                join_forecasts(&foresight->outputs[kind], &outlook.streams[kind]);
        }
        knows_keeps = knows_keeps && outlook.knows_keeps;
        keeps = outlook.keeps > keeps ? outlook.keeps : keeps;
        is_first = false;
    }
    if (!is_first && knows_keeps)
        foresight->keeps = keeps;
}
