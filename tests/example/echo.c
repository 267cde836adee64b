/* SPDX-License-Identifier: MIT */
/* echo.c - sends back what Python programs send, through the wire functions of the library.
 *
 *     echo array ENDPOINT COUNT               numpy arrays, from send_array() to recv_array()
 *     echo pickle ENDPOINT COUNT [PROTOCOL]   objects, from send_zipped_pickle()
 *
 * Connects a PAIR socket to ENDPOINT and answers COUNT messages. What cannot be read is answered
 * with one part of text that says why.
 *
 *     cc echo.c $(pkg-config --cflags --libs libvflow)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "engine/wire/python/array.h"
#include "engine/wire/python/zipped_pickle.h"

static int send_complaint(void *socket, const struct vf_complaint *complaint)
{
    return zmq_send(socket, complaint->text, strlen(complaint->text), 0) < 0 ? -1 : 0;
}

/* Every other array is copied, coming in and going out. */
static int echo_array(void *socket, long number)
{
    struct vf_complaint complaint;
    struct vf_numpy_array array;
    int err;
    if (number % 2)
        err = vf_recv_array(socket, &array, 0, &complaint);
    else
        err = vf_recv_array_zero_copy(socket, &array, 0, &complaint);
    if (err)
        return send_complaint(socket, &complaint);
    if (number % 4 < 2)
        err = vf_send_array(socket, &array, 0, &complaint);
    else
        err = vf_send_array_zero_copy(socket, &array, 0, &complaint);
    vf_numpy_array_finish(&array);
    return err;
}

static int echo_pickle(void *socket, int protocol)
{
    struct vf_complaint complaint;
    struct vf_plain_tree *tree;
    int err = vf_recv_zipped_pickle(socket, &tree, 0, NULL, &complaint);
    if (err)
        return send_complaint(socket, &complaint);
    err = vf_send_zipped_pickle(socket, tree, 0, protocol, &complaint);
    vf_plain_tree_destroy(&tree);
    return err ? send_complaint(socket, &complaint) : 0;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: echo array|pickle ENDPOINT COUNT [PROTOCOL]\n", stderr);
        return 2;
    }
    bool is_array = strcmp(argv[1], "array") == 0;
    long count = strtol(argv[3], NULL, 10);
    int protocol = argc > 4 ? (int)strtol(argv[4], NULL, 10) : -1;
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_PAIR);
    int err = zmq_connect(socket, argv[2]);
    for (long i = 0; i < count && !err; i++)
        err = is_array ? echo_array(socket, i) : echo_pickle(socket, protocol);
    zmq_close(socket);
    zmq_ctx_term(context);
    return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
