/* SPDX-License-Identifier: MIT */
/* socket_number.h - the two sockets of a task, by number.
 *
 * A task receives data on 5000 + its id and terminations on 5000 - its id. Ids start at 1, since
 * both sockets of a task 0 would be 5000, and end where a number would leave 1 to 65535: at 4999.
 * Over ipc:// the number names a socket file, over tcp:// it is the port.
 */
#ifndef VF_ENGINE_WIRE_SOCKET_NUMBER_H
#define VF_ENGINE_WIRE_SOCKET_NUMBER_H

#define VF_SOCKET_BASE 5000
#define VF_MAX_TASK_ID 4999

/* Each returns -ERANGE for a task id outside of 1 to VF_MAX_TASK_ID, or for a number that is not
 * the socket of one. */
int vf_socket_from_task_id(int task_id);
int vf_task_id_from_socket(int socket_number);
int vf_termination_socket_from_task_id(int task_id);
int vf_task_id_from_termination_socket(int socket_number);

#endif
