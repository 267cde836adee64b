/* SPDX-License-Identifier: MIT */
#include "nodes/read/options.h"

#include "engine/media/read/decode/decoder_choice.h"
#include "engine/media/read/open/input_options.h"
#include "engine/media/read/open/stream_choice.h"

int vf_reading_options_check(const struct vf_reading_options *options, char *problem,
                             size_t problem_size)
{
    struct vf_reconnect_wish wish;
    int err = vf_reconnect_option_read(&options->media.reconnect, &wish, problem, problem_size);
    if (!err)
        err = vf_stream_choice_check(&options->media, problem, problem_size);
    if (!err)
        err = vf_input_check(&options->media, problem, problem_size);
    if (!err)
        err = vf_decoder_choice_check(&options->media, problem, problem_size);
    return err;
}
