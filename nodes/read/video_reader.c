/* SPDX-License-Identifier: MIT */
/* video_reader - reads the frames, and the compressed sound and subtitles, of a file or a
 * stream. */
#include <errno.h>
#include <string.h>

#include "engine/node/reach.h"
#include "nodes/read/sequence.h"

struct video_reader_options {
    char *path;
    struct vf_reading_options reading;
};

struct video_reader {
    struct vf_reading_sequence sequence;
    const char *path; /* the only one of the sequence */
};

static const struct vf_option options[] = {
    {"path",
     "File, named pipe or URL to read: anything libavformat opens; \"-\" is standard input, which "
     "then belongs to this task",
     VF_INPUT_PATH(struct video_reader_options, path), .is_main = true},
    VF_READING_RANGE_OPTIONS(struct video_reader_options),
    {"loop",
     "How many times to repeat the range; -1: forever. Timestamps keep increasing. Not for live "
     "sources or pipes",
     VF_INTEGER(struct video_reader_options, reading.loop), .fallback = "0",
     VF_RANGE(-1, 1000000000)},
    VF_READING_MEDIA_OPTIONS(struct video_reader_options),
    {"reconnect",
     "Reconnect to a live source that ends or fails; or {initial: 1s, max: 30s, attempts: 0}",
     VF_RECONNECT(struct video_reader_options, reading.media.reconnect), .fallback = "auto"},
    {"timeout", "How long a live source may send nothing before it counts as lost; 0: forever",
     VF_DURATION(struct video_reader_options, reading.media.timeout), .fallback = "10s",
     VF_RANGE(0, 1e6)},
};

static void video_reader_adapt(const void *values, struct vf_node *copy)
{
    const struct video_reader_options *asked = values;
    vf_reading_options_adapt(&asked->reading, copy);
    copy->can_begin = !asked->reading.frames && !asked->reading.loop && asked->reading.every == 1;
}

static int video_reader_check(const void *values, char *problem, size_t problem_size)
{
    const struct video_reader_options *asked = values;
    return vf_reading_options_check(&asked->reading, problem, problem_size);
}

/* Of a file the headers tell. To look into anything else would take time, and might take data
 * away from the reader. */
static void video_reader_forecast(struct vf_foresight *foresight)
{
    const struct video_reader_options *asked = foresight->options;
    const char *path = asked->path;
    vf_reading_sequence_foretell(foresight, &asked->reading, &path, 1);
}

static bool video_reader_is_endless(const void *values)
{
    const struct video_reader_options *asked = values;
    return vf_reading_options_are_endless(&asked->reading, asked->path);
}

static void video_reader_reach(const void *values, const struct vf_reach *reach)
{
    const struct video_reader_options *asked = values;
    vf_reading_options_reach(&asked->reading, asked->path, reach);
}

static int video_reader_open(struct vf_node_run *run)
{
    const struct video_reader_options *asked = run->options;
    struct video_reader *reader = run->state;
    reader->path = asked->path;
    reader->sequence = (struct vf_reading_sequence){.run = run,
                                                    .asked = &asked->reading,
                                                    .paths = &reader->path,
                                                    .count = 1,
                                                    .folder_length = VF_SOURCE_NAME};
    return vf_reading_sequence_open(&reader->sequence);
}

static int video_reader_next(struct vf_node_run *run)
{
    struct video_reader *reader = run->state;
    return vf_reading_sequence_next(&reader->sequence);
}

static void video_reader_close(struct vf_node_run *run)
{
    struct video_reader *reader = run->state;
    vf_reading_sequence_close(&reader->sequence);
}

