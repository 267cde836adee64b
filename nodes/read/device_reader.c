/* SPDX-License-Identifier: MIT */
/* device_reader - reads a camera, a screen, or another device that shows something now. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/device/device.h"
#include "engine/media/filter/option.h"
#include "engine/media/filter/outside.h"
#include "engine/media/libav/frame.h"
#include "engine/media/read/decode/decoder.h"
#include "engine/media/read/open/outage.h"
#include "engine/media/read/open/settings.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"

#define MAX_PROBLEM 512

/* How often a device is asked for the next frame: so late it may come. */
#define PATROL_NS (2 * VF_NS_PER_MS)

struct device_reader_options {
    char *device, *format, *size, *fps, *input_format;
    struct vf_map options;
    int64_t frames, timeout;
    int threads;
    struct vf_reconnect_option reconnect;
    bool may_be_unsafe;
};

struct device_reader {
    struct vf_device_settings settings;
    struct vf_outage outage;
    struct vf_device *device;
    struct vf_decoder *decoder;
    int64_t begin_us;   /* timestamp of the first frame since it was opened */
    int64_t reached_us; /* end of the last frame */
    int64_t heard_ns;   /* when something came last, or might have come first */
    int64_t emitted;
    bool is_ended;
};

static const struct vf_option options[] = {
    {"device", "What to read: a camera such as /dev/video0, or an X display such as :0.0",
     VF_TEXT(struct device_reader_options, device), .is_main = true},
    {"format",
     "Kind of device, by libavdevice's name: v4l2, x11grab, lavfi and others; auto: detect from "
     "the device",
     VF_TEXT(struct device_reader_options, format), .fallback = "auto"},
    {"size", "Size of the frames, as 1280x720; empty: the device's own",
     VF_TEXT(struct device_reader_options, size), .fallback = ""},
    {"fps", "Frames per second; empty: the device's own",
     VF_TEXT(struct device_reader_options, fps), .fallback = ""},
    {"input_format",
     "Codec, such as mjpeg, or pixel format, such as yuyv422, that a camera sends; empty: its own "
     "choice",
     VF_TEXT(struct device_reader_options, input_format), .fallback = ""},
    {"options", "Any options of the device, by libav's names",
     VF_MAP(struct device_reader_options, options), .fallback = "{}"},
    {"frames", "Largest number of frames to read; 0: no limit",
     VF_INTEGER64(struct device_reader_options, frames), .fallback = "0", VF_RANGE(0, 1e15)},
    {"threads", "Threads that decode a camera's compressed frames; more than 1 may delay frames",
     VF_INTEGER(struct device_reader_options, threads), .fallback = "1", VF_RANGE(1, 256)},
    {"reconnect", "Reopen a device that ends or fails; or {initial: 1s, max: 30s, attempts: 0}",
     VF_RECONNECT(struct device_reader_options, reconnect), .fallback = "auto"},
    {"timeout", "How long a device may send nothing before it counts as lost; 0: forever",
     VF_DURATION(struct device_reader_options, timeout), .fallback = "10s", VF_RANGE(0, 1e6)},
    VF_FILTER_UNSAFE(struct device_reader_options, may_be_unsafe),
};

static struct vf_device_settings settings_of(const struct device_reader_options *asked)
{
    return (struct vf_device_settings){
        .device = asked->device,
        .format = asked->format,
        .size = asked->size,
        .fps = asked->fps,
        .input_format = asked->input_format,
        .options = &asked->options,
    };
}

/* Complains of what is no device, but what another node reads. */
static int refuse_media(const struct device_reader_options *asked, char *problem,
                        size_t problem_size)
{
    struct stat status;
    const char *device = asked->device;
    bool is_auto = strcmp(asked->format, "auto") == 0;
    size_t scheme = strspn(device, "abcdefghijklmnopqrstuvwxyz0123456789+-.");
    if (scheme && !strncmp(device + scheme, "://", 3)) {
        snprintf(problem, problem_size,
                 "\"%s\" is a URL, and no device of this machine; read it with video_reader, or "
                 "record it with `vflow run @record input=URL`",
                 device);
        return -EINVAL;
    }
    if (is_auto && stat(device, &status) == 0 && S_ISREG(status.st_mode)) {
        snprintf(problem, problem_size,
                 "\"%s\" is a file, and no device; read it with video_reader", device);
        return -EINVAL;
    }
    return VF_OK;
}

