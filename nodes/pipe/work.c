/* SPDX-License-Identifier: MIT */
#include "nodes/pipe/pipe.h"

const struct vf_pipe_work *vf_pipe_work(void)
{
    static const struct vf_pipe_work work = {
        .check = vf_pipe_check,
        .adapt = vf_pipe_adapt,
        .declare = vf_pipe_declare,
        .forecast = vf_pipe_forecast,
        .open = vf_pipe_open,
        .next = vf_pipe_next,
        .ask = vf_pipe_ask,
        .flush = vf_pipe_flush,
        .close = vf_pipe_close,
    };
    return &work;
}
