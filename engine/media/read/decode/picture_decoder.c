/* SPDX-License-Identifier: MIT */
#include "engine/media/read/decode/picture_decoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <sys/stat.h>

#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/read/decode/decoder.h"
#include "engine/media/read/open/settings.h"
#include "engine/node/node.h"

#define MAX_JOBS 320 /* files in work: more than any codec has in its threads, or keeps back */
#define LONGEST_SEARCH 500 /* packets of other streams before the first picture */
#define PROBLEM_SIZE 192

/* A file that is in work. */
struct job {
    int64_t number;
    char problem[PROBLEM_SIZE]; /* why it gives no picture; "": nothing is known against it */
};

/* A file's first picture, compressed. */
struct source {
    AVFormatContext *format; /* NULL: there is none */
    AVStream *stream;        /* of `format` */
    AVPacket *packet;
};

struct vf_picture_decoder {
    struct vf_node_run *run;
    AVRational time_base;
    unsigned threads;
    struct vf_decoder *codec;   /* NULL until a picture comes, and while the codec changes */
    AVCodecParameters *current; /* of the pictures that it decodes */
    struct source waiting;      /* for the codec before it to give all that it has */
    struct vf_message *decoded; /* that waits for files before its own to be answered */
    struct job jobs[MAX_JOBS];  /* a ring */
    size_t first_job, job_count;
    char problem[PROBLEM_SIZE]; /* lent to the caller */
    bool is_ended;
};

int vf_picture_decoder_create(struct vf_picture_decoder **decoder, struct vf_node_run *run,
                              struct vf_rational rate, unsigned threads)
{
    vf_media_log_redirect();
    struct vf_picture_decoder *made = calloc(1, sizeof(*made));
    *decoder = made;
    if (!made)
        return -ENOMEM;
    made->run = run;
    made->time_base = (AVRational){rate.den, rate.num};
    made->threads = threads;
    made->current = avcodec_parameters_alloc();
    if (made->current)
        return VF_OK;
    vf_picture_decoder_destroy(decoder);
    return -ENOMEM;
}

static void close_source(struct source *source)
{
    av_packet_free(&source->packet);
    avformat_close_input(&source->format);
}

void vf_picture_decoder_destroy(struct vf_picture_decoder **decoder)
{
    struct vf_picture_decoder *made = *decoder;
    if (!made)
        return;
    vf_decoder_destroy(&made->codec);
    close_source(&made->waiting);
    vf_message_destroy(&made->decoded);
    avcodec_parameters_free(&made->current);
    free(made);
    *decoder = NULL;
}

static struct job *job_at(struct vf_picture_decoder *decoder, size_t place)
{
    return &decoder->jobs[(decoder->first_job + place) % MAX_JOBS];
}

static struct job *add_job(struct vf_picture_decoder *decoder, int64_t number)
{
    struct job *job = job_at(decoder, decoder->job_count++);
    *job = (struct job){.number = number};
    return job;
}

static void refuse(struct job *job, const char *what, int code)
{
    if (code == AVERROR_EOF)
        snprintf(job->problem, sizeof(job->problem), "there is no picture in it");
    else
        snprintf(job->problem, sizeof(job->problem), "%s: %s", what,
                 vf_media_error_text(code).text);
}

/* Refuses the file that the codec speaks of: the first that nothing is known against. */
static void refuse_decoded(struct vf_picture_decoder *decoder, int code)
{
    for (size_t i = 0; i < decoder->job_count; i++) {
        struct job *job = job_at(decoder, i);
        if (!job->problem[0]) {
            refuse(job, "cannot be decoded", code);
            return;
        }
    }
}

/* Answers for the file that has waited longest. */
static void answer_first(struct vf_picture_decoder *decoder, struct vf_picture_answer *answer)
{
    const struct job *job = job_at(decoder, 0);
    memcpy(decoder->problem, job->problem, sizeof(decoder->problem));
    *answer = (struct vf_picture_answer){
        .number = job->number,
        .problem = decoder->problem[0] ? decoder->problem : NULL,
    };
    decoder->first_job = (decoder->first_job + 1) % MAX_JOBS;
    decoder->job_count--;
}

