/* SPDX-License-Identifier: MIT */
/* Cascades: their names and files, and the gray pictures that they look at. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/picture/gray.h"
#include "engine/node/reach.h"
#include "nodes/vision/opencv/cascade_file.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

static char text[1024];
static const struct vf_opencv_problem problem = {text, sizeof(text)};

static void setup(void)
{
    char folders[512];
    media_setup();
    scratch_write("first/haarcascades/haarcascade_face_default.xml", "one");
    scratch_write("first/lbpcascades/lbpcascade_face.xml", "two");
    scratch_write("second/haarcascade_face_default.xml", "other");
    scratch_write("second/plate.xml", "three");
    snprintf(folders, sizeof(folders), "%s/first:%s/none::%s/second", scratch_path(),
             scratch_path(), scratch_path());
    setenv("VFLOW_CASCADES", folders, 1);
}

static void teardown(void)
{
    unsetenv("VFLOW_CASCADES");
    media_teardown();
}

static const struct {
    const char *path, *name;
} names[] = {
    {"/usr/share/opencv4/haarcascades/haarcascade_upperbody.xml", "upperbody"},
    {"haarcascade_frontalface_default.xml", "frontalface"},
    {"haarcascade_frontalface_alt2.xml", "frontalface_alt2"},
    {"x/lbpcascade_frontalface_improved.xml", "lbp_frontalface_improved"},
    {"plates.v2.xml", "plates.v2"},
    {"frontalface_default", "frontalface"},
    {"_default.xml", "_default"},
    {".xml", ".xml"},
    {"", ""},
};

START_TEST(a_cascade_is_called_as_its_file)
{
    char *name = vf_cascade_file_name(names[_i].path);
    ck_assert_str_eq(name, names[_i].name);
    free(name);
}
END_TEST

static const struct {
    const char *name, *path;
} files[] = {
    {"face", "first/haarcascades/haarcascade_face_default.xml"}, /* the first folder has it */
    {"face_default", "first/haarcascades/haarcascade_face_default.xml"},
    {"haarcascade_face_default.xml", "first/haarcascades/haarcascade_face_default.xml"},
    {"lbp_face", "first/lbpcascades/lbpcascade_face.xml"},
    {"plate", "second/plate.xml"},
};

START_TEST(a_name_finds_its_file)
{
    char *path, wanted[512];
    snprintf(wanted, sizeof(wanted), "%s/%s", scratch_path(), files[_i].path);
    ck_assert_int_eq(vf_cascade_file_find(files[_i].name, &path, &problem), VF_OK);
    ck_assert_str_eq(path, wanted);
    free(path);
    ck_assert_int_eq(vf_cascade_file_find(wanted, &path, &problem), VF_OK);
    ck_assert_str_eq(path, wanted);
    free(path);
}
END_TEST

START_TEST(what_is_not_there_is_answered_with_what_is)
{
    char *path;
    ck_assert_int_eq(vf_cascade_file_find("plata", &path, &problem), -ENOENT);
    ck_assert_ptr_null(path);
    const char *said = "there is no cascade \"plata\"; did you mean \"plate\"?; there are face, "
                       "lbp_face, plate"; /* each once */
    ck_assert_int_eq(strncmp(text, said, strlen(said)), 0);
    ck_assert_int_eq(vf_cascade_file_find("none/plate.xml", &path, &problem), -ENOENT);
    ck_assert_str_eq(text, "none/plate.xml: No such file or directory");
}
END_TEST

START_TEST(a_file_is_sound_until_it_changes)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/second/plate.xml", scratch_path());
    ck_assert(!vf_cascade_file_is_sound(path));
    vf_cascade_file_note(path);
    ck_assert(vf_cascade_file_is_sound(path));
    scratch_write("second/plate.xml", "of another size");
    ck_assert(!vf_cascade_file_is_sound(path));
    ck_assert(!vf_cascade_file_is_sound("none"));
}
END_TEST

static char reached[2048];

static void add(void *context, enum vf_reach_kind kind, const char *what)
{
    (void)context;
    size_t length = strlen(reached);
    snprintf(reached + length, sizeof(reached) - length, "%s %s\n", vf_reach_word(kind), what);
}