/* A graph is looked at as those of the node filter are. */
static int check_graph(const struct device_reader_options *asked, char *problem,
                       size_t problem_size)
{
    const struct vf_filter_wish wish = {"device", asked->device, VF_FILTER_SOURCE,
                                        asked->may_be_unsafe};
    struct vf_filter_nature nature;
    return vf_filter_option_check(&wish, &nature, problem, problem_size);
}

static int device_reader_check(const void *values, char *problem, size_t problem_size)
{
    const struct device_reader_options *asked = values;
    const struct vf_device_settings settings = settings_of(asked);
    bool is_graph = vf_device_is_graph(&settings);
    struct vf_reconnect_wish wish;
    int err = vf_reconnect_option_read(&asked->reconnect, &wish, problem, problem_size);
    if (!err && !is_graph)
        err = refuse_media(asked, problem, problem_size);
    if (!err)
        err = vf_device_check(&settings, problem, problem_size);
    return !err && is_graph ? check_graph(asked, problem, problem_size) : err;
}

static void device_reader_reach(const void *values, const struct vf_reach *reach)
{
    const struct device_reader_options *asked = values;
    const struct vf_device_settings settings = settings_of(asked);
    if (vf_device_is_graph(&settings))
        vf_filter_option_reach(asked->device, reach);
    else
        vf_reach_add(reach, VF_REACH_DEVICE, asked->device);
}

/* To open a camera for this alone would take time, and maybe the camera from somebody. */
static void device_reader_forecast(struct vf_foresight *foresight)
{
    const struct vf_device_settings settings = settings_of(foresight->options);
    vf_device_foretell(&settings, &foresight->outputs[0]);
}

static int connect_once(struct vf_node_run *run, char *problem, size_t problem_size)
{
    const struct device_reader_options *asked = run->options;
    struct device_reader *reader = run->state;
    int64_t since = vf_clock_now_ns();
    int err = vf_device_create(&reader->device, run, &reader->settings, problem, problem_size);
    vf_node_waited(run, since);
    if (err)
        return err;
    reader->is_ended = false;
    reader->heard_ns = vf_clock_now_ns();
    return vf_decoder_create(&reader->decoder, run, vf_device_stream(reader->device),
                             &vf_media_settings_plain, (unsigned)asked->threads);
}

static void disconnect(struct device_reader *reader)
{
    vf_decoder_destroy(&reader->decoder);
    vf_device_destroy(&reader->device);
}

/* Makes attempts, each after its wait. Timestamps go on later by as long as it was away. */
static int connect_again(struct vf_node_run *run)
{
    struct device_reader *reader = run->state;
    char problem[MAX_PROBLEM];
    int err;
    do {
        disconnect(reader);
        err = vf_outage_wait(&reader->outage, run);
        if (err)
            return err;
        err = connect_once(run, problem, sizeof(problem));
    } while (err < 0 && err != -ENOMEM);
    if (reader->emitted)
        reader->begin_us =
            reader->reached_us + (vf_clock_now_ns() - reader->outage.since_ns) / VF_NS_PER_US;
    return err;
}

static int lose(struct vf_node_run *run, const char *reason)
{
    struct device_reader *reader = run->state;
    vf_outage_begin(&reader->outage, run, vf_clock_now_ns(), reason, "opening it again");
    return connect_again(run);
}

