/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/encoder.h"

#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/facts/frame_facts.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"
#include "engine/media/write/choice/options.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/split.h"
#include "engine/media/write/encode/encoder_delay.h"
#include "engine/media/write/encode/encoder_facts.h"
#include "engine/media/write/encode/encoder_key.h"
#include "engine/media/write/encode/encoder_repeat.h"
#include "engine/media/write/encode/encoder_time.h"
#include "engine/media/write/encode/hardware_encoder.h"
#include "engine/media/write/encode/library_log.h"
#include "engine/media/write/encode/picture_fit.h"
#include "engine/media/write/encode/pixel_choice.h"

#define SMALL_PICTURE (640 * 480) /* pixels */

/* What an encoder may want sides of pictures to be multiples of. */
static const int multiples[] = {1, 2, 4, 8, 16};

struct vf_encoder {
    AVCodecContext *context;
    AVPacket *packet;
    struct vf_scaler *scaler;
    AVFrame *converted; /* memory for frames that are converted, reused when it is free */
    AVBufferRef *held[VF_ENCODER_HOLDS]; /* received frames that the codec may still refer to */
    unsigned hold_limit;                 /* how many of them there may be */
    struct vf_encoder_time time;
    struct vf_rational rate;     /* constant; 0/1: frames come at any times */
    struct vf_description first; /* of the frames */
    int first_width, first_height, first_format;
    enum AVPixelFormat format; /* of the frames in memory that the codec gets */
    enum vf_picture_fit fit;
    bool has_refused; /* the encoder, for the size or whatever else, when it was to be opened */
    struct vf_encoder_facts facts;
    bool has_told_change, has_told_shape;
    uint64_t before;     /* frames of the output that others have encoded */
    uint64_t sent, made; /* frames and packets */
};

/* Fields lie line by line in one picture, but for Motion JPEG, which encodes them one by one. */
static enum AVFieldOrder field_order(enum AVCodecID codec, const AVFrame *frame)
{
    bool is_apart = codec == AV_CODEC_ID_MJPEG, is_top_first = vf_compat_is_top_field_first(frame);
    if (!vf_compat_is_interlaced(frame))
        return AV_FIELD_PROGRESSIVE;
    if (is_apart)
        return is_top_first ? AV_FIELD_TT : AV_FIELD_BB;
    return is_top_first ? AV_FIELD_TB : AV_FIELD_BT;
}

static void describe_picture(AVCodecContext *context, const AVFrame *frame)
{
    context->sample_aspect_ratio = frame->sample_aspect_ratio;
    bool is_same_model = (av_pix_fmt_desc_get(frame->format)->flags & AV_PIX_FMT_FLAG_RGB) ==
                         (av_pix_fmt_desc_get(context->pix_fmt)->flags & AV_PIX_FMT_FLAG_RGB);
    if (is_same_model)
        context->colorspace = frame->colorspace;
    context->color_range = frame->color_range;
    if (frame->format != context->pix_fmt)
        context->color_range = (enum AVColorRange)vf_scaler_range(
            frame->format, (int)frame->color_range, context->pix_fmt);
    context->color_primaries = frame->color_primaries;
    context->color_trc = frame->color_trc;
    context->chroma_sample_location = frame->chroma_location;
    context->field_order = field_order(context->codec_id, frame);
}

/* A small picture with a quick preset costs less than what the threads of an encoder have to tell
 * each other: on two cores, decoding 720p for three branches is some 3 % quicker with one encoder
 * thread. */
static int choose_threads(const struct vf_output_settings *settings, const AVFrame *frame,
                          unsigned threads)
{
    static const char *const quick[] = {"ultrafast", "superfast", "veryfast"};
    bool is_light = false;
    for (size_t i = 0; i < VF_COUNT(quick) && frame->width * frame->height <= SMALL_PICTURE; i++)
        is_light = is_light || strcmp(settings->preset, quick[i]) == 0;
    if (settings->threads)
        return settings->threads;
    return (int)(is_light && threads > 1 ? threads / 2 : threads);
}

