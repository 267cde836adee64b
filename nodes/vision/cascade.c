/* SPDX-License-Identifier: MIT */
/* cascade - finds faces and other things by cascades of classifiers. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/picture/gray.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/vision/model/found.h"
#include "nodes/vision/opencv/cascade_file.h"
#include "nodes/vision/opencv/cascades.h"
#include "nodes/vision/opencv/library.h"

#define MOST_DIVISOR 64
#define MOST_BOXES 10000 /* of a frame */

enum { BOXES, OBJECTS }; /* outputs */

struct cascade_options {
    struct vf_option_texts cascades, classes, mirrored, angles;
    double smallest, largest, step, score, overlap;
    int neighbours, every, threads;
};

struct cascade {
    struct vf_cascades cascades;
    struct vf_gray gray;
    struct vf_found_list found;
    unsigned turn; /* of the next frame: those of turn 0 are looked at */
};

static const struct vf_option options[] = {
    {"cascade",
     "What to look for, one or several: cascades of OpenCV by their names, such as frontalface, "
     "profileface, upperbody, fullbody or lbp_frontalface_improved, or XML files of cascades",
     VF_TEXT_LIST(struct cascade_options, cascades), .is_main = true},
    {"classes",
     "What each of them finds, as a name; the last is that of all further ones, and those with one "
     "name have one number; empty: they are called as the cascades",
     VF_TEXT_LIST(struct cascade_options, classes), .fallback = "[]"},
    {"mirrored",
     "Those of the cascades that look at the mirrored picture as well, such as [profileface], "
     "which "
     "knows but one side",
     VF_TEXT_LIST(struct cascade_options, mirrored), .fallback = "[]"},
    {"angles",
     "Degrees, clockwise, by which things may be turned, such as [-20, 0, 20]; the time that it "
     "takes grows with each",
     VF_TEXT_LIST(struct cascade_options, angles), .fallback = "[0]"},
    {"smallest",
     "Height of the smallest box, in pixels; below 1, as a share of the height of the frame; 0: "
     "what "
     "the cascade can find",
     VF_NUMBER(struct cascade_options, smallest), .fallback = "0.05", VF_RANGE(0, 65536)},
    {"largest", "The same of the largest; 0: no limit", VF_NUMBER(struct cascade_options, largest),
     .fallback = "0", VF_RANGE(0, 65536)},
    {"step", "Factor between one size that is looked for and the next",
     VF_NUMBER(struct cascade_options, step), .fallback = "1.1", VF_RANGE(1.01, 4)},
    {"neighbours",
     "Places near by and sizes alike in which the same has to be found as well; 0: each is told",
     VF_INTEGER(struct cascade_options, neighbours), .fallback = "3", VF_RANGE(0, 1000)},
    {"score", "Boxes that are less sure are not told", VF_NUMBER(struct cascade_options, score),
     .fallback = "0", VF_RANGE(0, 1)},
    {"overlap",
     "Share of two boxes of one class in what either covers from which the surer alone is told",
     VF_NUMBER(struct cascade_options, overlap), .fallback = "0.3", VF_RANGE(0, 1)},
    {"every",
     "Look at the first of so many frames; of the others the answer is null, and boxes are a list "
     "then",
     VF_INTEGER(struct cascade_options, every), VF_RANGE(1, 1000), .fallback = "1",
     .unit = "frames"},
    {"threads",
     "Threads that look, which changes nothing in what is found; 0: as many as the flow has "
     "processors",
     VF_INTEGER(struct cascade_options, threads), VF_RANGE(0, 1024), .fallback = "0"},
};

#define BOXES_PORT(of_type)                                                                        \
    {                                                                                              \
        .name = "boxes", .type = (of_type),                                                        \
        .help = "An array of n x 6: ymin, xmin, ymax, xmax, class and score of each object; with " \
                "every, a list of such rows, or null"                                              \
    }
#define OBJECTS_PORT                                             \
    {                                                            \
        .name = "objects", .type = VF_PORT_VALUE,                \
        .help = "A list with box, class, score and name of each" \
    }

static const struct vf_port outputs[] = {BOXES_PORT(VF_PORT_ARRAY), OBJECTS_PORT};

/* A frame that is not looked at has no array. */
static const struct vf_port outputs_at_times[] = {BOXES_PORT(VF_PORT_VALUE), OBJECTS_PORT};

static struct vf_cascades_wish wish_of(const struct cascade_options *asked)
{
    return (struct vf_cascades_wish){
        .files = asked->cascades,
        .classes = asked->classes,
        .mirrored = asked->mirrored,
        .angles = asked->angles,
    };
}

