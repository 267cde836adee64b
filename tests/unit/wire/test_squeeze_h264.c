/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/libav/picture.h"
#include "engine/wire/squeeze/squeeze.h"

#define WIDTH 320
#define HEIGHT 192
#define EXTRAS "what the file says of this picture"
#define LEAST_PSNR 38.0
#define HEAD 8 /* bytes that say how many are H.264 */

static const struct vf_squeeze_way *way;
static struct vf_squeeze_kept *kept, *other;
static struct vf_description description;
static struct vf_payload *payload, *squeezed, *whole;

static void setup(void)
{
    way = vf_squeeze_h264();
    ck_assert(way && way->is_possible());
}

static void teardown(void)
{
    vf_payload_drop(&payload);
    vf_payload_drop(&squeezed);
    vf_payload_drop(&whole);
    way->forget(&kept);
    way->forget(&other);
}

static int squeeze(void)
{
    return way->squeeze(&kept, &description, payload, &squeezed);
}

static int unsqueeze(void)
{
    return way->unsqueeze(&other, &description, squeezed, &whole);
}

/* A sample of a soft picture with some edges, which moves with `number`. */
static uint8_t sample(unsigned column, unsigned row, unsigned plane, unsigned number)
{
    unsigned soft = (column * 2 + row + plane * 90 + number * 3) / 4 % 200;
    bool is_inside = (column / 40 + row / 40 + number) % 3 == 0;
    return (uint8_t)(is_inside ? 220 - soft / 2 : 20 + soft);
}

static void draw(unsigned number)
{
    for (unsigned i = 0; i < description.video.plane_count; i++) {
        const struct vf_plane *plane = &description.video.planes[i];
        for (unsigned row = 0; row < plane->rows; row++) {
            for (unsigned column = 0; column < plane->row_bytes; column++)
                payload->data[plane->offset + (size_t)row * plane->stride + column] =
                    sample(column, row, i, number);
        }
    }
}

/* Makes a picture with extras behind it, and something in all that is neither. */
static void make_picture(const char *name, int width, int height)
{
    struct vf_picture_layout layout;
    int format = vf_picture_format(name);
    ck_assert_int_eq(vf_picture_layout_init(&layout, format, width, height), VF_OK);
    vf_payload_drop(&payload);
    ck_assert_int_eq(vf_payload_create(&payload, layout.size), VF_OK);
    memset(payload->data, 0x5a, layout.size);
    description = (struct vf_description){.version = VF_MESSAGE_VERSION,
                                          .kind = VF_MESSAGE_DATA,
                                          .type = VF_VALUE_VIDEO,
                                          .payload_size = layout.size,
                                          .extras_offset = layout.size - layout.tail,
                                          .extras_size = sizeof(EXTRAS)};
    struct vf_video *video = &description.video;
    snprintf(video->format, sizeof(video->format), "%s", name);
    video->width = width;
    video->height = height;
    video->plane_count = layout.plane_count;
    for (unsigned i = 0; i < layout.plane_count; i++)
        video->planes[i] =
            (struct vf_plane){.offset = layout.offsets[i],
                              .stride = (uint32_t)layout.linesizes[i],
                              .row_bytes = (uint32_t)vf_picture_row_bytes(format, width, i),
                              .rows = vf_picture_rows(format, height, i)};
    ck_assert_uint_ge(layout.tail, sizeof(EXTRAS));
    memcpy(payload->data + description.extras_offset, EXTRAS, sizeof(EXTRAS));
    draw(0);
}

/* How much what came resembles what was sent. */
static double psnr(void)
{
    double errors = 0, count = 0;
    for (unsigned i = 0; i < description.video.plane_count; i++) {
        const struct vf_plane *plane = &description.video.planes[i];
        for (unsigned row = 0; row < plane->rows; row++) {
            const uint8_t *sent = payload->data + plane->offset + (size_t)row * plane->stride;
            const uint8_t *come = whole->data + plane->offset + (size_t)row * plane->stride;
            for (unsigned column = 0; column < plane->row_bytes; column++)
                errors += (sent[column] - come[column]) * (sent[column] - come[column]);
        }
        count += (double)plane->rows * plane->row_bytes;
    }
    return errors > 0 ? 10 * log10(255.0 * 255.0 * count / errors) : 100;
}

