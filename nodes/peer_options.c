/* SPDX-License-Identifier: MIT */
#include "nodes/peer_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"

int vf_peer_check_endpoint(const char *endpoint, char *problem, size_t problem_size)
{
    static const char *const transports[] = {"tcp://", "ipc://"};
    for (size_t i = 0; i < VF_COUNT(transports); i++) {
        size_t length = strlen(transports[i]);
        if (strncmp(endpoint, transports[i], length) == 0 && endpoint[length])
            return VF_OK;
    }
    snprintf(problem, problem_size,
             "\"%s\" is no endpoint; tcp://127.0.0.1:5555 and ipc:///tmp/frames are", endpoint);
    return -EINVAL;
}
