/* SPDX-License-Identifier: MIT */
#include "engine/media/read/decode/sparse.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdlib.h>

#include "engine/media/read/decode/decoder.h"
#include "engine/media/read/decode/entry.h"
#include "engine/message/message.h"
#include "engine/node/node.h"

#define MOST_BYTES ((size_t)64 << 20) /* of packets that are kept from one key frame to the next */
#define MOST_PICTURES 4096
#define FEW_PACKETS 4 /* to decode them is cheaper than to empty the decoder */

struct picture {
    AVPacket *packet;
    struct vf_coded_picture coded;
    bool is_shown, is_wanted, begins_anywhere;
};

/* The packets from one key frame up to the next, in the order in which they are decoded. */
struct stretch {
    struct picture *pictures;
    size_t count, capacity, bytes;
    size_t sent; /* so many have been decoded, or left out as nothing needs them */
    enum vf_entry entry;
};

/* A picture that is to come out. */
struct expected {
    int64_t time, duration;
    bool is_wanted;
};

/* What the decoder is given. */
struct step {
    AVPacket *packet; /* NULL: it is emptied, and begins again with what follows */
    int64_t until;    /* then: of pictures up to this time nothing more comes */
    bool begins_anywhere;
};

struct vf_sparse {
    struct vf_node_run *run;
    const AVStream *stream;
    struct vf_decoder *decoder;
    struct vf_sparse_wish wish;
    struct stretch present, last; /* that is read; that was judged before it */
    AVPacket *coming;             /* the key frame that ends the present stretch; NULL: none has */
    bool coming_begins_anywhere, has_coming;
    struct expected *expected; /* in the order of their times, from `first_expected` on */
    size_t first_expected, expected_count, expected_capacity;
    struct step *steps;
    size_t first_step, step_count, step_capacity;
    struct vf_message *held; /* decoded, and its turn has not come */
    int64_t told_time;       /* of the last picture that was judged; AV_NOPTS_VALUE: none was */
    int64_t passed_time;     /* of the last before the present stretch, likewise */
    int64_t until;           /* of the step that was made last */
    unsigned jumps;          /* that are among the steps, or being made */
    int64_t from;            /* once all is decoded: what comes before was told as hollow */
    uint64_t errors_before;
    struct vf_sparse_count count;
    bool has_header;  /* key frames bring what is to be known of the stream */
    bool is_intra;    /* no picture needs another */
    bool is_layered;  /* some pictures can be left out, and it is not known for which others */
    bool is_warm;     /* the decoder has been given packets since it began */
    bool is_emptying; /* it gives what it has left */
    bool has_ended, is_ending;
    const char *doubt; /* why all has to be decoded from the next stretch on */
};

int vf_sparse_create(struct vf_sparse **sparse, struct vf_node_run *run, const AVStream *stream,
                     struct vf_decoder *decoder, const struct vf_sparse_wish *wish)
{
    struct vf_sparse *made = calloc(1, sizeof(*made));
    *sparse = made;
    if (!made)
        return -ENOMEM;
    made->run = run;
    made->stream = stream;
    made->decoder = decoder;
    made->wish = *wish;
    made->told_time = made->passed_time = AV_NOPTS_VALUE;
    made->from = INT64_MIN;
    made->errors_before = run->errors;
    made->is_intra = vf_decoder_is_intra_only(decoder);
    if (!vf_entry_is_known(stream->codecpar))
        made->count.why = "it is not known which pictures need which others";
    return VF_OK;
}

static void clear(struct stretch *stretch)
{
    for (size_t i = 0; i < stretch->count; i++)
        av_packet_free(&stretch->pictures[i].packet);
    stretch->count = stretch->sent = stretch->bytes = 0;
    stretch->entry = VF_ENTRY_NONE;
}

void vf_sparse_destroy(struct vf_sparse **sparse)
{
    struct vf_sparse *made = *sparse;
    if (!made)
        return;
    clear(&made->present);
    clear(&made->last);
    for (size_t i = 0; i < made->step_count; i++)
        av_packet_free(&made->steps[made->first_step + i].packet);
    vf_message_destroy(&made->held);
    av_packet_free(&made->coming);
    free(made->present.pictures);
    free(made->last.pictures);
    free(made->expected);
    free(made->steps);
    free(made);
    *sparse = NULL;
}

struct vf_sparse_count vf_sparse_count(const struct vf_sparse *sparse)
{
    return sparse->count;
}

