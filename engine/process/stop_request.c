/* SPDX-License-Identifier: MIT */
#include "engine/process/stop_request.h"

#include "engine/wire/socket_number.h"
#include "engine/wire/wire.h"

#define LINGER_MS 1000

int vf_stop_request_send(const struct vf_address *address, const unsigned *tasks, size_t count,
                         enum vf_stop_level level)
{
    struct vf_stop_message request = {.magic = VF_STOP_MAGIC, .level = level};
    struct vf_wires *wires;
    int result = vf_wires_create(&wires, address, NULL);
    for (size_t i = 0; wires && i < count; i++) {
        struct vf_wire *wire;
        int number = vf_termination_socket_from_task_id((int)tasks[i]);
        int err = vf_wire_connect(&wire, wires, number, LINGER_MS);
        if (!err)
            err = vf_wire_send(wire, &request, sizeof(request));
        vf_wire_destroy(&wire);
        if (err)
            result = err;
    }
    vf_wires_destroy(&wires);
    return result;
}
