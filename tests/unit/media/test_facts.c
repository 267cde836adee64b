/* SPDX-License-Identifier: MIT */
/* What messages carry beside pictures: records, tags, chapters, attachments and side data. */
#include <check.h>
#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libavutil/mastering_display_metadata.h>
#include <stdlib.h>

#include "engine/media/facts/file/facts.h"
#include "engine/media/facts/file/stream_side.h"
#include "engine/media/facts/frame_facts.h"
#include "engine/media/facts/records.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"

static const struct vf_rational rate = {25, 1};

static struct vf_bench bench;
static struct vf_records records;
static struct vf_facts facts;
static struct vf_message *message;
static AVFrame *frame, *again;
static AVFormatContext *format;

static void setup(void)
{
    vf_bench_init(&bench, vf_node_find(&vf_all_nodes, "identity"), 1, NULL, 0);
}

static void teardown(void)
{
    vf_records_finish(&records);
    vf_facts_finish(&facts);
    vf_message_destroy(&message);
    av_frame_free(&frame);
    av_frame_free(&again);
    avformat_free_context(format);
    format = NULL;
    vf_bench_finish(&bench);
}

static unsigned count_records(const uint8_t *bytes, size_t size)
{
    struct vf_record record;
    size_t place = 0;
    unsigned count = 0;
    while (vf_record_next(bytes, size, &place, &record)) {
        ck_assert(record.bytes >= bytes);
        ck_assert(record.bytes + record.size <= bytes + size);
        count++;
    }
    return count;
}

START_TEST(records_are_read_as_they_were_written)
{
    struct vf_record record;
    size_t place = 0;
    vf_records_add(&records, VF_RECORD_FILE_TAGS, 0, "abc", 3);
    vf_records_add(&records, VF_RECORD_FRAME_SIDE, 7, "12345678", 8);
    vf_records_add(&records, VF_RECORD_DISPOSITION, 0, NULL, 0);
    ck_assert_int_eq(records.err, VF_OK);
    ck_assert(vf_record_next(records.bytes, records.size, &place, &record));
    ck_assert_int_eq(record.kind, VF_RECORD_FILE_TAGS);
    ck_assert_uint_eq(record.size, 3);
    ck_assert_mem_eq(record.bytes, "abc", 3);
    ck_assert(vf_record_next(records.bytes, records.size, &place, &record));
    ck_assert_uint_eq(record.detail, 7);
    ck_assert_mem_eq(record.bytes, "12345678", 8);
    ck_assert(vf_record_next(records.bytes, records.size, &place, &record));
    ck_assert_uint_eq(record.size, 0);
    ck_assert(!vf_record_next(records.bytes, records.size, &place, &record));
}
END_TEST

START_TEST(records_that_are_cut_end_in_front_of_the_cut)
{
    vf_records_add(&records, VF_RECORD_FILE_TAGS, 0, "abc", 3);
    vf_records_add(&records, VF_RECORD_FRAME_SIDE, 7, "12345678", 8);
    for (size_t size = 0; size < records.size; size++) {
        uint8_t *cut = malloc(size ? size : 1);
        memcpy(cut, records.bytes, size);
        ck_assert_uint_le(count_records(cut, size), 1);
        free(cut);
    }
}
END_TEST

START_TEST(any_bytes_are_records_that_lie_within_them)
{
    uint8_t bytes[200];
    srand((unsigned)_i);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(rand() % 4 ? rand() % 9 : rand());
    uint8_t *exact = malloc(sizeof(bytes));
    memcpy(exact, bytes, sizeof(bytes));
    (void)count_records(exact, sizeof(bytes));
    ck_assert_int_eq(vf_facts_read(&facts, exact, sizeof(bytes)), VF_OK);
    ck_assert_int_eq(vf_picture_create(&frame, &bench.run, AV_PIX_FMT_GRAY8, 16, 16), VF_OK);
    frame->opaque_ref = av_buffer_create(exact, sizeof(bytes), NULL, NULL, 0);
    ck_assert_int_eq(vf_frame_facts_restore(frame), VF_OK);
}
END_TEST

static void set_tag(AVDictionary **tags, const char *key, const char *text)
{
    ck_assert_int_ge(av_dict_set(tags, key, text, 0), 0);
}

static const char *tag(const AVDictionary *tags, const char *key)
{
    const AVDictionaryEntry *entry = av_dict_get(tags, key, NULL, 0);
    return entry ? entry->value : "";
}