const struct vf_node vf_node_video_reader = {
    .name = "video_reader",
    .summary = "Read the frames, sound and subtitles of a file or a stream.",
    .related = "folder_reader, image_reader, device_reader, hold",
    .about =
        "Frames are bit for bit those that ffmpeg decodes. The timestamps of frames, sound and "
        "subtitles count from the same zero: the beginning of the file, or start. When a stream "
        "does not exist, its port ends at once if its option is auto or all; otherwise the task "
        "fails. A file without pictures can be read, too, if nobody reads its frames; what is not "
        "read is not decoded.\n\n"
        "Where only some frames are taken, by every or by nothing but nodes every and rate, only "
        "what these need is decoded, and they are the same as if all was. That is so in batch, of "
        "a file whose sound is not read, from its beginning, if its codec (H.264, H.265, MPEG-1, 2 "
        "and 4, VP8, VP9, AV1, or key frames alone) and rising timestamps tell what needs what. In "
        "what is not decoded no damage is found, and frames that could not be decoded there are "
        "counted as if they could; decode: all finds it. vflow explain says whether it is so, and "
        "vflow run -v how many frames were decoded.\n\n"
        "Of several sounds or subtitles, audio and subtitles choose one; all hands on each as a "
        "source of its own, for an input that takes several; and audio[0] to audio[7] are ports, "
        "too: {audio: [\"reader.audio[0]\", \"reader.audio[2]\"]}.\n\n"
        "With loop, the range from start is read again. Each round begins where the longer of "
        "video and sound ended, or after duration; frames counts through all rounds, and every "
        "starts again in each.\n\n"
        "Where the timestamps of the source jump, what follows goes on at once, picture and sound "
        "together, with one warning: files that were joined, discontinuities of HLS, a clock that "
        "wraps or is set, a sender that begins again. In MPEG streams and HLS a jump is more than "
        "10 s forwards, or 0.1 s back; in other formats more than 30 hours forwards, or 10 s "
        "back.\n\n"
        "Where a transport stream gives the picture or the sound of a programme another number "
        "(PID) in the middle, the stream that goes on is read: at once, or, where the old one is "
        "still announced, when it has been silent for a second.\n\n"
        "Damage is logged with its time, and counted: packets that cannot be decoded without a "
        "fault, errors of the container, an end that comes too early. It is the same with any "
        "number of threads, but of MPEG-1 and MPEG-2 one thread may notice more. A recording of a "
        "transport stream may begin anywhere: pictures that lack what lies before are no damage, "
        "nor is the seam of recordings that were joined. "
        "Subtitles, and sound that nobody reads as audio_frames, are not decoded here: of their "
        "damage only that counts which the container shows.\n\n"
        "A pipe is read as it comes, and once. An MP4 whose index is at its end cannot be decoded "
        "before the index has come; until then it is kept in a temporary file, in TMPDIR or /tmp. "
        "Standard input that is a file is read as that file.\n\n"
        "Pictures that are rotated by a multiple of 90 degrees, or mirrored, are copied pixel by "
        "pixel; a quarter turn exchanges the directions of subsampled chroma, so yuv422p becomes "
        "yuv440p. Formats with several pixels in one byte, packed formats with subsampled chroma, "
        "and other angles are left as they are, with a warning. With autorotate: false nothing is "
        "rotated.\n\n"
        "VP8 and VP9 with transparency are decoded by libvpx, since other decoders leave it out, "
        "unless decoder or hw says otherwise. A decoder that is not for the codec of a file is not "
        "used, with a warning.\n\n"
        "With hw, the devices that libavcodec knows for the codec are tried in its order; in a "
        "GPU task, CUDA sees the GPU of the task. With -v the log says which device decodes; why "
        "none does, it always says.\n\n"
        "Sound or subtitles that begin more than half a second after the picture are announced by "
        "an empty packet, so that a writer need not wait for them.\n\n"
        "A restarted task continues with the next frame and the next packet, also in a later "
        "round: what lies before is read but not decoded. A pipe continues with the data that "
        "comes next, if its format can be read from the middle, as MPEG-TS can; otherwise the "
        "task fails.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4, start: 10s, duration: 1m}\n"
               "  out: {type: video_writer, inputs: {video: reader, audio: reader.audio}, path: "
               "minute.mp4}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .can_resume = true,
    .makes_wanted = true,
    .keeps = 24, /* 16 reference pictures, and those that wait for their turn or are in work */
    .options = VF_LIST(options),
    .outputs = {vf_reading_ports, VF_STREAM_COUNT},
    .options_size = sizeof(struct video_reader_options),
    .state_size = sizeof(struct video_reader),
    .check = video_reader_check,
    .adapt = video_reader_adapt,
    .is_endless = video_reader_is_endless,
    .reach = video_reader_reach,
    .forecast = video_reader_forecast,
    .open = video_reader_open,
    .next = video_reader_next,
    .close = video_reader_close,
};
