/* SPDX-License-Identifier: MIT */
/* What nodes reach outside of the flow. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/node/reach.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/scratch.h"

static void make_files(void)
{
    static const char *const names[] = {"in/a.png", "far/b.png", "far/out.mkv"};
    scratch_create();
    for (size_t i = 0; i < VF_COUNT(names); i++)
        scratch_write(names[i], "x");
    ck_assert_int_eq(chdir(scratch_path()), 0);
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_assert_int_eq(symlink("../far/b.png", "in/b.png"), 0);
    ck_assert_int_eq(symlink("far/out.mkv", "link.mkv"), 0);
}

static void remove_files(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    scratch_remove();
}

static void add_line(void *context, enum vf_reach_kind kind, const char *what)
{
    const char *folder = strstr(what, scratch_path());
    const char *shown = folder ? folder + strlen(scratch_path()) + 1 : what;
    vf_text_print(context, "%s %s\n", vf_reach_word(kind), shown);
}

static const struct {
    const char *node, *option, *value, *reached;
} known[] = {
    {"video_reader", "path", "a.mkv", "read a.mkv\n"},
    {"video_reader", "path", "file:/a.mkv", "read /a.mkv\n"},
    {"video_reader", "path", "in/list.m3u8", "read below in\n"},
    {"video_reader", "path", "in/%04d.png", "read below in\n"},
    {"video_reader", "path", "http://host/a.mkv", "connect http://host/a.mkv\n"},
    {"video_reader", "path", "rtsp://host/1", "connect rtsp://host/1\nlisten rtsp://host/1\n"},
    {"video_reader", "path", "tcp://0.0.0.0:1?listen",
     "connect tcp://0.0.0.0:1?listen\nlisten tcp://0.0.0.0:1?listen\n"},
    {"video_reader", "path", "concat:a.ts|in/b.ts", "read a.ts\nread in/b.ts\n"},
    {"video_reader", "path", "crypto:a.ts", "read a.ts\n"},
    {"image_reader", "path", "in", "read below in\nread in/b.png\n"},
    {"image_reader", "path", "in/*.png", "read below in\nread in/b.png\n"},
    {"folder_reader", "path", "in", "read below in\n"},
    {"video_writer", "path", "out.mp4", "write below .\n"},
    {"video_writer", "path", "/out.mp4", "write below /\n"},
    {"video_writer", "path", "pipe", "write pipe\n"},
    {"video_writer", "path", "-", ""},
    {"video_writer", "path", "link.mkv", "write below .\nwrite below far\n"},
    {"video_writer", "path", "rtmp://host/live", "connect rtmp://host/live\n"},
    {"image_writer", "path", "in/{date}/{seq}.jpg", "write below in\n"},
    {"zmq_out", "endpoint", "tcp://127.0.0.1:5555", "listen tcp://127.0.0.1:5555\n"},
    {"zmq_in", "endpoint", "ipc:///tmp/a/b", "listen ipc:///tmp/a/b\nwrite below /tmp/a\n"},
    {"webhook", "url", "https://host/", "connect https://host/\n"},
    {"mqtt_out", "broker", "mqtt://host", "connect mqtt://host\n"},
    {"nats_out", "server", "nats://host", "connect nats://host\n"},
    {"draw_text", "text", "a", "fonts sans\n"},
    {"device_reader", "device", "/dev/video7", "device /dev/video7\n"},
    {"process", "command", "[cat, a]", "run cat\n"},
    {"resize", "width", "10", ""},
};

START_TEST(a_node_names_all_that_it_reaches)
{
    const struct vf_node *node = vf_node_find(&vf_all_nodes, known[_i].node);
    struct vf_text text = {0};
    const struct vf_reach reach = {.add = add_line, .context = &text};
    const struct vf_option *option = vf_option_find(&node->options, known[_i].option);
    void *options = calloc(1, node->options_size);
    make_files();
    ck_assert_ptr_nonnull(options);
    ck_assert_int_eq(vf_option_set_fallbacks(&node->options, options), VF_OK);
    ck_assert_int_eq(vf_option_set(option, known[_i].value, options), VF_OK);
    vf_node_reach(node, options, &reach);
    ck_assert_str_eq(text.bytes ? text.bytes : "", known[_i].reached);
    vf_option_release(&node->options, options);
    free(options);
    vf_text_finish(&text);
    remove_files();
}
END_TEST

Suite *reach_suite(void);
Suite *reach_suite(void)
{
    Suite *suite = suite_create("reach");
    TCase *tests = tcase_create("reach");
    tcase_add_loop_test(tests, a_node_names_all_that_it_reaches, 0, (int)VF_COUNT(known));
    suite_add_tcase(suite, tests);
    return suite;
}
