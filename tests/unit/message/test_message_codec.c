/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/message/message_codec.h"

#define EDGE 3
#define CELLS 8
#define ARENA 2
#define ARENA_SIZE 8192
#define PAYLOAD_SIZE 4096

static const size_t arena_sizes[] = {0, 0, ARENA_SIZE, 64};
static const struct vf_envelope_bounds bounds = {
    .edge = EDGE, .cells = CELLS, .arena_sizes = arena_sizes, .arena_count = VF_COUNT(arena_sizes)};

/* Two planes, as a decoder lays them out: rows with padding, one behind the other. */
static void describe_video(struct vf_video *video)
{
    memcpy(video->format, "gray", 5);
    video->width = 50;
    video->height = 30;
    video->plane_count = 2;
    video->planes[0] = (struct vf_plane){.offset = 0, .stride = 64, .row_bytes = 50, .rows = 30};
    video->planes[1] = (struct vf_plane){.offset = 2048, .stride = 64, .row_bytes = 64, .rows = 32};
}

static void describe_audio(struct vf_audio *audio)
{
    memcpy(audio->format, "fltp", 5);
    memcpy(audio->layout, "stereo", 7);
    audio->sample_rate = 48000;
    audio->channels = 2;
    audio->samples = 512;
    audio->plane_count = 2;
    audio->plane = (struct vf_plane){.offset = 0, .stride = 2048, .row_bytes = 2048, .rows = 1};
}

static void describe_packet(struct vf_packet *packet)
{
    memcpy(packet->codec, "aac", 4);
    packet->extradata_size = 5;
    packet->data_offset = 64;
    packet->data_size = PAYLOAD_SIZE - 64;
}

static void describe_array(struct vf_array *array)
{
    memcpy(array->dtype, "<f4", 4);
    array->dimensions = 2;
    array->shape[0] = 16;
    array->shape[1] = PAYLOAD_SIZE / 16 / 4;
}

/* What an honest sender says of a value of `type` that lies in its arena. */
static struct vf_envelope honest(enum vf_value_type type)
{
    struct vf_envelope envelope = {
        .magic = VF_ENVELOPE_MAGIC,
        .edge = EDGE,
        .sequence = 1,
        .cell = CELLS - 1,
        .arena = ARENA,
        .offset = ARENA_SIZE - PAYLOAD_SIZE - VF_PAYLOAD_MARGIN,
        .description = {.version = VF_MESSAGE_VERSION,
                        .kind = VF_MESSAGE_DATA,
                        .type = (uint16_t)type,
                        .origin = {.number = 1, .stream = 1 << 8},
                        .payload_size = PAYLOAD_SIZE},
    };
    if (type == VF_VALUE_VIDEO)
        describe_video(&envelope.description.video);
    else if (type == VF_VALUE_AUDIO)
        describe_audio(&envelope.description.audio);
    else if (type == VF_VALUE_PACKET)
        describe_packet(&envelope.description.packet);
    else if (type == VF_VALUE_ARRAY)
        describe_array(&envelope.description.array);
    else if (type == VF_VALUE_NONE)
        envelope.description.payload_size = 0;
    return envelope;
}

/* Returns what is wrong with the envelope; NULL: nothing. */
static const char *complaint_about(const struct vf_envelope *envelope, size_t size)
{
    const char *complaint = "not set";
    int err = vf_envelope_check(envelope, size, &bounds, &complaint);
    ck_assert_int_eq(err, complaint ? -EBADMSG : VF_OK);
    return complaint;
}

static void assert_refused(const struct vf_envelope *envelope, const char *complaint)
{
    const char *actual = complaint_about(envelope, vf_envelope_size(envelope));
    ck_assert_msg(actual, "accepted in spite of %s", complaint);
    ck_assert_str_eq(actual, complaint);
}

