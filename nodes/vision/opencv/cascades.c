/* SPDX-License-Identifier: MIT */
#include "nodes/vision/opencv/cascades.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/trust.h"
#include "engine/sandbox/reader.h"
#include "nodes/vision/opencv/cascade_file.h"
#include "nodes/vision/opencv/library.h"

#define MOST_CASCADES 64
#define MOST_ANGLES 64
#define LONGEST_MS 60000

/* Says what is wrong with an option. */
static int refuse(const struct vf_opencv_problem *problem, int err, const char *option,
                  const char *why)
{
    if (err != -ENOMEM)
        snprintf(problem->text, problem->size, "%s: %s", option, why);
    return err;
}

static bool has(const struct vf_option_texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (strcmp(texts->items[i], text) == 0)
            return true;
    }
    return false;
}

static int check_counts(const struct vf_cascades_wish *wish,
                        const struct vf_opencv_problem *problem)
{
    if (!wish->files.count)
        return refuse(problem, -EINVAL, "cascade", "it is empty; name one, such as frontalface");
    if (wish->files.count > MOST_CASCADES)
        return refuse(problem, -EINVAL, "cascade", "there are more than 64");
    if (wish->classes.count > wish->files.count)
        return refuse(problem, -EINVAL, "classes", "there are more names than cascades");
    if (!wish->angles.count || wish->angles.count > MOST_ANGLES)
        return refuse(problem, -EINVAL, "angles", "one to 64 are needed; 0 is upright");
    for (size_t i = 0; i < wish->mirrored.count; i++) {
        char why[256];
        if (has(&wish->files, wish->mirrored.items[i]))
            continue;
        snprintf(why, sizeof(why), "\"%s\" is not one of `cascade`", wish->mirrored.items[i]);
        return refuse(problem, -EINVAL, "mirrored", why);
    }
    return VF_OK;
}

static int read_angles(struct vf_cascades *cascades, const struct vf_option_texts *texts,
                       const struct vf_opencv_problem *problem)
{
    cascades->angles = calloc(texts->count, sizeof(*cascades->angles));
    if (!cascades->angles)
        return -ENOMEM;
    for (size_t i = 0; i < texts->count; i++) {
        char why[128], *end;
        long angle = strtol(texts->items[i], &end, 10);
        if (!*texts->items[i] || *end || angle < -360 || angle > 360) {
            snprintf(why, sizeof(why), "\"%s\" is no whole number from -360 to 360",
                     texts->items[i]);
            return refuse(problem, -EINVAL, "angles", why);
        }
        cascades->angles[cascades->angle_count++] = (int)angle;
    }
    return VF_OK;
}

/* Gives the number of the class called `name`, which is taken. */
static int take_class(struct vf_cascades *cascades, char *name, unsigned *class)
{
    struct vf_option_texts *names = &cascades->names;
    for (size_t i = 0; i < names->count && name; i++) {
        if (strcmp(names->items[i], name) == 0) {
            free(name);
            *class = (unsigned)i;
            return VF_OK;
        }
    }
    char **items = name ? realloc(names->items, (names->count + 1) * sizeof(*items)) : NULL;
    if (!items) {
        free(name);
        return -ENOMEM;
    }
    names->items = items;
    *class = (unsigned)names->count;
    items[names->count++] = name;
    return VF_OK;
}

static int open_file(struct vf_cascades *cascades, struct vf_cascade_use *use, const char *path,
                     const struct vf_opencv_problem *problem)
{
    char text[512] = "", why[1024];
    const struct vf_opencv_problem said = {text, sizeof(text)};
    int err = cascades->opencv->open(&use->cascade, path, &said);
    snprintf(why, sizeof(why), "%s: %s", path, text);
    if (err)
        return refuse(problem, err, "cascade", why);
    int window = cascades->opencv->window(use->cascade);
    if (!cascades->window || window < cascades->window)
        cascades->window = window;
    return VF_OK;
}

struct question {
    const struct vf_opencv *opencv;
    const char *path;
};

struct answer {
    int err;
    char problem[512];
};

/* Runs in a process of its own, which ends without what was opened being closed. */
static void look(void *context, void *answer)
{
    const struct question *question = context;
    struct answer *given = answer;
    const struct vf_opencv_problem said = {given->problem, sizeof(given->problem)};
    struct vf_opencv_cascade *cascade = NULL;
    given->err = question->opencv->open(&cascade, question->path, &said);
}

/* Looks at a file before the start. It may be somebody else's, so OpenCV reads it in a process that can
 * do nothing else, unless the flow is going to run. */