/* VP8 can have transparency only without frames that refer to later ones. */
static void allow_alpha(AVCodecContext *context, const struct vf_output_settings *settings)
{
    bool has_alpha = av_pix_fmt_desc_get(context->pix_fmt)->flags & AV_PIX_FMT_FLAG_ALPHA;
    if (has_alpha && context->codec_id == AV_CODEC_ID_VP8 &&
        !vf_output_has_option(settings, "auto-alt-ref"))
        (void)av_opt_set(context, "auto-alt-ref", "0", AV_OPT_SEARCH_CHILDREN);
}

static int set_options(AVCodecContext *context, const struct vf_output_choice *choice,
                       const struct vf_output_settings *settings)
{
    char text[512];
    const struct vf_output_problem problem = {text, sizeof(text)};
    allow_alpha(context, settings);
    int err = vf_output_set_encoder(context, choice, settings, &problem);
    if (err)
        vf_log(VF_LOG_ERROR, "%s", text);
    else if (settings->crash_safe)
        err = vf_encoder_delay_bound(context, settings);
    return err;
}

/* What an encoder is opened for. */
struct opening {
    struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
    const AVFrame *frame; /* the first */
    unsigned threads;
    bool is_part; /* of a stream: other encoders make the rest */
    const struct vf_encoder
        *model; /* that has been opened in the same way, and told of; NULL: none */
};

static int open_context(struct vf_encoder *encoder, const struct opening *opening, int width,
                        int height)
{
    const struct vf_output_choice *choice = opening->choice;
    AVCodecContext *context = avcodec_alloc_context3(choice->encoder);
    avcodec_free_context(&encoder->context);
    encoder->context = context;
    if (!context)
        return -ENOMEM;
    context->width = width;
    context->height = height;
    context->pix_fmt = encoder->format;
    describe_picture(context, opening->frame);
    vf_encoder_time_init(&encoder->time, choice->encoder, encoder->rate, &encoder->first);
    vf_encoder_time_describe(&encoder->time, context);
    context->thread_count = choose_threads(opening->settings, opening->frame, opening->threads);
    vf_encoder_key_choose(context, choice, opening->settings);
    if (opening->settings->checkpoint_ns || opening->is_part)
        vf_encoder_repeat(context, opening->settings);
    int err = set_options(context, choice, opening->settings);
    if (!err && opening->is_part)
        err = vf_split_prepare(context);
    if (!err)
        err = vf_encoder_facts_prepare(context, opening->frame);
    if (!err)
        err = vf_library_log_limit(context);
    encoder->has_refused = !err;
    if (err)
        return err;
    if (choice->container->flags & AVFMT_GLOBALHEADER)
        context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int code = vf_hw_encoder_prepare(context, choice);
    code = code < 0 ? code : avcodec_open2(context, choice->encoder, NULL);
    encoder->has_refused = code < 0;
    return code;
}

/* Opens the encoder for the size of the frames, or for the nearest that it takes. */
static int open_fitting(struct vf_encoder *encoder, const struct opening *opening)
{
    const AVFrame *frame = opening->frame;
    int width = 0, height = 0, code = 0;
    vf_media_log_hush(true);
    for (size_t i = 0; i < VF_COUNT(multiples) && (!i || encoder->has_refused); i++) {
        int last_width = width, last_height = height;
        width = vf_picture_fit_side(encoder->fit, frame->width, multiples[i]);
        height = vf_picture_fit_side(encoder->fit, frame->height, multiples[i]);
        if (width != last_width || height != last_height)
            code = open_context(encoder, opening, width, height);
    }
    vf_media_log_hush(false);
    return code;
}

