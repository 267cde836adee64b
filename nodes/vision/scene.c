/* SPDX-License-Identifier: MIT */
/* scene - finds where one scene of a video ends and the next begins. */
#include <jansson.h>
#include <math.h>

#include "engine/media/picture/luma.h"
#include "engine/node/node.h"
#include "nodes/vision/cuts.h"
#include "nodes/vision/episode.h"
#include "nodes/vision/event.h"
#include "nodes/vision/fades.h"

#define LOOK_WIDTH 128 /* of the picture that is looked at, about */
#define MOST_DIVISOR 64

enum { EVENTS, SCENES, PICTURES, SCORES }; /* outputs */

struct scene_options {
    double threshold;
    int flash, shortest, after;
    char *camera;
};

struct scene {
    struct vf_luma luma;
    struct vf_cuts cuts;
    struct vf_fades fades;
    struct vf_message *held[VF_CUTS_ROOM]; /* that are not judged; as in `cuts` */
    struct vf_message *last;               /* that was judged */
    struct vf_message *first;              /* of the scene. These four have no payload */
    struct vf_message *fade_from, *fade_to, *flat_from;
    const char *begins; /* how the scene has begun */
    double score;       /* of that */
    uint64_t source;
    json_int_t number; /* of the scene, from 1; 0: there is none */
    int frames, since; /* of the scene, and of it since it can be seen */
    bool has_picture;  /* it was sent */
};

static const struct vf_option options[] = {
    {"threshold", "Score from which a change is a cut, if it stands out from those around it",
     VF_NUMBER(struct scene_options, threshold), .fallback = "0.2", VF_RANGE(0.01, 1)},
    {"flash", "Frames that a flash lasts at most; so many frames later, one is judged",
     VF_INTEGER(struct scene_options, flash), .fallback = "5", VF_RANGE(0, VF_CUTS_FLASH_MOST),
     .unit = "frames"},
    {"shortest", "Frames that a scene has at least; a cut that comes earlier is none",
     VF_INTEGER(struct scene_options, shortest), .fallback = "10", VF_RANGE(1, 1000000),
     .unit = "frames"},
    {"after",
     "Frames after the beginning of a scene, or after its fade, at which its picture is "
     "taken",
     VF_INTEGER(struct scene_options, after), .fallback = "10", VF_RANGE(0, 1000000),
     .unit = "frames"},
    VF_CAMERA_OPTION(struct scene_options, camera),
};

static void scene_forecast(struct vf_foresight *foresight)
{
    foresight->outputs[PICTURES] = foresight->inputs[0];
    foresight->outputs[PICTURES].forwards = 1;
}

static uint64_t scene_lags(const void *values)
{
    const struct scene_options *asked = values;
    const struct vf_cuts cuts = {.flash = asked->flash};
    return (uint64_t)vf_cuts_delay(&cuts);
}

static void scene_adapt(const void *values, struct vf_node *copy)
{
    copy->holds = (unsigned)scene_lags(values) + 2;
}

static int scene_open(struct vf_node_run *run)
{
    const struct scene_options *asked = run->options;
    struct scene *scene = run->state;
    scene->cuts.threshold = asked->threshold;
    scene->cuts.flash = asked->flash;
    return VF_OK;
}

static double rounded(double score)
{
    return round(score * 10000) / 10000;
}

/* Tells of something that lies between two frames; `end` NULL: it goes on. Takes `details`. */
static int tell(struct vf_node_run *run, unsigned port, const char *what,
                const struct vf_message *begin, const struct vf_message *end, json_t *details)
{
    const struct scene_options *asked = run->options;
    const struct scene *scene = run->state;
    if (!vf_node_is_read(run, port)) {
        json_decref(details);
        return VF_OK;
    }
    json_t *from = vf_event_frame(run, begin), *to = vf_event_frame(run, end);
    const struct vf_event event = {
        .what = what, .camera = asked->camera, .begin = from, .end = to, .details = details};
    int err = vf_event_emit(run, port, &event, scene->last);
    json_decref(from);
    json_decref(to);
    return err == VF_DROPPED ? VF_OK : err;
}

/* Sends the picture of the scene: the frame that was judged last. */
static int send_picture(struct vf_node_run *run)
{
    struct scene *scene = run->state;
    struct vf_message *picture = NULL;
    scene->has_picture = true;
    if (!vf_node_is_read(run, PICTURES))
        return VF_OK;
    int err = vf_message_clone(&picture, scene->last);
    return vf_node_emit_made(run, PICTURES, err, &picture);
}

static int end_scene(struct vf_node_run *run)
{
    struct scene *scene = run->state;
    if (!scene->frames)
        return VF_OK;
    int err = scene->has_picture ? VF_OK : send_picture(run);
    json_t *details =
        json_pack("{s:I, s:s, s:f, s:i}", "scene", scene->number, "begins", scene->begins, "score",
                  rounded(scene->score), "frames", scene->frames);
    scene->frames = 0;
    if (!err)
        return tell(run, SCENES, "scene", scene->first, scene->last, details);
    json_decref(details);
    return err;
}