/* Once more before it is opened, whatever was checked. */
static int refuse_outside(const struct device_reader_options *asked,
                          const struct vf_device_settings *settings)
{
    struct vf_filter_problem problem;
    if (asked->may_be_unsafe || !vf_device_is_graph(settings))
        return VF_OK;
    int err = vf_filter_outside_refuse(asked->device, &problem);
    if (err == -EPERM)
        vf_log(VF_LOG_ERROR, "%s, which is refused", problem.text);
    return err;
}

static bool device_reader_is_endless(const void *values)
{
    const struct device_reader_options *asked = values;
    return asked->frames == 0;
}

static int device_reader_open(struct vf_node_run *run)
{
    const struct device_reader_options *asked = run->options;
    struct device_reader *reader = run->state;
    const struct vf_made *made = vf_node_made(run, 0);
    const struct vf_message last = {
        .description = {.timestamp = made->timestamp, .time_base = made->time_base}};
    char problem[MAX_PROBLEM];
    const struct vf_reconnect_wish *wish = &reader->outage.wish;
    int err =
        vf_reconnect_option_read(&asked->reconnect, &reader->outage.wish, problem, sizeof(problem));
    if (err)
        return err;
    reader->settings = settings_of(asked);
    err = refuse_outside(asked, &reader->settings);
    if (err)
        return err;
    reader->outage.name = reader->settings.device;
    reader->emitted = (int64_t)made->count;
    if (made->is_rising)
        reader->begin_us = vf_media_start_us(&last) + VF_USUAL_FRAME_US;
    if (device_reader_is_endless(asked))
        vf_node_expect_no_end(run);
    else
        vf_node_expect(run, 0, (uint64_t)asked->frames);
    vf_node_send_live(run);
    err = connect_once(run, problem, sizeof(problem));
    bool may_retry =
        wish->when == VF_RECONNECT_TRUE || (wish->when == VF_RECONNECT_AUTO && made->count > 0);
    if (err < 0 && !reader->device && may_retry)
        return lose(run, problem + strlen(reader->settings.device) + 1);
    if (err < 0 && !reader->device)
        vf_log(VF_LOG_ERROR, "%s", problem);
    return err;
}

/* It is lost, and is not opened again. */
static int end_early(struct vf_node_run *run, const char *reason)
{
    const struct device_reader *reader = run->state;
    vf_outage_tell_loss(run, reader->settings.device, vf_clock_now_ns(), reason);
    vf_node_report_error(run, "%s %s", reader->settings.device, reason);
    return VF_END;
}

/* There is nothing to read now. */
static int wait_for_frame(struct vf_node_run *run)
{
    const struct device_reader_options *asked = run->options;
    struct device_reader *reader = run->state;
    int64_t now = vf_clock_now_ns();
    if (!asked->timeout || now - reader->heard_ns < asked->timeout) {
        int err = vf_node_sleep_until(run, now + PATROL_NS);
        vf_node_waited(run, now);
        return err;
    }
    char reason[64];
    snprintf(reason, sizeof(reason), "has been silent for %.1f s",
             (double)(now - reader->heard_ns) / VF_NS_PER_S);
    if (reader->outage.wish.when != VF_RECONNECT_FALSE)
        return lose(run, reason);
    return end_early(run, reason);
}

static int give_up(struct vf_node_run *run, int err)
{
    struct device_reader *reader = run->state;
    char reason[128];
    snprintf(reason, sizeof(reason), "was lost (%s)", strerror(-err));
    if (reader->outage.wish.when != VF_RECONNECT_FALSE)
        return lose(run, reason);
    return end_early(run, reason);
}

static int64_t cpu_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * VF_NS_PER_S + now.tv_nsec;
}

/* Some devices sleep until the next frame is due: only what they compute is work. */
static int read_device(struct vf_node_run *run, const struct AVPacket **packet)
{
    struct device_reader *reader = run->state;
    int64_t since = vf_clock_now_ns(), cpu_since = cpu_now_ns();
    int err = vf_device_read(reader->device, reader->begin_us, packet);
    vf_node_waited(run, since + cpu_now_ns() - cpu_since);
    return err;
}