START_TEST(sound_may_be_announced)
{
    struct vf_envelope envelope = honest(VF_VALUE_AUDIO);
    struct vf_audio *audio = &envelope.description.audio;
    audio->samples = 0;
    audio->plane = (struct vf_plane){0};
    ck_assert_ptr_null(complaint_about(&envelope, vf_envelope_size(&envelope)));
    audio->channels = 0;
    assert_refused(&envelope, "sound of an impossible shape");
    audio->sample_rate = 0; /* that there is none */
    ck_assert_ptr_null(complaint_about(&envelope, vf_envelope_size(&envelope)));
}
END_TEST

START_TEST(what_an_honest_sender_says_of_any_value_is_accepted)
{
    struct vf_envelope envelope = honest((enum vf_value_type)_i);
    const char *complaint = complaint_about(&envelope, vf_envelope_size(&envelope));
    ck_assert_msg(!complaint, "refused as %s", complaint);
}
END_TEST

START_TEST(a_source_without_an_end_is_refused)
{
    struct vf_envelope envelope = honest(VF_VALUE_JSON);
    memset(envelope.description.source, 'a', VF_SOURCE_SIZE - 1);
    ck_assert_ptr_null(complaint_about(&envelope, vf_envelope_size(&envelope)));
    envelope.description.source[VF_SOURCE_SIZE - 1] = 'a';
    assert_refused(&envelope, "a source without an end");
}
END_TEST

/* Bytes of the part of a description that only values of a type use. */
static size_t own_size(enum vf_value_type type)
{
    static const size_t sizes[] = {[VF_VALUE_VIDEO] = sizeof(struct vf_video),
                                   [VF_VALUE_AUDIO] = sizeof(struct vf_audio),
                                   [VF_VALUE_PACKET] = sizeof(struct vf_packet),
                                   [VF_VALUE_ARRAY] = sizeof(struct vf_array),
                                   [VF_VALUE_JSON] = 0};
    return sizes[type];
}

START_TEST(what_is_put_is_what_its_type_uses_and_no_more)
{
    enum vf_value_type type = (enum vf_value_type)_i;
    struct vf_envelope from = honest(type), place, untouched;
    struct vf_description *put = &place.description;
    size_t used = offsetof(struct vf_description, video) + own_size(type);
    memcpy(from.description.source, "film.mkv", 9);
    memset(&untouched, 0xaa, sizeof(untouched));
    place = untouched;
    ck_assert_uint_eq(vf_envelope_put(&place, &from), vf_envelope_size(&from));
    ck_assert_ptr_null(complaint_about(&place, vf_envelope_size(&place)));
    ck_assert_mem_eq(&place, &from, offsetof(struct vf_envelope, description.source));
    ck_assert_str_eq(put->source, "film.mkv");
    ck_assert_mem_eq(put->source + 9, untouched.description.source, VF_SOURCE_SIZE - 9);
    if (own_size(type))
        ck_assert_mem_eq(&put->video, &from.description.video, own_size(type));
    ck_assert_mem_eq((uint8_t *)put + used, (uint8_t *)&untouched.description + used,
                     sizeof(*put) - used);
    ck_assert_mem_eq(place.inline_bytes, untouched.inline_bytes, VF_INLINE_LIMIT);
}
END_TEST

START_TEST(inline_bytes_are_put_as_far_as_there_are_any)
{
    struct vf_envelope from = honest(VF_VALUE_JSON), place = {0};
    from.arena = 0;
    from.description.payload_size = 5;
    memset(from.inline_bytes, 'x', VF_INLINE_LIMIT);
    (void)vf_envelope_put(&place, &from);
    ck_assert_str_eq((const char *)place.inline_bytes, "xxxxx");
    from.description.payload_size = UINT64_MAX; /* a lie */
    memset(from.description.source, 'x', VF_SOURCE_SIZE);
    ck_assert_uint_gt(vf_envelope_put(&place, &from), sizeof(place));
    ck_assert_str_eq((const char *)place.inline_bytes, "xxxxx");
    place.description.payload_size = 0;
    assert_refused(&place, "a source without an end");
}
END_TEST