/* Begins a scene with `message`, which has not been judged as the last yet. */
static int begin_scene(struct vf_node_run *run, const struct vf_message *message,
                       const char *begins, double score)
{
    struct scene *scene = run->state;
    int err = end_scene(run);
    if (err)
        return err;
    scene->number++;
    scene->begins = begins;
    scene->score = score;
    scene->since = 0;
    scene->has_picture = false;
    return vf_episode_note(&scene->first, message);
}

static int tell_cut(struct vf_node_run *run)
{
    const struct scene *scene = run->state;
    return tell(run, EVENTS, "cut", scene->first, scene->first,
                json_pack("{s:I, s:f}", "scene", scene->number, "score", rounded(scene->score)));
}

/* Tells of black or white that is over: faded, or only between two cuts. */
static int tell_fade(struct vf_node_run *run)
{
    struct scene *scene = run->state;
    const struct vf_fades *fades = &scene->fades;
    bool has_ended = fades->step == VF_FADE_IS_OVER;
    bool fades_in = has_ended && fades->fades_in;
    if (!fades->fades_out && !fades_in)
        return has_ended && fades->has_picture ? tell_cut(run) : VF_OK;
    scene->begins = scene->number > 1 || fades_in ? "fade" : scene->begins;
    return tell(run, EVENTS, "fade", fades->fades_out ? scene->fade_from : scene->flat_from,
                fades_in ? scene->fade_to : scene->last,
                json_pack("{s:I, s:s, s:b, s:b}", "scene", scene->number, "to",
                          fades->is_white ? "white" : "black", "is_out", fades->fades_out, "is_in",
                          fades_in));
}

/* Takes a frame on its way through black or white. */
static int follow_fade(struct vf_node_run *run, const struct vf_message *message,
                       const struct vf_cut *cut)
{
    struct scene *scene = run->state;
    struct vf_fades *fades = &scene->fades;
    switch (vf_fades_take(fades, cut->look, cut->is_flash)) {
    case VF_FADE_SINKS:
        return vf_episode_note(&scene->fade_from, message);
    case VF_FADE_IS_FLAT:
        return fades->flat == 1 ? vf_episode_note(&scene->flat_from, message) : VF_OK;
    case VF_FADE_COMES_OUT:
        if (!fades->has_picture)
            return vf_episode_note(&scene->fade_to, message);
        return begin_scene(run, message, "cut", cut->score);
    case VF_FADE_RISES:
        return vf_episode_note(&scene->fade_to, message);
    case VF_FADE_IS_OVER:
    case VF_FADE_NONE:
        break;
    }
    return VF_OK;
}

/* Sends what there is to say of a frame alone. */
static int send_frame(struct vf_node_run *run, double score)
{
    const struct scene_options *asked = run->options;
    struct scene *scene = run->state;
    int err = VF_OK;
    scene->frames++;
    scene->since = vf_fades_is_under_way(&scene->fades) ? 0 : scene->since + 1;
    if (!scene->has_picture && scene->since > asked->after)
        err = send_picture(run);
    if (err || !vf_node_is_read(run, SCORES))
        return err;
    err = vf_event_emit_value(
        run, SCORES, json_pack("{s:f, s:I}", "score", rounded(score), "scene", scene->number),
        scene->last);
    return err == VF_DROPPED ? VF_OK : err;
}

/* Takes the frame that was judged. */
static int take(struct vf_node_run *run, struct vf_message **message, const struct vf_cut *cut)
{
    const struct scene_options *asked = run->options;
    struct scene *scene = run->state;
    bool was_dark = vf_fades_is_under_way(&scene->fades);
    int err = scene->last ? VF_OK : begin_scene(run, *message, "start", 0);
    if (!err)
        err = follow_fade(run, *message, cut);
    bool is_cut = cut->is_cut && !was_dark && !vf_fades_is_under_way(&scene->fades) &&
                  scene->frames >= asked->shortest;
    if (!err && is_cut)
        err = begin_scene(run, *message, "cut", cut->score);
    vf_message_destroy(&scene->last);
    scene->last = *message;
    *message = NULL;
    if (!err && is_cut)
        err = tell_cut(run);
    if (!err && scene->fades.step == VF_FADE_IS_OVER)
        err = tell_fade(run);
    return err ? err : send_frame(run, cut->score);
}

/* Judges the frames that can be; with `is_end`, all that are left. */
static int judge(struct vf_node_run *run, bool is_end)
{
    struct scene *scene = run->state;
    struct vf_cut cut;
    int err = VF_OK;
    while (!err) {
        struct vf_message **message = &scene->held[scene->cuts.judged % VF_CUTS_ROOM];
        if (!vf_cuts_judge(&scene->cuts, is_end, &cut))
            break;
        err = take(run, message, &cut);
    }
    return err;
}