static void tell_fit(const struct vf_encoder *encoder, const AVFrame *frame)
{
    const AVCodecContext *context = encoder->context;
    bool is_padded = context->width > frame->width || context->height > frame->height;
    if (context->width == frame->width && context->height == frame->height)
        return;
    vf_log(VF_LOG_WARNING, "%s cannot have %dx%d in %s: frames are %s to %dx%d%s",
           context->codec->name, frame->width, frame->height, av_get_pix_fmt_name(encoder->format),
           is_padded ? "padded" : "cropped", context->width, context->height,
           is_padded ? ", with what is at their edges; fit: crop crops them" : "");
}

/* Says which sizes the encoder does take. Only libavcodec's own encoders are opened to find out:
 * those of others may hang when they are closed with nothing encoded. */
static void list_sizes(struct vf_encoder *encoder, const struct opening *opening,
                       struct vf_text *text)
{
    static const struct {
        int width, height;
    } usual[] = {{128, 96},  {176, 144}, {352, 288},  {640, 480},
                 {720, 480}, {720, 576}, {1280, 720}, {1920, 1080}};
    const AVFrame *frame = opening->frame;
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(encoder->format);
    bool is_odd = frame->width & ((1 << format->log2_chroma_w) - 1) ||
                  frame->height & ((1 << format->log2_chroma_h) - 1);
    bool is_own = !opening->choice->encoder->wrapper_name;
    for (size_t i = 0; i < VF_COUNT(usual) && is_own; i++) {
        if (open_context(encoder, opening, usual[i].width, usual[i].height) >= 0)
            vf_text_print(text, "%s%dx%d", text->length ? ", " : "; it takes ", usual[i].width,
                          usual[i].height);
    }
    if (text->length)
        vf_text_print(text, ": put a resize node before the writer");
    else if (is_odd && encoder->fit == VF_PICTURE_FIT_NONE)
        vf_text_print(text, "; even sides may do: fit: pad or crop makes them so");
}

static int explain_open_failure(struct vf_encoder *encoder, const struct opening *opening, int code)
{
    const AVFrame *frame = opening->frame;
    struct vf_text sizes = {0};
    char reason[256];
    const char *said = vf_media_log_expected();
    snprintf(reason, sizeof(reason), "%s", *said ? said : vf_media_error_text(code).text);
    vf_media_log_hush(true);
    if (encoder->has_refused)
        list_sizes(encoder, opening, &sizes);
    vf_media_log_hush(false);
    vf_log(VF_LOG_ERROR, "cannot open the encoder %s for %s %dx%d: %s%s",
           opening->choice->encoder->name, av_get_pix_fmt_name(encoder->format), frame->width,
           frame->height, reason, sizes.length ? sizes.bytes : "");
    vf_text_finish(&sizes);
    return vf_media_error(code);
}

/* Opens the encoder that has been chosen, or the one that comes after it. */
static int open_any(struct vf_encoder *encoder, const struct opening *opening)
{
    const AVFrame *frame = opening->frame;
    encoder->first_width = frame->width;
    encoder->first_height = frame->height;
    encoder->first_format = frame->format;
    encoder->fit = opening->settings->fit;
    encoder->format =
        opening->model
            ? opening->model->format
            : (enum AVPixelFormat)vf_pixel_choice(opening->choice, opening->settings, frame);
    int code = open_fitting(encoder, opening);
    if (code < 0 && encoder->context &&
        vf_hw_encoder_give_up(opening->choice, opening->settings, vf_media_error_text(code).text)) {
        encoder->format =
            (enum AVPixelFormat)vf_pixel_choice(opening->choice, opening->settings, frame);
        code = open_fitting(encoder, opening);
    }
    if (code < 0 && encoder->context)
        return explain_open_failure(encoder, opening, code);
    if (code >= 0 && !opening->model)
        tell_fit(encoder, frame);
    return vf_media_error(code);
}