static int find_packet(struct source *source)
{
    int index = av_find_best_stream(source->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (index < 0)
        return AVERROR_EOF;
    source->stream = source->format->streams[index];
    source->packet = av_packet_alloc();
    int code = source->packet ? 0 : AVERROR(ENOMEM);
    for (int i = 0; i < LONGEST_SEARCH && code >= 0; i++) {
        av_packet_unref(source->packet);
        code = av_read_frame(source->format, source->packet);
        if (code >= 0 && source->packet->stream_index == index)
            return 0;
    }
    return code < 0 ? code : AVERROR_EOF;
}

/* Opens `path` under that very name, and reads all of it at once where it is nothing but a
 * picture. Returns a code of libav's. */
static int open_source(struct source *source, const char *path)
{
    struct stat status;
    AVDictionary *options = NULL;
    char *url = vf_text_format("file:%s", path);
    int code = url ? av_dict_set(&options, "pattern_type", "none", 0) : AVERROR(ENOMEM);
    if (code >= 0 && stat(path, &status) == 0 && status.st_size > 0 && status.st_size < INT32_MAX)
        code = av_dict_set_int(&options, "frame_size", status.st_size, 0);
    if (code >= 0)
        code = avformat_open_input(&source->format, url, NULL, &options);
    if (code >= 0)
        code = find_packet(source);
    av_dict_free(&options);
    free(url);
    return code;
}

static void set_times(const struct vf_picture_decoder *decoder, struct source *source,
                      int64_t number)
{
    source->stream->time_base = decoder->time_base;
    source->stream->avg_frame_rate = av_inv_q(decoder->time_base);
    source->packet->pts = source->packet->dts = number;
    source->packet->duration = 1;
}

/* Returns whether the codec that was opened for other pictures has to know nothing new. */
static bool fits(const struct vf_picture_decoder *decoder, const AVCodecParameters *parameters)
{
    const AVCodecParameters *current = decoder->current;
    return decoder->codec && current->codec_id == parameters->codec_id &&
           current->width == parameters->width && current->height == parameters->height &&
           current->format == parameters->format &&
           current->extradata_size == parameters->extradata_size &&
           (!current->extradata_size || memcmp(current->extradata, parameters->extradata,
                                               (size_t)current->extradata_size) == 0);
}

static int decode(struct vf_picture_decoder *decoder, const AVPacket *packet)
{
    int err = vf_decoder_send(decoder->codec, packet);
    if (err != -EBADMSG)
        return err;
    refuse_decoded(decoder, AVERROR_INVALIDDATA);
    return VF_OK;
}

/* Makes the codec for the picture that has waited for the one before to end. */
static int change_codec(struct vf_picture_decoder *decoder)
{
    struct source *source = &decoder->waiting;
    vf_decoder_destroy(&decoder->codec);
    struct vf_media_settings settings = vf_media_settings_plain;
    settings.is_strict = true;
    int err = vf_decoder_create(&decoder->codec, decoder->run, source->stream, &settings,
                                decoder->threads);
    if (!err && avcodec_parameters_copy(decoder->current, source->stream->codecpar) < 0)
        err = -ENOMEM;
    if (!err)
        err = decode(decoder, source->packet);
    close_source(source);
    if (!err || err == -ENOMEM)
        return err;
    refuse_decoded(decoder, AVERROR(-err));
    return VF_OK;
}

/* Takes what is in *source when another codec must end first. */
static int take_source(struct vf_picture_decoder *decoder, struct source *source)
{
    if (fits(decoder, source->stream->codecpar))
        return decode(decoder, source->packet);
    decoder->waiting = *source;
    *source = (struct source){0};
    return decoder->codec ? decode(decoder, NULL) : VF_OK;
}

int vf_picture_decoder_send(struct vf_picture_decoder *decoder, const char *path, int64_t number)
{
    if (!path) {
        decoder->is_ended = true;
        return decoder->codec ? decode(decoder, NULL) : VF_OK;
    }
    struct source source = {0};
    struct job *job = add_job(decoder, number);
    int code = open_source(&source, path);
    int err = code == AVERROR(ENOMEM) ? -ENOMEM : VF_OK;
    if (code >= 0) {
        set_times(decoder, &source, number);
        err = take_source(decoder, &source);
    } else if (!err) {
        refuse(job, "cannot be read", code);
    }
    close_source(&source);
    return err;
}

/* A picture has been decoded. A second one of its file nobody wants. */
static void take_decoded(struct vf_picture_decoder *decoder, struct vf_message **message)
{
    int64_t number = (*message)->description.timestamp;
    if (decoder->job_count && number >= job_at(decoder, 0)->number) {
        decoder->decoded = *message;
        *message = NULL;
    }
    vf_message_destroy(message);
}

/* Answers with what was decoded, or for a file before it, of which nothing has come. */
static void answer_decoded(struct vf_picture_decoder *decoder, struct vf_picture_answer *given)
{
    struct job *job = job_at(decoder, 0);
    bool is_its = job->number == decoder->decoded->description.timestamp;
    if (!is_its && !job->problem[0])
        refuse(job, "", AVERROR_EOF);
    answer_first(decoder, given);
    if (is_its) {
        given->message = decoder->decoded;
        decoder->decoded = NULL;
    }
}

/* The codec has given all. Returns VF_OK when there is something to go on with. */
static int end_codec(struct vf_picture_decoder *decoder)
{
    bool is_waiting = decoder->waiting.format;
    if (decoder->job_count > is_waiting)
        refuse(job_at(decoder, 0), "", AVERROR_EOF);
    else if (is_waiting)
        return change_codec(decoder);
    else
        return VF_END;
    return VF_OK;
}

/* Asks the codec for a picture. Returns VF_OK when there is something to answer, or to go on
 * with. */
static int receive(struct vf_picture_decoder *decoder)
{
    struct vf_message *message = NULL;
    if (!decoder->codec && decoder->waiting.format)
        return change_codec(decoder);
    if (!decoder->codec)
        return decoder->is_ended ? VF_END : -EAGAIN;
    int err = vf_decoder_receive(decoder->codec, &message);
    if (err == VF_OK)
        take_decoded(decoder, &message);
    else if (err == -EBADMSG)
        refuse_decoded(decoder, AVERROR_INVALIDDATA);
    else if (err == VF_END)
        return end_codec(decoder);
    else if (err == -EAGAIN && decoder->job_count == MAX_JOBS)
        refuse(job_at(decoder, 0), "", AVERROR_EOF);
    else
        return err;
    return VF_OK;
}

int vf_picture_decoder_receive(struct vf_picture_decoder *decoder, struct vf_picture_answer *given)
{
    *given = (struct vf_picture_answer){0};
    for (;;) {
        if (decoder->decoded) {
            answer_decoded(decoder, given);
            return VF_OK;
        }
        int err = VF_DROPPED; /* what has a problem gives no picture, either */
        if (!decoder->job_count || !job_at(decoder, 0)->problem[0])
            err = receive(decoder);
        if (err == VF_DROPPED && decoder->job_count) {
            answer_first(decoder, given);
            return VF_OK;
        }
        if (err && err != VF_DROPPED)
            return err;
    }
}
