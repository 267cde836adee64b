/* SPDX-License-Identifier: MIT */
/* Files that are looked at before they get their names. */
#include "engine/media/write/verify/verify.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/media/write/verify/reader.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

#define MAX_PACKETS 32

static char problem[256];
static struct vf_census census;
static uint8_t *bytes; /* of the file that is verified, as it was written */
static int64_t size;

/* Where the packets of pictures are. */
static struct {
    int64_t begin, end;
} places[MAX_PACKETS];
static unsigned place_count;

static void load(const char *name)
{
    FILE *file = fopen(media_path(name), "r");
    size = media_size(name);
    bytes = malloc((size_t)size);
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
    fclose(file);
}

static void count_packets(const char *name)
{
    atomic_bool is_called_off = false;
    struct vf_verify_reader *reader = calloc(1, sizeof(*reader));
    *reader = (struct vf_verify_reader){problem, sizeof(problem), &is_called_off};
    ck_assert_int_eq(vf_verify_reader_open(reader, media_path(name), true), VF_OK);
    ck_assert_int_eq(vf_verify_reader_read(reader, &(struct vf_census){0}, false), VF_OK);
    census = reader->found;
    vf_verify_reader_finish(reader);
    free(reader);
}

static void find_packets(const char *name)
{
    AVFormatContext *format = NULL;
    AVPacket *packet = av_packet_alloc();
    ck_assert_int_ge(avformat_open_input(&format, media_path(name), NULL, NULL), 0);
    for (place_count = 0; av_read_frame(format, packet) >= 0; av_packet_unref(packet)) {
        const uint8_t *found = memmem(bytes, (size_t)size, packet->data, (size_t)packet->size);
        if (packet->stream_index != 0)
            continue;
        ck_assert_ptr_nonnull(found);
        places[place_count].begin = found - bytes;
        places[place_count++].end = found - bytes + packet->size;
    }
    av_packet_free(&packet);
    avformat_close_input(&format);
}

static void make(const char *name, const char *codec)
{
    media_make("5", "64x64", strcmp(codec, "png") == 0 ? "rgb24" : "yuv420p");
    media_write(name, codec);
    load(name);
    count_packets(name);
    find_packets(name);
    ck_assert_uint_eq(place_count, 5);
    /* Who waits for long asks whether to stop. */
    vf_bench_setup(&media_bench, media_node("video_writer"), 2, {"path", "unused.mkv"});
}

static void write_again(const char *name, int64_t length)
{
    FILE *file = fopen(media_path(name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, (size_t)length, file), (size_t)length);
    ck_assert_int_eq(fclose(file), 0);
}

/* Verifies the file against what was counted; `length` is what it is to be long. */
static int verify(const char *name, enum vf_output_verify level, int64_t length)
{
    const char *path = media_path(name);
    const struct vf_verify_order order = {
        .run = &media_bench.run,
        .container = av_guess_format(NULL, path, NULL),
        .level = level,
        .path = path,
        .written = &census,
        .size_bytes = length,
    };
    problem[0] = '\0';
    return vf_verify_file(&order, problem, sizeof(problem));
}

static void setup(void)
{
    media_setup();
}

static void teardown(void)
{
    free(bytes);
    bytes = NULL;
    media_teardown();
}

static const char *const names[] = {"a.mp4", "a.mov", "a.mkv", "a.avi", "a.nut"};

START_TEST(a_file_that_is_as_it_was_written_passes)
{
    make(names[_i], "png");
    for (int level = VF_OUTPUT_VERIFY_COUNTS; level <= VF_OUTPUT_VERIFY_DECODE; level++)
        ck_assert_msg(verify(names[_i], (enum vf_output_verify)level, size) == VF_OK, "%s: %s",
                      names[_i], problem);
}
END_TEST

START_TEST(a_file_that_is_cut_anywhere_is_found)
{
    make(names[_i], "png");
    for (int64_t length = 0; length < size; length += size / 97) {
        write_again(names[_i], length);
        ck_assert_msg(verify(names[_i], VF_OUTPUT_VERIFY_COUNTS, size) == -EIO, "at %" PRId64,
                      length);
        ck_assert_str_ne(problem, "");
    }
}
END_TEST

