/* SPDX-License-Identifier: MIT */
#include "engine/media/device/device.h"

#include <errno.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libavutil/parseutils.h>
#include <stdio.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/option_names.h"
#include "engine/media/libav/picture.h"
#include "engine/media/read/timeline.h"
#include "engine/node/node.h"

#define GRAPH_FORMAT "lavfi"

struct vf_device {
    struct vf_node_run *run;
    AVFormatContext *format;
    AVStream *stream; /* of `format` */
    AVPacket *packet;
    struct vf_timeline timeline; /* from the device's timestamps to ours */
    bool is_begun;
};

/* What a user may do about a device that does not open. */
static const struct {
    const char *format;
    int err;
    const char *remedy;
} remedies[] = {
    {"v4l2", ENOENT, "`ls /dev/video*` shows the cameras that are there"},
    {"v4l2", ENODEV, "`ls /dev/video*` shows the cameras that are there"},
    {"v4l2", EBUSY, "another program uses it; `fuser -v` with its name tells which"},
    {"v4l2", EACCES, "the user must be in the group that owns it, mostly video"},
    {"v4l2", ENOTTY, "it is no camera; `ls /dev/video*` shows those that are there"},
    {"v4l2", EINVAL, "`v4l2-ctl --list-formats-ext` shows what it can be asked for"},
    {"x11grab", EIO,
     "no X server answers there, or it does not let this user in; see DISPLAY and "
     "XAUTHORITY, and xhost(1)"},
    {"x11grab", EINVAL, "size must fit on the screen"},
    {GRAPH_FORMAT, EINVAL, "`ffmpeg -filters` lists the filters of a graph"},
};

/* The names of devices that `format` does not tell apart. */
static const char *usual_format(const char *device)
{
    int display = 0, length = 0;
    if (strncmp(device, "/dev/video", strlen("/dev/video")) == 0)
        return "v4l2";
    const char *colon = strchr(device, ':');
    if (colon && !strchr(device, '/') && sscanf(colon, ":%d%n", &display, &length) == 1 &&
        (colon[length] == '\0' || colon[length] == '.' || colon[length] == '+'))
        return "x11grab";
    return NULL;
}

static const AVInputFormat *find_format(const struct vf_device_settings *settings)
{
    avdevice_register_all();
    bool is_auto = strcmp(settings->format, "auto") == 0;
    const char *name = is_auto ? usual_format(settings->device) : settings->format;
    return name ? av_find_input_format(name) : NULL;
}

static bool is_device(const AVInputFormat *format)
{
    return format->priv_class && AV_IS_INPUT_DEVICE(format->priv_class->category);
}

static int refuse_format(const struct vf_device_settings *settings, char *problem,
                         size_t problem_size)
{
    struct vf_text_nearest nearest = {.wanted = settings->format};
    if (strcmp(settings->format, "auto") == 0) {
        snprintf(problem, problem_size,
                 "\"%s\" does not tell what kind of device it is; give format, as v4l2 or x11grab",
                 settings->device);
        return -EINVAL;
    }
    for (const AVInputFormat *format = NULL; (format = av_input_video_device_next(format));)
        vf_text_nearest_consider(&nearest, format->name);
    snprintf(problem, problem_size, "this libavdevice reads no \"%s\"%s", settings->format,
             vf_text_suggest_or(&nearest, "`ffmpeg -devices` lists what one reads, such as v4l2 "
                                          "and x11grab"));
    return -EINVAL;
}

/* Puts what is not "" and what the device has an option for into *options. */
static int list_options(const struct vf_device_settings *settings, AVDictionary **options)
{
    const struct {
        const char *name, *text;
    } own[] = {{"video_size", settings->size},
               {"framerate", settings->fps},
               {"input_format", settings->input_format}};
    int code = 0;
    for (size_t i = 0; i < VF_COUNT(own) && code >= 0; i++) {
        if (own[i].text[0])
            code = av_dict_set(options, own[i].name, own[i].text, 0);
    }
    for (size_t i = 0; i < settings->options->count && code >= 0; i++)
        code = av_dict_set(options, settings->options->items[i].key,
                           settings->options->items[i].text, 0);
    return code < 0 ? -ENOMEM : VF_OK;
}