static int examine_file(const struct vf_cascades *cascades, const char *path,
                        const struct vf_opencv_problem *problem)
{
    struct question question = {cascades->opencv, path};
    struct answer given = {0};
    struct stat status;
    char why[1024];
    const struct vf_reader reader = {.read = look,
                                     .context = &question,
                                     .answer_size = sizeof(given),
                                     .confinement = {.readable = &path, .readable_count = 1},
                                     .is_free = vf_trust() == VF_TRUST_RUN,
                                     .longest_ms = LONGEST_MS};
    int number;
    if (stat(path, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)))
        return VF_OK; /* a pipe would have it wait: the worker says what is wrong */
    int err = vf_reader_ask(&reader, &given, &number);
    given.problem[sizeof(given.problem) - 1] = '\0';
    if (err == -EPIPE || err == -ETIMEDOUT)
        snprintf(given.problem, sizeof(given.problem), "OpenCV does not come to the end of it");
    else if (err)
        return err == -ENOTSUP ? VF_OK : err;
    snprintf(why, sizeof(why), "%s: %s", path, given.problem);
    return err || given.err ? refuse(problem, -EINVAL, "cascade", why) : VF_OK;
}

static int open_one(struct vf_cascades *cascades, const struct vf_cascades_wish *wish,
                    const struct vf_opencv_problem *problem)
{
    char why[2048] = "", *path;
    size_t number = cascades->count, class_count = wish->classes.count;
    const char *name = wish->files.items[number];
    struct vf_cascade_use *use = &cascades->uses[number];
    const struct vf_opencv_problem said = {why, sizeof(why)};
    int err = vf_cascade_file_find(name, &path, &said);
    if (err)
        return refuse(problem, err, "cascade", why);
    char *class_name =
        class_count ? strdup(wish->classes.items[number < class_count ? number : class_count - 1])
                    : vf_cascade_file_name(path);
    err = take_class(cascades, class_name, &use->class);
    use->is_mirrored = has(&wish->mirrored, name);
    bool is_known = wish->is_trial && vf_cascade_file_is_sound(path);
    if (!err && !wish->is_trial)
        err = open_file(cascades, use, path, problem);
    else if (!err && !is_known)
        err = examine_file(cascades, path, problem);
    if (!err && wish->is_trial && !is_known)
        vf_cascade_file_note(path);
    cascades->count += !err;
    free(path);
    return err;
}

int vf_cascades_open(struct vf_cascades *cascades, const struct vf_cascades_wish *wish,
                     const struct vf_opencv_problem *problem)
{
    char why[1024] = "";
    const struct vf_opencv_problem said = {why, sizeof(why)};
    int err = check_counts(wish, problem);
    if (!err)
        err = read_angles(cascades, &wish->angles, problem);
    if (err || (wish->is_trial && vf_trust() == VF_TRUST_NAMES))
        return err;
    err = vf_opencv_load(&cascades->opencv, &said);
    if (err)
        return refuse(problem, err, "cascade", why);
    cascades->uses = calloc(wish->files.count, sizeof(*cascades->uses));
    if (!cascades->uses)
        return -ENOMEM;
    for (size_t i = 0; i < wish->files.count && !err; i++)
        err = open_one(cascades, wish, problem);
    return err;
}

void vf_cascades_close(struct vf_cascades *cascades)
{
    for (size_t i = 0; i < cascades->count; i++)
        cascades->opencv->close(&cascades->uses[i].cascade);
    free(cascades->uses);
    free(cascades->angles);
    vf_option_texts_finish(&cascades->names);
    *cascades = (struct vf_cascades){0};
}

/* Of what is no face, few windows find one; of a face, some dozens do, with the usual step. */
static double score_of(int windows)
{
    return windows / (windows + 4.0);
}

static int find_by(const struct vf_cascades *cascades, const struct vf_cascade_use *use,
                   const struct vf_opencv_picture *picture, const struct vf_opencv_search *search,
                   struct vf_found_list *found, const struct vf_opencv_problem *problem)
{
    struct vf_opencv_boxes boxes;
    int err = cascades->opencv->find(use->cascade, picture, search, &boxes, problem);
    for (size_t i = 0; i < boxes.count && !err; i++) {
        const struct vf_opencv_box *box = &boxes.items[i];
        err = vf_found_add(found, &(struct vf_found){.ymin = box->ymin,
                                                     .xmin = box->xmin,
                                                     .ymax = box->ymax,
                                                     .xmax = box->xmax,
                                                     .score = score_of(box->windows),
                                                     .class = use->class,
                                                     .number = found->count});
    }
    return err;
}

/* Looks by one cascade from all sides. */
static int find_around(const struct vf_cascades *cascades, const struct vf_cascade_use *use,
                       const struct vf_opencv_picture *picture, struct vf_opencv_search view,
                       struct vf_found_list *found, const struct vf_opencv_problem *problem)
{
    int err = VF_OK;
    for (size_t i = 0; i < cascades->angle_count && !err; i++) {
        view.angle = cascades->angles[i];
        view.is_mirrored = false;
        err = find_by(cascades, use, picture, &view, found, problem);
        view.is_mirrored = true;
        if (!err && use->is_mirrored)
            err = find_by(cascades, use, picture, &view, found, problem);
    }
    return err;
}

int vf_cascades_find(const struct vf_cascades *cascades, const struct vf_opencv_picture *picture,
                     const struct vf_opencv_search *search, struct vf_found_list *found,
                     const struct vf_opencv_problem *problem)
{
    int err = VF_OK;
    for (size_t i = 0; i < cascades->count && !err; i++)
        err = find_around(cascades, &cascades->uses[i], picture, *search, found, problem);
    return err;
}
