/* SPDX-License-Identifier: MIT */
/* flow.h - a flow of its own that makes of tapped frames what is asked for. */
#ifndef VF_CMD_TAP_FLOW_H
#define VF_CMD_TAP_FLOW_H

#include <stdint.h>

#include "engine/base/exit_status.h"
#include "engine/tap/feed.h"

enum vf_tap_form {
    VF_TAP_Y4M,   /* YUV4MPEG2 */
    VF_TAP_MJPEG, /* JPEG pictures, one after the other */
    VF_TAP_NPY,   /* .npy files of rgb24, one after the other */
    VF_TAP_SHOW,  /* drawn on the terminal */
};

/* Runs it until the tapped run is over, `limit` frames have come (0: any number), or a signal stops
 * it. Returns the exit status of the flow. */
enum vf_exit_status vf_tap_flow_run(const struct vf_tap_wish *wish, enum vf_tap_form form,
                                    int64_t limit);

#endif