static int check_options(const AVInputFormat *format, const struct vf_device_settings *settings,
                         char *problem, size_t problem_size)
{
    AVDictionary *options = NULL;
    const AVDictionaryEntry *entry = NULL;
    int err = list_options(settings, &options);
    while (!err && (entry = av_dict_get(options, "", entry, AV_DICT_IGNORE_SUFFIX))) {
        if (!vf_option_names_find(format->priv_class, entry->key, AV_OPT_FLAG_DECODING_PARAM) &&
            !vf_option_names_find(avformat_get_class(), entry->key, AV_OPT_FLAG_DECODING_PARAM))
            err = vf_option_names_refuse(format->priv_class, "demuxer", format->name, entry->key,
                                         problem, problem_size);
    }
    av_dict_free(&options);
    return err;
}

static int check_values(const struct vf_device_settings *settings, char *problem,
                        size_t problem_size)
{
    int width, height;
    AVRational rate;
    if (settings->size[0] && av_parse_video_size(&width, &height, settings->size) < 0) {
        snprintf(problem, problem_size, "size cannot be \"%s\"; 1280x720 and hd720 are sizes",
                 settings->size);
        return -EINVAL;
    }
    if (settings->fps[0] && av_parse_video_rate(&rate, settings->fps) < 0) {
        snprintf(problem, problem_size, "fps cannot be \"%s\"; 30, 30000/1001 and ntsc are rates",
                 settings->fps);
        return -EINVAL;
    }
    return VF_OK;
}

/* The graph is the device, which has been looked at: no other may take its place. */
static int refuse_graphs(const struct vf_device_settings *settings, char *problem,
                         size_t problem_size)
{
    static const char *const others[] = {"graph", "graph_file"};
    for (size_t i = 0; i < settings->options->count && vf_device_is_graph(settings); i++) {
        for (size_t j = 0; j < VF_COUNT(others); j++) {
            if (strcmp(settings->options->items[i].key, others[j]) != 0)
                continue;
            snprintf(problem, problem_size,
                     "option \"%s\" would replace the graph; write the graph as device", others[j]);
            return -EINVAL;
        }
    }
    return VF_OK;
}

int vf_device_check(const struct vf_device_settings *settings, char *problem, size_t problem_size)
{
    vf_media_log_redirect();
    const AVInputFormat *format = find_format(settings);
    if (!format || !is_device(format))
        return refuse_format(settings, problem, problem_size);
    int err = check_values(settings, problem, problem_size);
    if (!err)
        err = check_options(format, settings, problem, problem_size);
    return err ? err : refuse_graphs(settings, problem, problem_size);
}

bool vf_device_is_graph(const struct vf_device_settings *settings)
{
    const AVInputFormat *format = find_format(settings);
    return format && strcmp(format->name, GRAPH_FORMAT) == 0;
}

/* A screen has one format; of cameras those that do not compress mostly have another, and what
 * they do compress takes no more memory. */
void vf_device_foretell(const struct vf_device_settings *settings, struct vf_forecast *forecast)
{
    const AVInputFormat *format = find_format(settings);
    int width, height;
    AVRational rate = {0, 1};
    if (!format || av_parse_video_size(&width, &height, settings->size) < 0)
        return;
    if (settings->fps[0] && av_parse_video_rate(&rate, settings->fps) < 0)
        return;
    const char *name = strcmp(format->name, "x11grab") == 0 ? "bgr0" : "yuyv422";
    if (vf_picture_format(settings->input_format) >= 0)
        name = settings->input_format;
    if (strcmp(format->name, GRAPH_FORMAT) != 0)
        vf_picture_foretell(forecast, vf_picture_format(name), width, height,
                            (struct vf_rational){rate.num, rate.den});
}

static void explain(const AVInputFormat *format, const char *device, int code, char *problem,
                    size_t problem_size)
{
    const char *remedy = NULL;
    for (size_t i = 0; i < VF_COUNT(remedies) && !remedy; i++) {
        /* One device may have several names: "video4linux2,v4l2". */
        if (AVERROR(remedies[i].err) == code && strstr(format->name, remedies[i].format))
            remedy = remedies[i].remedy;
    }
    snprintf(problem, problem_size, "%s cannot be opened: %s%s%s", device,
             vf_media_error_text(code).text, remedy ? "; " : "", remedy ? remedy : "");
}

static int is_interrupted(void *opaque)
{
    const struct vf_device *device = opaque;
    return vf_node_stop_requested(device->run);
}