/* Makes a frame of a message, with its side data; its extras stay behind. */
static int frame_of(const struct vf_message *message, AVFrame **frame)
{
    int err = vf_media_frame_from_message(frame, message);
    if (!err)
        err = vf_frame_facts_restore(*frame);
    if (!err)
        err = vf_frame_facts_light(*frame);
    if (err)
        av_frame_free(frame);
    else
        av_buffer_unref(&(*frame)->opaque_ref);
    return err;
}

/* Makes what an encoder has before it is opened. */
static int begin(struct vf_encoder **encoder, const struct vf_output_choice *choice,
                 const struct vf_message *first, struct vf_rational rate)
{
    vf_media_log_redirect();
    struct vf_encoder *made = calloc(1, sizeof(*made));
    *encoder = made;
    if (!made)
        return -ENOMEM;
    made->rate = rate;
    made->facts.container = choice->container;
    made->first = first->description;
    made->hold_limit = VF_ENCODER_HOLDS;
    made->packet = av_packet_alloc();
    return made->packet ? vf_scaler_create(&made->scaler, VF_SCALER_BICUBIC) : -ENOMEM;
}

static int open_for(struct vf_encoder *encoder, struct opening *opening,
                    const struct vf_message *first)
{
    AVFrame *frame = NULL;
    int err = frame_of(first, &frame);
    opening->frame = frame;
    if (!err)
        err = open_any(encoder, opening);
    av_frame_free(&frame);
    return err;
}

int vf_encoder_create(struct vf_encoder **encoder, struct vf_output_choice *choice,
                      const struct vf_output_settings *settings, const struct vf_message *first,
                      struct vf_rational rate, unsigned threads)
{
    struct opening opening = {.choice = choice, .settings = settings, .threads = threads};
    int err = begin(encoder, choice, first, rate);
    if (!err)
        err = open_for(*encoder, &opening, first);
    if (err)
        vf_encoder_destroy(encoder);
    return err;
}

int vf_encoder_create_part(struct vf_encoder **encoder, const struct vf_encoder_part *part)
{
    struct opening opening = {.choice = part->choice,
                              .settings = part->settings,
                              .threads = 1,
                              .is_part = true,
                              .model = part->model};
    int err = begin(encoder, part->choice, part->first, part->rate);
    if (!err) {
        (*encoder)->hold_limit = VF_ENCODER_PART_HOLDS;
        (*encoder)->before = part->before;
        err = open_for(*encoder, &opening, part->first);
    }
    if (err)
        vf_encoder_destroy(encoder);
    return err;
}

int vf_encoder_model(struct vf_encoder **model, const struct vf_encoder *encoder,
                     const struct vf_encoder_part *part)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    int err = begin(model, part->choice, part->first, part->rate);
    struct vf_encoder *made = *model;
    if (!err &&
        (!parameters || !(made->context = avcodec_alloc_context3(encoder->context->codec)) ||
         avcodec_parameters_from_context(parameters, encoder->context) < 0 ||
         avcodec_parameters_to_context(made->context, parameters) < 0))
        err = -ENOMEM;
    avcodec_parameters_free(&parameters);
    if (err) {
        vf_encoder_destroy(model);
        return err;
    }
    made->context->framerate = encoder->context->framerate;
    made->context->time_base = encoder->context->time_base;
    made->first_width = encoder->first_width;
    made->first_height = encoder->first_height;
    made->first_format = encoder->first_format;
    made->format = encoder->format;
    made->time = encoder->time;
    return VF_OK;
}

void vf_encoder_destroy(struct vf_encoder **encoder)
{
    if (!*encoder)
        return;
    avcodec_free_context(&(*encoder)->context);
    av_packet_free(&(*encoder)->packet);
    av_frame_free(&(*encoder)->converted);
    vf_scaler_destroy(&(*encoder)->scaler);
    for (size_t i = 0; i < VF_ENCODER_HOLDS; i++)
        av_buffer_unref(&(*encoder)->held[i]);
    free(*encoder);
    *encoder = NULL;
    vf_media_log_flush();
}

