/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/constant_rate.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/container_traits.h"

static const AVRational usual_rate = {25, 1};

/* MPEG-1 and -2 have no other ones; libavcodec lists some more, which it refuses. */
static const AVRational mpeg_rates[] = {
    {24000, 1001}, {24, 1},       {25, 1}, {30000, 1001}, {30, 1},
    {50, 1},       {60000, 1001}, {60, 1}, {0, 0},
};

/* Of television, each with the numbers of lines that go with it. */
static const struct {
    AVRational rate;
    int lines[2];
} television[] = {{{25, 1}, {576, 608}}, {{30000, 1001}, {480, 512}}};

/* What frames may last for, when they tell more of a stream than its average rate does. */
static const AVRational usual_rates[] = {
    {24000, 1001}, {24, 1}, {25, 1}, {30000, 1001}, {30, 1},
    {48, 1},       {50, 1}, {60, 1}, {60000, 1001},
};

static bool is_positive(AVRational number)
{
    return number.num > 0 && number.den > 0;
}

static AVRational to_av(struct vf_rational rational)
{
    return (AVRational){rational.num, rational.den};
}

/* Returns the usual rate whose frames last as long as this one, within a thirtieth, for ticks may be
 * long; 0/1: there is none. */
static AVRational rate_by_duration(const struct vf_description *first)
{
    AVRational tick = to_av(first->time_base);
    if (first->duration <= 0 || first->duration > INT32_MAX || !is_positive(tick))
        return (AVRational){0, 1};
    for (size_t i = 0; i < VF_COUNT(usual_rates); i++) {
        double frames = (double)first->duration * av_q2d(tick) * av_q2d(usual_rates[i]);
        if (fabs(frames - 1) * 30 <= 1)
            return usual_rates[i];
    }
    return (AVRational){0, 1};
}

/* Where the rate of a stream varies, the rate that it is said to have is the average, at which many
 * frames would be left out. */
static AVRational nominal_rate(const struct vf_description *first)
{
    AVRational rate = to_av(first->video.frame_rate), shown = rate_by_duration(first);
    if (!is_positive(rate))
        return shown;
    return av_q2d(shown) > 1.1 * av_q2d(rate) ? shown : rate;
}

struct vf_rational vf_nominal_rate(const struct vf_description *first)
{
    AVRational rate = nominal_rate(first);
    return (struct vf_rational){rate.num, rate.den};
}

/* Containers without timestamps count frames: a tick must be one frame. */
static bool is_counting_frames(const AVOutputFormat *container)
{
    const struct vf_container_traits *traits = vf_container_traits(container);
    bool has_times = container->flags & AVFMT_VARIABLE_FPS || traits->keeps_times;
    return traits->counts_frames || !has_times;
}

static AVRational television_rate(AVRational rate, int lines)
{
    for (size_t i = 0; i < VF_COUNT(television); i++) {
        if (lines == television[i].lines[0] || lines == television[i].lines[1])
            return television[i].rate;
    }
    bool is_nearer = fabs(av_q2d(rate) - 25) < fabs(av_q2d(rate) - 30000.0 / 1001);
    return television[is_nearer ? 0 : 1].rate;
}

static AVRational nearest(AVRational rate, const AVRational *known)
{
    return known ? known[av_find_nearest_q_idx(rate, known)] : rate;
}

/* Returns the rates that a codec has, up to 0/0; NULL: it has any. */
static const AVRational *codec_rates(const AVCodec *codec)
{
    bool is_mpeg = codec->id == AV_CODEC_ID_MPEG1VIDEO || codec->id == AV_CODEC_ID_MPEG2VIDEO;
    return is_mpeg ? mpeg_rates : codec->supported_framerates;
}

static AVRational find_known(const struct vf_output_choice *choice, AVRational rate, int lines)
{
    const struct vf_container_traits *traits = vf_container_traits(choice->container);
    rate = nearest(rate, codec_rates(choice->encoder));
    if (traits->is_television)
        return television_rate(rate, lines);
    if (traits->most_frames && av_q2d(rate) > traits->most_frames)
        return (AVRational){traits->most_frames, 1};
    return nearest(rate, traits->rates);
}

/* Returns whether frames may not come at any times. */
static bool needs_constant(const struct vf_output_choice *choice, AVRational nominal)
{
    const struct vf_container_traits *traits = vf_container_traits(choice->container);
    bool are_many = traits->most_frames && av_q2d(nominal) > traits->most_frames;
    return codec_rates(choice->encoder) || is_counting_frames(choice->container) || are_many;
}

struct vf_rational vf_constant_rate(const struct vf_output_choice *choice,
                                    const struct vf_output_settings *settings,
                                    const struct vf_description *first)
{
    AVRational asked = to_av(settings->fps), nominal = nominal_rate(first);
    if (!is_positive(asked) && !needs_constant(choice, nominal))
        return (struct vf_rational){0, 1};
    if (!is_positive(asked))
        asked = nominal;
    if (!is_positive(asked))
        asked = usual_rate;
    AVRational rate = find_known(choice, asked, first->video.height);
    if (av_cmp_q(rate, asked) != 0)
        vf_log(VF_LOG_WARNING,
               "%s in %s cannot have %g frames a second: %g are written, by repeating and leaving "
               "out frames",
               avcodec_get_name(choice->encoder->id), choice->container->name, av_q2d(asked),
               av_q2d(rate));
    return (struct vf_rational){rate.num, rate.den};
}
