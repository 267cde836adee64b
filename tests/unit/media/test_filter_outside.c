/* SPDX-License-Identifier: MIT */
/* What filters do outside of a graph, and what stands for those that would. */
#include "engine/media/filter/outside.h"

#include <check.h>
#include <errno.h>
#include <libavfilter/avfilter.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/media/filter/look.h"

static void write_deed(void *context, const struct vf_filter_deed *deed)
{
    struct vf_text *text = context;
    vf_text_print(text, "%s%s %s %s%s", text->length ? "; " : "", deed->filter,
                  vf_filter_deed_verb(deed->kind), deed->name, deed->is_unsafe ? "!" : "");
}

static const struct {
    const char *graph, *told;
} reaching[] = {
    {"hflip,scale=32:32", ""},
    {"drawtext=text='a\\:b, c'", "drawtext reads the fonts of the system"},
    {"zmq", "zmq listens on tcp://*:5555!"},
    {"zmq=b=tcp\\\\://1.2.3.4\\\\:1", "zmq listens on tcp://1.2.3.4:1!"},
    {"hflip , zmq@one=bind_address=ipc\\\\://a", "zmq listens on ipc://a!"},
    {"[a'],[']zmq", "zmq listens on tcp://*:5555!"},
    {"['a]zmq']null", ""},
    {"[a\\]zmq]null", ""},
    {"sws_flags=area;frei0r=../evil", "frei0r loads code from ../evil!"},
    {"frei0r", "frei0r loads code from what it finds by itself!"},
    {"ladspa=f=./evil:p=x", "ladspa loads code from ./evil!"},
    {"lut3d=a.cube", "lut3d reads a.cube"},
    {"lut3d=interp=nearest:file='b c.cube'", "lut3d reads b c.cube"},
    {"lut3d=interp=nearest", ""},
    {"subtitles=f=a.srt:fontsdir=fonts",
     "subtitles reads a.srt; subtitles reads fonts; subtitles reads the fonts of the system"},
    {"subtitles=http\\\\://a/b",
     "subtitles connects to http://a/b!; subtitles reads the fonts of the system"},
    {"movie=logo.png[l];[in][l]overlay", "movie reads logo.png"},
    {"movie=file\\\\:logo.png[l];[in][l]overlay", "movie reads file:logo.png"},
    {"movie=subfile\\,\\,start\\,0\\,\\,\\\\:a[l];[in][l]overlay",
     "movie connects to subfile,,start,0,,:a!"},
    {"movie=tcp\\\\://a\\\\:1[l];[in][l]overlay", "movie connects to tcp://a:1!"},
    {"movie=filename=testsrc:f=lavfi[l];[in][l]overlay",
     "movie reads testsrc; movie opens the device lavfi!"},
    {"vidstabdetect", "vidstabdetect writes transforms.trf!"},
    {"vidstabtransform", "vidstabtransform reads transforms.trf"},
    {"[in0][in1]psnr=f=log", "psnr writes log!"},
    {"metadata=mode=print:file=log", "metadata writes log!"},
    {"curves=psfile=a:plot=b", "curves writes b!; curves reads a"},
    {"sendcmd=f=cmds", "sendcmd reads cmds"},
    {"sendcmd=c='1 curves plot x',curves", "curves writes what commands say!"},
    {"sendcmd=c='1 hue s 0',hue", ""},
};

START_TEST(a_graph_is_known_by_what_it_does)
{
    struct vf_text text = {0};
    const struct vf_filter_visitor visitor = {write_deed, &text};
    struct vf_filter_problem problem;
    ck_assert_int_eq(vf_filter_outside_visit(reaching[_i].graph, &visitor), VF_OK);
    ck_assert_str_eq(text.bytes ? text.bytes : "", reaching[_i].told);
    int refused = vf_filter_outside_refuse(reaching[_i].graph, &problem);
    ck_assert_int_eq(refused, strchr(reaching[_i].told, '!') ? -EPERM : VF_OK);
    ck_assert_int_eq(problem.text[0] != '\0', refused == -EPERM);
    vf_text_finish(&text);
}
END_TEST

