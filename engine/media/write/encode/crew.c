/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/crew.h"

#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/thread.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/node/node.h"

#define SIGN_OF_LIFE_NS (VF_NS_PER_S / 10)

/* A frame that waits for its encoder. */
struct waiting {
    AVFrame *frame;
    struct waiting *next;
};

/* One group of pictures. All of it under the crew's mutex. */
struct group {
    struct group *next;
    uint64_t before; /* frames of the groups before it */
    struct waiting *first, **end;
    struct vf_packet_queue made;
    bool is_taken; /* a thread is at work on it */
    bool is_whole; /* no more frames come to it */
    bool is_done;  /* no more packets come of it */
};

struct vf_crew {
    struct vf_crew_order order;
    struct vf_encoder *first_encoder; /* until the first group is taken */
    uint8_t *header; /* of its encoder, which those of all others have to be like */
    int header_size;
    pthread_mutex_t mutex;   /* of what is below */
    pthread_mutex_t opening; /* encoders are opened one at a time */
    pthread_cond_t work;     /* there is a frame, a whole group, or the end */
    pthread_cond_t progress; /* there is room, or a packet, or a group is done */
    pthread_t *threads;
    unsigned thread_count;
    bool has_sync;
    struct group *groups, *last; /* in order; those whose packets have come out are gone */
    unsigned waiting;            /* frames */
    uint64_t added, sent;        /* frames that came, and those that encoders got */
    bool has_ended, is_given_up;
    int err; /* the first failure of an encoder */
};

static struct group *create_group(uint64_t before)
{
    struct group *group = calloc(1, sizeof(*group));
    if (!group)
        return NULL;
    group->before = before;
    group->end = &group->first;
    return group;
}

static void destroy_group(struct group *group)
{
    while (group->first) {
        struct waiting *waiting = group->first;
        group->first = waiting->next;
        av_frame_free(&waiting->frame);
        free(waiting);
    }
    vf_packet_queue_clear(&group->made);
    free(group);
}

/* Returns the oldest group that nobody is at work on, and that has frames. */
static struct group *find_group(const struct vf_crew *crew)
{
    for (struct group *group = crew->groups; group; group = group->next) {
        if (!group->is_taken && group->first)
            return group;
    }
    return NULL;
}

static bool is_over(const struct vf_crew *crew)
{
    return crew->is_given_up || crew->err;
}

/* Waits for a group, and takes it. NULL: there is none any more. */
static struct group *take_group(struct vf_crew *crew)
{
    struct group *group = NULL;
    pthread_mutex_lock(&crew->mutex);
    while (!is_over(crew) && !(group = find_group(crew)) && !crew->has_ended)
        pthread_cond_wait(&crew->work, &crew->mutex);
    if (group)
        group->is_taken = true;
    pthread_mutex_unlock(&crew->mutex);
    return group;
}

/* Waits for the next frame of a group, which is the caller's then. NULL: there is none any more; what
 * has come is to be encoded to its end where it `is_whole`. */
static AVFrame *take_frame(struct vf_crew *crew, struct group *group, bool *is_whole)
{
    AVFrame *frame = NULL;
    pthread_mutex_lock(&crew->mutex);
    while (!is_over(crew) && !group->first && !group->is_whole)
        pthread_cond_wait(&crew->work, &crew->mutex);
    *is_whole = !is_over(crew);
    struct waiting *waiting = *is_whole ? group->first : NULL;
    if (waiting) {
        group->first = waiting->next;
        if (!group->first)
            group->end = &group->first;
        frame = waiting->frame;
        crew->waiting--;
        pthread_cond_signal(&crew->progress);
    }
    pthread_mutex_unlock(&crew->mutex);
    free(waiting);
    return frame;
}

static void note_failure(struct vf_crew *crew, int err)
{
    pthread_mutex_lock(&crew->mutex);
    crew->err = crew->err ? crew->err : err;
    pthread_cond_broadcast(&crew->work);
    pthread_cond_signal(&crew->progress);
    pthread_mutex_unlock(&crew->mutex);
}

/* One header is of all groups: a decoder reads it once. */
static int check_header(const struct vf_crew *crew, const struct vf_encoder *encoder)
{
    const AVCodecContext *context = vf_encoder_context(encoder);
    int size = context->extradata_size;
    if (size == crew->header_size &&
        (!size || memcmp(context->extradata, crew->header, (size_t)size) == 0))
        return VF_OK;
    vf_log(VF_LOG_ERROR,
           "the encoder %s does not write the same header each time it is opened; leave split out",
           context->codec->name);
    return -EINVAL;
}

