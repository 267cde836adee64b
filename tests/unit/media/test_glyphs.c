/* SPDX-License-Identifier: MIT */
/* Text as coverage. What the letters look like is the font's affair. */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/text/glyphs.h"

static struct vf_glyphs *glyphs;
static struct vf_coverage coverage;

static void setup(void)
{
    ck_assert_int_eq(vf_glyphs_create(&glyphs, "DejaVu Sans"), VF_OK);
    ck_assert_int_eq(vf_glyphs_set_size(glyphs, 20), VF_OK);
}

static void teardown(void)
{
    vf_coverage_finish(&coverage);
    vf_glyphs_destroy(&glyphs);
}

static void clear(int width, int height)
{
    const struct vf_rectangle place = {0, 0, width, height};
    ck_assert_int_eq(vf_coverage_clear(&coverage, &place), VF_OK);
}

static void write_text(const char *text, int x, int y)
{
    ck_assert_int_eq(vf_glyphs_write(glyphs, text, x, y, &coverage), VF_OK);
}

/* Adds up what is covered from column `from` to before column `to`. */
static unsigned covered(int from, int to)
{
    unsigned sum = 0;
    const uint8_t *row = coverage.rows;
    for (int y = 0; y < coverage.place.height; y++, row += coverage.place.width) {
        for (int x = from; x < to; x++)
            sum += row[x];
    }
    return sum;
}

START_TEST(a_text_is_as_wide_as_its_letters)
{
    struct vf_rectangle one = vf_glyphs_measure(glyphs, "M");
    struct vf_rectangle three = vf_glyphs_measure(glyphs, "MMM");
    ck_assert_int_gt(one.width, 0);
    int width = 3 * one.width;
    ck_assert_int_eq(three.width, width);
    ck_assert_int_eq(three.height, one.height);
    ck_assert_int_ge(one.height, 20);
    ck_assert_int_eq(vf_glyphs_measure(glyphs, "").width, 0);
}
END_TEST

START_TEST(a_line_feed_begins_a_line)
{
    struct vf_rectangle one = vf_glyphs_measure(glyphs, "MM");
    struct vf_rectangle two = vf_glyphs_measure(glyphs, "M\nMM\n");
    ck_assert_int_eq(two.width, one.width);
    int height = 3 * one.height;
    ck_assert_int_eq(two.height, height);
}
END_TEST

START_TEST(letters_lie_within_what_was_measured)
{
    struct vf_rectangle place = vf_glyphs_measure(glyphs, "\303\204g|");
    clear(place.width + 10, place.height + 10);
    write_text("\303\204g|", 0, 10);
    ck_assert_uint_gt(covered(0, place.width), 1000);
    ck_assert_uint_eq(covered(place.width, place.width + 10), 0);
    size_t above = 10 * (size_t)coverage.place.width;
    for (size_t i = 0; i < above; i++)
        ck_assert_uint_eq(coverage.rows[i], 0);
}
END_TEST

START_TEST(a_letter_that_has_been_drawn_is_drawn_alike_again)
{
    struct vf_rectangle place = vf_glyphs_measure(glyphs, "e");
    clear(2 * place.width, place.height);
    write_text("ee", 0, 0);
    ck_assert_uint_gt(covered(0, place.width), 0);
    ck_assert_uint_eq(covered(0, place.width), covered(place.width, 2 * place.width));
}
END_TEST

/* A no-break space makes a line one of those that libraqm lays out. */
START_TEST(plain_lines_are_laid_out_as_libraqm_does)
{
    static const char *const texts[] = {"AVAWA To fi ffi Ty.", "frame 12 at 00:01:02.345",
                                        "(z) a-b ~"};
    static uint8_t alone[256 * 40];
    for (size_t i = 0; i < VF_COUNT(texts); i++) {
        char other[64];
        snprintf(other, sizeof(other), "%s\302\240", texts[i]);
        clear(256, 40);
        write_text(texts[i], 3, 5);
        memcpy(alone, coverage.rows, sizeof(alone));
        ck_assert_uint_gt(covered(0, 256), 1000);
        clear(256, 40);
        write_text(other, 3, 5);
        ck_assert_mem_eq(alone, coverage.rows, sizeof(alone));
    }
}
END_TEST

