/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/track_scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/vision/assignment.h"

#define WIDTH 1280
#define HEIGHT 720
#define HALF 0.5
#define MOST_IDS 4096
#define PLAIN_OVERLAP 0.3
#define PLAIN_MEMORY 30

const struct vf_tracker_settings scene_usual = {.sure = 0.5,
                                                .unsure = 0.1,
                                                .begin = 0.6,
                                                .overlap = 0.2,
                                                .confirm = 2,
                                                .lost = 30,
                                                .is_by_class = true,
                                                .steadies = true};

const struct scene_case scene_cases[SCENE_CASES] = {
    {"crossing", {.jitter = 0.02}},
    {"missed boxes", {.jitter = 0.04, .missed = 0.15, .false_one = 0.3}},
    {"unsure boxes", {.jitter = 0.03, .unsure = 0.4}},
    {"a camera that shakes", {.jitter = 0.02, .shake = 25}},
};

/* Numbers that are the same on every machine: those of Park and Miller. */
static uint64_t state;

static double draw(double least, double most)
{
    state = state * 48271 % 2147483647;
    return least + (most - least) * (double)state / 2147483647;
}

static void begin_draws(unsigned seed)
{
    state = seed * 7919U + 1;
    for (int i = 0; i < 8; i++)
        (void)draw(0, 1);
}

/* The benchmark uses scenes, too, and has no Check. */
static void must(bool is_so, const char *what)
{
    if (is_so)
        return;
    fprintf(stderr, "track_scene: %s\n", what);
    abort();
}

static struct vf_box box_at(double x, double y, double width, double height)
{
    return (struct vf_box){{y - height / 2, x - width / 2, y + height / 2, x + width / 2, 0, 0}};
}

/* An object that walks from one side to the other. */
static void walk(struct scene *scene, size_t i)
{
    double width = draw(40, 90), height = width * draw(1.2, 2.2);
    double speed = draw(3, 7) * (i % 2 ? -1 : 1), y = draw(0.3 * HEIGHT, 0.7 * HEIGHT);
    double drift = draw(-0.4, 0.4), began = draw(0, 60);
    for (size_t frame = 0; frame < scene->frames; frame++) {
        double x = (i % 2 ? WIDTH : 0) + speed * ((double)frame - began);
        struct scene_object *object = &scene->truth[frame][i];
        object->box = box_at(x, y + drift * (double)frame, width, height);
        object->is_there = (double)frame >= began && x > 0 && x < WIDTH;
    }
}

/* Who stands nearer, with a higher number, hides who is behind. */
static void hide_behind(struct scene_object *objects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t nearer = i + 1; nearer < count; nearer++)
            objects[i].is_hidden |= objects[nearer].is_there &&
                                    vf_box_overlap(&objects[i].box, &objects[nearer].box) > HALF;
    }
}

void scene_cross(struct scene *scene, unsigned seed)
{
    memset(scene, 0, sizeof(*scene));
    scene->objects = 10;
    scene->frames = SCENE_FRAMES;
    begin_draws(seed);
    for (size_t i = 0; i < scene->objects; i++)
        walk(scene, i);
    for (size_t frame = 0; frame < scene->frames; frame++)
        hide_behind(scene->truth[frame], scene->objects);
}

void scene_hide(struct scene *scene, size_t hidden)
{
    memset(scene, 0, sizeof(*scene));
    scene->objects = 4;
    scene->frames = 120;
    for (size_t i = 0; i < scene->objects; i++) {
        for (size_t frame = 0; frame < scene->frames; frame++) {
            struct scene_object *object = &scene->truth[frame][i];
            double x = 100 + (4 + (double)i) * (double)frame;
            object->box = box_at(x, 100 + 150 * (double)i, 60, 90);
            object->is_there = true;
            object->is_hidden = frame >= 50 && frame < 50 + hidden;
        }
    }
}

static void add(struct scene *scene, size_t frame, struct vf_box box, double score)
{
    must(scene->found_count[frame] < SCENE_BOXES, "too many boxes");
    box.at[VF_BOX_CLASS] = 0;
    box.at[VF_BOX_SCORE] = score;
    scene->found[frame][scene->found_count[frame]++] = box;
}

