/* SPDX-License-Identifier: MIT */
/* device.h - cameras, screens and whatever else libavdevice reads.
 *
 * What such a device shows now is all that can be read of it: it is not sought, and does not end.
 */
#ifndef VF_ENGINE_MEDIA_DEVICE_DEVICE_H
#define VF_ENGINE_MEDIA_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/node/option/option.h"

struct AVPacket;
struct AVStream;
struct vf_device;
struct vf_forecast;
struct vf_node_run;

/* What a user asks for; texts may be "". */
struct vf_device_settings {
    const char *device;       /* "/dev/video0", ":0.0" */
    const char *format;       /* as libavdevice calls it: "v4l2"; "auto": by the device's name */
    const char *size, *fps;   /* "1280x720", "30" */
    const char *input_format; /* of a camera: "mjpeg", "yuyv422" */
    const struct vf_map *options; /* by libav's names */
};

/* Looks for mistakes that show without the device. Returns -EINVAL with one line in `problem`. */
VF_MUST_CHECK int vf_device_check(const struct vf_device_settings *settings, char *problem,
                                  size_t problem_size);

/* Returns whether the device is no device, but a graph of libavfilter's filters. */
bool vf_device_is_graph(const struct vf_device_settings *settings);

/* Foretells the frames as far as the settings tell them. */
void vf_device_foretell(const struct vf_device_settings *settings, struct vf_forecast *forecast);

/* Opens a device with settings that have been checked. Borrows `run` for as long as it lives. On
 * failure there is one line in `problem`, with what to do about it. */
VF_MUST_CHECK int vf_device_create(struct vf_device **device, struct vf_node_run *run,
                                   const struct vf_device_settings *settings, char *problem,
                                   size_t problem_size);
void vf_device_destroy(struct vf_device **device);

/* Lends its video stream. */
const struct AVStream *vf_device_stream(const struct vf_device *device);

/* Gives the next packet, without waiting for it. Lends it until the next call. The first has the
 * timestamp `begin_us`, however the device counts. Returns -EAGAIN when there is none yet, VF_END
 * when there will be no more, or a negative errno when the device is lost. */
VF_MUST_CHECK int vf_device_read(struct vf_device *device, int64_t begin_us,
                                 const struct AVPacket **packet);

#endif