static int cascade_check(const void *values, char *problem, size_t size)
{
    const struct cascade_options *asked = values;
    struct vf_cascades_wish wish = wish_of(asked);
    const struct vf_opencv_problem said = {problem, size};
    struct vf_cascades cascades = {0};
    bool is_like = (asked->smallest < 1) == (asked->largest < 1);
    if (asked->largest > 0 && is_like && asked->largest < asked->smallest) {
        snprintf(problem, size, "largest: it is below smallest, which is %g", asked->smallest);
        return -EINVAL;
    }
    wish.is_trial = true;
    int err = vf_cascades_open(&cascades, &wish, &said);
    vf_cascades_close(&cascades);
    return err;
}

static void cascade_reach(const void *values, const struct vf_reach *reach)
{
    const struct cascade_options *asked = values;
    char text[2048], *path;
    const struct vf_opencv_problem problem = {text, sizeof(text)};
    for (size_t i = 0; i < asked->cascades.count; i++) {
        if (vf_cascade_file_find(asked->cascades.items[i], &path, &problem) == VF_OK)
            vf_reach_add(reach, VF_REACH_READ, path);
        free(path);
    }
    vf_opencv_reach(reach);
}

static void cascade_adapt(const void *values, struct vf_node *copy)
{
    const struct cascade_options *asked = values;
    copy->is_stateful = asked->every > 1;
    if (asked->every > 1)
        copy->outputs = (struct vf_port_list)VF_LIST(outputs_at_times);
}

static int cascade_open(struct vf_node_run *run)
{
    const struct cascade_options *asked = run->options;
    const struct vf_cascades_wish wish = wish_of(asked);
    struct cascade *cascade = run->state;
    char text[2048] = "";
    const struct vf_opencv_problem problem = {text, sizeof(text)};
    int threads = asked->threads ? asked->threads : (int)run->threads;
    int err = vf_cascades_open(&cascade->cascades, &wish, &problem);
    if (!err)
        err = cascade->cascades.opencv->use_threads(threads, &problem);
    if (err && text[0])
        vf_log(VF_LOG_ERROR, "%s", text);
    return err;
}

/* In pixels of a frame. */
static double height_of(double asked, const struct vf_video *video)
{
    return asked < 1 ? asked * video->height : asked;
}

/* The picture is made as small as the smallest box allows. */
static int divisor_for(const struct cascade *cascade, double smallest)
{
    double divisor = smallest / cascade->cascades.window;
    return (int)fmin(fmax(divisor, 1), MOST_DIVISOR);
}

/* From pixels of the small picture to those of the frame. */
static void enlarge(struct vf_found_list *found, double factor)
{
    for (size_t i = 0; i < found->count; i++) {
        found->items[i].ymin *= factor;
        found->items[i].xmin *= factor;
        found->items[i].ymax *= factor;
        found->items[i].xmax *= factor;
    }
}

/* Leaves those that are sure enough, and of those that overlap the surest, in its order. */
static void choose(struct vf_found_list *found, const struct cascade_options *asked)
{
    const struct vf_card card = {
        .suppress = VF_SUPPRESS_CLASS, .overlap = asked->overlap, .most = MOST_BOXES};
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (found->items[i].score >= asked->score)
            found->items[kept++] = found->items[i];
    }
    found->count = kept;
    vf_found_select(found, &card);
}

static int look(struct vf_node_run *run, const struct vf_message *frame,
                const struct vf_opencv_problem *problem)
{
    const struct cascade_options *asked = run->options;
    const struct vf_video *video = &frame->description.video;
    struct cascade *cascade = run->state;
    struct vf_gray *gray = &cascade->gray;
    double smallest = height_of(asked->smallest, video), largest = height_of(asked->largest, video);
    int err = vf_gray_read(gray, frame, divisor_for(cascade, smallest));
    if (err)
        return err;
    const struct vf_opencv_picture picture = {gray->samples, gray->stride, gray->width,
                                              gray->height};
    const struct vf_opencv_search search = {
        .step = asked->step,
        .neighbours = asked->neighbours,
        .smallest = (int)lrint(smallest / gray->divisor),
        .largest = largest > 0 ? (int)fmax(rint(largest / gray->divisor), 1) : 0,
    };
    cascade->found.count = 0;
    err = vf_cascades_find(&cascade->cascades, &picture, &search, &cascade->found, problem);
    vf_gray_release(gray);
    if (!err) {
        enlarge(&cascade->found, gray->divisor);
        choose(&cascade->found, asked);
    }
    return err;
}