static void check_arrival(void)
{
    ck_assert_int_eq(unsqueeze(), VF_OK);
    ck_assert_uint_eq(whole->size, description.payload_size);
    ck_assert_double_ge(psnr(), LEAST_PSNR);
    ck_assert_mem_eq(whole->data + description.extras_offset, EXTRAS, sizeof(EXTRAS));
}

static const struct {
    const char *format;
    int width, height;
} carried[] = {
    {"yuv420p", WIDTH, HEIGHT},  {"yuvj420p", WIDTH, HEIGHT}, {"yuv422p", WIDTH, HEIGHT},
    {"yuvj422p", WIDTH, HEIGHT}, {"yuv444p", WIDTH, HEIGHT},  {"yuvj444p", WIDTH, HEIGHT},
    {"nv12", WIDTH, HEIGHT},     {"nv21", WIDTH, HEIGHT},     {"nv16", WIDTH, HEIGHT},
    {"gray", WIDTH, HEIGHT},     {"rgb24", WIDTH, HEIGHT},    {"bgr24", WIDTH, HEIGHT},
    {"yuv420p", 318, 182},       {"yuv422p", 318, 181},       {"yuv444p", 317, 181},
    {"gray", 317, 181},          {"rgb24", 317, 181},         {"nv12", 1282, 34},
    {"yuv420p", 1040, 36},       {"gray", 129, 640},          {"rgb24", 34, 600},
};

START_TEST(a_picture_comes_back_in_its_place_nearly_as_it_was)
{
    make_picture(carried[_i].format, carried[_i].width, carried[_i].height);
    uint64_t size = payload->size;
    ck_assert_int_eq(squeeze(), VF_OK);
    ck_assert_uint_lt(squeezed->size, size / 4);
    check_arrival();
}
END_TEST

/* Pictures that are very small may be larger so, and then go another way. */
START_TEST(a_picture_of_any_width_comes_back_if_it_goes)
{
    for (int width = 2; width <= 150; width += _i ? 2 : 1) {
        make_picture(_i ? "yuv420p" : "gray", width, 32);
        int err = squeeze();
        ck_assert(err == VF_OK || (err == VF_DROPPED && width < 32));
        if (!err)
            check_arrival();
        vf_payload_drop(&whole);
        vf_payload_drop(&squeezed);
    }
}
END_TEST

START_TEST(the_payload_stays_as_it_was_and_is_let_go)
{
    struct vf_payload *before;
    make_picture("yuv420p", WIDTH, HEIGHT);
    ck_assert_int_eq(vf_payload_create(&before, payload->size), VF_OK);
    memcpy(before->data, payload->data, payload->size);
    ck_assert_int_eq(squeeze(), VF_OK);
    ck_assert_mem_eq(before->data, payload->data, payload->size);
    ck_assert_uint_eq(atomic_load(&payload->holders), 1);
    vf_payload_drop(&before);
}
END_TEST

/* Also out of the order in which they were made, by whoever has seen nothing before. */
START_TEST(each_picture_is_complete_in_itself)
{
    struct vf_payload *all[5];
    make_picture("yuv420p", WIDTH, HEIGHT);
    for (unsigned i = 0; i < VF_COUNT(all); i++) {
        draw(i * 7);
        ck_assert_int_eq(way->squeeze(&kept, &description, payload, &all[i]), VF_OK);
    }
    for (unsigned i = VF_COUNT(all); i-- > 0;) {
        draw(i * 7);
        squeezed = all[i];
        check_arrival();
        vf_payload_drop(&whole);
        if (i % 2)
            way->forget(&other);
        vf_payload_drop(&squeezed);
    }
}
END_TEST

START_TEST(size_and_format_may_change_from_one_to_the_next)
{
    for (size_t i = 0; i < VF_COUNT(carried); i++) {
        make_picture(carried[i].format, carried[i].width, carried[i].height);
        ck_assert_int_eq(squeeze(), VF_OK);
        check_arrival();
        vf_payload_drop(&whole);
        vf_payload_drop(&squeezed);
    }
}
END_TEST