START_TEST(a_small_payload_travels_behind_its_envelope)
{
    struct vf_envelope envelope = honest(VF_VALUE_JSON);
    envelope.arena = 0;
    envelope.offset = 12345; /* means nothing */
    for (uint64_t size = 0; size <= VF_INLINE_LIMIT; size++) {
        envelope.description.payload_size = size;
        ck_assert_uint_eq(vf_envelope_size(&envelope),
                          offsetof(struct vf_envelope, inline_bytes) + size);
        ck_assert_ptr_null(complaint_about(&envelope, vf_envelope_size(&envelope)));
    }
    envelope.description.payload_size = VF_INLINE_LIMIT + 1;
    ck_assert_str_eq(complaint_about(&envelope, sizeof(envelope)),
                     "an inline payload that is too long");
}
END_TEST

START_TEST(a_message_of_the_wrong_length_is_refused)
{
    struct vf_envelope outside = honest(VF_VALUE_VIDEO), within = honest(VF_VALUE_JSON);
    within.arena = 0;
    within.description.payload_size = 10;
    const size_t right[] = {vf_envelope_size(&outside), vf_envelope_size(&within)};
    for (size_t size = 0; size <= sizeof(struct vf_envelope) + 8; size++) {
        const char *of_outside = complaint_about(&outside, size);
        const char *of_within = complaint_about(&within, size);
        ck_assert((of_outside == NULL) == (size == right[0]));
        ck_assert((of_within == NULL) == (size == right[1]));
        if (size != right[0])
            ck_assert_str_eq(of_outside, "a message of the wrong length");
    }
}
END_TEST

/* One field of an honest envelope, and what it must not be. */
struct corruption {
    enum vf_value_type type;
    size_t offset, size;
    uint64_t value;
    const char *complaint;
};

#define SET(type, field, value, complaint)                                         \
    {                                                                              \
        VF_VALUE_##type, offsetof(struct vf_envelope, field),                      \
            sizeof(((struct vf_envelope *)0)->field), (uint64_t)(value), complaint \
    }
#define SAY(type, field, value, complaint) SET(type, description.field, value, complaint)

