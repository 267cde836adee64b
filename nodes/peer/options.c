/* SPDX-License-Identifier: MIT */
#include "nodes/peer/options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/media/picture/packed_picture.h"
#include "engine/node/node.h"
#include "engine/wire/peer/peer_socket.h"

static bool is_port(const char *text, enum vf_peer_mode mode)
{
    if (strcmp(text, "*") == 0)
        return mode == VF_PEER_BIND;
    size_t digits = strspn(text, "0123456789");
    long port = strtol(text, NULL, 10);
    return digits && digits <= 5 && !text[digits] && port >= 1 && port <= UINT16_MAX;
}

/* Looks at what follows tcp://. Returns what is wrong with it, or NULL. */
static const char *find_mistake(const char *place, enum vf_peer_mode mode)
{
    const char *colon = strrchr(place, ':');
    if (!colon || colon == place || !is_port(colon + 1, mode))
        return "has no port; tcp://127.0.0.1:5555 has";
    if (mode == VF_PEER_CONNECT && strncmp(place, "*:", 2) == 0)
        return "names no machine to connect to; tcp://127.0.0.1:5555 does";
    return NULL;
}

int vf_peer_check(const char *endpoint, enum vf_peer_mode mode, const char *pixel_format,
                  char *problem, size_t problem_size)
{
    bool is_tcp = strncmp(endpoint, "tcp://", strlen("tcp://")) == 0;
    bool is_ipc = strncmp(endpoint, "ipc://", strlen("ipc://")) == 0;
    if (pixel_format[0] && !vf_packed_channels(pixel_format)) {
        snprintf(problem, problem_size,
                 "pixel_format %s has not 8 bits a channel in one plane; rgb24 and gray have",
                 pixel_format);
        return -EINVAL;
    }
    if ((!is_tcp && !is_ipc) || !endpoint[strlen("tcp://")]) {
        snprintf(problem, problem_size,
                 "\"%s\" is no endpoint; tcp://127.0.0.1:5555 and ipc:///tmp/frames are", endpoint);
        return -EINVAL;
    }
    const char *mistake = is_tcp ? find_mistake(endpoint + strlen("tcp://"), mode) : NULL;
    if (!mistake)
        return VF_OK;
    snprintf(problem, problem_size, "the endpoint \"%s\" %s", endpoint, mistake);
    return -EINVAL;
}

bool vf_peer_patience_is_over(struct vf_peer_patience *patience, struct vf_node_run *run,
                              struct vf_peer_socket *peer)
{
    if (!vf_node_is_ending(run))
        return false;
    if (!patience->until_ns)
        patience->until_ns = vf_clock_now_ns() + VF_PEER_PATIENCE_NS;
    bool is_nobody_there = peer && !vf_peer_socket_presence(peer).connected;
    return is_nobody_there || vf_clock_now_ns() >= patience->until_ns;
}
