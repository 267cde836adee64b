/* SPDX-License-Identifier: MIT */
#include "engine/media/pipe/container_reader.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/media/libav/error.h"

#define BUFFER_SIZE 65536
#define MOST_WAITING 2 /* frames */

struct vf_container_reader {
    const char *name;
    int fd, bell, stop; /* what is read; something can be taken; end */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex; /* for what follows */
    pthread_cond_t taken;
    AVFrame *waiting[MOST_WAITING];
    size_t count;
    bool must_stop, has_ended;
    int code; /* libav's, why it has ended; 0: nothing more comes */
    struct vf_media_text words;
    /* The thread's own, but the rate may be read once a frame has come: */
    struct vf_rational rate;
    AVIOContext *io;
    AVFormatContext *demuxer;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVStream *stream;
};

bool vf_container_reader_is(const char *name)
{
    const AVInputFormat *kind = av_find_input_format(name);
    return kind && !(kind->flags & AVFMT_NOFILE);
}

static void ring(int bell)
{
    uint64_t one = 1;
    ssize_t size = write(bell, &one, sizeof(one));
    (void)size; /* fails only when it rings already */
}

/* Gives a frame out. Returns AVERROR_EXIT when nobody wants it any more. Takes the frame. */
static int give(struct vf_container_reader *reader, AVFrame *frame)
{
    pthread_mutex_lock(&reader->mutex);
    while (reader->count == MOST_WAITING && !reader->must_stop)
        pthread_cond_wait(&reader->taken, &reader->mutex);
    bool must_stop = reader->must_stop;
    if (!must_stop)
        reader->waiting[reader->count++] = frame;
    pthread_mutex_unlock(&reader->mutex);
    if (must_stop)
        av_frame_free(&frame);
    else
        ring(reader->bell);
    return must_stop ? AVERROR_EXIT : 0;
}

static int read_bytes(void *opaque, uint8_t *bytes, int size)
{
    const struct vf_container_reader *reader = opaque;
    struct pollfd items[] = {{.fd = reader->fd, .events = POLLIN},
                             {.fd = reader->stop, .events = POLLIN}};
    for (;;) {
        ssize_t got = read(reader->fd, bytes, (size_t)size);
        if (got > 0)
            return (int)got;
        if (got == 0)
            return AVERROR_EOF;
        if (errno != EAGAIN && errno != EINTR)
            return AVERROR(errno);
        (void)poll(items, 2, -1);
        if (items[1].revents)
            return AVERROR_EXIT;
    }
}

static int open_decoder(struct vf_container_reader *reader)
{
    const AVCodec *codec = NULL;
    int number = av_find_best_stream(reader->demuxer, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (number < 0)
        return number;
    reader->stream = reader->demuxer->streams[number];
    reader->decoder = avcodec_alloc_context3(codec);
    if (!reader->decoder)
        return AVERROR(ENOMEM);
    reader->decoder->thread_type = FF_THREAD_SLICE; /* those of frames make each one wait */
    reader->decoder->pkt_timebase = reader->stream->time_base;
    AVRational rate = av_guess_frame_rate(reader->demuxer, reader->stream, NULL);
    reader->rate = (struct vf_rational){rate.num, rate.num ? rate.den : 1};
    int code = avcodec_parameters_to_context(reader->decoder, reader->stream->codecpar);
    return code < 0 ? code : avcodec_open2(reader->decoder, codec, NULL);
}

/* Where the header says what the pictures are, nothing is read beyond it: the program may wait for an
 * answer before it writes more. */
static bool is_known(const AVFormatContext *demuxer)
{
    for (unsigned i = 0; i < demuxer->nb_streams; i++) {
        const AVCodecParameters *codec = demuxer->streams[i]->codecpar;
        if (codec->codec_type == AVMEDIA_TYPE_VIDEO && codec->width > 0 && codec->height > 0)
            return true;
    }
    return false;
}

static int open_demuxer(struct vf_container_reader *reader)
{
    uint8_t *buffer = av_malloc(BUFFER_SIZE);
    reader->packet = av_packet_alloc();
    reader->demuxer = avformat_alloc_context();
    if (buffer)
        reader->io = avio_alloc_context(buffer, BUFFER_SIZE, 0, reader, read_bytes, NULL, NULL);
    if (!reader->io)
        av_free(buffer);
    if (!reader->io || !reader->packet || !reader->demuxer)
        return AVERROR(ENOMEM);
    reader->demuxer->pb = reader->io;
    reader->demuxer->flags |= AVFMT_FLAG_CUSTOM_IO;
    int code =
        avformat_open_input(&reader->demuxer, NULL, av_find_input_format(reader->name), NULL);
    if (code >= 0 && !is_known(reader->demuxer))
        code = avformat_find_stream_info(reader->demuxer, NULL);
    return code < 0 ? code : open_decoder(reader);
}

/* Gives out what the decoder has. Returns AVERROR(EAGAIN) when it needs more first, AVERROR_EOF after
 * the last frame. */
static int receive(struct vf_container_reader *reader)
{
    int code = 0;
    while (code >= 0) {
        AVFrame *frame = av_frame_alloc();
        code = frame ? avcodec_receive_frame(reader->decoder, frame) : AVERROR(ENOMEM);
        if (code < 0) {
            av_frame_free(&frame);
            break;
        }
        frame->pts = frame->best_effort_timestamp;
        frame->time_base = reader->stream->time_base;
        code = give(reader, frame);
    }
    return code;
}

static int read_frames(struct vf_container_reader *reader)
{
    int code = open_demuxer(reader);
    while (code >= 0) {
        code = av_read_frame(reader->demuxer, reader->packet);
        if (code < 0)
            break;
        if (reader->packet->stream_index == reader->stream->index) {
            code = avcodec_send_packet(reader->decoder, reader->packet);
            code = code < 0 ? code : receive(reader);
            code = code == AVERROR(EAGAIN) ? 0 : code;
        }
        av_packet_unref(reader->packet);
    }
    if (code == AVERROR_EOF && reader->decoder) {
        code = avcodec_send_packet(reader->decoder, NULL);
        code = code < 0 ? code : receive(reader);
        code = code == AVERROR_EOF ? 0 : code;
    }
    return code;
}

static void *work(void *context)
{
    struct vf_container_reader *reader = context;
    int code = read_frames(reader);
    pthread_mutex_lock(&reader->mutex);
    reader->code = code;
    reader->has_ended = true;
    pthread_mutex_unlock(&reader->mutex);
    ring(reader->bell);
    return NULL;
}

/* The thread leaves all signals to the one that has started it. */
static int start_thread(struct vf_container_reader *reader)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int err = pthread_create(&reader->thread, NULL, work, reader);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    reader->has_thread = err == 0;
    return -err;
}