static const struct {
    const char *graph, *stands;
    bool has_other_size;
} doubles[] = {
    {"hflip, scale=w=3", "hflip, scale=w=3", false},
    {"[in] lut3d=a.cube [out]", "[in] null@for-lut3d [out]", false},
    {"movie=a[l];[in][l]overlay=1", "nullsrc@for-movie[l];[in][l]overlay=1", false},
    {"movie=a:s=dv+1[l][m];[in][l]overlay[o];[o][m]overlay",
     "nullsrc,split@for-movie=2[l][m];[in][l]overlay[o];[o][m]overlay", false},
    {"curves=m=0/0:psfile=a", "curves=m=0/0", false},
    {"curves=psfile=a", "curves", false},
    {"drawtext=textfile=a:x='b, c'", "drawtext=x=b\\, c:text=x", false},
    {"drawtext=text='a\\:b':fontfile=c", "drawtext=text=a\\\\:b", false},
    {"sr=model=a,hflip", "null@for-sr,hflip", true},
};

START_TEST(a_double_opens_nothing)
{
    struct vf_filter_double made;
    ck_assert_int_eq(vf_filter_double_make(doubles[_i].graph, VF_FILTER_PICTURES, &made), VF_OK);
    ck_assert_str_eq(made.text, doubles[_i].stands);
    ck_assert(made.has_other_size == doubles[_i].has_other_size);
    free(made.text);
}
END_TEST

static const struct {
    const char *graph, *problem; /* "": it is right */
} looks[] = {
    {"lut3d=there/is/none.cube", ""},
    {"lut3d=a.cube:interp=odd", "at character 1: "},
    {"lut3d=a.cube:odd=1", "lut3d has no option \"odd\""},
    {"hflip,drawtext=textfile=none:fontfile=none:x=(w-tw)/2", ""},
    {"drawtext=text=a:x=foo(", "a formula cannot be read"},
    {"subtitles=none.srt[odd]", "nothing reads the output [odd] of subtitles"},
    {"movie=none.png[l];[in][l]overlay", ""},
    {"movie=none.png:s=dv+1[l];[in][l]overlay", ""},
    {"frei0r=filter_name=none", ""},
    {"zmq", ""},
};

START_TEST(a_graph_is_looked_at_without_what_it_names)
{
    struct vf_filter_nature nature;
    struct vf_filter_problem problem;
    char name[64];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(looks[_i].graph, "=,["), looks[_i].graph);
    if (!avfilter_get_by_name(name))
        return; /* this libavfilter is built without it */
    int err = vf_filter_look(looks[_i].graph, VF_FILTER_PICTURES, &nature, &problem);
    ck_assert_msg(strstr(problem.text, looks[_i].problem) != NULL, "%s", problem.text);
    ck_assert_int_eq(err, looks[_i].problem[0] ? -EINVAL : VF_OK);
}
END_TEST

/* Options that have names like those of files. */
static const char *const harmless[] = {
    "drawtext.text_source", "drawbox.box_source", "movie.format_name", "frei0r.filter_params",
    "lv2.plugin",           "ladspa.plugin",      "ladspa.p",
};

/* Of the version of libavfilter that is there. */
START_TEST(every_option_that_may_name_a_file_is_known)
{
    const AVFilter *filter;
    void *state = NULL;
    while ((filter = av_filter_iterate(&state)) != NULL) {
        const AVClass *class = filter->priv_class;
        const AVOption *option = NULL;
        while (class && (option = av_opt_next(&class, option)) != NULL) {
            char arguments[128], name[128];
            snprintf(arguments, sizeof(arguments), "%s=x", option->name);
            snprintf(name, sizeof(name), "%s.%s", filter->name, option->name);
            bool is_known = false;
            for (size_t i = 0; i < VF_COUNT(harmless); i++)
                is_known = is_known || strcmp(harmless[i], name) == 0;
            ck_assert_msg(is_known || !vf_filter_outside_doubtful(filter, arguments),
                          "%s may name a file", name);
        }
    }
}
END_TEST

Suite *filter_outside_suite(void);

Suite *filter_outside_suite(void)
{
    Suite *suite = suite_create("filter_outside");
    TCase *tcase = tcase_create("filter_outside");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, a_graph_is_known_by_what_it_does, 0, (int)VF_COUNT(reaching));
    tcase_add_loop_test(tcase, a_double_opens_nothing, 0, (int)VF_COUNT(doubles));
    tcase_add_loop_test(tcase, a_graph_is_looked_at_without_what_it_names, 0, (int)VF_COUNT(looks));
    tcase_add_test(tcase, every_option_that_may_name_a_file_is_known);
    suite_add_tcase(suite, tcase);
    return suite;
}
