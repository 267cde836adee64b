/* SPDX-License-Identifier: MIT */
/* video_reader - reads the frames, and the compressed sound, of a file or a stream. */
#include <sys/stat.h>

#include "engine/media/media_probe.h"
#include "nodes/video_reading.h"

#define VIDEO 0
#define AUDIO 1

struct video_reader_options {
    char *path;
    struct vf_reading_options reading;
};

static const struct vf_option options[] = {
    {"path", "File or URL to read; anything libavformat opens",
     VF_INPUT_PATH(struct video_reader_options, path)},
    {"start", "Where to begin, exact to the frame",
     VF_DURATION(struct video_reader_options, reading.start), .fallback = "0", .minimum = 0,
     .maximum = 1e9},
    {"duration", "How much to read; 0: up to the end",
     VF_DURATION(struct video_reader_options, reading.duration), .fallback = "0", .minimum = 0,
     .maximum = 1e9},
    {"frames", "How many frames to read at most; 0: all",
     VF_INTEGER64(struct video_reader_options, reading.frames), .fallback = "0", .minimum = 0,
     .maximum = 1e15},
    {"threads",
     "Threads that decode; 0: as many as there are cores, and one more where other tasks compute, "
     "too",
     VF_INTEGER(struct video_reader_options, reading.threads), .fallback = "0", VF_RANGE(0, 256)},
    {"pace", "Keep to the clock, as a camera does: each frame comes when its time stamp is due",
     VF_CHOICE(
         struct video_reader_options, reading.pace,
         {"auto", VF_PACE_AUTO, "A file in a realtime flow does, anything else comes at once"},
         {"true", VF_PACE_TRUE, "Keep to the clock"},
         {"false", VF_PACE_FALSE, "As fast as it can be read"}),
     .fallback = "auto"},
    {"reconnect",
     "Whether a live source is connected again, or {initial: 1s, max: 30s, attempts: 0}",
     VF_RECONNECT(struct video_reader_options, reading.reconnect), .fallback = "auto"},
    {"timeout", "How long a live source may be silent before it counts as gone; 0: for ever",
     VF_DURATION(struct video_reader_options, reading.timeout), .fallback = "10s",
     VF_RANGE(0, 1e6)},
};

static int video_reader_check(const void *values, char *problem, size_t problem_size)
{
    const struct video_reader_options *asked = values;
    struct vf_reconnect_wish wish;
    return vf_reconnect_option_read(&asked->reading.reconnect, &wish, problem, problem_size);
}

static unsigned count_threads(const struct video_reader_options *asked, unsigned usual)
{
    return asked->reading.threads ? (unsigned)asked->reading.threads : usual;
}

/* Of a file the headers tell. To look into anything else would take time, and might take data
 * away from the reader. */
static void video_reader_forecast(struct vf_foresight *foresight)
{
    const struct video_reader_options *asked = foresight->options;
    struct vf_media_outlook outlook;
    struct stat status;
    if (stat(asked->path, &status) != 0 || !S_ISREG(status.st_mode) ||
        vf_media_probe(asked->path, count_threads(asked, foresight->threads), &outlook) < 0)
        return;
    foresight->outputs[VIDEO] = outlook.video;
    if (foresight->is_read[AUDIO])
        foresight->outputs[AUDIO] = outlook.audio;
    if (outlook.keeps)
        foresight->keeps = outlook.keeps;
}

static int video_reader_open(struct vf_node_run *run)
{
    const struct video_reader_options *asked = run->options;
    struct vf_video_reading *reading = run->state;
    reading->run = run;
    reading->asked = &asked->reading;
    reading->path = asked->path;
    return vf_video_reading_open(reading);
}

static int video_reader_next(struct vf_node_run *run)
{
    return vf_video_reading_next(run->state);
}

static void video_reader_close(struct vf_node_run *run)
{
    vf_video_reading_close(run->state);
}

const struct vf_node vf_node_video_reader = {
    .name = "video_reader",
    .summary = "Read the frames, and the compressed sound, of a file or a stream.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4, start: 10s, duration: 1m}\n"
               "  out: {type: video_writer, inputs: {video: reader, audio: reader.audio}, path: "
               "minute.mp4}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .can_resume = true,
    .keeps = 24, /* 16 reference pictures, and those that wait for their turn or are in work */
    .options = VF_LIST(options),
    .outputs = VF_PORTS(
        {.name = "video", .type = VF_PORT_VIDEO, .help = "The frames of the best video stream"},
        {.name = "audio", .type = VF_PORT_PACKET, .help = "The packets of the best audio stream"}),
    .options_size = sizeof(struct video_reader_options),
    .state_size = sizeof(struct vf_video_reading),
    .check = video_reader_check,
    .forecast = video_reader_forecast,
    .open = video_reader_open,
    .next = video_reader_next,
    .close = video_reader_close,
};