/* Makes room for `more` items behind those from *first on. Returns NULL when out of memory. */
static void *reserve(void *items, size_t *first, size_t count, size_t *capacity, size_t more,
                     size_t size)
{
    if (!count)
        *first = 0;
    if (*first + count + more <= *capacity)
        return items;
    size_t wanted = 2 * (*first + count + more);
    void *larger = realloc(items, wanted * size);
    if (larger)
        *capacity = wanted;
    return larger;
}

/* Takes *packet. */
static int add_step(struct vf_sparse *sparse, AVPacket **packet, bool begins_anywhere)
{
    struct step *steps = reserve(sparse->steps, &sparse->first_step, sparse->step_count,
                                 &sparse->step_capacity, 1, sizeof(*steps));
    if (!steps)
        return -ENOMEM;
    sparse->steps = steps;
    steps[sparse->first_step + sparse->step_count++] =
        (struct step){.packet = packet ? *packet : NULL,
                      .until = sparse->passed_time,
                      .begins_anywhere = begins_anywhere};
    if (packet)
        *packet = NULL;
    return VF_OK;
}

/* Has the decoder give all that it has, and begin again. */
static int add_jump(struct vf_sparse *sparse)
{
    bool was_warm = sparse->is_warm;
    sparse->is_warm = false;
    if (!was_warm || sparse->is_intra)
        return VF_OK;
    sparse->jumps++;
    return add_step(sparse, NULL, false);
}

/* Has the packets of a stretch decoded up to `end`, but for those that nobody needs. */
static int add_packets(struct vf_sparse *sparse, struct stretch *stretch, size_t end)
{
    int err = VF_OK;
    for (size_t i = stretch->sent; i < end && !err; i++) {
        struct picture *picture = &stretch->pictures[i];
        bool is_needed = picture->is_wanted || !picture->is_shown || sparse->is_layered ||
                         picture->coded.is_referenced;
        if (is_needed && picture->packet)
            err = add_step(sparse, &picture->packet, picture->begins_anywhere);
        sparse->is_warm = true;
    }
    if (end > stretch->sent)
        stretch->sent = end;
    return err;
}

/* Looks at a packet when it comes. Returns in words why what follows cannot be told from it, or
 * NULL. */
static const char *find_doubt(const struct vf_sparse *sparse, const struct picture *picture,
                              bool is_first)
{
    const AVPacket *packet = picture->packet;
    const struct vf_coded_picture *coded = &picture->coded;
    if (packet->pts == AV_NOPTS_VALUE)
        return "pictures have no timestamps";
    if (packet->flags & AV_PKT_FLAG_CORRUPT || sparse->run->errors != sparse->errors_before)
        return "some of it is damaged";
    if (coded->is_strange)
        return "some packets are not one picture each";
    if (av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, NULL) ||
        av_packet_get_side_data(packet, AV_PKT_DATA_PARAM_CHANGE, NULL))
        return "the stream changes";
    bool has_changed = is_first ? sparse->has_header && !coded->has_header : coded->has_header;
    if (has_changed && !sparse->is_intra)
        return "key frames do not bring all that their pictures need";
    return NULL;
}

static void doubt(struct vf_sparse *sparse, const char *why)
{
    if (!sparse->doubt)
        sparse->doubt = why;
}

/* Adds a packet to the present stretch. Takes *packet. */
static int add_picture(struct vf_sparse *sparse, AVPacket **packet, bool begins_anywhere)
{
    struct stretch *present = &sparse->present;
    size_t first = 0;
    struct picture *pictures = reserve(present->pictures, &first, present->count,
                                       &present->capacity, 1, sizeof(*pictures));
    if (!pictures)
        return -ENOMEM;
    present->pictures = pictures;
    struct picture *picture = &pictures[present->count++];
    *picture = (struct picture){
        .packet = *packet,
        .coded = vf_entry_of(sparse->stream->codecpar, *packet),
        .begins_anywhere = begins_anywhere,
    };
    present->bytes += (size_t)(*packet)->size;
    *packet = NULL;
    bool is_first = present->count == 1;
    picture->is_shown = picture->coded.is_shown && !(picture->packet->flags & AV_PKT_FLAG_DISCARD);
    sparse->is_layered = sparse->is_layered || picture->coded.is_layered;
    if (is_first)
        present->entry = picture->coded.entry;
    doubt(sparse, find_doubt(sparse, picture, is_first));
    sparse->has_header = sparse->has_header || picture->coded.has_header;
    if (is_first && present->entry == VF_ENTRY_NONE)
        doubt(sparse, "it does not begin with a key frame");
    if (present->bytes > MOST_BYTES || present->count > MOST_PICTURES)
        doubt(sparse, "there are too few key frames");
    return VF_OK;
}

