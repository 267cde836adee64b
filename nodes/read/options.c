/* SPDX-License-Identifier: MIT */
#include "nodes/read/options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/media/libav/option_reach.h"
#include "engine/media/read/decode/decoder_choice.h"
#include "engine/media/read/open/connection.h"
#include "engine/media/read/open/input_options.h"
#include "engine/media/read/open/stream_choice.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"

#define SOUND(number)                                              \
    [VF_STREAM_AUDIO_0 + (number)] = {                             \
        .name = "audio[" #number "]",                              \
        .type = VF_PORT_PACKET,                                    \
        .help = "The packets of the audio stream number " #number, \
        .is_numbered = true,                                       \
    }
#define SUBTITLES(number)                                             \
    [VF_STREAM_SUBTITLES_0 + (number)] = {                            \
        .name = "subtitles[" #number "]",                             \
        .type = VF_PORT_PACKET,                                       \
        .help = "The packets of the subtitle stream number " #number, \
        .is_numbered = true,                                          \
    }

#define PORTS(sounds, subtitles)                                                              \
    {                                                                                         \
        [VF_STREAM_VIDEO] = {.name = "video",                                                 \
                             .type = VF_PORT_VIDEO,                                           \
                             .help = "The frames of the video stream"},                       \
        [VF_STREAM_AUDIO] = {.name = "audio",                                                 \
                             .type = VF_PORT_PACKET,                                          \
                             .help = "The packets of the audio stream, as they are in the "   \
                                     "file; audio[0] to audio[7]: those of the stream with "  \
                                     "that number, whichever audio chooses",                  \
                             .stands_for = (sounds),                                          \
                             .from = VF_STREAM_AUDIO_0},                                      \
        [VF_STREAM_SUBTITLES] = {.name = "subtitles",                                         \
                                 .type = VF_PORT_PACKET,                                      \
                                 .help = "The packets of the subtitle stream; likewise "      \
                                         "subtitles[0] to subtitles[7]",                      \
                                 .stands_for = (subtitles),                                   \
                                 .from = VF_STREAM_SUBTITLES_0},                              \
        SOUND(0), SOUND(1), SOUND(2), SOUND(3), SOUND(4), SOUND(5), SOUND(6), SOUND(7),       \
        SUBTITLES(0), SUBTITLES(1), SUBTITLES(2), SUBTITLES(3), SUBTITLES(4), SUBTITLES(5),   \
        SUBTITLES(6), SUBTITLES(7),                                                           \
        [VF_STREAM_AUDIO_FRAMES] = {.name = "audio_frames",                                   \
                                    .type = VF_PORT_AUDIO,                                    \
                                    .help = "The samples of the audio stream, decoded"},      \
        [VF_STREAM_PACKETS] = {.name = "packets",                                             \
                               .type = VF_PORT_PACKET,                                        \
                               .help = "The packets of the video stream, for a video_writer " \
                                       "with codec: copy; from the last key frame before "    \
                                       "the start on"},                                       \
    }

_Static_assert(VF_STREAM_NUMBERED == 8, "the tables list that many");

const struct vf_port vf_reading_ports[VF_STREAM_COUNT] = PORTS(0, 0);

/* The same where all sounds, all subtitles, or both were asked for. */
static const struct vf_port ports_of_all[2][2][VF_STREAM_COUNT] = {
    {PORTS(0, 0), PORTS(0, VF_STREAM_NUMBERED)},
    {PORTS(VF_STREAM_NUMBERED, 0), PORTS(VF_STREAM_NUMBERED, VF_STREAM_NUMBERED)},
};

void vf_reading_options_adapt(const struct vf_reading_options *options, struct vf_node *copy)
{
    bool has_all_sound = vf_stream_is_all(&options->media, VF_STREAM_AUDIO);
    bool has_all_subtitles = vf_stream_is_all(&options->media, VF_STREAM_SUBTITLES);
    copy->outputs =
        (struct vf_port_list){ports_of_all[has_all_sound][has_all_subtitles], VF_STREAM_COUNT};
    copy->makes_wanted = options->media.decode == VF_DECODING_NEEDED && options->every == 1;
}

int vf_reading_options_check(const struct vf_reading_options *options, char *problem,
                             size_t problem_size)
{
    struct vf_reconnect_wish wish;
    int err = vf_reconnect_option_read(&options->media.reconnect, &wish, problem, problem_size);
    if (!err)
        err = vf_stream_choice_check(&options->media, problem, problem_size);
    if (!err)
        err = vf_input_check(&options->media, problem, problem_size);
    if (!err)
        err = vf_decoder_choice_check(&options->media, problem, problem_size);
    return err;
}

void vf_reading_options_reach(const struct vf_reading_options *options, const char *path,
                              const struct vf_reach *reach)
{
    struct stat status;
    bool is_pipe = strcmp(path, "-") == 0 || (stat(path, &status) == 0 && S_ISFIFO(status.st_mode));
    const char *temporary = getenv("TMPDIR");
    if (options->media.hw != VF_HARDWARE_OFF)
        vf_reach_add(reach, VF_REACH_GPU, "decoding");
    vf_option_reach(&options->media.options, path, reach);
    if (is_pipe) /* an index at the end of it: vf_pipe_input */
        vf_reach_add(reach, VF_REACH_WRITE_BELOW, temporary && *temporary ? temporary : "/tmp");
}

bool vf_reading_options_are_endless(const struct vf_reading_options *options, const char *path)
{
    bool is_stream = path && vf_connection_is_remote(path) && strncmp(path, "http", 4) != 0;
    return !options->frames && (options->loop < 0 || (is_stream && !options->duration));
}
