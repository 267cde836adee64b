/* SPDX-License-Identifier: MIT */
/* options.h - the options that all nodes have that read video files and streams. */
#ifndef VF_NODES_READ_OPTIONS_H
#define VF_NODES_READ_OPTIONS_H

#include "engine/media/read/open/settings.h"
#include "engine/node/option/option.h"
#include "nodes/read/pacer.h"

/* What a reader is asked for. Times are nanoseconds. */
struct vf_reading_options {
    int64_t start, duration, frames;
    int loop, every;
    enum vf_pace pace;
    struct vf_media_settings media;
};

/* Entries of the option table of a node whose options struct has them as `reading`. */
#define VF_READING_RANGE_OPTIONS(type)                                                          \
    {"start",                                                                                   \
     "Where to begin, exact to the frame",                                                      \
     VF_DURATION(type, reading.start),                                                          \
     .fallback = "0",                                                                           \
     .minimum = 0,                                                                              \
     .maximum = 1e9},                                                                           \
        {"duration",                                                                            \
         "How much to read; 0: up to the end",                                                  \
         VF_DURATION(type, reading.duration),                                                   \
         .fallback = "0",                                                                       \
         .minimum = 0,                                                                          \
         .maximum = 1e9},                                                                       \
        {"frames",                                                                              \
         "How many frames to read at most, all in all; 0: all",                                 \
         VF_INTEGER64(type, reading.frames),                                                    \
         .fallback = "0",                                                                       \
         .minimum = 0,                                                                          \
         .maximum = 1e15},                                                                      \
    {                                                                                           \
        "every",                                                                                \
            "Of so many frames only the first is sent, for as long as all of them last; where " \
            "frames "                                                                           \
            "do not depend on each other (Motion JPEG, ProRes, DNxHD), the others "             \
            "are "                                                                              \
            "not even decoded",                                                                 \
            VF_INTEGER(type, reading.every), .fallback = "1", VF_RANGE(1, 1000000)              \
    }

#define VF_READING_MEDIA_OPTIONS(type)                                                            \
    {"video",                                                                                     \
     "Which video stream to read: auto, the best; a number, from 0; or a language such as eng",   \
     VF_TEXT(type, reading.media.streams[VF_STREAM_VIDEO]), .fallback = "auto"},                  \
        {"audio", "Which stream of sound, likewise; auto is the one that goes with the video",    \
         VF_TEXT(type, reading.media.streams[VF_STREAM_AUDIO]), .fallback = "auto"},              \
        {"subtitles", "Which stream of subtitles, likewise",                                      \
         VF_TEXT(type, reading.media.streams[VF_STREAM_SUBTITLES]), .fallback = "auto"},          \
        {"autorotate",                                                                            \
         "Whether pictures are turned and mirrored as the file says that they are to be shown; "  \
         "only quarter turns are made",                                                           \
         VF_BOOLEAN(type, reading.media.autorotate), .fallback = "true"},                         \
        {"hw", "Whether a device decodes; its pictures are copied into memory",                   \
         VF_CHOICE(type, reading.media.hw, {"off", VF_HARDWARE_OFF, "Software decodes"},          \
                   {"prefer", VF_HARDWARE_PREFER,                                                 \
                    "A device if there is one, else software, with a warning that says why"},     \
                   {"require", VF_HARDWARE_REQUIRE, "A device, or the task fails"}),              \
         .fallback = "off"},                                                                      \
        {"threads",                                                                               \
         "Threads that decode; 0: as many as there are cores, and one more where other tasks "    \
         "compute, too",                                                                          \
         VF_INTEGER(type, reading.media.threads), .fallback = "0", VF_RANGE(0, 256)},             \
        {"format",                                                                                \
         "Demuxer by libavformat's name, where what is read does not tell it, such as rawvideo; " \
         "empty: it does",                                                                        \
         VF_TEXT(type, reading.media.format), .fallback = ""},                                    \
        {"options",                                                                               \
         "Any options of the demuxer, the protocol and the decoder, by libav's names, such as "   \
         "{rtsp_transport: tcp}",                                                                 \
         VF_MAP(type, reading.media.options), .fallback = "{}"},                                  \
    {                                                                                             \
        "pace",                                                                                   \
            "Keep to the clock, as a camera does: each frame comes when its time stamp is due",   \
            VF_CHOICE(type, reading.pace,                                                         \
                      {"auto", VF_PACE_AUTO,                                                      \
                       "A file in a realtime flow does, anything else comes at once"},            \
                      {"true", VF_PACE_TRUE, "Keep to the clock"},                                \
                      {"false", VF_PACE_FALSE, "As fast as it can be read"}),                     \
            .fallback = "auto"                                                                    \
    }

/* The ports, numbered as enum vf_stream. */
#define VF_READING_PORTS                                                                         \
    VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The frames of the video stream"}, \
             {.name = "audio",                                                                   \
              .type = VF_PORT_PACKET,                                                            \
              .help = "The packets of the stream of sound, as they are in the file"},            \
             {.name = "subtitles",                                                               \
              .type = VF_PORT_PACKET,                                                            \
              .help = "The packets of the stream of subtitles, likewise"})

/* Looks for mistakes in them: a node's check(). */
int vf_reading_options_check(const struct vf_reading_options *options, char *problem,
                             size_t problem_size);

#endif