START_TEST(the_files_that_are_read_are_told)
{
    const struct vf_reach reach = {add, NULL};
    char wanted[512];
    vf_bench_setup(&media_bench, media_node("cascade"), 1, {"cascade", "[plate, other]"});
    vf_node_reach(media_bench.node, media_bench.run.options, &reach);
    snprintf(wanted, sizeof(wanted), "read %s/second/plate.xml\n", scratch_path());
    ck_assert_ptr_nonnull(strstr(reached, wanted));
    ck_assert_ptr_nonnull(strstr(reached, "/opencv.so"));
}
END_TEST

/* The mean of a square of bytes, or of words of 10 bits, as a byte. */
static int mean_of(const struct vf_message *frame, int x, int y, int divisor, bool is_wide)
{
    const struct vf_plane *plane = &frame->description.video.planes[0];
    double sum = 0;
    for (int v = y * divisor; v < (y + 1) * divisor; v++) {
        const uint8_t *row = frame->payload->data + plane->offset + (size_t)v * plane->stride;
        for (int u = x * divisor; u < (x + 1) * divisor; u++)
            sum += is_wide
                       ? (row[(ptrdiff_t)2 * u] + 256 * row[(ptrdiff_t)2 * u + 1]) * 255.0 / 1023
                       : row[u];
    }
    return (int)(sum / (divisor * divisor) + 0.5);
}

static const struct {
    const char *format;
    int divisor;
    bool is_wide, is_lent;
} pictures[] = {
    {"yuv420p", 1, false, true}, {"gray", 1, false, true},        {"yuv420p", 3, false, false},
    {"gray", 4, false, false},   {"yuv420p10le", 1, true, false}, {"yuv444p10le", 2, true, false},
};

START_TEST(a_gray_picture_is_lent_or_made_of_means)
{
    struct vf_gray gray = {0};
    int divisor = pictures[_i].divisor;
    media_make("1", "101x62", pictures[_i].format);
    const struct vf_message *frame = media_made(0);
    ck_assert_int_eq(vf_gray_read(&gray, frame, divisor), VF_OK);
    ck_assert_int_eq(gray.width, 101 / divisor);
    ck_assert_int_eq(gray.height, 62 / divisor);
    ck_assert_int_eq(gray.divisor, divisor);
    ck_assert_int_eq(gray.frame != NULL, pictures[_i].is_lent);
    for (int y = 0; y < gray.height; y++) {
        for (int x = 0; x < gray.width; x++)
            ck_assert_int_le(abs(gray.samples[(size_t)y * gray.stride + (size_t)x] -
                                 mean_of(frame, x, y, divisor, pictures[_i].is_wide)),
                             pictures[_i].is_lent ? 0 : 1);
    }
    vf_gray_release(&gray);
    ck_assert_ptr_null(gray.frame);
    ck_assert_ptr_null(gray.samples);
    vf_gray_finish(&gray);
}
END_TEST

START_TEST(a_picture_without_luma_is_converted)
{
    struct vf_gray gray = {0};
    media_make("1", "64x48", "rgb24");
    ck_assert_int_eq(vf_gray_read(&gray, media_made(0), 1), VF_OK);
    ck_assert(gray.width == 64 && gray.height == 48 && gray.stride == 64);
    ck_assert_ptr_null(gray.frame);
    vf_gray_finish(&gray);
}
END_TEST

Suite *cascade_suite(void);
Suite *cascade_suite(void)
{
    Suite *suite = suite_create("cascade");
    TCase *tcase = tcase_create("cascade");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_cascade_is_called_as_its_file, 0, (int)VF_COUNT(names));
    tcase_add_loop_test(tcase, a_name_finds_its_file, 0, (int)VF_COUNT(files));
    tcase_add_test(tcase, what_is_not_there_is_answered_with_what_is);
    tcase_add_test(tcase, a_file_is_sound_until_it_changes);
    tcase_add_test(tcase, the_files_that_are_read_are_told);
    tcase_add_loop_test(tcase, a_gray_picture_is_lent_or_made_of_means, 0, (int)VF_COUNT(pictures));
    tcase_add_test(tcase, a_picture_without_luma_is_converted);
    suite_add_tcase(suite, tcase);
    return suite;
}