static const struct corruption corruptions[] = {
    SET(JSON, magic, 0, "something that is no message"),
    SET(JSON, magic, VF_ENVELOPE_MAGIC + 1, "something that is no message"),
    SET(JSON, edge, EDGE + 1, "a message of another edge"),
    SET(JSON, sequence, 0, "a message from no cell of its outbox"),
    SET(JSON, cell, CELLS, "a message from no cell of its outbox"),
    SET(JSON, cell, UINT32_MAX, "a message from no cell of its outbox"),
    SET(JSON, arena, 1, "a payload in an arena that is not there"),
    SET(JSON, arena, VF_COUNT(arena_sizes), "a payload in an arena that is not there"),
    SET(JSON, arena, VF_ARENA_H264 - 1, "a payload in an arena that is not there"),
    SET(JSON, arena, VF_ARENA_H264, "a picture that is not what H.264 makes"),
    SET(JSON, arena, VF_ARENA_LZ4, "a payload that is not what LZ4 makes"),
    SET(JSON, arena, VF_ARENA_PART, "a payload in an arena that is not there"),
    SET(JSON, arena, 3, "a payload beyond its arena"),
    SET(JSON, offset, ARENA_SIZE - PAYLOAD_SIZE, "a payload beyond its arena"),
    SET(JSON, offset, ARENA_SIZE + 64, "a payload beyond its arena"),
    SET(JSON, offset, UINT64_MAX - 63, "a payload beyond its arena"),
    SET(JSON, offset, 1, "a payload that is not aligned"),
    SET(JSON, offset, 32, "a payload that is not aligned"),
    SAY(JSON, payload_size, ARENA_SIZE + 1, "a payload beyond its arena"),
    SAY(JSON, payload_size, UINT64_MAX, "a payload beyond its arena"),
    SAY(JSON, version, 0, "another version of the message format"),
    SAY(JSON, version, VF_MESSAGE_VERSION + 1, "another version of the message format"),
    SAY(JSON, kind, 0, "a payload where there can be none"),
    SAY(NONE, kind, 0, "an unknown kind of message"),
    SAY(NONE, kind, VF_MESSAGE_END + 1, "an unknown kind of message"),
    SAY(NONE, payload_size, 1, "a payload of no type"),
    SAY(JSON, type, VF_VALUE_JSON + 1, "an unknown type of value"),
    SAY(JSON, type, UINT16_MAX, "an unknown type of value"),

    SAY(VIDEO, video.width, 0, "a picture of an impossible size"),
    SAY(VIDEO, video.width, -1, "a picture of an impossible size"),
    SAY(VIDEO, video.width, 65537, "a picture of an impossible size"),
    SAY(VIDEO, video.height, 0, "a picture of an impossible size"),
    SAY(VIDEO, video.height, INT32_MIN, "a picture of an impossible size"),
    SAY(VIDEO, video.height, 65537, "a picture of an impossible size"),
    SAY(VIDEO, video.plane_count, 0, "a picture with an impossible number of planes"),
    SAY(VIDEO, video.plane_count, VF_MAX_PLANES + 1,
        "a picture with an impossible number of planes"),
    SAY(VIDEO, video.planes[0].rows, 0, "a picture that reaches beyond its payload"),
    SAY(VIDEO, video.planes[0].rows, UINT32_MAX, "a picture that reaches beyond its payload"),
    SAY(VIDEO, video.planes[0].row_bytes, 0, "a picture that reaches beyond its payload"),
    SAY(VIDEO, video.planes[0].row_bytes, 65, "a picture that reaches beyond its payload"),
    SAY(VIDEO, video.planes[0].stride, 49, "a picture that reaches beyond its payload"),
    SAY(VIDEO, video.planes[0].stride, UINT32_MAX, "a picture that reaches beyond its payload"),
    SAY(VIDEO, video.planes[1].rows, 33, "a picture that reaches beyond its payload"),
    SAY(VIDEO, video.planes[1].offset, 2049, "a picture that reaches beyond its payload"),
    SAY(VIDEO, video.planes[1].offset, UINT64_MAX, "a picture that reaches beyond its payload"),
    SAY(VIDEO, payload_size, PAYLOAD_SIZE - 1, "a picture that reaches beyond its payload"),

    SAY(AUDIO, audio.sample_rate, 0, "sound of an impossible shape"),
    SAY(AUDIO, audio.sample_rate, -48000, "sound of an impossible shape"),
    SAY(AUDIO, audio.samples, 0, "sound of an impossible shape"),
    SAY(AUDIO, audio.channels, 0, "sound of an impossible shape"),
    SAY(AUDIO, audio.channels, 65, "sound of an impossible shape"),
    SAY(AUDIO, audio.channels, 3, "sound with an impossible number of planes"),
    SAY(AUDIO, audio.plane_count, 0, "sound with an impossible number of planes"),
    SAY(AUDIO, audio.plane_count, 3, "sound with an impossible number of planes"),
    SAY(AUDIO, audio.plane.rows, 0, "sound in several rows"),
    SAY(AUDIO, audio.plane.rows, 2, "sound in several rows"),
    SAY(AUDIO, audio.plane.offset, 1, "sound that reaches beyond its payload"),
    SAY(AUDIO, audio.plane.stride, 2047, "sound that reaches beyond its payload"),
    SAY(AUDIO, audio.plane.stride, 2049, "sound that reaches beyond its payload"),
    SAY(AUDIO, audio.plane.row_bytes, 0, "sound that reaches beyond its payload"),
    SAY(AUDIO, audio.plane.row_bytes, 2049, "sound that reaches beyond its payload"),
    SAY(AUDIO, payload_size, PAYLOAD_SIZE - 1, "sound that reaches beyond its payload"),

    SAY(PACKET, packet.extradata_size, 65, "a packet that reaches beyond its payload"),
    SAY(PACKET, packet.extradata_size, UINT64_MAX, "a packet that reaches beyond its payload"),
    SAY(PACKET, packet.data_offset, 4, "a packet that reaches beyond its payload"),
    SAY(PACKET, packet.data_offset, 65, "a packet that reaches beyond its payload"),
    SAY(PACKET, packet.data_offset, PAYLOAD_SIZE + 1, "a packet that reaches beyond its payload"),
    SAY(PACKET, packet.data_size, PAYLOAD_SIZE - 63, "a packet that reaches beyond its payload"),
    SAY(PACKET, packet.data_size, UINT64_MAX, "a packet that reaches beyond its payload"),

    SAY(AUDIO, time_base.num, -1, "a time base that there cannot be"),
    SAY(AUDIO, time_base.den, -48000, "a time base that there cannot be"),
    SAY(AUDIO, time_base.num, (uint64_t)1, "a time base that there cannot be"),

    SAY(ARRAY, array.dtype[0], '?', "an unknown number type"),
    SAY(ARRAY, array.dtype[0], 0, "an unknown number type"),
    SAY(ARRAY, array.dtype[1], 'O', "an unknown number type"),
    SAY(ARRAY, array.dtype[2], '3', "an unknown number type"),
    SAY(ARRAY, array.dtype[3], '4', "an unknown number type"),
    SAY(ARRAY, array.dimensions, VF_MAX_DIMENSIONS + 1, "an array of too many dimensions"),
    SAY(ARRAY, array.dimensions, UINT32_MAX, "an array of too many dimensions"),
    SAY(ARRAY, array.dimensions, 1, "an array that does not fill its payload"),
    SAY(ARRAY, array.shape[0], 17, "an array that does not fill its payload"),
    SAY(ARRAY, array.shape[0], 0, "an array that does not fill its payload"),
    SAY(ARRAY, array.shape[0], UINT64_MAX, "an array of an impossible size"),
    SAY(ARRAY, array.shape[1], (uint64_t)1 << 60, "an array of an impossible size"),
    SAY(ARRAY, payload_size, PAYLOAD_SIZE - 64, "an array that does not fill its payload"),
};