START_TEST(letters_of_one_place_in_memory_are_told_apart)
{
    /* U+0041 and U+0141 */
    int width = vf_glyphs_measure(glyphs, "A").width;
    ck_assert_int_ne(vf_glyphs_measure(glyphs, "\305\201").width, width);
    ck_assert_int_eq(vf_glyphs_measure(glyphs, "A").width, width);
}
END_TEST

START_TEST(what_lies_beyond_is_left_out)
{
    clear(5, 5);
    write_text("MMMMMMMM", -30, -10);
    write_text("MMMMMMMM", 100, 100);
    ck_assert_uint_gt(covered(0, 5), 0);
}
END_TEST

START_TEST(letters_grow_with_their_size)
{
    struct vf_rectangle small = vf_glyphs_measure(glyphs, "Hello");
    ck_assert_int_eq(vf_glyphs_set_size(glyphs, 40), VF_OK);
    struct vf_rectangle large = vf_glyphs_measure(glyphs, "Hello");
    ck_assert_int_ge(large.width, 2 * small.width - 5);
    ck_assert_int_le(large.width, 2 * small.width + 5);
}
END_TEST

static const char *const wrong[] = {"\377\377", "\303", "a\200b", "\355\240\200", "\360\237"};

START_TEST(what_is_no_text_is_replaced)
{
    ck_assert_int_gt(vf_glyphs_measure(glyphs, wrong[_i]).width, 0);
    clear(50, 50);
    write_text(wrong[_i], 0, 0);
    ck_assert_uint_gt(covered(0, 50), 0);
}
END_TEST

static const struct {
    const char *font, *problem;
} fonts[] = {
    {"DejaVu Sans", NULL},
    {"DejaVu Sans:bold", NULL},
    {"dejavu sans", NULL},
    {"monospace", NULL},
    {"", NULL},
    {"No Such Font", "the font \"No Such Font\" is not installed; install it"},
    {"/nowhere/font.ttf", "cannot read the font /nowhere/font.ttf: No such file"},
    {"none.ttf", "cannot read the font none.ttf: No such file"},
};

START_TEST(a_font_that_is_not_there_is_named)
{
    char problem[512] = "";
    bool is_there = fonts[_i].problem == NULL;
    ck_assert_int_eq(vf_glyphs_check(fonts[_i].font, problem, sizeof(problem)),
                     is_there ? VF_OK : -ENOENT);
    if (!is_there)
        ck_assert_ptr_nonnull(strstr(problem, fonts[_i].problem));
}
END_TEST

START_TEST(a_file_that_is_no_font_is_refused)
{
    struct vf_glyphs *none;
    ck_assert_int_eq(vf_glyphs_create(&none, "/dev/null"), -ENOENT);
    ck_assert_ptr_null(none);
}
END_TEST

Suite *glyphs_suite(void);
Suite *glyphs_suite(void)
{
    Suite *suite = suite_create("glyphs");
    TCase *tcase = tcase_create("glyphs");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_text_is_as_wide_as_its_letters);
    tcase_add_test(tcase, a_line_feed_begins_a_line);
    tcase_add_test(tcase, letters_lie_within_what_was_measured);
    tcase_add_test(tcase, a_letter_that_has_been_drawn_is_drawn_alike_again);
    tcase_add_test(tcase, plain_lines_are_laid_out_as_libraqm_does);
    tcase_add_test(tcase, letters_of_one_place_in_memory_are_told_apart);
    tcase_add_test(tcase, what_lies_beyond_is_left_out);
    tcase_add_test(tcase, letters_grow_with_their_size);
    tcase_add_loop_test(tcase, what_is_no_text_is_replaced, 0, (int)VF_COUNT(wrong));
    tcase_add_loop_test(tcase, a_font_that_is_not_there_is_named, 0, (int)VF_COUNT(fonts));
    tcase_add_test(tcase, a_file_that_is_no_font_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
