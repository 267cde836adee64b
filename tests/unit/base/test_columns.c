/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/columns.h"
#include "engine/base/text.h"

static const struct {
    const char *text;
    size_t columns;
} widths[] = {
    {"", 0},
    {"clip.mp4", 8},
    {"gr\xc3\xbc\xc3\x9f"
     "e",
     5},
    {"\xe5\xbd\xb1\xe7\x89\x87.mp4", 8}, /* two wide characters */
    {"e\xcc\x81", 1},                    /* an accent that stands over the letter */
    {"\xf0\x9f\x8e\xac", 2},             /* a clapper board */
    {"a\xff\xfe"
     "b",
     4},             /* no UTF-8 */
    {"\xe5\xbd", 2}, /* a character without its end */
};

START_TEST(a_text_takes_so_many_columns)
{
    ck_assert_uint_eq(vf_columns_of(widths[_i].text), widths[_i].columns);
}
END_TEST

static const struct {
    const char *text;
    size_t columns;
    const char *cut, *padded;
} cuts[] = {
    {"clip", 4, "clip", "clip"},
    {"clip", 6, "clip", "clip  "},
    {"clip", 3, "cl~", "cl~"},
    {"clip", 1, "~", "~"},
    {"clip", 0, "", ""},
    {"", 2, "", "  "},
    {"\xe5\xbd\xb1\xe7\x89\x87", 3, "\xe5\xbd\xb1~", "\xe5\xbd\xb1~"},
    {"\xe5\xbd\xb1\xe7\x89\x87", 2, "~", "~ "}, /* half of a wide character is none */
    {"\xe5\xbd\xb1\xe7\x89\x87", 5, "\xe5\xbd\xb1\xe7\x89\x87", "\xe5\xbd\xb1\xe7\x89\x87 "},
};

START_TEST(a_text_is_cut_between_characters)
{
    struct vf_text cut = {0}, padded = {0};
    vf_columns_cut(&cut, cuts[_i].text, cuts[_i].columns);
    vf_columns_pad(&padded, cuts[_i].text, cuts[_i].columns);
    ck_assert_str_eq(cut.bytes ? cut.bytes : "", cuts[_i].cut);
    ck_assert_str_eq(padded.bytes ? padded.bytes : "", cuts[_i].padded);
    vf_text_finish(&cut);
    vf_text_finish(&padded);
}
END_TEST

Suite *columns_suite(void);
Suite *columns_suite(void)
{
    Suite *suite = suite_create("columns");
    TCase *tcase = tcase_create("columns");
    tcase_add_loop_test(tcase, a_text_takes_so_many_columns, 0, VF_COUNT(widths));
    tcase_add_loop_test(tcase, a_text_is_cut_between_characters, 0, VF_COUNT(cuts));
    suite_add_tcase(suite, tcase);
    return suite;
}
