/* SPDX-License-Identifier: MIT */
#include "engine/media/write/mp4/index.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/error.h"

#define BUFFER_SIZE 65536
#define MAX_FRONT (INT64_C(1) << 31)
#define MIN_BOX 8

/* The muxer believes that it writes a file. Of that file only its head is remembered, then the
 * data is counted, and what comes behind the packets is kept. For `faststart` it then opens the file a second time, to move the data: it is
 * given an empty one, moves nothing, and writes the index to where it belongs. */
enum phase { HEAD, DATA, TAIL, FRONT };

struct vf_mp4_index {
    AVFormatContext *muxer;
    AVPacket *packet;
    enum phase phase;
    int64_t position;           /* in that file */
    int64_t head_end, data_end; /* what is between them is not kept */
    uint8_t *front;
    size_t front_size;
    uint8_t data_head[64]; /* the box that the data is in begins so */
    size_t data_head_size;
    size_t index_place; /* in `front` */
    int64_t tail_place; /* in the file; the bytes that begin there: */
    uint8_t *tail;
    size_t tail_size;
    AVChapter **chapters; /* that the muxer gets at the end, when it can write them */
    unsigned chapter_count;
};

static int put(struct vf_mp4_index *index, const uint8_t *bytes, int size)
{
    int64_t end = index->position + size;
    if (end > MAX_FRONT)
        return AVERROR(EFBIG);
    if ((size_t)end > index->front_size) {
        uint8_t *front = realloc(index->front, (size_t)end);
        if (!front)
            return AVERROR(ENOMEM);
        memset(front + index->front_size, 0, (size_t)end - index->front_size);
        index->front = front;
        index->front_size = (size_t)end;
    }
    memcpy(index->front + index->position, bytes, (size_t)size);
    return size;
}

static int keep_tail(struct vf_mp4_index *index, const uint8_t *bytes, int size)
{
    size_t end = (size_t)(index->position - index->tail_place) + (size_t)size;
    if (end > index->tail_size) {
        uint8_t *tail = realloc(index->tail, end);
        if (!tail)
            return AVERROR(ENOMEM);
        memset(tail + index->tail_size, 0, end - index->tail_size);
        index->tail = tail;
        index->tail_size = end;
    }
    memcpy(index->tail + end - size, bytes, (size_t)size);
    return size;
}

static int write_bytes(void *opaque, vf_compat_written *bytes, int size)
{
    struct vf_mp4_index *index = opaque;
    bool is_moving = index->phase == HEAD || index->phase == FRONT;
    bool is_data = !is_moving && index->position >= index->head_end;
    bool is_tail = index->phase == TAIL && index->position >= index->tail_place;
    int code = is_tail ? keep_tail(index, bytes, size) : is_data ? size : put(index, bytes, size);
    if (code < 0)
        return code;
    index->position += size;
    if (!is_moving && index->position > index->data_end)
        index->data_end = index->position;
    return size;
}

static int64_t seek(void *opaque, int64_t offset, int whence)
{
    struct vf_mp4_index *index = opaque;
    if (whence != SEEK_SET)
        return AVERROR(ENOSYS);
    index->position = offset;
    return offset;
}

/* Finds the box that the data is in; in front of it is a small one, so that it can grow. */
static size_t find_data_box(const struct vf_mp4_index *index)
{
    size_t place = 0;
    while (place + MIN_BOX <= index->front_size) {
        const uint8_t *box = index->front + place;
        if (memcmp(box + 4, "mdat", 4) == 0 || memcmp(box + 4, "free", 4) == 0 ||
            memcmp(box + 4, "wide", 4) == 0)
            return place;
        uint32_t size = AV_RB32(box);
        if (size < MIN_BOX)
            break;
        place += size;
    }
    return index->front_size;
}

static int read_nothing(void *opaque, uint8_t *bytes, int size)
{
    (void)opaque, (void)bytes, (void)size;
    return AVERROR_EOF;
}

static int64_t seek_nothing(void *opaque, int64_t offset, int whence)
{
    (void)opaque, (void)whence;
    return offset;
}

static int make_file(AVIOContext **file, vf_compat_write *write, struct vf_mp4_index *index)
{
    uint8_t *buffer = av_malloc(BUFFER_SIZE);
    *file = !buffer ? NULL
            : write ? avio_alloc_context(buffer, BUFFER_SIZE, 1, index, NULL, write, seek)
                    : avio_alloc_context(buffer, BUFFER_SIZE, 0, index, read_nothing, NULL,
                                         seek_nothing);
    if (!*file)
        av_free(buffer);
    return *file ? 0 : AVERROR(ENOMEM);
}

static void free_file(AVIOContext **file)
{
    if (*file)
        av_freep(&(*file)->buffer);
    avio_context_free(file);
}

static int close_again(AVFormatContext *muxer, AVIOContext *file)
{
    (void)muxer;
    free_file(&file);
    return 0;
}

/* Is called for the second pass: from now on the index takes the place of what was there. */
static int open_again(AVFormatContext *muxer, AVIOContext **file, const char *url, int flags,
                      AVDictionary **options)
{
    (void)url, (void)flags, (void)options;
    struct vf_mp4_index *index = muxer->opaque;
    size_t place = find_data_box(index);
    index->data_head_size = index->front_size - place;
    if (index->phase != TAIL || index->data_head_size > sizeof(index->data_head))
        return AVERROR_BUG;
    memcpy(index->data_head, index->front + place, index->data_head_size);
    index->front_size = index->index_place = place;
    index->phase = FRONT;
    return make_file(file, NULL, index);
}

