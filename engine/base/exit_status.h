/* SPDX-License-Identifier: MIT */
/* exit_status.h - what the exit status says of a run.
 *
 * The numbers from 65 to 78 are those of sysexits(3), and those above 128 are a shell's: 128 and
 * the number of the signal.
 */
#ifndef VF_ENGINE_BASE_EXIT_STATUS_H
#define VF_ENGINE_BASE_EXIT_STATUS_H

#define VF_EXIT_BY_SIGNAL 128

enum vf_exit_status {
    VF_EXIT_OK = 0,             /* everything was consumed, every output is complete */
    VF_EXIT_FAILED = 1,         /* a node failed */
    VF_EXIT_USAGE = 2,          /* the command line is invalid */
    VF_EXIT_BAD_INPUT = 65,     /* finished, but with more errors or drops than allowed */
    VF_EXIT_NO_SOURCE = 69,     /* a source is not available */
    VF_EXIT_INTERNAL = 70,      /* vflow itself failed, or the machine: no memory, no process */
    VF_EXIT_CANNOT_CREATE = 73, /* an output cannot be created */
    VF_EXIT_OUTPUT_FAILED = 74, /* an output failed while it was written */
    VF_EXIT_INVALID_FLOW = 78,  /* the flow file has mistakes */
    VF_EXIT_TIMED_OUT = 124,    /* it took longer than was allowed */
    VF_EXIT_HUNG_UP = 129,      /* stopped by SIGHUP; outputs are finalised */
    VF_EXIT_INTERRUPTED = 130,  /* stopped by SIGINT; outputs are finalised */
    VF_EXIT_KILLED = 137,       /* killed before outputs were finalised */
    VF_EXIT_TERMINATED = 143,   /* stopped by SIGTERM; outputs are finalised */
};

#endif
