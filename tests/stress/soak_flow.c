/* SPDX-License-Identifier: MIT */
#include "tests/stress/soak_flow.h"

#include <inttypes.h>

void soak_flow_print(struct vf_text *text, enum vf_flow_mode mode, uint64_t frames)
{
    bool is_realtime = mode == VF_MODE_REALTIME;
    vf_text_print(text, "vflow: 1\nmode: %s\nnodes:\n", is_realtime ? "realtime" : "batch");
    vf_text_print(text, "  film: {type: film, frames: %" PRIu64 ", pause: %s}\n", frames,
                  is_realtime ? "500us" : "0");
    vf_text_print(text, "  tint: {type: tint, inputs: film, plus: 3}\n"
                        "  left: {type: tint, inputs: tint, plus: 5, replicas: 2}\n"
                        "  right: {type: identity, inputs: tint}\n");
    vf_text_print(text, "  blend: {type: blend, inputs: [left, right], pause: %s}\n",
                  is_realtime ? "700us" : "0");
    vf_text_print(text, "  warm: {type: tint, inputs: blend, plus: 7, group: lab}\n"
                        "  bright: {type: tint, inputs: warm, plus: 11, group: lab}\n");
    vf_text_print(text, "  screen: {type: screen, inputs: {in: {from: bright%s}}",
                  is_realtime ? ", drop: oldest" : "");
    /* Of both branches: twice the film's word and tint's 3; the rest once. */
    vf_text_print(text, ", times: 2, plus: %d, pause: %s}\n", 2 * 3 + 5 + 7 + 11,
                  is_realtime ? "1ms" : "0");
}
