/* SPDX-License-Identifier: MIT */
/* wire_inside.h - what a socket is, for the files of this folder: the rest of the program has its
 * descriptor without libzmq. */
#ifndef VF_ENGINE_WIRE_WIRE_INSIDE_H
#define VF_ENGINE_WIRE_WIRE_INSIDE_H

struct vf_wire {
    void *socket;
    int fd;        /* readable when something may have changed */
    void *monitor; /* NULL: nobody watches who is refused */
};

#endif