static int read_packet(struct vf_node_run *run)
{
    struct device_reader *reader = run->state;
    const struct AVPacket *packet;
    int err = read_device(run, &packet);
    if (err == -EAGAIN)
        return wait_for_frame(run);
    if (vf_node_stop_requested(run))
        return VF_END;
    if (err < 0)
        return give_up(run, err);
    reader->heard_ns = vf_clock_now_ns();
    reader->is_ended = err == VF_END;
    return vf_decoder_send(reader->decoder, packet);
}

static int emit_frame(struct vf_node_run *run, struct vf_message **frame)
{
    struct device_reader *reader = run->state;
    vf_message_set_source(&(*frame)->description, reader->settings.device, VF_SOURCE_NAME);
    reader->reached_us = vf_media_end_us(*frame);
    return vf_node_emit(run, 0, frame);
}

static int end(struct vf_node_run *run)
{
    const struct device_reader *reader = run->state;
    if (reader->outage.wish.when == VF_RECONNECT_TRUE && !vf_node_stop_requested(run))
        return lose(run, "has ended");
    return VF_END;
}

static int device_reader_next(struct vf_node_run *run)
{
    const struct device_reader_options *asked = run->options;
    struct device_reader *reader = run->state;
    struct vf_message *frame = NULL;
    if (asked->frames && reader->emitted >= asked->frames)
        return VF_END;
    int err = vf_decoder_receive(reader->decoder, &frame);
    if (err == -EAGAIN)
        return read_packet(run);
    if (err == VF_END)
        return end(run);
    if (err < 0 || (err && err != VF_DROPPED))
        return err;
    vf_outage_end(&reader->outage, run);
    reader->emitted++;
    err = frame ? emit_frame(run, &frame) : vf_node_drop(run, 0);
    vf_message_destroy(&frame);
    return err;
}

static void device_reader_close(struct vf_node_run *run)
{
    const struct device_reader *reader = run->state;
    struct vf_medium medium = {.path = reader->settings.device ? reader->settings.device : "",
                               .unit = "frames",
                               .count = (uint64_t)reader->emitted,
                               .duration_ns = -1,
                               .size_bytes = -1,
                               .is_complete = true};
    vf_node_note_input(run, &medium);
    disconnect(run->state);
}

const struct vf_node vf_node_device_reader = {
    .name = "device_reader",
    .summary = "Read a camera, a screen, or another live device.",
    .related = "video_reader, hold",
    .about =
        "Reads whatever libavdevice reads: cameras (v4l2), the screen of an X server (x11grab, "
        "whose device :0.0+100,200 starts at that point), and filter graphs that stand in for a "
        "camera (lavfi). Only video is read; timestamps count from the first frame. Use it with "
        "mode: realtime, so that frames are dropped when the flow is slower than the camera.\n\n"
        "With format: lavfi, device is a graph of filters, without inputs and with one "
        "output. " VF_FILTER_UNSAFE_ABOUT "\n\n"
        "A camera that is unplugged, or sends nothing for longer than timeout, is reopened once "
        "it is back; timestamps continue with a gap as long as it was away.",
    .example = "vflow: 1\n"
               "mode: realtime\n"
               "nodes:\n"
               "  camera: {type: device_reader, device: /dev/video0, size: 1280x720, fps: 30}\n"
               "  out: {type: video_writer, inputs: camera, path: camera.mp4, preset: veryfast}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .can_resume = true,
    .keeps = 24, /* as video_reader: what cameras compress may refer to other frames */
    .options = VF_LIST(options),
    .outputs =
        VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The frames of the device"}),
    .options_size = sizeof(struct device_reader_options),
    .state_size = sizeof(struct device_reader),
    .check = device_reader_check,
    .reach = device_reader_reach,
    .forecast = device_reader_forecast,
    .is_endless = device_reader_is_endless,
    .open = device_reader_open,
    .next = device_reader_next,
    .close = device_reader_close,
};