/* Also where nobody knows how long it was. Others give a part of a packet for a whole one. */
START_TEST(packets_that_are_cut_off_are_found)
{
    make(names[_i], "png");
    for (int64_t length = 0; length < places[4].end; length += places[4].end / 61) {
        write_again(names[_i], length);
        ck_assert_msg(verify(names[_i], VF_OUTPUT_VERIFY_PACKETS, -1) == -EIO, "at %" PRId64,
                      length);
        ck_assert_str_ne(problem, "");
    }
}
END_TEST

START_TEST(a_bit_that_has_changed_in_any_picture_is_found_when_it_is_decoded)
{
    make(names[_i], "png");
    for (unsigned i = 0; i < place_count; i++) {
        for (int64_t at = places[i].begin + 8; at < places[i].end; at += 23) {
            bytes[at] ^= (uint8_t)(1 << (at & 7));
            write_again(names[_i], size);
            ck_assert_msg(verify(names[_i], VF_OUTPUT_VERIFY_DECODE, size) == -EIO, "at %" PRId64,
                          at);
            ck_assert_msg(strstr(problem, "cannot be decoded") || strstr(problem, "can be decoded"),
                          "%s", problem);
            bytes[at] ^= (uint8_t)(1 << (at & 7));
        }
    }
}
END_TEST

START_TEST(an_index_that_lacks_a_packet_is_found)
{
    make("a.mp4", "libx264");
    census.tracks[0].packets++;
    ck_assert_int_eq(verify("a.mp4", VF_OUTPUT_VERIFY_COUNTS, size), -EIO);
    ck_assert_str_eq(problem, "video track: 6 packets were written, and its index says 5");
}
END_TEST

START_TEST(a_track_that_is_missing_is_found)
{
    make(names[_i], "png");
    census.tracks[census.count++] =
        (struct vf_census_track){.type = AVMEDIA_TYPE_SUBTITLE, .packets = 1};
    ck_assert_int_eq(verify(names[_i], VF_OUTPUT_VERIFY_PACKETS, size), -EIO);
    ck_assert_msg(strstr(problem, "subtitle track"), "%s", problem);
}
END_TEST

/* Of these, with an index and without. */
START_TEST(a_length_that_is_wrong_by_more_than_a_frame_is_found)
{
    make(names[_i], "png");
    for (unsigned i = 0; i < census.count; i++) {
        census.tracks[i].last_dts_us += 20000;
        census.tracks[i].end_us += 20000;
        census.tracks[i].step_us = 40000;
    }
    ck_assert_msg(verify(names[_i], VF_OUTPUT_VERIFY_COUNTS, size) == VF_OK, "%s", problem);
    for (unsigned i = 0; i < census.count; i++) {
        census.tracks[i].last_dts_us += 60000;
        census.tracks[i].end_us += 60000;
    }
    ck_assert_int_eq(verify(names[_i], VF_OUTPUT_VERIFY_COUNTS, size), -EIO);
    ck_assert_msg(strstr(problem, "lasts"), "%s", problem);
}
END_TEST

START_TEST(what_is_gone_is_found)
{
    make("a.mkv", "png");
    unlink(media_path("a.mkv"));
    ck_assert_int_eq(verify("a.mkv", VF_OUTPUT_VERIFY_COUNTS, size), -EIO);
    ck_assert_str_eq(problem, "it cannot be found again: No such file or directory");
}
END_TEST

Suite *verify_suite(void);
Suite *verify_suite(void)
{
    Suite *suite = suite_create("verify");
    TCase *tcase = tcase_create("verify");
    int count = (int)VF_COUNT(names);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_file_that_is_as_it_was_written_passes, 0, count);
    tcase_add_loop_test(tcase, a_file_that_is_cut_anywhere_is_found, 0, count);
    tcase_add_loop_test(tcase, packets_that_are_cut_off_are_found, 0, 3);
    tcase_add_loop_test(tcase, a_bit_that_has_changed_in_any_picture_is_found_when_it_is_decoded, 0,
                        count);
    tcase_add_test(tcase, an_index_that_lacks_a_packet_is_found);
    tcase_add_loop_test(tcase, a_track_that_is_missing_is_found, 0, count);
    tcase_add_loop_test(tcase, a_length_that_is_wrong_by_more_than_a_frame_is_found, 0, 3);
    tcase_add_test(tcase, what_is_gone_is_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
