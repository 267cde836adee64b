/* SPDX-License-Identifier: MIT */
/* What is wrong with flows that could be read. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/flow/check/check.h"
#include "tests/nodes/plain_nodes.h"
#include "tests/unit/support/flow_fixture.h"

#define FLOW(nodes) "vflow: 1\nnodes:\n" nodes
#define EYE "  eye: {type: camera}\n"
#define COUNT "  count: {type: counter}\n"

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {FLOW(EYE "  b: {type: snik, inputs: [x, y], z: 1}\n"),
     "f:4:13: unknown type \"snik\"; did you mean \"sink\"?\n"
     "f:4:28: there is no node \"x\"; the nodes are eye, b\n"
     "f:4:31: there is no node \"y\"; the nodes are eye, b\n"},
    {FLOW(EYE "  b: {type: nothing, inputs: eye}\n"),
     "f:4:13: unknown type \"nothing\"; the types are camera, counter, scale, pass, window, "
     "some, split, total, join, both, several, file, sink\n"},
    {FLOW(EYE
          "  b: {type: scale, inputs: eye, width: 4, widht: 4}\n  c: {type: sink, inputs: b}\n"),
     "f:4:43: unknown option \"widht\" of scale; did you mean \"width\"?\n"},
    {FLOW(EYE "  b: {type: sink, input: eye}\n"),
     "f:4:19: unknown option \"input\" of sink; did you mean \"inputs\"?\n"},
    {FLOW(EYE "  b: {type: scale, inputs: eye}\n  c: {type: sink, inputs: b}\n"),
     "f:4:3: width of scale is missing; it is an integer, 2 to 16384 pixels\n"},
    {FLOW(EYE "  b: {type: scale, inputs: eye, width: 1, height: tall, filter: lancsoz,\n"
              "      gain: x, exact: yes}\n  c: {type: sink, inputs: b}\n"),
     "f:4:40: width of scale is 1, out of its range; it is an integer, 2 to 16384 pixels\n"
     "f:4:51: height of scale cannot be \"tall\"; it is an integer, 2 to 16384 pixels\n"
     "f:4:65: unknown filter \"lancsoz\" of scale; did you mean \"lanczos\"?\n"
     "f:5:13: gain of scale cannot be \"x\"; it is a number\n"
     "f:5:23: exact of scale cannot be \"yes\"; did you mean true? It is a boolean, true or "
     "false\n"},
    {FLOW(EYE "  b: {type: scale, inputs: eye, width: , title: [1], filter: {a: 1}}\n"
              "  c: {type: sink, inputs: b}\n"),
     "f:4:40: \"width\" has no value; give it one, or leave the key out\n"
     "f:4:49: title of scale is a list; it is a text\n"
     "f:4:62: filter of scale is a mapping; it is one of bilinear, lanczos\n"},
    {FLOW(EYE "  b: {type: scale, inputs: eye, width: 1000}\n  c: {type: sink, inputs: b}\n"),
     "f:4:3: scale: 1000x360 is too wide; make it at most twice as wide as high\n"},
    {FLOW(EYE "  b: {type: sink, inputs: eey}\n"),
     "f:4:27: there is no node \"eey\"; did you mean \"eye\"?\n"},
    {FLOW(EYE "  b: {type: sink, inputs: eye.vidoe}\n"),
     "f:4:27: eye has no output \"vidoe\"; did you mean \"video\"?\n"},
    {FLOW(EYE "  b: {type: sink, inputs: {into: eye}}\n"),
     "f:4:34: b has no input \"into\"; it has in\n"},
    {FLOW(EYE "  b: {type: sink, inputs: eye}\n  c: {type: sink, inputs: b}\n"),
     "f:5:27: b is a consumer and has no output; read from the node before it\n"},
    {FLOW(EYE "  b: {type: sink}\n"),
     "f:4:3: input \"in\" of b is not connected; name a source of anything under inputs\n"},
    {FLOW(EYE "  b: {type: several}\n"),
     "f:4:3: nothing is connected to b; name a source under inputs\n"},
    {FLOW(EYE "  b: {type: both, inputs: {second: eye}}\n"),
     "f:4:19: input \"first\" of b is not connected; name a source of anything under inputs\n"},
    {FLOW(EYE "  b: {type: sink, inputs: [eye, eye.audio]}\n"),
     "f:4:33: this is input number 2 of b; sink takes 1\n"},
    {FLOW(EYE "  b: {type: sink, inputs: {in: [eye, eye]}}\n"),
     "f:4:38: input \"in\" of b has a source already; it takes one\n"},
    {FLOW(EYE "  b: {type: camera, inputs: eye}\n  c: {type: both, inputs: [eye, b]}\n"),
     "f:4:21: b is a producer and takes no inputs; remove them\n"},
    {FLOW(EYE "  b: {type: scale, inputs: eye.audio, width: 4}\n  c: {type: sink, inputs: b}\n"),
     "f:4:28: input \"video\" of b takes video, but eye.audio is packet; did you mean "
     "\"eye.video\"?\n"},
    {FLOW(COUNT "  b: {type: scale, inputs: count, width: 4}\n  c: {type: sink, inputs: b}\n"),
     "f:4:28: input \"video\" of b takes video, but count.value is value; read from a node that "
     "makes video\n"},
    {FLOW(COUNT "  p: {type: pass, inputs: q}\n  q: {type: pass, inputs: count}\n"
                "  b: {type: scale, inputs: p, width: 4}\n  c: {type: sink, inputs: b}\n"),
     "f:6:28: input \"video\" of b takes video, but p.out is value; read from a node that makes "
     "video\n"},
    {FLOW(EYE "  a: {type: both, inputs: [eye, b]}\n  b: {type: join, inputs: [eye, c]}\n"
              "  c: {type: pass, inputs: b}\n"),
     "f:5:33: the flow goes in a circle: b -> c -> b; take one of these inputs away\n"},
    {FLOW(EYE "  b: {type: join, inputs: [eye, b]}\n"),
     "f:4:33: b reads itself; a node can only read others\n"},
    {FLOW("  b: {type: pass, inputs: c}\n  c: {type: pass, inputs: b}\n"),
     "f:3:27: the flow goes in a circle: b -> c -> b; take one of these inputs away\n"},
    {FLOW(EYE COUNT "  p: {type: pass, inputs: eye}\n  b: {type: sink, inputs: eye.audio}\n"),
     "f:4:3: warning: nobody reads what count makes; connect it to a node, or remove it\n"
     "f:5:3: warning: nobody reads what p makes; connect it to a node, or remove it\n"},
    {"vflow: 1\ndefaults: {drop: newest}\nnodes:\n" EYE
     "  b: {type: sink, inputs: {from: eye, drop: oldest}}\n  c: {type: sink, inputs: {from: eye, "
     "drop: never}}\n",
     "f:2:18: warning: nothing is dropped in batch mode; leave drop out, or set mode: realtime\n"
     "f:5:34: warning: nothing is dropped in batch mode; leave drop out, or set mode: realtime\n"},
    {FLOW("  eye: {type: camera, path: /nowhere/a.mp4}\n  b: {type: sink, inputs: eye}\n"),
     "f:3:29: there is no file \"/nowhere/a.mp4\"; name one that "
     "exists\n"},
    {FLOW("  eye: {type: camera, path: /}\n  b: {type: sink, inputs: eye}\n"),
     "f:3:29: \"/\" cannot be read: Is a directory; name a file that can\n"},
    {FLOW(EYE "  b: {type: file, inputs: eye, path: /nowhere/a.mp4}\n"),
     "f:4:38: \"a.mp4\" cannot be created in \"/nowhere\": No such file or directory; make the "
     "folder first\n"},
    {FLOW(EYE "  b: {type: file, inputs: eye, path: /dev/null/a.mp4}\n"),
     "f:4:38: \"a.mp4\" cannot be created in \"/dev/null\": Not a directory; name a folder that "
     "can be written\n"},
    {FLOW(EYE "  b: {type: file, inputs: eye, path: /tmp}\n"),
     "f:4:38: \"/tmp\" is a folder; name a file in it\n"},
    {FLOW(EYE "  b: {type: file, inputs: eye, path: /tmp/a.mp4}\n"
              "  c: {type: file, inputs: eye, path: /tmp/../tmp/./a.mp4}\n"),
     "f:5:38: c writes the same file as b; give each a file of its own\n"},
};

START_TEST(a_mistake_in_the_flow_is_told_once_and_without_what_follows_from_it)
{
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

static const char *const good[] = {
    FLOW(EYE "  b: {type: sink, inputs: eye}\n"),
    FLOW("  b: {type: sink, inputs: eye}\n" EYE),
    FLOW(EYE "  b: {type: both, inputs: [eye, eye.audio]}\n"),
    FLOW(EYE "  b: {type: both, inputs: {second: eye, first: eye.audio}}\n"),
    FLOW(EYE COUNT "  b: {type: join, inputs: {in: [eye, count, {from: eye}]}}\n"
                   "  c: {type: sink, inputs: b}\n"),
    FLOW(EYE "  p: {type: pass, inputs: eye}\n  b: {type: scale, inputs: p, width: 4}\n"
             "  c: {type: sink, inputs: b}\n"),
    FLOW(EYE "  b: {type: file, inputs: eye, path: /dev/null}\n"
             "  c: {type: file, inputs: eye, path: /dev/null, options: {}}\n"),
    FLOW(EYE "  b: {type: file, inputs: eye, path: rtmp://host/a}\n"
             "  c: {type: file, inputs: eye, path: \"-\"}\n"),
    FLOW("  eye: {type: camera, path: \"http://host/a.mp4\"}\n  b: {type: sink, inputs: eye}\n"),
    FLOW("  eye: {type: camera, path: \"/nowhere/%04d.png\"}\n  b: {type: sink, inputs: eye}\n"),
    FLOW("  eye: {type: camera, path: \"-\"}\n  b: {type: sink, inputs: eye}\n"),
};

START_TEST(a_flow_without_mistakes_is_not_spoken_of)
{
    assert_flow_messages(good[_i], NULL, "");
}
END_TEST

START_TEST(a_drop_policy_that_batch_overrides_on_the_command_line_is_not_spoken_of)
{
    static const enum vf_flow_mode batch = VF_MODE_BATCH;
    struct vf_flow_request request = {.mode = &batch};
    assert_flow_messages("vflow: 1\nmode: realtime\ndefaults: {drop: oldest}\nnodes:\n" EYE
                         "  b: {type: sink, inputs: eye}\n",
                         &request, "");
}
END_TEST

static char folder[sizeof("/tmp/vflow-check-XXXXXX")];

static void enter_folder(void)
{
    memcpy(folder, "/tmp/vflow-check-XXXXXX", sizeof(folder));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    int fd = open("clip.mp4", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(symlink("clip.mp4", "link.mp4"), 0);
}

static void leave_folder(void)
{
    unlink("clip.mp4");
    unlink("link.mp4");
    ck_assert_int_eq(chdir("/"), 0);
    rmdir(folder);
}

START_TEST(a_misspelt_file_is_answered_with_the_one_that_is_there)
{
    assert_flow_messages(
        FLOW("  eye: {type: camera, path: clpi.mp4}\n  b: {type: sink, inputs: eye}\n"), NULL,
        "f:3:29: there is no file \"clpi.mp4\"; did you mean "
        "\"clip.mp4\"?\n");
}
END_TEST

START_TEST(a_file_that_is_read_cannot_be_written_by_any_of_its_names)
{
    assert_flow_messages(FLOW("  eye: {type: camera, path: clip.mp4}\n"
                              "  b: {type: file, inputs: eye, path: ./link.mp4}\n"),
                         NULL,
                         "f:4:38: b writes the file that eye reads; give them different files\n");
}
END_TEST

static const struct {
    const char *path_in, *path_out;
    enum vf_gravity gravity;
} gravities[] = {
    {"/nowhere", "/nowhere/a", VF_GRAVITY_SOURCE},
    {"-", "/nowhere/a", VF_GRAVITY_OUTPUT},
    {"-", "-", VF_GRAVITY_NONE},
};

START_TEST(a_missing_source_a_bad_output_and_a_wrong_flow_are_told_apart)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow *flow;
    struct vf_flow_node *node;
    ck_assert_int_eq(vf_flow_create(&flow, "made by hand"), 0);
    ck_assert_int_eq(vf_flow_add_node(flow, "eye", "camera", &node), 0);
    ck_assert_int_eq(vf_flow_set_option(node, "path", gravities[_i].path_in), 0);
    ck_assert_int_eq(vf_flow_add_node(flow, "out", "file", &node), 0);
    ck_assert_int_eq(vf_flow_set_option(node, "path", gravities[_i].path_out), 0);
    ck_assert_int_eq(vf_flow_add_input(node, NULL, "eye.video", NULL), 0);
    int err = vf_flow_check(flow, &vf_plain_nodes, &diagnostics);
    ck_assert_int_eq(err, gravities[_i].gravity == VF_GRAVITY_NONE ? VF_OK : -EINVAL);
    ck_assert_int_eq(vf_diagnostics_gravest(&diagnostics, 0), gravities[_i].gravity);
    ck_assert_int_eq(vf_flow_add_input(node, "nothing", "eye.video", NULL), 0);
    ck_assert_int_eq(vf_flow_check(flow, &vf_plain_nodes, &diagnostics), -EINVAL);
    ck_assert_int_eq(vf_diagnostics_gravest(&diagnostics, 0), VF_GRAVITY_FLOW);
    vf_diagnostics_finish(&diagnostics);
    vf_flow_destroy(&flow);
}
END_TEST

Suite *flow_check_suite(void);
Suite *flow_check_suite(void)
{
    Suite *suite = suite_create("flow_check");
    TCase *tcase = tcase_create("flow_check");
    tcase_add_loop_test(tcase, a_mistake_in_the_flow_is_told_once_and_without_what_follows_from_it,
                        0, (int)VF_COUNT(mistakes));
    tcase_add_loop_test(tcase, a_flow_without_mistakes_is_not_spoken_of, 0, (int)VF_COUNT(good));
    tcase_add_test(tcase, a_drop_policy_that_batch_overrides_on_the_command_line_is_not_spoken_of);
    tcase_add_loop_test(tcase, a_missing_source_a_bad_output_and_a_wrong_flow_are_told_apart, 0,
                        (int)VF_COUNT(gravities));
    suite_add_tcase(suite, tcase);
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, enter_folder, leave_folder);
    tcase_add_test(files, a_misspelt_file_is_answered_with_the_one_that_is_there);
    tcase_add_test(files, a_file_that_is_read_cannot_be_written_by_any_of_its_names);
    suite_add_tcase(suite, files);
    return suite;
}
