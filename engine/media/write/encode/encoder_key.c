/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/encoder_key.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <math.h>

#include "engine/base/clock.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/encode/encoder_time.h"

#define KEY_SECONDS 2
#define USUAL_KEY_FRAMES 250 /* the most from one to the next */

/* Some encoders make key frames only of themselves, and know how often. */
static void bound_key_frames(AVCodecContext *context, int64_t ns, AVRational rate)
{
    double frames = (double)ns / VF_NS_PER_S * av_q2d(rate);
    bool is_less = context->gop_size < 0 || context->gop_size > frames;
    if (is_less && frames >= 1 && frames <= USUAL_KEY_FRAMES)
        context->gop_size = (int)lrint(frames);
}

/* Of a stream, somebody joins in at any time. A key frame that is asked for must be one that a file
 * can begin with: an IDR picture, or one after a closed GOP. Encoders with neither option make no
 * other ones. */
void vf_encoder_key_choose(AVCodecContext *context, const struct vf_output_choice *choice,
                           const struct vf_output_settings *settings)
{
    AVRational rate = vf_encoder_rate(context);
    if (choice->is_stream)
        context->gop_size = (int)lrint(KEY_SECONDS * av_q2d(rate));
    if (!settings->segment_ns && !settings->segment_bytes)
        return;
    bound_key_frames(context, settings->segment_ns, rate);
    if (av_opt_set(context, "forced-idr", "1", AV_OPT_SEARCH_CHILDREN) >= 0)
        return;
    /* MPEG-2 and -4 can close GOPs only where they look for no new scenes. To libx264, which knows
     * forced-idr, the same number would say that every picture begins one. */
    if (av_opt_set(context, "sc_threshold", "1000000000", AV_OPT_SEARCH_CHILDREN) >= 0)
        context->flags |= (int)AV_CODEC_FLAG_CLOSED_GOP;
}
