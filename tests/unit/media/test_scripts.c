/* SPDX-License-Identifier: MIT */
/* Text in scripts whose letters are joined, stacked, or written from right to left, and in several
 * fonts. DejaVu Sans has Latin, Arabic and Hebrew. A test of another script says so, and does
 * nothing, where the font for it is not installed. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/text/glyphs.h"
#include "tests/unit/support/scratch.h"

#define WIDTH 300
#define HEIGHT 60
#define MARGIN 10
#define NO_CHARACTER "\364\217\277\275" /* U+10FFFD, for private use */

static struct vf_glyphs *glyphs;
static struct vf_coverage coverage, other;

static void setup(void)
{
    ck_assert_int_eq(vf_glyphs_create(&glyphs, "DejaVu Sans"), VF_OK);
    ck_assert_int_eq(vf_glyphs_set_size(glyphs, 24), VF_OK);
}

static void teardown(void)
{
    vf_coverage_finish(&coverage);
    vf_coverage_finish(&other);
    vf_glyphs_destroy(&glyphs);
}

static int width(const char *text)
{
    return vf_glyphs_measure(glyphs, text).width;
}

static void clear(struct vf_coverage *drawn)
{
    const struct vf_rectangle place = {0, 0, WIDTH, HEIGHT};
    ck_assert_int_eq(vf_coverage_clear(drawn, &place), VF_OK);
}

/* Draws on the coverage that comes with `drawn`, and returns where the text ends. */
static int draw(struct vf_coverage *drawn, const char *text, int x)
{
    ck_assert_int_eq(vf_glyphs_write(glyphs, text, x, MARGIN, drawn), VF_OK);
    return x + width(text);
}

static bool is_same(void)
{
    return memcmp(coverage.rows, other.rows, (size_t)WIDTH * HEIGHT) == 0;
}

/* Draws a text in one piece, and in pieces one after the other: both have to look alike. */
static void check_pieces(const char *whole, const char *const *pieces, size_t count)
{
    int end = MARGIN;
    clear(&coverage);
    clear(&other);
    int whole_end = draw(&coverage, whole, MARGIN);
    for (size_t i = 0; i < count; i++)
        end = draw(&other, pieces[i], end);
    ck_assert_int_gt(end, MARGIN);
    ck_assert_int_eq(whole_end, end);
    ck_assert(is_same());
}

/* Adds up how much is covered from column `from` to before column `to`. */
static unsigned ink(const struct vf_coverage *drawn, int from, int to)
{
    unsigned sum = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        int x = i % WIDTH;
        sum += x >= from && x < to ? drawn->rows[i] : 0;
    }
    return sum;
}

static bool has_font(const char *font)
{
    char problem[512];
    if (vf_glyphs_check(font, problem, sizeof(problem)) == VF_OK)
        return true;
    printf("skipped, for want of the font %s\n", font);
    return false;
}

START_TEST(arabic_letters_are_joined)
{
    int isolated = width("\u0633") + width("\u0644") + width("\u0627") + width("\u0645");
    ck_assert_int_gt(isolated, 0);
    ck_assert_int_lt(width("\u0633\u0644\u0627\u0645"), isolated);
}
END_TEST

static const struct {
    const char *whole, *pieces[5];
} orders[] = {
    {"\u05d0\u05d1", {"\u05d1", "\u05d0"}},
    {"\u05d0 \u05d1", {"\u05d1", " ", "\u05d0"}},
    {"ab \u05d0\u05d1", {"ab ", "\u05d1", "\u05d0"}},
    {"\u05d0\u05d1: 12%", {"12%", " :", "\u05d1", "\u05d0"}},
    {"\u05d0ab", {"ab", "\u05d0"}},
};

START_TEST(hebrew_is_written_from_right_to_left)
{
    size_t count = 0;
    while (orders[_i].pieces[count])
        count++;
    check_pieces(orders[_i].whole, orders[_i].pieces, count);
}
END_TEST

static const struct {
    const char *base, *marked;
} marks[] = {
    {"e", "e\u0301"},
    {"x", "x\u0323"},
    {"\u05d0", "\u05d0\u05b8"},
    {"\u0628", "\u0628\u064e"},
};

START_TEST(a_mark_stays_on_its_letter)
{
    int end = MARGIN + width(marks[_i].base);
    ck_assert_int_eq(width(marks[_i].marked), width(marks[_i].base));
    clear(&coverage);
    clear(&other);
    draw(&coverage, marks[_i].base, MARGIN);
    draw(&other, marks[_i].marked, MARGIN);
    ck_assert(!is_same());
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        ck_assert(other.rows[i] == 0 || (i % WIDTH > MARGIN - 3 && i % WIDTH < end + 3));
}
END_TEST

START_TEST(a_letter_and_its_mark_are_one_character)
{
    check_pieces("e\u0301", (const char *const[]){"\u00e9"}, 1);
}
END_TEST

START_TEST(letters_of_devanagari_make_a_conjunct)
{
    if (!has_font("Lohit Devanagari"))
        return;
    int apart = width("\u0915") + width("\u0937");
    ck_assert_int_gt(apart, 0);
    ck_assert_int_lt(width("\u0915\u094d\u0937"), apart);
}
END_TEST

START_TEST(marks_of_thai_are_stacked)
{
    if (!has_font("Loma"))
        return;
    ck_assert_int_gt(width("\u0e17"), 0);
    ck_assert_int_eq(width("\u0e17\u0e35\u0e48"), width("\u0e17"));
}
END_TEST

/* Whether the font is there, and what of it stands beside Latin. */
static const struct {
    const char *font, *text;
} fallbacks[] = {
    {"Lohit Devanagari", "\u0915"},
    {"Loma", "\u0e01"},
    {"MotoyaLCedar", "\u4eba"},
};