/* Ends a file: its last scene, and what would have followed from it. */
static int end_file(struct vf_node_run *run)
{
    struct scene *scene = run->state;
    int err = judge(run, true);
    if (!err && scene->last && vf_fades_is_under_way(&scene->fades))
        err = tell_fade(run);
    if (!err && scene->last)
        err = end_scene(run);
    vf_cuts_forget(&scene->cuts);
    scene->fades = (struct vf_fades){0};
    vf_message_destroy(&scene->last);
    return err;
}

static int divisor_for(int width)
{
    int divisor = width / LOOK_WIDTH;
    return divisor < 1 ? 1 : divisor > MOST_DIVISOR ? MOST_DIVISOR : divisor;
}

static int scene_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct vf_description *frame = &inputs[0]->description;
    struct scene *scene = run->state;
    int err = scene->cuts.taken && frame->source_id != scene->source ? end_file(run) : VF_OK;
    scene->source = frame->source_id;
    if (!err)
        err = vf_luma_read(&scene->luma, inputs[0], divisor_for(frame->video.width));
    if (!err)
        err = vf_message_clone(&scene->held[scene->cuts.taken % VF_CUTS_ROOM], inputs[0]);
    if (err)
        return err;
    vf_look_take(vf_cuts_next(&scene->cuts), scene->luma.samples, scene->luma.width,
                 scene->luma.height);
    vf_cuts_take(&scene->cuts);
    return judge(run, false);
}

static int scene_flush(struct vf_node_run *run)
{
    return end_file(run);
}

static void scene_close(struct vf_node_run *run)
{
    struct scene *scene = run->state;
    for (size_t i = 0; i < VF_CUTS_ROOM; i++)
        vf_message_destroy(&scene->held[i]);
    vf_message_destroy(&scene->last);
    vf_message_destroy(&scene->first);
    vf_message_destroy(&scene->fade_from);
    vf_message_destroy(&scene->fade_to);
    vf_message_destroy(&scene->flat_from);
    vf_luma_finish(&scene->luma);
}

const struct vf_node vf_node_scene = {
    .name = "scene",
    .summary = "Find the scenes of a video: its cuts and its fades.",
    .about =
        "The score of a frame, from 0 to 1, says how different it looks from the one before: by "
        "its "
        "brightness in 256 squares, and by the histograms of 16 parts. A cut has a high score, and "
        "one "
        "at least three times as high as the two frames before and after it have, so that a fast "
        "movement is none. After a flash, all looks as it did before: that is no cut. So each "
        "frame is "
        "judged some frames later, but all that is said of it belongs to it.\n\n"
        "A fade is where the contrast goes down until all is black or white, and up from there; "
        "the "
        "next scene begins with the first frame in which something can be seen. Black between two "
        "cuts "
        "is a cut. One picture that dissolves into another is not found.\n\n"
        "Of each scene, one picture is sent: that of its last frame, if the scene is shorter than "
        "after. Each file begins with a scene of its own; the numbers go on.\n\n"
        "Cuts are found as in Yusoff, Christmas and Kittler (2000), with the histograms of "
        "Nagasaka and "
        "Tanaka (1992); fades as in Lienhart (1999).",
    .related = "motion, watch, image_writer, filter",
    .example =
        "vflow: 1\n"
        "nodes:\n"
        "  reader: {type: video_reader, path: in.mp4}\n"
        "  found: {type: scene, inputs: reader}\n"
        "  list: {type: file_append, inputs: found.scenes, path: scenes.jsonl}\n"
        "  pictures: {type: image_writer, inputs: found.pictures, path: \"scene-{seq:03d}.jpg\"}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .answers_late = true,
    .holds = VF_CUTS_DELAY_MOST + 2,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"}),
    .outputs = VF_PORTS(
        {.name = "events",
         .type = VF_PORT_VALUE,
         .help = "A message for each cut and each fade: vflow-events(7)",
         .may_split = true},
        {.name = "scenes",
         .type = VF_PORT_VALUE,
         .help = "A message for each scene, when it has ended: vflow-events(7)",
         .may_split = true},
        {.name = "pictures",
         .type = VF_PORT_VIDEO,
         .help = "A frame of each scene",
         .may_split = true},
        {.name = "scores",
         .type = VF_PORT_VALUE,
         .help = "Of each frame its score, and the scene that it is in: {score: 0.021, scene: 3}"}),
    .options_size = sizeof(struct scene_options),
    .state_size = sizeof(struct scene),
    .adapt = scene_adapt,
    .lags = scene_lags,
    .forecast = scene_forecast,
    .open = scene_open,
    .process = scene_process,
    .flush = scene_flush,
    .close = scene_close,
};