int vf_container_reader_create(struct vf_container_reader **reader, const char *name, int fd)
{
    struct vf_container_reader *made = calloc(1, sizeof(*made));
    *reader = made;
    if (!made)
        return -ENOMEM;
    vf_media_log_redirect();
    made->name = name;
    made->fd = fd;
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->taken, NULL);
    made->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int err = made->bell < 0 || made->stop < 0 ? -EMFILE : start_thread(made);
    if (err)
        vf_container_reader_destroy(reader);
    return err;
}

void vf_container_reader_destroy(struct vf_container_reader **reader)
{
    struct vf_container_reader *gone = *reader;
    if (!gone)
        return;
    pthread_mutex_lock(&gone->mutex);
    gone->must_stop = true;
    pthread_cond_signal(&gone->taken);
    pthread_mutex_unlock(&gone->mutex);
    if (gone->has_thread) {
        ring(gone->stop);
        pthread_join(gone->thread, NULL);
    }
    for (size_t i = 0; i < gone->count; i++)
        av_frame_free(&gone->waiting[i]);
    avcodec_free_context(&gone->decoder);
    avformat_close_input(&gone->demuxer);
    av_packet_free(&gone->packet);
    if (gone->io)
        av_freep(&gone->io->buffer);
    avio_context_free(&gone->io);
    if (gone->bell >= 0)
        close(gone->bell);
    if (gone->stop >= 0)
        close(gone->stop);
    pthread_cond_destroy(&gone->taken);
    pthread_mutex_destroy(&gone->mutex);
    free(gone);
    *reader = NULL;
}

int vf_container_reader_fd(const struct vf_container_reader *reader)
{
    return reader->bell;
}

/* Takes the first frame that waits; the bell falls silent with the last, unless that is all. */
static AVFrame *take_first(struct vf_container_reader *reader)
{
    uint64_t rings;
    AVFrame *first = reader->count ? reader->waiting[0] : NULL;
    for (size_t i = 1; i < reader->count; i++)
        reader->waiting[i - 1] = reader->waiting[i];
    reader->count -= first != NULL;
    if (!reader->count && !reader->has_ended) {
        ssize_t size = read(reader->bell, &rings, sizeof(rings));
        (void)size; /* fails only when it has not rung */
    }
    return first;
}

int vf_container_reader_take(struct vf_container_reader *reader, struct AVFrame **frame,
                             struct vf_rational *rate, const char **complaint)
{
    pthread_mutex_lock(&reader->mutex);
    *frame = take_first(reader);
    bool has_ended = reader->has_ended;
    if (*frame) /* before it came, the thread has found that out */
        *rate = reader->rate;
    pthread_cond_signal(&reader->taken);
    pthread_mutex_unlock(&reader->mutex);
    if (*frame)
        return VF_OK;
    if (!has_ended)
        return -EAGAIN;
    if (!reader->code)
        return VF_END;
    reader->words = vf_media_error_text(reader->code);
    *complaint = reader->words.text;
    return -EBADMSG;
}