static int compare_times(const void *a, const void *b)
{
    const struct picture *const *first = a, *const *second = b;
    int64_t one = (*first)->packet->pts, other = (*second)->packet->pts;
    return (one > other) - (one < other);
}

/* Returns the pictures of the present stretch that are shown, in the order of their times; NULL: out
 * of memory. */
static struct picture **sort(struct vf_sparse *sparse, size_t *count)
{
    struct stretch *present = &sparse->present;
    struct picture **sorted = calloc(present->count + 1, sizeof(*sorted));
    *count = 0;
    for (size_t i = 0; sorted && i < present->count; i++) {
        if (present->pictures[i].is_shown)
            sorted[(*count)++] = &present->pictures[i];
    }
    if (sorted)
        qsort((void *)sorted, *count, sizeof(*sorted), compare_times);
    return sorted;
}

/* Where each time is later than the one before, decoders tell them as they are. */
static void check_times(struct vf_sparse *sparse, struct picture **sorted, size_t count)
{
    int64_t before = sparse->told_time;
    for (size_t i = 0; i < count; i++) {
        if (before != AV_NOPTS_VALUE && sorted[i]->packet->pts <= before)
            doubt(sparse, "timestamps do not rise");
        before = sorted[i]->packet->pts;
    }
}

/* A key frame that no picture reaches back over is as good as a closed one, unless there is more
 * between pictures than the pictures that they name. */
static void close_entry(struct vf_sparse *sparse)
{
    struct stretch *present = &sparse->present;
    bool has_leading = false;
    for (size_t i = 1; i < present->count; i++)
        has_leading =
            has_leading || present->pictures[i].packet->pts < present->pictures[0].packet->pts;
    bool is_first = sparse->told_time == AV_NOPTS_VALUE;
    bool is_plain = sparse->stream->codecpar->codec_id != AV_CODEC_ID_H264;
    if (present->entry != VF_ENTRY_OPEN)
        return;
    if (!has_leading && (is_first || is_plain))
        present->entry = VF_ENTRY_CLOSED;
    else if (is_first)
        doubt(sparse, "it begins in the middle");
}

/* Makes what is sent of a picture that is not decoded. */
static int make_hollow(const struct vf_sparse *sparse, int64_t time, int64_t duration,
                       struct vf_message **message)
{
    struct vf_payload *none = NULL;
    const AVCodecParameters *parameters = sparse->stream->codecpar;
    int err = vf_message_create(message, VF_VALUE_VIDEO, &none);
    if (err)
        return err;
    struct vf_description *made = &(*message)->description;
    AVRational base = sparse->stream->time_base;
    made->is_hollow = true;
    made->timestamp = time;
    made->duration = duration;
    made->time_base = (struct vf_rational){base.num, base.den};
    made->video.width = parameters->width;
    made->video.height = parameters->height;
    made->video.frame_rate = vf_decoder_rate(sparse->decoder);
    return VF_OK;
}

/* Asks which pictures are wanted. The first of all always is: it says what they are. */
static int choose(struct vf_sparse *sparse, struct picture **sorted, size_t count)
{
    struct vf_message *frame = NULL, *next = NULL;
    bool knows_coming =
        sparse->has_coming && sparse->coming && sparse->coming->pts != AV_NOPTS_VALUE &&
        vf_entry_of(sparse->stream->codecpar, sparse->coming).entry == VF_ENTRY_CLOSED;
    int err = count
                  ? make_hollow(sparse, sorted[0]->packet->pts, sorted[0]->packet->duration, &frame)
                  : VF_OK;
    for (size_t i = 0; i < count && !err; i++) {
        const AVPacket *after = i + 1 < count  ? sorted[i + 1]->packet
                                : knows_coming ? sparse->coming
                                               : NULL;
        if (after)
            err = make_hollow(sparse, after->pts, after->duration, &next);
        if (err)
            break;
        bool is_first = i == 0 && sparse->told_time == AV_NOPTS_VALUE;
        sorted[i]->is_wanted = sparse->wish.takes(sparse->wish.context, frame, next) || is_first;
        vf_message_destroy(&frame);
        frame = next;
        next = NULL;
    }
    vf_message_destroy(&frame);
    return err;
}

/* Notes what is to come out. */
static int expect(struct vf_sparse *sparse, struct picture **sorted, size_t count)
{
    struct expected *expected =
        reserve(sparse->expected, &sparse->first_expected, sparse->expected_count,
                &sparse->expected_capacity, count + 1, sizeof(*expected));
    if (!expected)
        return -ENOMEM;
    sparse->expected = expected;
    for (size_t i = 0; i < count; i++)
        expected[sparse->first_expected + sparse->expected_count++] =
            (struct expected){.time = sorted[i]->packet->pts,
                              .duration = sorted[i]->packet->duration,
                              .is_wanted = sorted[i]->is_wanted};
    if (count)
        sparse->told_time = sorted[count - 1]->packet->pts;
    return VF_OK;
}

