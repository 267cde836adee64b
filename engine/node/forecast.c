/* SPDX-License-Identifier: MIT */
#include "engine/node/forecast.h"

void vf_forecast_forward(struct vf_foresight *foresight)
{
    for (unsigned i = 0; i < foresight->output_count && i < foresight->input_count; i++) {
        foresight->outputs[i] = foresight->inputs[i];
        foresight->outputs[i].forwards = i + 1;
    }
}
