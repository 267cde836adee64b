/* SPDX-License-Identifier: MIT */
#include "nodes/peer_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/packed_picture.h"

int vf_peer_check(const char *endpoint, const char *pixel_format, char *problem,
                  size_t problem_size)
{
    static const char *const transports[] = {"tcp://", "ipc://"};
    if (pixel_format[0] && !vf_packed_channels(pixel_format)) {
        snprintf(problem, problem_size,
                 "pixel_format %s has not 8 bits a channel in one plane; rgb24 and gray have",
                 pixel_format);
        return -EINVAL;
    }
    for (size_t i = 0; i < VF_COUNT(transports); i++) {
        size_t length = strlen(transports[i]);
        if (strncmp(endpoint, transports[i], length) == 0 && endpoint[length])
            return VF_OK;
    }
    snprintf(problem, problem_size,
             "\"%s\" is no endpoint; tcp://127.0.0.1:5555 and ipc:///tmp/frames are", endpoint);
    return -EINVAL;
}
