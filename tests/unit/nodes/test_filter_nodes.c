/* SPDX-License-Identifier: MIT */
/* The node that runs graphs of libavfilter's filters. */
#include <errno.h>

#include "engine/message/message.h"
#include "tests/unit/support/media_fixture.h"

#define STREAM 0x100

/* Makes pictures of 64x48, numbered as a producer's. */
static void make(const char *frames)
{
    media_make(frames, "64x48", "yuv420p");
    media_number(STREAM);
}

static void open_graph(const char *graph, unsigned inputs)
{
    vf_bench_setup(&media_bench, media_node("filter"), inputs, {"graph", graph});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

static void feed(unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(i), NULL), VF_OK);
}

static const struct {
    const char *graph, *problem;
} mistakes[] = {
    {"hflop", "\"hflop\" at character 1: there is no such filter; did you mean \"hflip\"?"},
    {"vflip, [x]hflop@b", "\"hflop@b\" at character 11: there is no such filter"},
    {"qqqqqqqqqqqqqqqq", "`ffmpeg -filters` lists them"},
    {"vflip,scale=widht=4:-2",
     "at character 7: scale has no option \"widht\"; did you mean \"width\"?"},
    {"hue=h=blue", "in 'blue'"},
    {"transpose=sideways", "\"transpose=sideways\" at character 1: "},
    {"crop=foo", "a formula cannot be read"},
    {"volume=2", "this filter is for sound"},
    {"showwaves", "this filter is for sound"},
    {"concat=n=2:v=1:a=1", "an input of concat is sound"},
    {"[main]hflip", "nothing leads to the input [main] of hflip; label it [in0], [in1]"},
    {"hflip[result]", "nothing reads the output [result] of hflip; label it [out0], [out1]"},
    {"[in0][in2]hstack", "it has 2 inputs, but no [in1]"},
    {"[in9]hflip", "the input [in9]"},
    {"[in0][in0]hstack",
     "two filters have the input [in0]; give them copies with the filter split"},
    {"split[out0][out]", "two filters have the output [out0]; number them"},
    {"split=9", "more than 4 outputs"},
    {"testsrc", "no open input"},
    {"nullsink", "no open output"},
    {" ", "it is empty"},
    {"hflip,[x", "Mismatched '['"},
    {"hflip,,vflip", "No such filter: ''"},
};

START_TEST(a_mistake_in_a_graph_is_told_with_its_place)
{
    char problem[256] = "";
    vf_bench_setup(&media_bench, media_node("filter"), 1, {"graph", mistakes[_i].graph});
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
}
END_TEST

static const struct {
    const char *graph;
    size_t inputs, outputs;
    bool is_stateful, may_split;
} natures[] = {
    {"hflip", 1, 1, false, false},
    {"[in]scale=32:-2,drawtext=text=%{pts}:y=h-text_h[out]", 1, 1, false, false},
    {"sws_flags=area;scale=2:2", 1, 1, false, false},
    {"split", 1, 2, false, false},
    {"drawtext=text=%{n}", 1, 1, true, false},
    {"noise=alls=9:allf=t", 1, 1, true, false},
    {"fps=50", 1, 1, true, true},
    {"hflip,tpad=stop=3", 1, 1, true, true},
    {"hstack", 2, 1, true, true},
    {"[in2][in0][in1]hstack=inputs=3,split=3", 3, 3, true, true},
};

START_TEST(a_node_is_what_its_graph_is_like)
{
    vf_bench_setup(&media_bench, media_node("filter"), 1, {"graph", natures[_i].graph});
    const struct vf_node node = vf_bench_adapt(&media_bench);
    ck_assert_uint_eq(node.inputs.count, natures[_i].inputs);
    ck_assert_uint_eq(node.outputs.count, natures[_i].outputs);
    ck_assert(node.is_stateful == natures[_i].is_stateful);
    ck_assert(node.may_split == natures[_i].may_split);
    ck_assert((node.takes == VF_TAKES_JOINED) == (natures[_i].inputs == 1));
    ck_assert((node.holds == 0) == !natures[_i].may_split);
    for (size_t i = 0; i < node.inputs.count; i++)
        ck_assert(!node.inputs.items[i].is_optional);
}
END_TEST

static const char *const steady[] = {"hflip,hflip", "null", "scale=32:24,scale=64:48,format=gray"};