static void shift(struct vf_box *box, double x, double y)
{
    box->at[VF_BOX_XMIN] += x;
    box->at[VF_BOX_XMAX] += x;
    box->at[VF_BOX_YMIN] += y;
    box->at[VF_BOX_YMAX] += y;
}

static void detect_object(struct scene *scene, size_t frame, const struct scene_object *object,
                          const struct scene_noise *noise)
{
    struct vf_box box = object->box;
    double width = box.at[VF_BOX_XMAX] - box.at[VF_BOX_XMIN];
    double height = box.at[VF_BOX_YMAX] - box.at[VF_BOX_YMIN];
    bool is_missed = draw(0, 1) < noise->missed, is_unsure = draw(0, 1) < noise->unsure;
    for (unsigned edge = 0; edge <= VF_BOX_XMAX; edge++)
        box.at[edge] += draw(-1, 1) * noise->jitter * (edge % 2 ? width : height);
    if (object->is_there && !object->is_hidden && !is_missed)
        add(scene, frame, box, is_unsure ? draw(0.15, 0.45) : draw(0.65, 0.98));
}

void scene_detect(struct scene *scene, const struct scene_noise *noise, unsigned seed)
{
    begin_draws(seed + 1000);
    for (size_t frame = 0; frame < scene->frames; frame++) {
        double x = draw(-1, 1) * noise->shake, y = draw(-1, 1) * noise->shake;
        scene->found_count[frame] = 0;
        for (size_t i = 0; i < scene->objects; i++) {
            shift(&scene->truth[frame][i].box, x, y);
            detect_object(scene, frame, &scene->truth[frame][i], noise);
        }
        if (draw(0, 1) < noise->false_one)
            add(scene, frame, box_at(draw(0, WIDTH), draw(0, HEIGHT), draw(30, 90), draw(40, 150)),
                draw(0.3, 0.75));
    }
}

/* Counts of a whole scene. */
struct judgement {
    unsigned objects, missed, false_ones, switches, told;
    int64_t number_of[SCENE_OBJECTS];           /* that an object had last */
    unsigned together[SCENE_OBJECTS][MOST_IDS]; /* frames */
};

static bool fits(const struct scene_object *object, const struct vf_box *told)
{
    return vf_box_overlap(&object->box, told) >= HALF;
}

static bool is_visible(const struct scene_object *object)
{
    return object->is_there && !object->is_hidden;
}

/* Pairs who was there with what was told: as before where that still fits, else as well as can be. */
static void pair(struct judgement *counts, const struct scene_object *truth, size_t objects,
                 const struct scene_told *told, size_t *chosen)
{
    double costs[SCENE_OBJECTS * SCENE_BOXES] = {0};
    for (size_t i = 0; i < objects * told->count; i++) {
        size_t object = i / told->count;
        const struct vf_box *box = &told->boxes[i % told->count];
        int64_t id = (int64_t)box->at[VF_BOX_TRACK];
        bool is_pair = is_visible(&truth[object]) && fits(&truth[object], box);
        bool is_old = is_pair && id == counts->number_of[object];
        double apart = 1 - vf_box_overlap(&truth[object].box, box);
        costs[i] = !is_pair ? 1 : is_old ? apart / 100 : 0.1 + apart / 2;
        must(id < MOST_IDS, "too many numbers");
        counts->together[object][id] += is_pair;
    }
    must(vf_assign(costs, objects, told->count, 0.9, chosen) == VF_OK, "out of memory");
}

static void judge_frame(struct judgement *counts, const struct scene_object *truth, size_t objects,
                        const struct scene_told *told)
{
    size_t chosen[SCENE_OBJECTS], pairs = 0;
    pair(counts, truth, objects, told, chosen);
    for (size_t i = 0; i < objects; i++) {
        bool is_paired = chosen[i] != VF_UNASSIGNED;
        counts->objects += is_visible(&truth[i]);
        counts->missed += is_visible(&truth[i]) && !is_paired;
        pairs += is_paired;
        if (!is_paired)
            continue;
        int64_t id = (int64_t)told->boxes[chosen[i]].at[VF_BOX_TRACK];
        counts->switches += counts->number_of[i] && counts->number_of[i] != id;
        counts->number_of[i] = id;
    }
    counts->told += (unsigned)told->count;
    counts->false_ones += (unsigned)(told->count - pairs);
}

/* Frames in which objects and numbers are together, when each object has one number and each number one
 * object, and these are chosen so that it is most. */
