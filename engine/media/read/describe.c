/* SPDX-License-Identifier: MIT */
#include "engine/media/read/describe.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/read/open/connection.h"
#include "engine/media/read/open/open_failure.h"
#include "engine/media/read/stream_description.h"

struct description {
    const struct vf_media_question *question;
    AVFormatContext *format;
    int64_t deadline_ns; /* 0: none */
    bool is_remote, is_late;
    int64_t begun_ns, opened_ns, shown_ns; /* the last: when a frame was decoded; 0: none was */
    struct vf_stream_count *counts;        /* one a stream; NULL: they were not read */
    unsigned faults;
    json_t *facts;
};

static int is_late(void *opaque)
{
    struct description *description = opaque;
    description->is_late |=
        description->deadline_ns && vf_clock_now_ns() >= description->deadline_ns;
    return description->is_late;
}

static void be_patient(struct description *description)
{
    int64_t patience_ns = description->question->patience_ns;
    description->deadline_ns = patience_ns ? vf_clock_now_ns() + patience_ns : 0;
}

static void add_error(struct description *description, int code)
{
    const struct vf_open_failure failure = {.path = description->question->path,
                                            .code = code,
                                            .patience_ns = description->question->patience_ns};
    char *reason = vf_open_failure_explain(&failure);
    vf_description_add(description->facts, "error", vf_description_text(reason));
    free(reason);
}

static int open_source(struct description *description)
{
    const char *path = description->question->path;
    struct stat status;
    bool is_standard_input = strcmp(path, "-") == 0;
    bool is_there = stat(is_standard_input ? "/dev/stdin" : path, &status) == 0;
    if (!is_there && !strstr(path, "://"))
        return AVERROR(ENOENT);
    if (is_there && S_ISCHR(status.st_mode) && !is_standard_input)
        return AVERROR(ENOTSUP);
    char *url = is_standard_input ? strdup("pipe:0")
                                  : vf_text_format("%s%s", is_there ? "file:" : "", path);
    description->format = avformat_alloc_context();
    if (!url || !description->format) {
        free(url);
        return AVERROR(ENOMEM);
    }
    description->format->interrupt_callback = (AVIOInterruptCB){is_late, description};
    be_patient(description);
    int code = avformat_open_input(&description->format, url, NULL, NULL);
    description->opened_ns = vf_clock_now_ns();
    be_patient(description);
    if (code >= 0)
        code = avformat_find_stream_info(description->format, NULL);
    free(url);
    return description->is_late ? AVERROR(ETIMEDOUT) : code;
}