static AVStream *make_format(void)
{
    format = avformat_alloc_context();
    ck_assert_ptr_nonnull(format);
    AVStream *stream = avformat_new_stream(format, NULL);
    ck_assert_ptr_nonnull(stream);
    set_tag(&format->metadata, "title", "Garden");
    set_tag(&format->metadata, "major_brand", "isom");
    set_tag(&stream->metadata, "language", "ger");
    set_tag(&stream->metadata, "BPS-eng", "1200");
    stream->disposition = AV_DISPOSITION_FORCED;
    return stream;
}

static const struct vf_facts_range whole = {0, INT64_MAX, 0};

START_TEST(a_file_says_what_it_says_except_of_its_own_bytes)
{
    const AVStream *stream = make_format();
    vf_facts_add(&records, format, stream, &whole);
    ck_assert_int_eq(vf_facts_read(&facts, records.bytes, records.size), VF_OK);
    ck_assert_str_eq(tag(facts.file_tags, "title"), "Garden");
    ck_assert_str_eq(tag(facts.file_tags, "major_brand"), "");
    ck_assert_str_eq(tag(facts.stream_tags, "language"), "ger");
    ck_assert_str_eq(tag(facts.stream_tags, "BPS-eng"), "");
    ck_assert_int_eq(facts.disposition, AV_DISPOSITION_FORCED);
}
END_TEST

static void add_chapter(int64_t start_ms, int64_t end_ms, AVChapter *chapter)
{
    *chapter =
        (AVChapter){.id = start_ms, .time_base = {1, 1000}, .start = start_ms, .end = end_ms};
    set_tag(&chapter->metadata, "title", "One");
    format->chapters[format->nb_chapters++] = chapter;
}

START_TEST(chapters_are_cut_to_the_part_that_is_read)
{
    AVChapter chapters[3], *list[3];
    make_format();
    format->chapters = list;
    add_chapter(0, 1000, &chapters[0]);
    add_chapter(1000, 3000, &chapters[1]);
    add_chapter(3000, 4000, &chapters[2]);
    const struct vf_facts_range part = {2000000, 3000000, 500000};
    vf_facts_add(&records, format, NULL, &part);
    format->chapters = NULL;
    format->nb_chapters = 0;
    for (unsigned i = 0; i < 3; i++)
        av_dict_free(&chapters[i].metadata);
    ck_assert_int_eq(vf_facts_read(&facts, records.bytes, records.size), VF_OK);
    ck_assert_uint_eq(facts.chapter_count, 1);
    ck_assert_int_eq(facts.chapters[0].start_us, 500000);
    ck_assert_int_eq(facts.chapters[0].end_us, 1500000);
    ck_assert_str_eq(tag(facts.chapters[0].tags, "title"), "One");
}
END_TEST

static void make_frame(int width, int height)
{
    ck_assert_int_eq(vf_picture_create(&frame, &bench.run, AV_PIX_FMT_YUV420P, width, height),
                     VF_OK);
    frame->time_base = (AVRational){1, 1000};
    AVFrameSideData *side = av_frame_new_side_data(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL,
                                                   sizeof(AVContentLightMetadata));
    ck_assert_ptr_nonnull(side);
    AVContentLightMetadata *light = (AVContentLightMetadata *)side->data;
    *light = (AVContentLightMetadata){1000, 400};
    ck_assert_ptr_nonnull(av_frame_new_side_data(frame, AV_FRAME_DATA_MOTION_VECTORS, 4));
}

static void check_light(const AVFrame *checked)
{
    const AVFrameSideData *side =
        av_frame_get_side_data(checked, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    ck_assert_ptr_nonnull(side);
    ck_assert_uint_eq(((const AVContentLightMetadata *)side->data)->MaxCLL, 1000);
    ck_assert_ptr_null(av_frame_get_side_data(checked, AV_FRAME_DATA_MOTION_VECTORS));
}

START_TEST(side_data_of_a_picture_goes_with_its_message_and_through_a_scaler)
{
    make_frame(64, 48);
    ck_assert_int_eq(vf_frame_facts_attach(frame, NULL), VF_OK);
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, frame, rate, &message), VF_OK);
    ck_assert_ptr_eq(message->payload->data, frame->data[0]);
    struct vf_scaler *scaler;
    struct vf_message *small = NULL;
    ck_assert_int_eq(vf_scaler_create(&scaler, VF_SCALER_BILINEAR), VF_OK);
    ck_assert_int_eq(vf_scaler_resize(scaler, &bench.run, message, 32, 24, &small), VF_OK);
    vf_scaler_destroy(&scaler);
    ck_assert_int_eq(vf_media_frame_from_message(&again, small), VF_OK);
    ck_assert_int_eq(vf_frame_facts_restore(again), VF_OK);
    check_light(again);
    vf_message_destroy(&small);
}
END_TEST