START_TEST(what_a_font_lacks_comes_from_another)
{
    char label[64];
    const char *text = fallbacks[_i].text;
    if (!has_font(fallbacks[_i].font))
        return;
    snprintf(label, sizeof(label), "H%s|", text);
    int from = MARGIN + width("H"), to = from + width(text);
    clear(&coverage);
    clear(&other);
    ck_assert_int_eq(draw(&coverage, label, MARGIN), to + width("|"));
    draw(&other, text, from);
    ck_assert_uint_gt(ink(&other, from, to), 0);
    ck_assert_uint_eq(ink(&coverage, from, to), ink(&other, from, to));
    clear(&other);
    draw(&other, NO_CHARACTER, from);
    ck_assert_uint_ne(ink(&coverage, from, to), ink(&other, from, to));
}
END_TEST

START_TEST(a_line_is_as_high_as_its_fonts)
{
    const char *text = fallbacks[_i].text;
    if (!has_font(fallbacks[_i].font))
        return;
    struct vf_rectangle place = vf_glyphs_measure(glyphs, text);
    ck_assert_int_ge(place.height, vf_glyphs_measure(glyphs, "H").height);
    clear(&coverage);
    draw(&coverage, text, MARGIN);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        bool is_within = i / WIDTH >= MARGIN && i / WIDTH < MARGIN + place.height;
        ck_assert(coverage.rows[i] == 0 || is_within);
    }
}
END_TEST

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

START_TEST(what_no_font_has_is_a_box_and_one_warning)
{
    capture_errors();
    int box = width(NO_CHARACTER);
    int box_again = width(NO_CHARACTER "a") - width("a");
    check_pieces("a" NO_CHARACTER "b", (const char *const[]){"a", NO_CHARACTER, "b"}, 3);
    const char *errors = captured_errors();
    ck_assert_int_gt(box, 5);
    ck_assert_int_eq(box_again, box);
    ck_assert_uint_eq(count_of(errors, "\n"), 1);
    ck_assert_uint_eq(count_of(errors, "no installed font has the character U+10FFFD"), 1);
}
END_TEST

START_TEST(a_mark_that_no_font_has_beside_its_letter_is_no_box)
{
    if (!has_font("Lohit Devanagari") || !has_font("Loma"))
        return;
    capture_errors();
    ck_assert_int_gt(width("\u0e01\u093e"), width("\u0e01")); /* a mark of the other script */
    ck_assert_int_gt(width("\u0915\u200d\u0e01"), width("\u0e01"));
    ck_assert_str_eq(captured_errors(), "");
}
END_TEST

START_TEST(what_many_texts_lack_is_not_all_named)
{
    char text[8];
    capture_errors();
    for (unsigned i = 0; i < 64; i++) {
        snprintf(text, sizeof(text), "\364\217\277%c", 0x80 + i);
        ck_assert_int_gt(width(text), 0);
    }
    const char *errors = captured_errors();
    ck_assert_uint_eq(count_of(errors, "\n"), 20);
    ck_assert_uint_eq(count_of(errors, "no more such characters are named"), 1);
}
END_TEST

START_TEST(what_says_how_others_are_drawn_is_no_box)
{
    capture_errors();
    ck_assert_int_eq(width("a\ufe0f"), width("a"));
    ck_assert_int_eq(width("\u200ea\u200d"), width("a"));
    ck_assert_int_eq(width("a\tb\r"), width("a b "));
    ck_assert_str_eq(captured_errors(), "");
}
END_TEST

START_TEST(an_endless_line_ends_beyond_every_frame)
{
    static char text[100001];
    memset(text, 'i', sizeof(text) - 1);
    ck_assert_int_gt(width(text), 16384);
    clear(&coverage);
    draw(&coverage, text, -16384);
}
END_TEST

START_TEST(lines_are_kept_apart)
{
    /* More lines than are kept, each as wide as its letters, whichever was laid out before. */
    char text[8];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 600; i++) {
            snprintf(text, sizeof(text), "%d", i);
            int wanted = (i < 10 ? 1 : i < 100 ? 2 : 3) * width("0");
            ck_assert_int_eq(width(text), wanted);
        }
    }
}
END_TEST

Suite *scripts_suite(void);
Suite *scripts_suite(void)
{
    Suite *suite = suite_create("scripts");
    TCase *tcase = tcase_create("scripts");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, arabic_letters_are_joined);
    tcase_add_loop_test(tcase, hebrew_is_written_from_right_to_left, 0, (int)VF_COUNT(orders));
    tcase_add_loop_test(tcase, a_mark_stays_on_its_letter, 0, (int)VF_COUNT(marks));
    tcase_add_test(tcase, a_letter_and_its_mark_are_one_character);
    tcase_add_test(tcase, letters_of_devanagari_make_a_conjunct);
    tcase_add_test(tcase, marks_of_thai_are_stacked);
    tcase_add_loop_test(tcase, what_a_font_lacks_comes_from_another, 0, (int)VF_COUNT(fallbacks));
    tcase_add_loop_test(tcase, a_line_is_as_high_as_its_fonts, 0, (int)VF_COUNT(fallbacks));
    tcase_add_test(tcase, what_no_font_has_is_a_box_and_one_warning);
    tcase_add_test(tcase, a_mark_that_no_font_has_beside_its_letter_is_no_box);
    tcase_add_test(tcase, what_many_texts_lack_is_not_all_named);
    tcase_add_test(tcase, what_says_how_others_are_drawn_is_no_box);
    tcase_add_test(tcase, an_endless_line_ends_beyond_every_frame);
    tcase_add_test(tcase, lines_are_kept_apart);
    suite_add_tcase(suite, tcase);
    return suite;
}
