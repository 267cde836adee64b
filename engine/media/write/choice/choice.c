/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/choice.h"

#include <libavcodec/avcodec.h>

#include "engine/media/libav/error.h"
#include "engine/media/write/choice/container.h"
#include "engine/media/write/choice/encoder.h"
#include "engine/media/write/choice/options.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/sound.h"
#include "engine/media/write/choice/split.h"

const char *vf_output_codec_name(const struct vf_output_choice *choice)
{
    return avcodec_get_name(choice->encoder->id);
}

int vf_output_choose(struct vf_output_choice *choice, const struct vf_output_settings *settings,
                     char *problem_text, size_t problem_size)
{
    const struct vf_output_problem problem = {problem_text, problem_size};
    vf_media_log_redirect();
    *choice = (struct vf_output_choice){0};
    int err = vf_output_choose_container(choice, settings, &problem);
    if (!err)
        err = vf_output_choose_encoder(choice, settings, &problem);
    if (!err)
        err = vf_output_check_sound(choice, settings, &problem);
    if (!err)
        err = vf_output_check_options(choice, settings, &problem);
    if (!err)
        err = vf_split_check(choice, settings, &problem);
    choice->named = choice->encoder;
    return err;
}

void vf_output_choice_finish(struct vf_output_choice *choice)
{
    av_buffer_unref(&choice->device);
}