START_TEST(every_single_lie_is_refused_by_its_name)
{
    const struct corruption *lie = &corruptions[_i];
    struct vf_envelope envelope = honest(lie->type);
    memcpy((uint8_t *)&envelope + lie->offset, &lie->value, lie->size);
    assert_refused(&envelope, lie->complaint);
}
END_TEST

#define FILL(type, field, complaint) SAY(type, field, 0, complaint)

static const struct corruption endless[] = {
    FILL(VIDEO, video.format, "a pixel format without an end"),
    FILL(AUDIO, audio.format, "a sample format without an end"),
    FILL(AUDIO, audio.layout, "a sample format without an end"),
    FILL(PACKET, packet.codec, "a codec without an end"),
    FILL(PACKET, packet.layout, "a codec without an end"),
    FILL(ARRAY, array.dtype, "a number type without an end"),
};

START_TEST(text_without_an_end_is_refused)
{
    struct vf_envelope envelope = honest(endless[_i].type);
    memset((uint8_t *)&envelope + endless[_i].offset, 'x', endless[_i].size);
    assert_refused(&envelope, endless[_i].complaint);
}
END_TEST

static struct vf_envelope without_payload(enum vf_message_kind kind)
{
    struct vf_envelope envelope = honest(VF_VALUE_NONE);
    envelope.arena = 0;
    envelope.description.kind = (uint16_t)kind;
    return envelope;
}

START_TEST(a_gap_speaks_for_at_least_one_origin)
{
    struct vf_envelope gap = without_payload(VF_MESSAGE_GAP);
    gap.description.origin.number = 5;
    gap.description.gap_last = 5;
    ck_assert_ptr_null(complaint_about(&gap, vf_envelope_size(&gap)));
    gap.description.gap_last = 4;
    assert_refused(&gap, "an empty gap");
}
END_TEST

START_TEST(an_end_has_a_known_reason)
{
    struct vf_envelope end = without_payload(VF_MESSAGE_END);
    for (int reason = VF_END_COMPLETE; reason <= VF_END_FAILED; reason++) {
        end.description.end_reason = (uint16_t)reason;
        ck_assert_ptr_null(complaint_about(&end, vf_envelope_size(&end)));
    }
    end.description.end_reason = VF_END_FAILED + 1;
    assert_refused(&end, "an end for an unknown reason");
}
END_TEST

