/* SPDX-License-Identifier: MIT */
/* Which flows a run can make a part of. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/flow/file/load.h"
#include "engine/flow/plan/part.h"
#include "nodes/all_nodes.h"

#define READER "  reader: {type: video_reader, path: /dev/null}\n"
#define WRITER(from) \
    "  out: {type: video_writer, inputs: " from ", path: /tmp/none.mkv, checkpoint: 2s}\n"

static const struct {
    const char *nodes, *reason; /* NULL: none */
    uint64_t warm_up;
} cases[] = {
    {READER WRITER("reader"), NULL, 0},
    {READER "  a: {type: resize, inputs: reader, width: 64, replicas: 2}\n" WRITER("a"), NULL, 0},
    {READER "  a: {type: mask, inputs: reader}\n" WRITER("a"), NULL, 0},
    {READER "  a: {type: filter, inputs: reader, graph: tmix=frames=3}\n" WRITER("a"),
     "a (filter) remembers earlier inputs", 0},
    {READER "  a: {type: filter, inputs: reader, graph: tmix=frames=3, warm_up: 3}\n"
            "  b: {type: filter, inputs: a, graph: tmix=frames=5, warm_up: 5}\n" WRITER("b"),
     NULL, 8},
    {READER "  a: {type: every, inputs: reader, nth: 2, warm_up: 9}\n" WRITER("a"),
     "a (every) leaves out", 0},
    {READER "  a: {type: rate, inputs: reader, fps: 5, warm_up: 9}\n" WRITER("a"), NULL, 9},
    {READER "  a: {type: retime, inputs: reader, speed: 2}\n" WRITER("a"),
     "a (retime) changes the time", 0},
    {"  a: {type: test_source}\n" WRITER("a"), "a (test_source) cannot begin", 0},
    {"  r: {type: video_reader, path: /dev/null, every: 2}\n" WRITER("r"),
     "r (video_reader) cannot begin", 0},
    {"  r: {type: video_reader, path: /dev/null, frames: 2}\n" WRITER("r"),
     "r (video_reader) cannot begin", 0},
    {READER "  log: {type: metadata_log, inputs: reader, path: l.txt}\n" WRITER("reader"),
     "log (metadata_log) gets pictures, too", 0},
    {READER
     "  n: {type: volume, inputs: reader.audio_frames, gain: 2}\n"
     "  o: {type: video_writer, inputs: {audio: n}, path: /tmp/none.flac}\n" WRITER("reader"),
     NULL, 0},
    {READER "  r: {type: video_reader, path: /dev/zero}\n"
            "  a: {type: tile, inputs: [reader, r], columns: 2}\n" WRITER("a"),
     "the pictures come from reader and from r", 0},
    {READER WRITER("reader") "  two: {type: video_writer, inputs: reader, path: /tmp/two.mkv, "
                             "checkpoint: 3s}\n",
     "two (video_writer) has another checkpoint", 0},
};

START_TEST(a_flow_is_taken_or_refused_with_the_reason)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow_request request = {.file = "f"};
    struct vf_text yaml = {0}, reason = {0};
    struct vf_part_needs needs;
    struct vf_flow *flow;
    struct vf_plan *plan;
    vf_text_print(&yaml, "vflow: 1\nnodes:\n%s", cases[_i].nodes);
    int err =
        vf_flow_load_text(&request, yaml.bytes, yaml.length, &vf_all_nodes, &diagnostics, &flow);
    if (err)
        vf_diagnostics_print(&diagnostics, stderr);
    ck_assert_int_eq(err, VF_OK);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &vf_all_nodes), VF_OK);
    err = vf_part_check(plan, &needs, &reason);
    if (cases[_i].reason) {
        ck_assert_int_eq(err, -EINVAL);
        ck_assert_msg(reason.bytes && strstr(reason.bytes, cases[_i].reason), "%s", reason.bytes);
    } else {
        ck_assert_msg(err == VF_OK, "%s", reason.bytes ? reason.bytes : "");
        ck_assert_int_eq(needs.length_ns, 2000000000);
        ck_assert_uint_eq(needs.warm_up, cases[_i].warm_up);
    }
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&diagnostics);
    vf_text_finish(&yaml);
    vf_text_finish(&reason);
}
END_TEST

Suite *flow_part_suite(void);
Suite *flow_part_suite(void)
{
    Suite *suite = suite_create("flow_part");
    TCase *tcase = tcase_create("flow_part");
    tcase_add_loop_test(tcase, a_flow_is_taken_or_refused_with_the_reason, 0, (int)VF_COUNT(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
