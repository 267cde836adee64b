/* SPDX-License-Identifier: MIT */
/* Of which producers only some pictures are wanted, and what is said of it. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/flow/file/load.h"
#include "engine/flow/plan/wishes.h"
#include "nodes/all_nodes.h"

#define READER "  r: {type: video_reader, path: /dev/null}\n"
#define FEW "  e: {type: every, inputs: r, nth: 5}\n"
#define VOID(name, from) "  " name ": {type: void, inputs: " from "}\n"

static const struct {
    const char *nodes, *said; /* "": nothing */
    unsigned wishes;
} cases[] = {
    {READER FEW VOID("v", "e"), "decodes only what is needed for the pictures that e takes", 1},
    {READER FEW "  t: {type: rate, inputs: r, fps: 2}\n" VOID("v", "e") VOID("w", "t"),
     "needed for the pictures that e and t take", 2},
    {READER FEW VOID("v", "e") VOID("w", "r"), "all pictures, as w takes each", 0},
    {READER FEW VOID("v", "e") VOID("w", "r.audio"), "as w gets what comes with them", 0},
    {READER "  e: {type: every, inputs: {from: r, delay: 1s}, nth: 5}\n" VOID("v", "e"),
     "as e gets them with a delay", 0},
    {"mode: realtime\nnodes:\n" READER FEW VOID("v", "e"), "as e may not get each", 0},
    {"  r: {type: video_reader, path: /dev/null, restart: always}\n" FEW VOID("v", "e"),
     "because of restart: always", 0},
    {READER VOID("v", "r"), "", 0},
    {"  r: {type: video_reader, path: /dev/null, decode: all}\n" FEW VOID("v", "e"), "", 0},
    {"  r: {type: video_reader, path: /dev/null, every: 2}\n" FEW VOID("v", "e"), "", 0},
    {"  r: {type: test_source}\n" FEW VOID("v", "e"), "", 0},
    {READER "  s: {type: resize, inputs: r, width: 32}\n"
            "  e: {type: every, inputs: s, nth: 5}\n" VOID("v", "e"),
     "", 0},
};

START_TEST(a_producer_is_told_what_is_wanted_of_it)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow_request request = {.file = "f"};
    struct vf_text yaml = {0}, said = {0};
    struct vf_flow *flow;
    struct vf_plan *plan;
    bool has_mode = strncmp(cases[_i].nodes, "mode", 4) == 0;
    vf_text_print(&yaml, "vflow: 1\n%s%s", has_mode ? "" : "nodes:\n", cases[_i].nodes);
    int err =
        vf_flow_load_text(&request, yaml.bytes, yaml.length, &vf_all_nodes, &diagnostics, &flow);
    if (err)
        vf_diagnostics_print(&diagnostics, stderr);
    ck_assert_int_eq(err, VF_OK);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &vf_all_nodes), VF_OK);
    const struct vf_plan_task *reader = &plan->tasks[0];
    ck_assert_uint_eq(reader->wish_count, cases[_i].wishes);
    if (reader->wish_count)
        ck_assert_uint_eq(reader->wishes[0].nth, 5);
    vf_plan_describe_wishes(&said, plan, reader);
    const char *got = said.bytes ? said.bytes : "";
    ck_assert_msg(cases[_i].said[0] ? strstr(got, cases[_i].said) != NULL : !got[0], "%s", got);
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&diagnostics);
    vf_text_finish(&yaml);
    vf_text_finish(&said);
}
END_TEST

Suite *flow_wishes_suite(void);
Suite *flow_wishes_suite(void)
{
    Suite *suite = suite_create("flow_wishes");
    TCase *tcase = tcase_create("flow_wishes");
    tcase_add_loop_test(tcase, a_producer_is_told_what_is_wanted_of_it, 0, (int)VF_COUNT(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