/* Lets go of the frames that the codec has let go of. */
static void release_held(struct vf_encoder *encoder)
{
    for (size_t i = 0; i < VF_ENCODER_HOLDS; i++) {
        if (encoder->held[i] && av_buffer_get_ref_count(encoder->held[i]) == 1)
            av_buffer_unref(&encoder->held[i]);
    }
}

/* Remembers that the codec may refer to a received frame; copies it when there are too many. */
static int hold(struct vf_encoder *encoder, AVFrame *frame)
{
    size_t place = 0;
    while (place < encoder->hold_limit && encoder->held[place])
        place++;
    if (place == encoder->hold_limit)
        return vf_media_frame_detach(frame);
    encoder->held[place] = av_buffer_ref(frame->buf[0]);
    return encoder->held[place] ? VF_OK : -ENOMEM;
}

static int prepare_converted(struct vf_encoder *encoder)
{
    const AVCodecContext *context = encoder->context;
    if (encoder->converted && av_frame_is_writable(encoder->converted))
        return VF_OK;
    av_frame_free(&encoder->converted);
    encoder->converted = av_frame_alloc();
    if (!encoder->converted)
        return -ENOMEM;
    encoder->converted->format = encoder->format;
    encoder->converted->width = context->width;
    encoder->converted->height = context->height;
    return av_frame_get_buffer(encoder->converted, 0) < 0 ? -ENOMEM : VF_OK;
}

/* Leaves out the last columns and rows of a frame that the encoder cannot have. */
static void crop(const struct vf_encoder *encoder, AVFrame *frame)
{
    const AVCodecContext *context = encoder->context;
    frame->width = frame->width < context->width ? frame->width : context->width;
    frame->height = frame->height < context->height ? frame->height : context->height;
}

/* Replaces a frame of another size or format by one that the codec takes. One of the first size is
 * not scaled. */
static int convert(struct vf_encoder *encoder, AVFrame **frame, bool is_as_first)
{
    int err = prepare_converted(encoder);
    if (!err && is_as_first)
        err = vf_picture_fit_pad(encoder->scaler, *frame, encoder->converted);
    else if (!err)
        err = vf_scaler_draw(encoder->scaler, *frame, encoder->converted);
    if (err)
        return err;
    av_frame_unref(*frame);
    return av_frame_ref(*frame, encoder->converted) < 0 ? -ENOMEM : VF_OK;
}

static void tell_change(struct vf_encoder *encoder, const AVFrame *frame)
{
    bool is_same = frame->width == encoder->first_width && frame->height == encoder->first_height &&
                   frame->format == encoder->first_format;
    if (is_same || encoder->has_told_change)
        return;
    encoder->has_told_change = true;
    vf_log(VF_LOG_WARNING, "frames change from %dx%d %s to %dx%d %s: they are made like the first",
           encoder->first_width, encoder->first_height, av_get_pix_fmt_name(encoder->first_format),
           frame->width, frame->height, av_get_pix_fmt_name(frame->format));
}

static AVRational shape_of(int num, int den)
{
    return num > 0 && den > 0 ? (AVRational){num, den} : (AVRational){1, 1};
}

/* No file has more than one shape of pixels. Where the size changes, too, pictures are scaled. */
static void tell_shape(struct vf_encoder *encoder, const AVFrame *frame)
{
    const struct vf_rational *aspect = &encoder->first.video.sample_aspect_ratio;
    AVRational first = shape_of(aspect->num, aspect->den);
    AVRational shape = shape_of(frame->sample_aspect_ratio.num, frame->sample_aspect_ratio.den);
    bool is_same_size =
        frame->width == encoder->first_width && frame->height == encoder->first_height;
    if (!is_same_size || encoder->has_told_shape || av_cmp_q(first, shape) == 0)
        return;
    encoder->has_told_shape = true;
    vf_log(VF_LOG_WARNING,
           "the shape of pixels changes from %d:%d to %d:%d: the file has one, so that all are "
           "shown in the first",
           first.num, first.den, shape.num, shape.den);
}