static int open_format(struct vf_device *device, const AVInputFormat *format,
                       const struct vf_device_settings *settings)
{
    AVDictionary *options = NULL;
    device->format = avformat_alloc_context();
    device->packet = av_packet_alloc();
    if (!device->format || !device->packet || list_options(settings, &options) != VF_OK) {
        av_dict_free(&options);
        return AVERROR(ENOMEM);
    }
    device->format->interrupt_callback = (AVIOInterruptCB){is_interrupted, device};
    device->format->flags |= AVFMT_FLAG_NONBLOCK;
    int code = avformat_open_input(&device->format, settings->device, format, &options);
    av_dict_free(&options);
    if (code < 0)
        return code;
    int index = av_find_best_stream(device->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (index < 0)
        return index;
    device->stream = device->format->streams[index];
    return 0;
}

int vf_device_create(struct vf_device **device, struct vf_node_run *run,
                     const struct vf_device_settings *settings, char *problem, size_t problem_size)
{
    vf_media_log_redirect();
    const AVInputFormat *format = find_format(settings);
    struct vf_device *made = calloc(1, sizeof(*made));
    *device = made;
    if (!made || !format) {
        snprintf(problem, problem_size, "%s cannot be opened: %s", settings->device,
                 made ? "nobody reads such a device" : "no memory is left");
        vf_device_destroy(device);
        return made ? -ENOTSUP : -ENOMEM;
    }
    made->run = run;
    made->timeline.may_jump = true;
    int code = open_format(made, format, settings);
    if (code < 0) {
        explain(format, settings->device, code, problem, problem_size);
        vf_device_destroy(device);
    }
    return code < 0 ? vf_media_error(code) : VF_OK;
}

void vf_device_destroy(struct vf_device **device)
{
    if (!*device)
        return;
    av_packet_free(&(*device)->packet);
    avformat_close_input(&(*device)->format);
    free(*device);
    *device = NULL;
    vf_media_log_flush();
}

const AVStream *vf_device_stream(const struct vf_device *device)
{
    return device->stream;
}

static int64_t duration_us(const struct vf_device *device)
{
    AVRational rate = device->stream->avg_frame_rate;
    if (device->packet->duration > 0)
        return av_rescale_q(device->packet->duration, device->stream->time_base, AV_TIME_BASE_Q);
    return rate.num > 0 && rate.den > 0 ? av_rescale_q(1, av_inv_q(rate), AV_TIME_BASE_Q) : 0;
}

/* Returns what is added to the times of the packet, which is decoded at `time`. */
static int64_t place(struct vf_device *device, int64_t time, int64_t begin_us)
{
    struct vf_timeline *timeline = &device->timeline;
    unsigned jumps = timeline->jumps;
    int64_t time_us = av_rescale_q(time, device->stream->time_base, AV_TIME_BASE_Q);
    int64_t before_us = vf_timeline_offset(timeline, VF_STREAM_VIDEO);
    if (!device->is_begun)
        vf_timeline_go_on(timeline, begin_us - time_us);
    device->is_begun = true;
    int64_t offset_us = vf_timeline_place(timeline, VF_STREAM_VIDEO, time_us, duration_us(device));
    if (timeline->jumps != jumps)
        vf_log(jumps ? VF_LOG_INFO : VF_LOG_WARNING,
               "%s: its clock jumps by %+.3f s; what follows goes on at once", device->format->url,
               (double)(before_us - offset_us) / AV_TIME_BASE);
    return offset_us;
}

/* The first packet begins at `begin_us`. What follows goes on behind it, though the device may take
 * its times from a clock that is set. */
static void shift_times(struct vf_device *device, int64_t begin_us)
{
    AVPacket *packet = device->packet;
    int64_t time = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    packet->time_base = device->stream->time_base;
    if (time == AV_NOPTS_VALUE)
        return;
    int64_t shift = av_rescale_q(place(device, time, begin_us), AV_TIME_BASE_Q, packet->time_base);
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts += shift;
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts += shift;
}

int vf_device_read(struct vf_device *device, int64_t begin_us, const AVPacket **packet)
{
    *packet = NULL;
    for (;;) {
        av_packet_unref(device->packet);
        int code = av_read_frame(device->format, device->packet);
        if (code == AVERROR_EOF)
            return VF_END;
        if (code < 0)
            return vf_media_error(code);
        if (device->packet->stream_index != device->stream->index)
            continue;
        shift_times(device, begin_us);
        *packet = device->packet;
        return VF_OK;
    }
}