static int open_encoder(struct vf_crew *crew, const struct group *group,
                        struct vf_encoder **encoder)
{
    struct vf_encoder_part part = crew->order.part;
    int err = VF_OK;
    part.before += group->before;
    pthread_mutex_lock(&crew->opening);
    *encoder = group->before ? NULL : crew->first_encoder;
    if (*encoder)
        crew->first_encoder = NULL;
    else
        err = vf_encoder_create_part(encoder, &part);
    pthread_mutex_unlock(&crew->opening);
    return err ? err : check_header(crew, *encoder);
}

/* Gets the packets that are done. */
static int collect(struct vf_crew *crew, struct group *group, struct vf_encoder *encoder)
{
    const AVPacket *packet;
    int err;
    while ((err = vf_encoder_receive(encoder, &packet)) == VF_OK) {
        pthread_mutex_lock(&crew->mutex);
        err = vf_packet_queue_push(&group->made, packet);
        pthread_cond_signal(&crew->progress);
        pthread_mutex_unlock(&crew->mutex);
        if (err)
            return err;
    }
    return err == -EAGAIN || err == VF_END ? VF_OK : err;
}

static int encode_frames(struct vf_crew *crew, struct group *group, struct vf_encoder *encoder)
{
    AVFrame *frame;
    bool is_whole;
    int err = VF_OK;
    while (!err && (frame = take_frame(crew, group, &is_whole))) {
        err = vf_encoder_submit(encoder, &frame, false);
        pthread_mutex_lock(&crew->mutex);
        crew->sent += !err;
        pthread_mutex_unlock(&crew->mutex);
        if (!err)
            err = collect(crew, group, encoder);
    }
    if (err || !is_whole)
        return err;
    err = vf_encoder_submit(encoder, &frame, false);
    return err ? err : collect(crew, group, encoder);
}

static void encode_group(struct vf_crew *crew, struct group *group)
{
    struct vf_encoder *encoder = NULL;
    int err = open_encoder(crew, group, &encoder);
    if (!err)
        err = encode_frames(crew, group, encoder);
    vf_encoder_destroy(&encoder);
    if (err) {
        note_failure(crew, err);
        return;
    }
    pthread_mutex_lock(&crew->mutex);
    group->is_done = true;
    pthread_cond_signal(&crew->progress);
    pthread_mutex_unlock(&crew->mutex);
}

static void *work(void *context)
{
    struct vf_crew *crew = context;
    struct group *group;
    while ((group = take_group(crew)))
        encode_group(crew, group);
    return NULL;
}

static int keep_header(struct vf_crew *crew)
{
    const AVCodecContext *context = vf_encoder_context(crew->first_encoder);
    crew->header_size = context->extradata_size;
    crew->header = malloc((size_t)context->extradata_size + 1);
    if (!crew->header)
        return -ENOMEM;
    if (context->extradata_size)
        memcpy(crew->header, context->extradata, (size_t)context->extradata_size);
    return VF_OK;
}

/* Waits are ended by a clock that nobody sets. */
static int init_sync(struct vf_crew *crew)
{
    pthread_condattr_t attributes;
    int err = pthread_condattr_init(&attributes);
    if (err)
        return -err;
    err = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (!err)
        err = pthread_cond_init(&crew->progress, &attributes);
    pthread_condattr_destroy(&attributes);
    if (err)
        return -err;
    pthread_cond_init(&crew->work, NULL);
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_mutex_init(&crew->opening, NULL);
    crew->has_sync = true;
    return VF_OK;
}

static int start_threads(struct vf_crew *crew)
{
    unsigned wanted = crew->order.workers;
    int err = VF_OK;
    crew->threads = calloc(wanted, sizeof(*crew->threads));
    if (!crew->threads)
        return -ENOMEM;
    while (crew->thread_count < wanted && !err) {
        err = vf_thread_start(&crew->threads[crew->thread_count], work, crew);
        crew->thread_count += !err;
    }
    if (err && crew->thread_count)
        vf_log(VF_LOG_WARNING, "only %u of %u encoders are at work: %s", crew->thread_count, wanted,
               strerror(-err));
    else if (err)
        vf_log(VF_LOG_ERROR, "cannot start a thread for an encoder: %s", strerror(-err));
    return crew->thread_count ? VF_OK : err;
}

int vf_crew_create(struct vf_crew **crew, const struct vf_crew_order *order,
                   struct vf_encoder **first)
{
    struct vf_crew *made = *crew = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->order = *order;
    made->first_encoder = *first;
    *first = NULL;
    int err = keep_header(made);
    if (!err)
        err = init_sync(made);
    if (!err)
        err = start_threads(made);
    if (err) {
        *first = made->first_encoder;
        made->first_encoder = NULL;
        vf_crew_destroy(crew);
    }
    return err;
}