START_TEST(extras_for_which_a_picture_has_no_room_cost_it_a_copy)
{
    static const uint8_t large[300000];
    make_frame(16, 16);
    vf_records_add(&records, VF_RECORD_ATTACHMENT, 0, large, sizeof(large));
    ck_assert_int_eq(vf_frame_facts_attach(frame, &records), VF_OK);
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, frame, rate, &message), VF_OK);
    ck_assert_ptr_ne(message->payload->data, frame->data[0]);
    ck_assert_uint_gt(message->description.extras_size, sizeof(large));
    ck_assert_int_eq(vf_media_frame_from_message(&again, message), VF_OK);
    ck_assert_int_eq(vf_frame_facts_restore(again), VF_OK);
    check_light(again);
}
END_TEST

START_TEST(what_a_message_has_stays_in_its_place_when_it_is_sent_on)
{
    struct vf_message *second = NULL;
    make_frame(16, 16);
    ck_assert_int_eq(vf_frame_facts_attach(frame, NULL), VF_OK);
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, frame, rate, &message), VF_OK);
    ck_assert_int_eq(vf_media_frame_from_message(&again, message), VF_OK);
    ck_assert_int_eq(vf_frame_facts_restore(again), VF_OK);
    ck_assert_int_eq(vf_frame_facts_collect(again), VF_OK);
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, again, rate, &second), VF_OK);
    ck_assert_ptr_eq(second->payload, message->payload);
    ck_assert_uint_eq(second->description.extras_offset, message->description.extras_offset);
    vf_message_destroy(&second);
}
END_TEST

START_TEST(side_data_that_is_shorter_than_its_kind_is_left_out)
{
    uint8_t few[sizeof(AVContentLightMetadata) - 1] = {0};
    vf_records_add(&records, VF_RECORD_FRAME_SIDE, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, few,
                   sizeof(few));
    ck_assert_int_eq(vf_picture_create(&frame, &bench.run, AV_PIX_FMT_GRAY8, 16, 16), VF_OK);
    ck_assert_int_eq(vf_frame_facts_attach(frame, &records), VF_OK);
    ck_assert_int_eq(vf_frame_facts_restore(frame), VF_OK);
    ck_assert_ptr_null(av_frame_get_side_data(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL));
}
END_TEST

START_TEST(extras_beyond_the_payload_are_refused)
{
    make_frame(16, 16);
    ck_assert_int_eq(vf_frame_facts_attach(frame, NULL), VF_OK);
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, frame, rate, &message), VF_OK);
    message->description.extras_size = message->payload->size;
    ck_assert_int_eq(vf_media_frame_from_message(&again, message), -EBADMSG);
    ck_assert_ptr_null(again);
}
END_TEST

Suite *facts_suite(void);
Suite *facts_suite(void)
{
    Suite *suite = suite_create("facts");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, records_are_read_as_they_were_written);
    tcase_add_test(all, records_that_are_cut_end_in_front_of_the_cut);
    tcase_add_loop_test(all, any_bytes_are_records_that_lie_within_them, 0, 300);
    tcase_add_test(all, a_file_says_what_it_says_except_of_its_own_bytes);
    tcase_add_test(all, chapters_are_cut_to_the_part_that_is_read);
    tcase_add_test(all, side_data_of_a_picture_goes_with_its_message_and_through_a_scaler);
    tcase_add_test(all, extras_for_which_a_picture_has_no_room_cost_it_a_copy);
    tcase_add_test(all, what_a_message_has_stays_in_its_place_when_it_is_sent_on);
    tcase_add_test(all, side_data_that_is_shorter_than_its_kind_is_left_out);
    tcase_add_test(all, extras_beyond_the_payload_are_refused);
    suite_add_tcase(suite, all);
    return suite;
}