static const struct {
    const char *format;
    int width, height;
} left_alone[] = {
    {"yuv420p", 319, 192}, {"yuv420p", 320, 191}, {"yuv422p", 319, 192},
    {"nv12", 319, 192},    {"nv12", 320, 191},    {"yuva420p", WIDTH, HEIGHT},
    {"rgba", 64, 64},      {"bgra", 64, 64},      {"yuv420p10le", WIDTH, HEIGHT},
    {"gray16le", 64, 64},  {"grayf32le", 64, 64}, {"pal8", 64, 64},
    {"yuyv422", 64, 64},   {"yuv420p", 16386, 2},
};

START_TEST(what_h264_cannot_carry_does_not_go_this_way)
{
    make_picture(left_alone[_i].format, left_alone[_i].width, left_alone[_i].height);
    ck_assert_int_eq(squeeze(), VF_DROPPED);
    ck_assert_ptr_null(squeezed);
}
END_TEST

/* Each makes something else of a picture. */
static void a_value(void)
{
    description.type = VF_VALUE_JSON;
}

static void an_array(void)
{
    description = (struct vf_description){.kind = VF_MESSAGE_DATA,
                                          .type = VF_VALUE_ARRAY,
                                          .payload_size = description.payload_size,
                                          .array = {.dtype = "|u1", .dimensions = 1}};
    description.array.shape[0] = description.payload_size;
}

static void a_packet(void)
{
    description.type = VF_VALUE_PACKET;
    memset(&description.packet, 0, sizeof(description.packet));
}

static void a_gap(void)
{
    description.kind = VF_MESSAGE_GAP;
}

static void a_hollow_picture(void)
{
    description.is_hollow = 1;
}

static void a_payload_of_another_size(void)
{
    description.payload_size += 64;
}

static void a_row_that_is_short(void)
{
    description.video.planes[0].row_bytes--;
}

static void rows_that_lack(void)
{
    description.video.planes[1].rows--;
}

static void a_plane_that_lacks(void)
{
    description.video.plane_count--;
}

static void a_plane_beyond(void)
{
    description.video.planes[2].offset = description.payload_size - 64;
}

static void extras_in_the_picture(void)
{
    description.extras_offset = description.video.planes[1].offset;
}

static void no_format(void)
{
    memset(description.video.format, 'x', sizeof(description.video.format));
}

static void (*const others[])(void) = {
    a_value,
    an_array,
    a_packet,
    a_gap,
    a_hollow_picture,
    no_format,
    rows_that_lack,
    a_plane_that_lacks,
    a_plane_beyond,
    a_row_that_is_short,
    extras_in_the_picture,
    a_payload_of_another_size,
};

START_TEST(what_is_no_picture_does_not_go_this_way)
{
    make_picture("yuv420p", WIDTH, HEIGHT);
    others[_i]();
    ck_assert_int_eq(squeeze(), VF_DROPPED);
    ck_assert_ptr_null(squeezed);
}
END_TEST

START_TEST(nothing_but_a_picture_is_made_of_what_comes)
{
    make_picture("yuv420p", WIDTH, HEIGHT);
    ck_assert_int_eq(squeeze(), VF_OK);
    others[_i]();
    bool is_only_larger = others[_i] == a_payload_of_another_size;
    ck_assert_int_eq(unsqueeze(), is_only_larger ? VF_OK : -EBADMSG);
    ck_assert(is_only_larger || !whole);
}
END_TEST

/* A picture that is not what the envelope says. */
static void check_lie(const char *format, int width, int height)
{
    make_picture(format, width, height);
    ck_assert_int_eq(unsqueeze(), -EBADMSG);
    ck_assert_ptr_null(whole);
}

START_TEST(a_picture_of_another_size_or_format_is_refused)
{
    make_picture("yuv420p", WIDTH, HEIGHT);
    ck_assert_int_eq(squeeze(), VF_OK);
    check_lie("yuv420p", WIDTH + 2, HEIGHT);
    check_lie("yuv420p", WIDTH - 2, HEIGHT);
    check_lie("yuv420p", HEIGHT, WIDTH);
    check_lie("yuv420p", 16, 16);
    check_lie("yuv422p", WIDTH, HEIGHT);
    check_lie("yuv444p", WIDTH, HEIGHT);
    check_lie("rgb24", WIDTH, HEIGHT);
    check_lie("yuv420p10le", WIDTH, HEIGHT);
    make_picture("yuv420p", WIDTH, HEIGHT);
    check_arrival();
}
END_TEST