void vf_crew_destroy(struct vf_crew **crew)
{
    struct vf_crew *old = *crew;
    if (!old)
        return;
    if (old->has_sync) {
        pthread_mutex_lock(&old->mutex);
        old->is_given_up = true;
        pthread_cond_broadcast(&old->work);
        pthread_mutex_unlock(&old->mutex);
    }
    for (unsigned i = 0; i < old->thread_count; i++)
        pthread_join(old->threads[i], NULL);
    while (old->groups) {
        struct group *group = old->groups;
        old->groups = group->next;
        destroy_group(group);
    }
    vf_encoder_destroy(&old->first_encoder);
    if (old->has_sync) {
        pthread_cond_destroy(&old->progress);
        pthread_cond_destroy(&old->work);
        pthread_mutex_destroy(&old->mutex);
        pthread_mutex_destroy(&old->opening);
    }
    free(old->threads);
    free(old->header);
    free(old);
    *crew = NULL;
}

/* Waits a moment for the encoders. Who asks whether to stop is not taken for one that hangs; what was
 * given is encoded all the same. Under the mutex. */
static void await_progress(struct vf_crew *crew)
{
    int64_t until_ns = vf_clock_now_ns() + SIGN_OF_LIFE_NS;
    const struct timespec until = {.tv_sec = (time_t)(until_ns / VF_NS_PER_S),
                                   .tv_nsec = (long)(until_ns % VF_NS_PER_S)};
    int err = pthread_cond_timedwait(&crew->progress, &crew->mutex, &until);
    if (err != ETIMEDOUT)
        return;
    pthread_mutex_unlock(&crew->mutex);
    (void)vf_node_stop_requested(crew->order.run);
    pthread_mutex_lock(&crew->mutex);
}

/* Begins a group after the last. Under the mutex. */
static int begin_group(struct vf_crew *crew)
{
    struct group *group = create_group(crew->added);
    if (!group)
        return -ENOMEM;
    if (crew->last) {
        crew->last->is_whole = true;
        crew->last->next = group;
    } else {
        crew->groups = group;
    }
    crew->last = group;
    return VF_OK;
}

/* Gives a frame to the last group. Under the mutex. */
static void append(struct vf_crew *crew, struct waiting *waiting)
{
    *crew->last->end = waiting;
    crew->last->end = &waiting->next;
    crew->waiting++;
    crew->added++;
    pthread_cond_broadcast(&crew->work);
}

int vf_crew_add(struct vf_crew *crew, AVFrame **frame, bool begins_group)
{
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    if (!waiting)
        return -ENOMEM;
    pthread_mutex_lock(&crew->mutex);
    while (!crew->err && crew->waiting >= crew->order.waiting)
        await_progress(crew);
    int err = crew->err;
    if (!err && begins_group)
        err = begin_group(crew);
    if (!err) {
        waiting->frame = *frame;
        *frame = NULL;
        append(crew, waiting);
        waiting = NULL;
    }
    pthread_mutex_unlock(&crew->mutex);
    free(waiting);
    return err;
}

void vf_crew_end(struct vf_crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    crew->has_ended = true;
    if (crew->last)
        crew->last->is_whole = true;
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->mutex);
}

/* Lets go of the groups in front that have come out. The last stays until the end, since frames may
 * come to it. Under the mutex. */
static void drop_finished(struct vf_crew *crew)
{
    struct group *group;
    while ((group = crew->groups) && group->is_done && !group->made.count) {
        crew->groups = group->next;
        if (crew->last == group)
            crew->last = NULL;
        destroy_group(group);
    }
}

int vf_crew_take(struct vf_crew *crew, AVPacket **packet)
{
    int err = -EAGAIN;
    *packet = NULL;
    pthread_mutex_lock(&crew->mutex);
    for (;;) {
        drop_finished(crew);
        if (crew->groups && (*packet = vf_packet_queue_pop(&crew->groups->made)))
            err = VF_OK;
        else if (crew->err)
            err = crew->err;
        else if (crew->has_ended && !crew->groups)
            err = VF_END;
        if (err != -EAGAIN || !crew->has_ended)
            break;
        await_progress(crew);
    }
    pthread_mutex_unlock(&crew->mutex);
    return err;
}

uint64_t vf_crew_sent_count(struct vf_crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    uint64_t sent = crew->sent;
    pthread_mutex_unlock(&crew->mutex);
    return sent;
}