START_TEST(each_frame_is_answered_at_once_with_what_is_known_of_it)
{
    make("3");
    for (unsigned i = 0; i < 3; i++) {
        struct vf_video *video = &media_made(i)->description.video;
        video->sample_aspect_ratio = (struct vf_rational){4, 3};
        video->colour_primaries = video->colour_transfer = video->colour_matrix = 1;
        vf_message_set_source(&media_made(i)->description, "folder/in.mp4", VF_SOURCE_NAME);
    }
    open_graph(steady[_i], 1);
    for (unsigned i = 0; i < 3; i++) {
        feed(i, 1);
        ck_assert_uint_eq(vf_bench_count(&media_bench, 0), i + 1);
        const struct vf_description *in = &media_made(i)->description,
                                    *out = &media_answer(i)->description;
        ck_assert_uint_eq(out->origin.number, i + 1);
        ck_assert_int_eq(out->timestamp, in->timestamp);
        ck_assert_int_eq(out->duration, in->duration);
        ck_assert_int_eq(out->time_base.den, in->time_base.den);
        ck_assert_str_eq(out->source, "in.mp4");
        ck_assert_int_eq(out->video.sample_aspect_ratio.num, 4);
        ck_assert_int_eq(out->video.frame_rate.num, 25);
        ck_assert_uint_eq(out->video.colour_primaries, 1);
        ck_assert_uint_eq(out->video.colour_transfer, 1);
        ck_assert(media_is_same_row(media_made(i), media_answer(i), 0, 7) || _i == 2);
    }
}
END_TEST

START_TEST(a_frame_that_is_passed_on_stays_where_it_is)
{
    make("2");
    open_graph("select=1,setsar=2", 1);
    feed(0, 2);
    ck_assert_ptr_eq(media_answer(1)->payload, media_made(1)->payload);
    ck_assert_int_eq(media_answer(1)->description.video.sample_aspect_ratio.num, 2);
}
END_TEST

START_TEST(what_filters_draw_into_is_never_the_input)
{
    make("5");
    open_graph("drawbox=x=0:y=0:w=64:h=48:color=white:t=fill", 1);
    for (unsigned i = 0; i < 5; i++) {
        struct vf_payload *before;
        ck_assert_int_eq(vf_payload_create(&before, media_made(i)->payload->size), VF_OK);
        memcpy(before->data, media_made(i)->payload->data, before->size);
        feed(i, 1);
        ck_assert_mem_eq(media_made(i)->payload->data, before->data, before->size);
        ck_assert_ptr_ne(media_answer(i)->payload, media_made(i)->payload);
        ck_assert(!media_is_same_row(media_made(i), media_answer(i), 0, 7));
        ck_assert_uint_eq(
            media_answer(i)->payload->data[media_answer(i)->description.video.planes[0].offset],
            235);
        vf_payload_drop(&before);
    }
}
END_TEST

START_TEST(a_rate_that_is_changed_has_its_own_times)
{
    make("4");
    open_graph("fps=50", 1);
    feed(0, 4);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 8);
    for (unsigned i = 0; i < 8; i++) {
        const struct vf_description *out = &media_answer(i)->description;
        ck_assert_int_eq(out->timestamp * 50 * out->time_base.num, (int64_t)i * out->time_base.den);
        ck_assert_int_eq(out->duration * 50 * out->time_base.num, out->time_base.den);
        ck_assert_int_eq(out->video.frame_rate.num, 50);
        ck_assert_uint_eq(out->origin.stream, STREAM);
        if (i)
            ck_assert_uint_ge(out->origin.number, media_answer(i - 1)->description.origin.number);
        ck_assert_ptr_eq(media_answer(i)->payload, media_made(i / 2)->payload);
    }
    /* Its own number has passed when a frame comes at the end. */
    ck_assert_uint_eq(media_answer(7)->description.origin.number, 5);
}
END_TEST

START_TEST(a_filter_may_keep_more_than_the_node_holds)
{
    make("40");
    open_graph("reverse", 1);
    feed(0, 40);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 0);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 40);
    for (unsigned i = 0; i < 40; i++)
        media_check_same(media_answer(i), media_made(39 - i));
    unsigned shared = 0;
    for (unsigned i = 0; i < 40; i++)
        shared += media_answer(i)->payload == media_made(39 - i)->payload;
    ck_assert_uint_eq(shared, media_bench.node->holds);
}
END_TEST