static int fail(const struct vf_encoder *encoder, int code)
{
    vf_log(VF_LOG_ERROR, "cannot encode, at frame %" PRIu64 ": %s", encoder->before + encoder->sent,
           vf_media_error_text(code).text);
    return vf_media_error(code);
}

static int encode(struct vf_encoder *encoder, const AVFrame *frame)
{
    int code = avcodec_send_frame(encoder->context, frame);
    return code < 0 ? fail(encoder, code) : VF_OK;
}

/* Makes a frame such that the codec takes it. */
static int fit(struct vf_encoder *encoder, AVFrame **frame)
{
    const AVCodecContext *context = encoder->context;
    bool is_as_first =
        (*frame)->width == encoder->first_width && (*frame)->height == encoder->first_height;
    if (is_as_first)
        crop(encoder, *frame);
    bool is_fitting = (*frame)->width == context->width && (*frame)->height == context->height &&
                      (*frame)->format == encoder->format;
    int err = is_fitting ? hold(encoder, *frame) : convert(encoder, frame, is_as_first);
    if (err)
        return err;
    int code = vf_hw_encoder_upload(encoder->context, *frame);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "cannot send a frame to the hardware of %s: %s", context->codec->name,
               vf_media_error_text(code).text);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

int vf_encoder_intake(struct vf_encoder *encoder, const struct vf_message *message, AVFrame **frame,
                      int64_t *timestamp)
{
    int err = frame_of(message, frame);
    if (err)
        return err;
    tell_change(encoder, *frame);
    tell_shape(encoder, *frame);
    vf_encoder_facts_warn(&encoder->facts, encoder->context, *frame);
    *timestamp = vf_encoder_time_order(&encoder->time, *frame);
    return VF_OK;
}

int vf_encoder_submit(struct vf_encoder *encoder, AVFrame **frame, bool is_key)
{
    if (!*frame)
        return encode(encoder, NULL);
    vf_encoder_time_note(&encoder->time, *frame);
    int err = fit(encoder, frame);
    if (!err) {
        /* Else the codec chooses by itself which frames are key frames. */
        (*frame)->pict_type = is_key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
        err = encode(encoder, *frame);
        encoder->sent += !err;
    }
    av_frame_free(frame);
    release_held(encoder);
    return err;
}

int vf_encoder_send(struct vf_encoder *encoder, const struct vf_message *message, bool is_key,
                    int64_t *timestamp)
{
    AVFrame *frame = NULL;
    int err = message ? vf_encoder_intake(encoder, message, &frame, timestamp) : VF_OK;
    return err ? err : vf_encoder_submit(encoder, &frame, is_key);
}

int vf_encoder_receive(struct vf_encoder *encoder, const AVPacket **packet)
{
    int code = avcodec_receive_packet(encoder->context, encoder->packet);
    release_held(encoder);
    if (code == AVERROR(EAGAIN))
        return -EAGAIN;
    if (code == AVERROR_EOF)
        return VF_END;
    if (code < 0)
        return fail(encoder, code);
    vf_encoder_time_finish(&encoder->time, encoder->packet);
    *packet = encoder->packet;
    encoder->made++;
    return VF_OK;
}

const AVCodecContext *vf_encoder_context(const struct vf_encoder *encoder)
{
    return encoder->context;
}

AVRational vf_encoder_time_base(const struct vf_encoder *encoder)
{
    return encoder->time.time_base;
}

uint64_t vf_encoder_moved_count(const struct vf_encoder *encoder)
{
    return encoder->time.moved;
}

uint64_t vf_encoder_sent_count(const struct vf_encoder *encoder)
{
    return encoder->sent;
}

uint64_t vf_encoder_made_count(const struct vf_encoder *encoder)
{
    return encoder->made;
}