START_TEST(only_data_has_a_payload)
{
    struct vf_envelope envelope = honest(VF_VALUE_JSON);
    envelope.description.kind = VF_MESSAGE_END;
    assert_refused(&envelope, "a payload where there can be none");
}
END_TEST

START_TEST(a_payload_in_a_part_of_its_own_is_as_long_as_announced)
{
    struct vf_envelope envelope = honest(VF_VALUE_VIDEO);
    size_t part_size = PAYLOAD_SIZE;
    struct vf_envelope_bounds with_part = bounds;
    const char *complaint;
    with_part.part_size = &part_size;
    envelope.arena = VF_ARENA_PART;
    envelope.offset = 0;
    ck_assert_int_eq(
        vf_envelope_check(&envelope, vf_envelope_size(&envelope), &with_part, &complaint), VF_OK);
    part_size--;
    ck_assert_int_eq(
        vf_envelope_check(&envelope, vf_envelope_size(&envelope), &with_part, &complaint),
        -EBADMSG);
    ck_assert_str_eq(complaint, "a payload of the wrong length");
}
END_TEST

START_TEST(a_hollow_picture_is_for_who_asked_for_some_alone)
{
    struct vf_envelope envelope = honest(VF_VALUE_VIDEO);
    struct vf_envelope_bounds with_wish = bounds;
    const char *complaint;
    with_wish.may_be_hollow = true;
    envelope.description.is_hollow = true;
    envelope.description.payload_size = 0;
    ck_assert_int_eq(
        vf_envelope_check(&envelope, vf_envelope_size(&envelope), &with_wish, &complaint), VF_OK);
    ck_assert_int_eq(vf_envelope_check(&envelope, vf_envelope_size(&envelope), &bounds, &complaint),
                     -EBADMSG);
    ck_assert_str_eq(complaint, "something hollow, which nobody here asked for");
    envelope.description.type = VF_VALUE_NONE;
    ck_assert_int_eq(
        vf_envelope_check(&envelope, vf_envelope_size(&envelope), &with_wish, &complaint),
        -EBADMSG);
    ck_assert_str_eq(complaint, "something hollow that is no picture");
}
END_TEST

Suite *message_codec_suite(void);
Suite *message_codec_suite(void)
{
    Suite *suite = suite_create("message_codec");
    TCase *tcase = tcase_create("message_codec");
    tcase_add_test(tcase, sound_may_be_announced);
    tcase_add_loop_test(tcase, what_an_honest_sender_says_of_any_value_is_accepted, VF_VALUE_NONE,
                        VF_VALUE_JSON + 1);
    tcase_add_test(tcase, a_source_without_an_end_is_refused);
    tcase_add_loop_test(tcase, what_is_put_is_what_its_type_uses_and_no_more, VF_VALUE_NONE,
                        VF_VALUE_JSON + 1);
    tcase_add_test(tcase, inline_bytes_are_put_as_far_as_there_are_any);
    tcase_add_test(tcase, a_small_payload_travels_behind_its_envelope);
    tcase_add_test(tcase, a_message_of_the_wrong_length_is_refused);
    tcase_add_loop_test(tcase, every_single_lie_is_refused_by_its_name, 0,
                        (int)VF_COUNT(corruptions));
    tcase_add_loop_test(tcase, text_without_an_end_is_refused, 0, (int)VF_COUNT(endless));
    tcase_add_test(tcase, a_gap_speaks_for_at_least_one_origin);
    tcase_add_test(tcase, an_end_has_a_known_reason);
    tcase_add_test(tcase, only_data_has_a_payload);
    tcase_add_test(tcase, a_payload_in_a_part_of_its_own_is_as_long_as_announced);
    tcase_add_test(tcase, a_hollow_picture_is_for_who_asked_for_some_alone);
    suite_add_tcase(suite, tcase);
    return suite;
}