/* Returns how many packets of the last stretch would have to be decoded for all of it to be. */
static size_t count_left(const struct vf_sparse *sparse)
{
    const struct stretch *last = &sparse->last;
    size_t left = 0;
    for (size_t i = last->sent; i < last->count; i++)
        left += sparse->is_layered || last->pictures[i].coded.is_referenced;
    return left;
}

/* Has the decoder come to where the present stretch begins. */
static int reach_present(struct vf_sparse *sparse)
{
    struct stretch *last = &sparse->last;
    bool is_near = sparse->is_warm && count_left(sparse) <= FEW_PACKETS;
    if (!last->count || sparse->is_intra)
        return VF_OK;
    if (is_near || (sparse->is_warm && sparse->present.entry != VF_ENTRY_CLOSED))
        return add_packets(sparse, last, last->count);
    int err = add_jump(sparse);
    if (!err && sparse->present.entry != VF_ENTRY_CLOSED) {
        last->sent = 0;
        err = add_packets(sparse, last, last->count);
    }
    return err;
}

static size_t count_needed(const struct stretch *stretch)
{
    size_t needed = 0;
    for (size_t i = 0; i < stretch->count; i++) {
        if (stretch->pictures[i].is_wanted)
            needed = i + 1;
    }
    return needed;
}

/* Whether a file is cut off shows at its end. */
static void need_all(struct stretch *stretch)
{
    for (size_t i = 0; i < stretch->count; i++)
        stretch->pictures[i].is_wanted = true; /* what comes out has been settled before */
}

/* The present stretch becomes the last. */
static void go_on(struct vf_sparse *sparse)
{
    struct stretch spare = sparse->last;
    clear(&spare);
    sparse->last = sparse->present;
    sparse->present = spare;
}

/* From here on everything is decoded. What comes out of the packets that were sent before is expected
 * still. */
static int decode_all(struct vf_sparse *sparse)
{
    struct stretch *present = &sparse->present;
    sparse->count.why = sparse->doubt;
    bool has_jumped = sparse->last.count && present->entry == VF_ENTRY_CLOSED;
    bool is_fresh = has_jumped || !sparse->last.count || sparse->is_intra;
    if (!is_fresh)
        sparse->from = sparse->told_time + 1;
    int err = has_jumped ? add_jump(sparse) : reach_present(sparse);
    sparse->is_layered = true; /* so that all are needed */
    if (!err)
        err = add_packets(sparse, present, present->count);
    clear(&sparse->last);
    clear(present);
    return err;
}

/* Decides what of the present stretch is decoded; all its packets are there. */
static int judge(struct vf_sparse *sparse)
{
    size_t count;
    struct picture **sorted = sort(sparse, &count);
    if (!sorted)
        return -ENOMEM;
    int err = VF_OK;
    if (!sparse->doubt)
        check_times(sparse, sorted, count);
    if (!sparse->doubt)
        close_entry(sparse);
    sparse->count.pictures += count;
    sparse->passed_time = sparse->told_time;
    if (sparse->doubt) {
        err = decode_all(sparse);
    } else {
        err = choose(sparse, sorted, count);
        if (!err)
            err = expect(sparse, sorted, count);
        if (!err && sparse->has_ended && !sparse->has_coming)
            need_all(&sparse->present);
        size_t needed = count_needed(&sparse->present);
        if (!err && needed)
            err = reach_present(sparse);
        else if (!err)
            err = add_jump(sparse);
        if (!err && needed)
            err = add_packets(sparse, &sparse->present, needed);
        go_on(sparse);
    }
    free((void *)sorted);
    return err;
}

int vf_sparse_send(struct vf_sparse *sparse, const AVPacket *packet, bool begins_anywhere)
{
    AVPacket *kept = av_packet_clone(packet);
    if (!kept)
        return -ENOMEM;
    int err = VF_OK;
    if (sparse->count.why) {
        sparse->count.pictures++;
        err = add_step(sparse, &kept, begins_anywhere);
    } else if (!sparse->present.count) {
        err = add_picture(sparse, &kept, begins_anywhere);
    } else {
        bool is_entry = vf_entry_of(sparse->stream->codecpar, packet).entry != VF_ENTRY_NONE;
        if (begins_anywhere)
            doubt(sparse, "it goes on elsewhere");
        sparse->has_coming = is_entry || begins_anywhere;
        sparse->coming_begins_anywhere = begins_anywhere;
        if (sparse->has_coming)
            sparse->coming = kept;
        else
            err = add_picture(sparse, &kept, false);
        kept = sparse->has_coming ? NULL : kept;
    }
    av_packet_free(&kept);
    return err;
}