START_TEST(a_change_of_size_loses_nothing_that_was_in_the_graph)
{
    struct vf_message *small;
    make("3");
    ck_assert_int_eq(vf_message_clone(&small, media_made(0)), VF_OK);
    small->description.video.width = 32; /* the left half of it */
    small->description.timestamp = 3;
    for (unsigned i = 0; i < 3; i++)
        small->description.video.planes[i].row_bytes /= 2;
    open_graph("tpad=stop=2", 1);
    feed(0, 3);
    ck_assert_int_eq(vf_bench_feed(&media_bench, small, NULL), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 6);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 8);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(media_answer(i)->description.video.width, i < 5 ? 64 : 32);
    vf_message_destroy(&small);
}
END_TEST

START_TEST(a_graph_that_wants_no_more_ends_the_node)
{
    make("5");
    open_graph("trim=end_frame=2", 1);
    feed(0, 2);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(2), NULL), VF_END);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 2);
}
END_TEST

START_TEST(outputs_are_numbered_by_their_labels)
{
    make("2");
    open_graph("split=3[out2][out0],hflip", 1);
    media_bench.unread_ports = 4;
    feed(0, 2);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 2);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 1), 2);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 2), 0);
    media_check_same(media_made(1), vf_bench_output(&media_bench, 0, 1));
    ck_assert(!media_is_same_row(media_made(1), vf_bench_output(&media_bench, 1, 1), 0, 40));
}
END_TEST

START_TEST(inputs_are_put_together_by_their_time_stamps)
{
    make("4");
    open_graph("[in1][in0]vstack", 2);
    feed(0, 3);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 0);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(vf_bench_feed(&media_bench, NULL, media_made(i)), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(media_answer(i)->description.video.height, 96);
        ck_assert_int_eq(media_answer(i)->description.timestamp, i);
    }
}
END_TEST

static const struct {
    const char *graph;
    int width, height;
} forecasts[] = {{"scale=640:-2,format=gray", 640, 360}, {"transpose", 180, 320}};

START_TEST(what_comes_out_is_foretold)
{
    bool is_read = true;
    struct vf_forecast input = {.is_known = true,
                                .type = VF_VALUE_VIDEO,
                                .video = {.format = "yuv420p", .width = 320, .height = 180}};
    struct vf_forecast output = {0};
    vf_bench_setup(&media_bench, media_node("filter"), 1, {"graph", forecasts[_i].graph});
    struct vf_foresight foresight = {.options = media_bench.run.options,
                                     .inputs = &input,
                                     .input_count = 1,
                                     .is_read = &is_read,
                                     .threads = 1,
                                     .outputs = &output,
                                     .output_count = 1};
    media_bench.node->forecast(&foresight);
    ck_assert(output.is_known);
    ck_assert_int_eq(output.video.width, forecasts[_i].width);
    ck_assert_int_eq(output.video.height, forecasts[_i].height);
    ck_assert_uint_ge(output.payload_bytes,
                      (size_t)forecasts[_i].width * (size_t)forecasts[_i].height);
}
END_TEST

Suite *filter_nodes_suite(void);
Suite *filter_nodes_suite(void)
{
    Suite *suite = suite_create("filter_nodes");
    TCase *tcase = tcase_create("filter_nodes");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_mistake_in_a_graph_is_told_with_its_place, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_loop_test(tcase, a_node_is_what_its_graph_is_like, 0, (int)VF_COUNT(natures));
    tcase_add_loop_test(tcase, each_frame_is_answered_at_once_with_what_is_known_of_it, 0,
                        (int)VF_COUNT(steady));
    tcase_add_test(tcase, a_frame_that_is_passed_on_stays_where_it_is);
    tcase_add_test(tcase, what_filters_draw_into_is_never_the_input);
    tcase_add_test(tcase, a_rate_that_is_changed_has_its_own_times);
    tcase_add_test(tcase, a_filter_may_keep_more_than_the_node_holds);
    tcase_add_test(tcase, a_change_of_size_loses_nothing_that_was_in_the_graph);
    tcase_add_test(tcase, a_graph_that_wants_no_more_ends_the_node);
    tcase_add_test(tcase, outputs_are_numbered_by_their_labels);
    tcase_add_test(tcase, inputs_are_put_together_by_their_time_stamps);
    tcase_add_loop_test(tcase, what_comes_out_is_foretold, 0, (int)VF_COUNT(forecasts));
    suite_add_tcase(suite, tcase);
    return suite;
}