static int open_muxer(struct vf_mp4_index *index, const AVOutputFormat *container)
{
    index->packet = av_packet_alloc();
    if (!index->packet || avformat_alloc_output_context2(&index->muxer, container, NULL, NULL) < 0)
        return -ENOMEM;
    index->muxer->opaque = index;
    index->muxer->io_open = open_again;
    index->muxer->io_close2 = close_again;
    index->muxer->flags |= AVFMT_FLAG_CUSTOM_IO;
    return make_file(&index->muxer->pb, write_bytes, index) < 0 ? -ENOMEM : VF_OK;
}

int vf_mp4_index_create(struct vf_mp4_index **index, const AVOutputFormat *container)
{
    struct vf_mp4_index *made = calloc(1, sizeof(*made));
    *index = made;
    int err = made ? open_muxer(made, container) : -ENOMEM;
    if (err)
        vf_mp4_index_destroy(index);
    return err;
}

static void exchange_chapters(struct vf_mp4_index *index, AVFormatContext *muxer)
{
    AVChapter **chapters = muxer->chapters;
    unsigned count = muxer->nb_chapters;
    muxer->chapters = index->chapters;
    muxer->nb_chapters = index->chapter_count;
    index->chapters = chapters;
    index->chapter_count = count;
}

void vf_mp4_index_destroy(struct vf_mp4_index **index)
{
    if (!*index)
        return;
    struct vf_mp4_index *old = *index;
    if (old->muxer)
        free_file(&old->muxer->pb);
    if (old->chapters && old->muxer)
        exchange_chapters(old, old->muxer); /* which frees them */
    free(old->tail);
    avformat_free_context(old->muxer);
    av_packet_free(&old->packet);
    free(old->front);
    free(old);
    *index = NULL;
}

AVFormatContext *vf_mp4_index_muxer(struct vf_mp4_index *index)
{
    return index->muxer;
}

static bool is_set(const struct vf_mp4_index *index, const char *name)
{
    int64_t value = 0;
    return av_opt_get_int(index->muxer, name, AV_OPT_SEARCH_CHILDREN, &value) >= 0 && value;
}

bool vf_mp4_index_is_ordinary(const struct vf_mp4_index *index)
{
    static const char *const others[] = {"moov_size", "frag_duration", "frag_size"};
    static const char layouts[] =
        "faststart+rtphint+empty_moov+frag_keyframe+frag_every_frame+frag_custom+separate_moof+"
        "isml+dash+cmaf+delay_moov+global_sidx";
    const AVOption *option =
        av_opt_find(index->muxer->priv_data, "movflags", NULL, 0, AV_OPT_SEARCH_CHILDREN);
    int64_t flags = 0;
    int known = 0, wanted = 0;
    bool is_readable =
        option && av_opt_get_int(index->muxer->priv_data, "movflags", 0, &flags) >= 0 &&
        av_opt_eval_flags(index->muxer->priv_data, option, layouts, &known) >= 0 &&
        av_opt_eval_flags(index->muxer->priv_data, option, "faststart", &wanted) >= 0;
    for (size_t i = 0; i < VF_COUNT(others); i++)
        is_readable = is_readable && !is_set(index, others[i]);
    return is_readable && (flags & known) == wanted;
}

/* Finishes a phase: nothing of it is left in the muxer's buffer. */
static int enter(struct vf_mp4_index *index, enum phase phase)
{
    avio_flush(index->muxer->pb);
    index->phase = phase;
    return index->muxer->pb->error < 0 ? vf_media_error(index->muxer->pb->error) : VF_OK;
}

int vf_mp4_index_begin(struct vf_mp4_index *index)
{
    int code = avformat_write_header(index->muxer, NULL);
    int err = code < 0 ? vf_media_error(code) : enter(index, DATA);
    index->head_end = index->data_end = index->position;
    return err;
}

int vf_mp4_index_add(struct vf_mp4_index *index, const AVPacket *packet)
{
    if (av_packet_ref(index->packet, packet) < 0)
        return -ENOMEM;
    const AVStream *stream = index->muxer->streams[packet->stream_index];
    av_packet_rescale_ts(index->packet, packet->time_base, stream->time_base);
    int code = av_write_frame(index->muxer, index->packet);
    av_packet_unref(index->packet);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

/* Behind the index there is again the beginning of the box that the data is in. */
static int append_data_head(struct vf_mp4_index *index)
{
    size_t size = index->front_size - index->index_place;
    const uint8_t *box = index->front + index->index_place;
    if (size < MIN_BOX || memcmp(box + 4, "moov", 4) != 0 || AV_RB32(box) != size)
        return -EPROTO;
    index->position = (int64_t)index->front_size;
    return put(index, index->data_head, (int)index->data_head_size) < 0 ? -ENOMEM : VF_OK;
}

void vf_mp4_index_take_chapters(struct vf_mp4_index *index, AVFormatContext *from)
{
    exchange_chapters(index, from);
}

int vf_mp4_index_end(struct vf_mp4_index *index, struct vf_mp4_front *front)
{
    int err = enter(index, TAIL);
    if (err)
        return err;
    index->tail_place = index->data_end;
    exchange_chapters(index, index->muxer);
    int code = av_write_trailer(index->muxer);
    if (code < 0)
        return vf_media_error(code);
    err = enter(index, index->phase);
    if (!err)
        err = index->phase == FRONT ? append_data_head(index) : -EPROTO;
    *front = (struct vf_mp4_front){
        .bytes = index->front,
        .size = index->front_size,
        .data_size = index->data_end - index->head_end,
        .tail = index->tail,
        .tail_size = index->tail_size,
    };
    return err;
}