START_TEST(no_more_is_allocated_than_a_picture_of_that_size_takes)
{
    make_picture("yuv420p", WIDTH, HEIGHT);
    ck_assert_int_eq(squeeze(), VF_OK);
    description.payload_size = UINT64_C(1) << 40;
    ck_assert_int_eq(unsqueeze(), -EBADMSG);
    description.payload_size = UINT64_MAX;
    ck_assert_int_eq(unsqueeze(), -EBADMSG);
    description.extras_size = description.payload_size - description.extras_offset;
    ck_assert_int_eq(unsqueeze(), -EBADMSG);
}
END_TEST

START_TEST(what_is_cut_short_is_refused)
{
    make_picture("yuv420p", WIDTH, HEIGHT);
    ck_assert_int_eq(squeeze(), VF_OK);
    size_t size = squeezed->size;
    for (squeezed->size = 0; squeezed->size < size; squeezed->size++) {
        ck_assert_int_eq(unsqueeze(), -EBADMSG);
        ck_assert_ptr_null(whole);
    }
}
END_TEST

START_TEST(what_is_spoilt_is_refused_or_of_its_size)
{
    make_picture(_i ? "gray" : "yuv420p", 64, 48);
    ck_assert_int_eq(squeeze(), VF_OK);
    for (size_t i = 0; i < squeezed->size; i++) {
        squeezed->data[i] ^= (uint8_t)(1 << i % 8);
        int err = unsqueeze();
        ck_assert(err == -EBADMSG || (err == VF_OK && whole->size == description.payload_size));
        vf_payload_drop(&whole);
        squeezed->data[i] ^= (uint8_t)(1 << i % 8);
    }
    check_arrival();
}
END_TEST

START_TEST(one_picture_is_all_that_may_come)
{
    make_picture("yuv420p", WIDTH, HEIGHT);
    ck_assert_int_eq(squeeze(), VF_OK);
    uint64_t once;
    memcpy(&once, squeezed->data, HEAD);
    struct vf_payload *twice;
    ck_assert_int_eq(vf_payload_create(&twice, squeezed->size + once), VF_OK);
    memcpy(twice->data, squeezed->data, HEAD + once);
    memcpy(twice->data + HEAD + once, squeezed->data + HEAD, squeezed->size - HEAD);
    memcpy(twice->data, &(uint64_t){2 * once}, HEAD);
    vf_payload_drop(&squeezed);
    squeezed = twice;
    ck_assert_int_eq(unsqueeze(), -EBADMSG);
}
END_TEST

Suite *squeeze_h264_suite(void);
Suite *squeeze_h264_suite(void)
{
    Suite *suite = suite_create("squeeze_h264");
    TCase *tcase = tcase_create("squeeze_h264");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_picture_comes_back_in_its_place_nearly_as_it_was, 0,
                        (int)VF_COUNT(carried));
    tcase_add_loop_test(tcase, a_picture_of_any_width_comes_back_if_it_goes, 0, 2);
    tcase_add_test(tcase, the_payload_stays_as_it_was_and_is_let_go);
    tcase_add_test(tcase, each_picture_is_complete_in_itself);
    tcase_add_test(tcase, size_and_format_may_change_from_one_to_the_next);
    tcase_add_loop_test(tcase, what_h264_cannot_carry_does_not_go_this_way, 0,
                        (int)VF_COUNT(left_alone));
    tcase_add_loop_test(tcase, what_is_no_picture_does_not_go_this_way, 0, (int)VF_COUNT(others));
    tcase_add_loop_test(tcase, nothing_but_a_picture_is_made_of_what_comes, 0,
                        (int)VF_COUNT(others));
    tcase_add_test(tcase, a_picture_of_another_size_or_format_is_refused);
    tcase_add_test(tcase, no_more_is_allocated_than_a_picture_of_that_size_takes);
    tcase_add_test(tcase, what_is_cut_short_is_refused);
    tcase_add_loop_test(tcase, what_is_spoilt_is_refused_or_of_its_size, 0, 2);
    tcase_add_test(tcase, one_picture_is_all_that_may_come);
    suite_add_tcase(suite, tcase);
    return suite;
}
