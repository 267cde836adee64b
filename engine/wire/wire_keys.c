/* SPDX-License-Identifier: MIT */
#include "engine/wire/wire_keys.h"

#include <errno.h>
#include <zmq.h>

int vf_wire_keys_listen(void *socket, const struct vf_wire_keys *keys)
{
    int is_server = 1;
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &is_server, sizeof(is_server)) ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->listener_secret, VF_KEY_SIZE))
        return -errno;
    return VF_OK;
}

int vf_wire_keys_call(void *socket, const struct vf_wire_keys *keys)
{
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys->listener_public, VF_KEY_SIZE) ||
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->caller_public, VF_KEY_SIZE) ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->caller_secret, VF_KEY_SIZE))
        return -errno;
    return VF_OK;
}