static unsigned count_true(const struct judgement *counts, size_t objects)
{
    double *costs = calloc(objects * MOST_IDS, sizeof(double));
    size_t chosen[SCENE_OBJECTS];
    unsigned sum = 0;
    must(costs, "out of memory");
    for (size_t i = 0; i < objects; i++) {
        for (size_t id = 0; id < MOST_IDS; id++)
            costs[i * MOST_IDS + id] = 1 - (double)counts->together[i][id] / (SCENE_FRAMES + 1);
    }
    must(vf_assign(costs, objects, MOST_IDS, 1, chosen) == VF_OK, "out of memory");
    for (size_t i = 0; i < objects; i++)
        sum += chosen[i] != VF_UNASSIGNED ? counts->together[i][chosen[i]] : 0;
    free(costs);
    return sum;
}

struct scene_marks scene_judge(const struct scene *scene, const struct scene_told *told)
{
    struct judgement *counts = calloc(1, sizeof(*counts));
    must(counts, "out of memory");
    for (size_t frame = 0; frame < scene->frames; frame++) {
        if (told[frame].is_there)
            judge_frame(counts, scene->truth[frame], scene->objects, &told[frame]);
    }
    double wrong = counts->missed + counts->false_ones + counts->switches;
    double true_ones = count_true(counts, scene->objects);
    struct scene_marks marks = {.mota = 1 - wrong / counts->objects,
                                .idf1 = 2 * true_ones / (counts->objects + counts->told),
                                .switches = counts->switches};
    free(counts);
    return marks;
}

void scene_follow(const struct scene *scene, const struct vf_tracker_settings *settings,
                  size_t step, struct scene_told *told)
{
    struct vf_tracker tracker = {.settings = *settings};
    memset(told, 0, SCENE_FRAMES * sizeof(*told));
    for (size_t frame = 0; frame < scene->frames; frame += step) {
        struct vf_box found[SCENE_BOXES];
        memcpy(found, scene->found[frame], sizeof(found));
        const struct vf_box_list boxes = {
            .items = found, .count = scene->found_count[frame], .columns = 6};
        must(vf_tracker_update(&tracker, &boxes, frame ? step : 1) == VF_OK, "out of memory");
        told[frame].is_there = true;
        for (size_t i = 0; i < tracker.count; i++) {
            const struct vf_track *track = &tracker.tracks[i];
            if (track->state != VF_TRACK_SEEN)
                continue;
            struct vf_box *box = &told[frame].boxes[told[frame].count++];
            vf_motion_box(&track->motion, box);
            box->at[VF_BOX_TRACK] = (double)track->id;
        }
    }
    vf_tracker_finish(&tracker);
}

struct plain_track {
    struct vf_box box;
    int64_t id;
    size_t seen; /* frame */
};

static void follow_box(struct plain_track *tracks, size_t *count, const struct vf_box *box,
                       size_t frame, struct scene_told *told)
{
    struct plain_track *best = NULL;
    double most = PLAIN_OVERLAP;
    for (size_t i = 0; i < *count; i++) {
        double overlap = vf_box_overlap(&tracks[i].box, box);
        bool is_free = tracks[i].seen < frame && tracks[i].seen + PLAIN_MEMORY >= frame;
        if (!is_free || overlap < most)
            continue;
        most = overlap;
        best = &tracks[i];
    }
    if (!best) {
        must(*count < MOST_IDS - 1, "too many numbers");
        best = &tracks[*count];
        best->id = (int64_t)++ * count;
    }
    best->box = *box;
    best->seen = frame;
    told->boxes[told->count] = *box;
    told->boxes[told->count++].at[VF_BOX_TRACK] = (double)best->id;
}

void scene_follow_plainly(const struct scene *scene, struct scene_told *told)
{
    struct plain_track *tracks = calloc(MOST_IDS, sizeof(*tracks));
    size_t count = 0;
    must(tracks, "out of memory");
    for (size_t frame = 0; frame < scene->frames; frame++) {
        told[frame].count = 0;
        told[frame].is_there = true;
        for (size_t i = 0; i < scene->found_count[frame]; i++) {
            if (scene->found[frame][i].at[VF_BOX_SCORE] >= HALF)
                follow_box(tracks, &count, &scene->found[frame][i], frame + 1, &told[frame]);
        }
    }
    free(tracks);
}