/* Says of which frame the work has failed. */
static int complain(struct vf_node_run *run, const struct vf_message *frame, const char *why,
                    int err)
{
    char text[1200];
    if (!why[0])
        return err;
    snprintf(text, sizeof(text), "frame %llu: OpenCV: %s",
             (unsigned long long)frame->description.origin.number, why);
    vf_log(VF_LOG_ERROR, "%s", text);
    vf_node_complain(run, text, NULL);
    return err;
}

static int answer_null(struct vf_node_run *run, const struct vf_message *frame)
{
    int err = VF_OK;
    if (vf_node_is_read(run, BOXES))
        err = vf_found_send_null(run, BOXES, frame);
    if (!err && vf_node_is_read(run, OBJECTS))
        err = vf_found_send_null(run, OBJECTS, frame);
    return err;
}

static int answer(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct cascade_options *asked = run->options;
    const struct cascade *cascade = run->state;
    int err = VF_OK;
    if (vf_node_is_read(run, BOXES))
        err = (asked->every > 1 ? vf_found_send_rows : vf_found_send)(run, BOXES, &cascade->found,
                                                                      frame);
    if (!err && vf_node_is_read(run, OBJECTS))
        err = vf_found_send_objects(run, OBJECTS, &cascade->found, &cascade->cascades.names, frame);
    return err;
}

static int cascade_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct cascade_options *asked = run->options;
    struct cascade *cascade = run->state;
    char why[1024] = "";
    const struct vf_opencv_problem problem = {why, sizeof(why)};
    bool is_looked_at = cascade->turn == 0;
    cascade->turn = (cascade->turn + 1) % (unsigned)asked->every;
    if (!is_looked_at)
        return answer_null(run, inputs[0]);
    int err = look(run, inputs[0], &problem);
    return err ? complain(run, inputs[0], why, err) : answer(run, inputs[0]);
}

static void cascade_close(struct vf_node_run *run)
{
    struct cascade *cascade = run->state;
    vf_cascades_close(&cascade->cascades);
    vf_gray_finish(&cascade->gray);
    vf_found_finish(&cascade->found);
}

const struct vf_node vf_node_cascade = {
    .name = "cascade",
    .summary = "Find faces, bodies or number plates without a model (OpenCV's cascades).",
    .about =
        "Cascades of Haar or LBP features are small XML files, which OpenCV comes with "
        "(opencv-data of Debian): frontalface, profileface, eye, smile, upperbody, lowerbody, "
        "fullbody, frontalcatface, licence_plate_rus_16stages and others, and lbp_frontalface, "
        "which is faster. A name is that of the file: haarcascade_NAME.xml, or "
        "haarcascade_NAME_default.xml, and lbpcascade_NAME.xml for lbp_NAME. They are looked "
        "for in the folders of VFLOW_CASCADES, where OpenCV is installed, and where pip puts "
        "its opencv-python. A name with a slash in it, or of a file in this folder, is a file. "
        "opencv_traincascade makes further ones.\n\nA detector by a model (detect) finds more, "
        "and takes fewer things for a face that are none; this one needs no model and no GPU. "
        "It knows upright faces that look into the camera; profileface finds those that look "
        "to the left, and in the mirrored picture those that look to the right.\n\nFrames are "
        "looked at by their luma, and made smaller where smallest allows it: most of the time "
        "goes into the smallest sizes. Boxes of one class that overlap are one object, and the "
        "surest is told. The score says how many places near by and sizes alike agree: n / (n "
        "+ 4), 0.5 for the four that neighbours: 3 asks for. What is no face has few, and a "
        "face some dozens, with the usual step. Boxes are pixels of the frame, the surest "
        "first; how many threads look changes nothing.\n\nIt takes OpenCV 4, which vflow uses "
        "for this node alone: where it is not installed, all other nodes work. With every: 3 "
        "each third frame is looked at, and track tells where the objects are in between.",
    .related = "detect, track, blur_boxes, draw_boxes, motion",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  faces:\n"
               "    type: cascade\n"
               "    inputs: reader\n"
               "    cascade: [frontalface, profileface]\n"
               "    mirrored: [profileface]\n"
               "    classes: [face]\n"
               "  marked: {type: draw_boxes, inputs: {video: reader, boxes: faces.boxes}}\n"
               "  out: {type: video_writer, inputs: marked, path: marked.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"}),
    .outputs = VF_LIST(outputs),
    .options_size = sizeof(struct cascade_options),
    .state_size = sizeof(struct cascade),
    .check = cascade_check,
    .adapt = cascade_adapt,
    .reach = cascade_reach,
    .open = cascade_open,
    .process = cascade_process,
    .close = cascade_close,
};