void vf_sparse_end(struct vf_sparse *sparse)
{
    sparse->has_ended = true;
}

/* Goes on with packets that have been read. Returns -EAGAIN when more are needed. */
static int go_ahead(struct vf_sparse *sparse)
{
    bool is_closed = sparse->has_coming || sparse->has_ended || sparse->doubt;
    if (sparse->present.count && is_closed)
        return judge(sparse);
    if (!sparse->has_coming)
        return sparse->has_ended ? VF_END : -EAGAIN;
    sparse->has_coming = false;
    if (!sparse->count.why)
        return add_picture(sparse, &sparse->coming, sparse->coming_begins_anywhere);
    sparse->count.pictures++;
    return add_step(sparse, &sparse->coming, sparse->coming_begins_anywhere);
}

/* Gives the decoder what is next. Returns -EAGAIN when packets are to be read first. */
static int feed(struct vf_sparse *sparse)
{
    while (!sparse->step_count) {
        int err = go_ahead(sparse);
        if (err == VF_END) {
            sparse->is_ending = sparse->is_emptying = true;
            return vf_decoder_send(sparse->decoder, NULL);
        }
        if (err)
            return err;
    }
    struct step step = sparse->steps[sparse->first_step++];
    sparse->step_count--;
    sparse->is_emptying = !step.packet;
    sparse->until = step.until;
    sparse->count.decoded += step.packet != NULL;
    if (step.begins_anywhere)
        vf_decoder_begin(sparse->decoder);
    int err = vf_decoder_send(sparse->decoder, step.packet);
    av_packet_free(&step.packet);
    return err;
}

static struct expected *front(struct vf_sparse *sparse)
{
    return sparse->expected_count ? &sparse->expected[sparse->first_expected] : NULL;
}

static int give_hollow(struct vf_sparse *sparse, struct vf_message **message)
{
    const struct expected *next = front(sparse);
    int err = make_hollow(sparse, next->time, next->duration, message);
    sparse->first_expected++;
    sparse->expected_count--;
    return err;
}

/* Of what is expected up to a time nothing more comes. */
static void give_up(struct vf_sparse *sparse, int64_t until)
{
    for (size_t i = 0; i < sparse->expected_count; i++) {
        struct expected *expected = &sparse->expected[sparse->first_expected + i];
        if (expected->time > until)
            break;
        if (expected->is_wanted)
            doubt(sparse, "some of it is damaged");
        expected->is_wanted = false;
    }
}

/* Asks the decoder for the next picture that is wanted; with VF_OK it is held, or another step can be
 * made. */
static int receive(struct vf_sparse *sparse)
{
    const struct expected *next = front(sparse);
    int64_t from = next ? next->time : INT64_MAX;
    if (!next && sparse->count.why && !sparse->jumps)
        from = sparse->from;
    vf_decoder_leave_out(sparse->decoder, from);
    int err = vf_decoder_receive(sparse->decoder, &sparse->held);
    if (err == -EAGAIN)
        return feed(sparse);
    if (err != VF_END || sparse->is_ending || !sparse->is_emptying)
        return err;
    sparse->is_emptying = false;
    vf_decoder_jump(sparse->decoder);
    sparse->jumps--;
    give_up(sparse, sparse->until);
    return VF_OK;
}

/* Returns whether the picture that is held is next. */
static bool is_its_turn(const struct vf_sparse *sparse, const struct expected *next)
{
    return sparse->held && (!next || sparse->held->description.timestamp <= next->time);
}

int vf_sparse_receive(struct vf_sparse *sparse, struct vf_message **message)
{
    *message = NULL;
    for (;;) {
        const struct expected *next = front(sparse);
        if (is_its_turn(sparse, next) && next &&
            sparse->held->description.timestamp == next->time) {
            sparse->first_expected++;
            sparse->expected_count--;
        }
        if (is_its_turn(sparse, next)) {
            *message = sparse->held;
            sparse->held = NULL;
            return VF_OK;
        }
        if (next && (!next->is_wanted || sparse->held)) {
            if (next->is_wanted)
                doubt(sparse, "some of it is damaged");
            return give_hollow(sparse, message);
        }
        int err = receive(sparse);
        if (err == VF_END && front(sparse))
            give_up(sparse, INT64_MAX);
        else if (err)
            return err;
    }
}
