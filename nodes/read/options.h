/* SPDX-License-Identifier: MIT */
/* options.h - the options that all nodes have that read video files and streams. */
#ifndef VF_NODES_READ_OPTIONS_H
#define VF_NODES_READ_OPTIONS_H

#include "engine/media/read/open/settings.h"
#include "engine/node/node.h"
#include "engine/node/option/option.h"
#include "nodes/read/pacer.h"

/* What a reader is asked for. Times are nanoseconds. */
struct vf_reading_options {
    int64_t start, duration, frames;
    int loop, every;
    enum vf_pace pace;
    double pace_fps;
    struct vf_media_settings media;
};

/* Entries of the option table of a node whose options struct has them as `reading`. */
#define VF_READING_RANGE_OPTIONS(type)                                                    \
    {"start",                                                                             \
     "Where to start, exact to the frame",                                                \
     VF_DURATION(type, reading.start),                                                    \
     .fallback = "0",                                                                     \
     .minimum = 0,                                                                        \
     .maximum = 1e9},                                                                     \
        {"duration",                                                                      \
         "How much to read; 0: to the end",                                               \
         VF_DURATION(type, reading.duration),                                             \
         .fallback = "0",                                                                 \
         .minimum = 0,                                                                    \
         .maximum = 1e9},                                                                 \
        {"frames",                                                                        \
         "Largest number of frames to read in total; 0: all",                             \
         VF_INTEGER64(type, reading.frames),                                              \
         .fallback = "0",                                                                 \
         .minimum = 0,                                                                    \
         .maximum = 1e15},                                                                \
    {                                                                                     \
        "every",                                                                          \
            "Keep one frame in every N, shown for the time of all N; of the others only " \
            "what those need is decoded, as decode says",                                 \
            VF_INTEGER(type, reading.every), .fallback = "1", VF_RANGE(1, 1000000)        \
    }

#define VF_READING_MEDIA_OPTIONS(type)                                                             \
    {"video",                                                                                      \
     "Which video stream to read: auto, the best; a number, from 0; or a language such as eng",    \
     VF_TEXT(type, reading.media.streams[VF_STREAM_VIDEO]), .fallback = "auto"},                   \
        {"audio",                                                                                  \
         "Which audio stream to read, chosen in the same way; auto: the one that "                 \
         "belongs to the video; all: every one, up to 8",                                          \
         VF_TEXT(type, reading.media.streams[VF_STREAM_AUDIO]), .fallback = "auto"},               \
        {"subtitles", "Which subtitle stream to read, chosen in the same way; all: up to 8",       \
         VF_TEXT(type, reading.media.streams[VF_STREAM_SUBTITLES]), .fallback = "auto"},           \
        {"autorotate",                                                                             \
         "Rotate and mirror pictures as the file asks; only multiples of 90 degrees",              \
         VF_BOOLEAN(type, reading.media.autorotate), .fallback = "true"},                          \
        {"hw", "Decode in hardware; its pictures are copied into memory",                          \
         VF_CHOICE(type, reading.media.hw, {"off", VF_HARDWARE_OFF, "Decode in software"},         \
                   {"prefer", VF_HARDWARE_PREFER,                                                  \
                    "Hardware if it is available, else software, with a warning that says "        \
                    "why"},                                                                        \
                   {"require", VF_HARDWARE_REQUIRE, "Hardware, or the task fails"}),               \
         .fallback = "off"},                                                                       \
        {"decode",                                                                                 \
         "Which pictures to decode, where only some are taken, by every or by the nodes every "    \
         "and "                                                                                    \
         "rate",                                                                                   \
         VF_CHOICE(                                                                                \
             type, reading.media.decode,                                                           \
             {"needed", VF_DECODING_NEEDED, "What those need; damage in others is not found"},     \
             {"all", VF_DECODING_ALL, "All of them, and so all damage is found"}),                 \
         .fallback = "needed"},                                                                    \
        {"decoder",                                                                                \
         "Video decoder by libavcodec's name, such as libvpx-vp9; empty: the usual one",           \
         VF_TEXT(type, reading.media.decoder), .fallback = ""},                                    \
        {"threads",                                                                                \
         "Decoding threads; 0: one for each core, and one more when other tasks compute, too",     \
         VF_INTEGER(type, reading.media.threads), .fallback = "0", VF_RANGE(0, 256)},              \
        {"format",                                                                                 \
         "Input format (a libavformat demuxer) when it cannot be detected, such as "               \
         "rawvideo; empty: detect",                                                                \
         VF_TEXT(type, reading.media.format), .fallback = ""},                                     \
        {"options",                                                                                \
         "Any options of the demuxer, protocol and decoder, by libav's names, such as "            \
         "{rtsp_transport: tcp}",                                                                  \
         VF_MAP(type, reading.media.options), .fallback = "{}"},                                   \
        {"pace",                                                                                   \
         "Play at the speed of the clock, as a camera does: send each frame when its "             \
         "timestamp is due",                                                                       \
         VF_CHOICE(type, reading.pace,                                                             \
                   {"auto", VF_PACE_AUTO, "For a file in a realtime flow, true; otherwise false"}, \
                   {"true", VF_PACE_TRUE, "Play at the speed of the clock"},                       \
                   {"false", VF_PACE_FALSE, "As fast as possible"}),                               \
         .fallback = "auto"},                                                                      \
    {                                                                                              \
        "pace_fps",                                                                                \
            "With pace, frames to send each second, whatever their timestamps say; 0: as they "    \
            "say",                                                                                 \
            VF_NUMBER(type, reading.pace_fps), .fallback = "0", VF_RANGE(0, 1000000)               \
    }

/* The ports, numbered as enum vf_stream. */
extern const struct vf_port vf_reading_ports[VF_STREAM_COUNT];

/* Changes the ports of a node that has these to what they are with its options: a node's adapt(). */
void vf_reading_options_adapt(const struct vf_reading_options *options, struct vf_node *copy);

/* Looks for mistakes in them: a node's check(). */
int vf_reading_options_check(const struct vf_reading_options *options, char *problem,
                             size_t problem_size);

/* Names what reading `path` touches outside of the flow, beside the files: hardware, and a place for
 * what comes through a pipe (engine/node/reach.h). */
void vf_reading_options_reach(const struct vf_reading_options *options, const char *path,
                              const struct vf_reach *reach);

/* Returns whether reading `path` (NULL: files) has no end, as far as can be told without opening it:
 * it is read forever, or is a stream. A file that a web server has is none. */
bool vf_reading_options_are_endless(const struct vf_reading_options *options, const char *path);

#endif
