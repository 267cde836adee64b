/* SPDX-License-Identifier: MIT */
/* What users of other programs call nodes, options and ports. */
#include <check.h>

#include "engine/base/array.h"
#include "engine/node/reference/synonyms.h"
#include "nodes/all_nodes.h"
#include "nodes/synonyms.h"

static const struct {
    const char *word, *node;
} known[] = {{"scale", "resize"},
             {"fps", "rate"},
             {"http", "webhook"},
             {"blur", "blur_boxes"},
             {"rtsp", "video_reader"},
             {"h264", "video_writer"},
             {"Encode", "video_writer"},
             {"save", "video_writer"},
             {"resize", NULL},
             {"sca", NULL},
             {"", NULL}};

START_TEST(a_word_of_other_programs_is_answered_with_the_node)
{
    const char *node = vf_synonym_of_node(&vf_all_nodes, known[_i].word);
    if (known[_i].node)
        ck_assert_pstr_eq(node, known[_i].node);
    else
        ck_assert_ptr_null(node);
}
END_TEST

START_TEST(every_row_names_a_node_and_no_word_is_a_node)
{
    for (size_t i = 0; i < vf_node_synonyms.count; i++) {
        const struct vf_synonym *row = &vf_node_synonyms.items[i];
        ck_assert_msg(vf_node_exists(&vf_all_nodes, row->name), "%s", row->name);
        for (size_t j = 0; j < vf_all_nodes.count; j++) {
            const char *name = vf_node_name_at(&vf_all_nodes, j);
            ck_assert_msg(!vf_synonym_means_node(&vf_all_nodes, name, row->name),
                          "%s is a node, and a word for %s", name, row->name);
        }
    }
}
END_TEST

START_TEST(an_option_is_found_where_the_node_has_it)
{
    const struct vf_node *resize = vf_node_find(&vf_all_nodes, "resize");
    const struct vf_node *writer = vf_node_find(&vf_all_nodes, "video_writer");
    ck_assert_str_eq(vf_synonym_of_option(&resize->options, "w"), "width");
    ck_assert_str_eq(vf_synonym_of_option(&writer->options, "quality"), "crf");
    ck_assert_ptr_null(vf_synonym_of_option(&resize->options, "quality"));
    ck_assert_str_eq(vf_synonym_of_port(&writer->inputs, "sound"), "audio");
}
END_TEST

Suite *synonyms_suite(void);
Suite *synonyms_suite(void)
{
    Suite *suite = suite_create("synonyms");
    TCase *tests = tcase_create("synonyms");
    tcase_add_loop_test(tests, a_word_of_other_programs_is_answered_with_the_node, 0,
                        (int)VF_COUNT(known));
    tcase_add_test(tests, every_row_names_a_node_and_no_word_is_a_node);
    tcase_add_test(tests, an_option_is_found_where_the_node_has_it);
    suite_add_tcase(suite, tests);
    return suite;
}
