/* SPDX-License-Identifier: MIT */
#include "engine/wire/socket_number.h"

#include <errno.h>
#include <stdbool.h>

static bool is_task_id(int task_id)
{
    return task_id >= 1 && task_id <= VF_MAX_TASK_ID;
}

int vf_socket_from_task_id(int task_id)
{
    return is_task_id(task_id) ? VF_SOCKET_BASE + task_id : -ERANGE;
}

int vf_task_id_from_socket(int socket_number)
{
    bool is_data =
        socket_number > VF_SOCKET_BASE && socket_number <= VF_SOCKET_BASE + VF_MAX_TASK_ID;
    return is_data ? socket_number - VF_SOCKET_BASE : -ERANGE;
}

int vf_termination_socket_from_task_id(int task_id)
{
    return is_task_id(task_id) ? VF_SOCKET_BASE - task_id : -ERANGE;
}

int vf_task_id_from_termination_socket(int socket_number)
{
    bool is_termination =
        socket_number >= VF_SOCKET_BASE - VF_MAX_TASK_ID && socket_number < VF_SOCKET_BASE;
    return is_termination ? VF_SOCKET_BASE - socket_number : -ERANGE;
}