static void count_packet(struct description *description, const AVPacket *packet)
{
    struct vf_stream_count *count = &description->counts[packet->stream_index];
    const AVStream *stream = description->format->streams[packet->stream_index];
    int64_t time = packet->pts == AV_NOPTS_VALUE ? packet->dts : packet->pts;
    description->faults += (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    count->packets++;
    if (!(packet->flags & AV_PKT_FLAG_KEY) || time == AV_NOPTS_VALUE)
        return;
    count->last_key_us = av_rescale_q(time, stream->time_base, AV_TIME_BASE_Q);
    if (!count->keys++)
        count->first_key_us = count->last_key_us;
}

/* Reads all packets. What comes after those that were there when it began is not waited for. */
static int count_packets(struct description *description)
{
    AVPacket *packet = av_packet_alloc();
    unsigned streams = description->format->nb_streams;
    description->counts = calloc(streams ? streams : 1, sizeof(*description->counts));
    int code = packet && description->counts ? 0 : AVERROR(ENOMEM);
    while (code >= 0) {
        be_patient(description);
        code = av_read_frame(description->format, packet);
        if (code >= 0 && packet->stream_index < (int)streams)
            count_packet(description, packet);
        av_packet_unref(packet);
    }
    if (code != AVERROR_EOF && code != AVERROR(ENOMEM))
        description->faults++;
    av_packet_free(&packet);
    return code == AVERROR(ENOMEM) ? -ENOMEM : VF_OK;
}

static int decode_until_shown(struct description *description, AVCodecContext *decoder, int index)
{
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    int code = packet && frame ? 0 : AVERROR(ENOMEM);
    be_patient(description);
    while (code >= 0 && !description->shown_ns) {
        code = av_read_frame(description->format, packet);
        if (code >= 0 && packet->stream_index == index)
            (void)!avcodec_send_packet(decoder, packet); /* damage: the next may do */
        av_packet_unref(packet);
        if (code >= 0 && avcodec_receive_frame(decoder, frame) >= 0)
            description->shown_ns = vf_clock_now_ns();
    }
    av_frame_free(&frame);
    av_packet_free(&packet);
    return code == AVERROR(ENOMEM) ? -ENOMEM : VF_OK;
}

/* Finds out when the first frame of a source on the network can be seen. */
static int show_first_frame(struct description *description)
{
    const AVCodec *codec = NULL;
    int index = av_find_best_stream(description->format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    AVCodecContext *decoder = index >= 0 && codec ? avcodec_alloc_context3(codec) : NULL;
    int err = VF_OK;
    if (decoder &&
        avcodec_parameters_to_context(decoder, description->format->streams[index]->codecpar) >=
            0 &&
        avcodec_open2(decoder, codec, NULL) >= 0)
        err = decode_until_shown(description, decoder, index);
    avcodec_free_context(&decoder);
    return err;
}

static json_t *describe_chapters(const AVFormatContext *format)
{
    json_t *list = format->nb_chapters ? json_array() : NULL;
    for (unsigned i = 0; i < format->nb_chapters; i++) {
        const AVChapter *chapter = format->chapters[i];
        const AVDictionaryEntry *title = av_dict_get(chapter->metadata, "title", NULL, 0);
        json_t *object = json_object();
        double unit = av_q2d(chapter->time_base);
        json_object_set_new(object, "start", json_real((double)chapter->start * unit));
        if (chapter->end != AV_NOPTS_VALUE)
            json_object_set_new(object, "end", json_real((double)chapter->end * unit));
        vf_description_add(object, "title", title ? vf_description_text(title->value) : NULL);
        json_array_append_new(list, object);
    }
    return list;
}

static void add_container(struct description *description)
{
    AVFormatContext *format = description->format;
    json_t *facts = description->facts;
    int64_t size = format->pb ? avio_size(format->pb) : -1;
    vf_description_add(facts, "container", vf_description_text(format->iformat->name));
    vf_description_add(facts, "container_name", vf_description_text(format->iformat->long_name));
    if (format->start_time != AV_NOPTS_VALUE)
        json_object_set_new(facts, "start", json_real((double)format->start_time / AV_TIME_BASE));
    if (format->duration != AV_NOPTS_VALUE)
        json_object_set_new(facts, "duration", json_real((double)format->duration / AV_TIME_BASE));
    if (size >= 0)
        json_object_set_new(facts, "size", json_integer(size));
    if (format->bit_rate > 0)
        json_object_set_new(facts, "bit_rate", json_integer(format->bit_rate));
}

static double seconds_since(const struct description *description, int64_t time_ns)
{
    return (double)(time_ns - description->begun_ns) / (double)VF_NS_PER_S;
}

static void add_all(struct description *description)
{
    AVFormatContext *format = description->format;
    json_t *facts = description->facts;
    json_t *streams = json_array();
    const char *heard = vf_media_log_expected();
    add_container(description);
    for (unsigned i = 0; i < format->nb_streams; i++)
        json_array_append_new(
            streams, vf_stream_describe(format, format->streams[i],
                                        description->counts ? &description->counts[i] : NULL));
    json_object_set_new(facts, "streams", streams);
    vf_description_add(facts, "chapters", describe_chapters(format));
    vf_description_add(facts, "tags", vf_tags_describe(format->metadata));
    if (description->faults)
        json_object_set_new(facts, "faults", json_integer(description->faults));
    vf_description_add(facts, "fault", *heard ? vf_description_text(heard) : NULL);
    if (description->is_remote)
        json_object_set_new(facts, "seconds_to_connect",
                            json_real(seconds_since(description, description->opened_ns)));
    if (description->shown_ns)
        json_object_set_new(facts, "seconds_to_first_frame",
                            json_real(seconds_since(description, description->shown_ns)));
}

/* Returns whether a file is called as media are, by the extensions of libavformat's formats. */
static bool has_media_name(const char *path)
{
    void *state = NULL;
    const AVInputFormat *input;
    const AVOutputFormat *output = av_guess_format(NULL, path, NULL);
    while ((input = av_demuxer_iterate(&state))) {
        bool is_media = input->extensions && !av_match_name("txt", input->extensions);
        if (is_media && av_match_ext(path, input->extensions))
            return true;
    }
    return output != NULL && (output->video_codec || output->audio_codec);
}

static int look(struct description *description)
{
    const struct vf_media_question *question = description->question;
    int code = open_source(description);
    if (code == AVERROR(ENOMEM))
        return -ENOMEM;
    bool is_text = code >= 0 && av_match_name(description->format->iformat->name, "tty,ffmetadata");
    if ((code < 0 || is_text) && question->is_of_folder && !has_media_name(question->path)) {
        json_decref(description->facts);
        description->facts = NULL;
        return VF_OK;
    }
    if (code < 0) {
        add_error(description, code);
        return VF_OK;
    }
    int err = VF_OK;
    if (description->is_remote)
        err = show_first_frame(description);
    if (!err && question->counts_keys)
        err = count_packets(description);
    if (!err)
        add_all(description);
    return err;
}

int vf_media_describe(const struct vf_media_question *question, json_t **facts)
{
    struct description description = {
        .question = question,
        .is_remote = vf_connection_is_remote(question->path),
        .begun_ns = vf_clock_now_ns(),
        .facts = json_object(),
    };
    vf_media_log_redirect();
    vf_media_log_hush(true); /* it is said in the description */
    vf_description_add(description.facts, "path", vf_description_text(question->path));
    int err = look(&description);
    vf_media_log_hush(false);
    avformat_close_input(&description.format);
    free(description.counts);
    *facts = description.facts;
    return err;
}
