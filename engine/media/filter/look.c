/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/look.h"

#include <errno.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/filter/outside.h"
#include "engine/sandbox/reader.h"

#define MAX_KNOWN 64 /* graphs that are remembered */
#define LONGEST_MS 60000
#define CPU_SECONDS 20
#define MEMORY ((uint64_t)2 << 30)
#define MAX_SIDE 65536

/* Where fonts are, and what says so: of the system's, not of the flow's. */
static const char *const font_places[] = {"/etc/fonts", "/usr/share/fonts",
                                          "/usr/local/share/fonts", "/usr/share/fontconfig",
                                          "/var/cache/fontconfig"};

struct question {
    const char *text;
    enum vf_filter_media media;
    bool is_confined;
    const struct vf_filter_form *inputs;
};

struct verdict {
    int err;
    struct vf_filter_nature nature;
    struct vf_filter_problem problem;
};

struct outcome {
    int err;
    unsigned count;
    struct vf_filter_form forms[VF_FILTER_OUTPUTS];
};

static void judge(void *context, void *answer)
{
    const struct question *question = context;
    struct verdict *verdict = answer;
    const struct vf_filter_trust trust = {question->is_confined};
    struct vf_filter_double made;
    verdict->err = vf_filter_text_check(question->text, question->media, &trust, &verdict->nature,
                                        &verdict->problem);
    if (!verdict->err)
        verdict->err = vf_filter_double_make(question->text, question->media, &made);
    if (!verdict->err)
        verdict->err = vf_filter_graph_try_formulas(made.text, question->media, &verdict->problem);
}

static void foresee(void *context, void *answer)
{
    const struct question *question = context;
    struct outcome *outcome = answer;
    outcome->err =
        vf_filter_graph_try(question->text, question->inputs, outcome->forms, &outcome->count);
}

static struct vf_reader make_reader(struct question *question, bool has_fonts)
{
    return (struct vf_reader){
        .context = question,
        .confinement = {.readable = font_places,
                        .readable_count = has_fonts ? VF_COUNT(font_places) : 0,
                        .memory = MEMORY,
                        .cpu_time = CPU_SECONDS},
        .longest_ms = LONGEST_MS,
    };
}

/* The process may have been taken over by what it was to look at. */
static void doubt(struct verdict *verdict)
{
    bool is_known = !verdict->err || verdict->err == -EINVAL || verdict->err == -ENOMEM;
    bool is_possible = verdict->nature.input_count <= VF_FILTER_INPUTS &&
                       verdict->nature.output_count <= VF_FILTER_OUTPUTS;
    verdict->problem.text[sizeof(verdict->problem.text) - 1] = '\0';
    if (!is_known || !is_possible)
        verdict->err = -EINVAL;
    if (verdict->err)
        verdict->nature.input_count = verdict->nature.output_count = 0;
}

static void say_lost(struct verdict *verdict, int err, int number)
{
    *verdict = (struct verdict){.err = err == -EPIPE || err == -ETIMEDOUT ? -EINVAL : err};
    if (err == -EPIPE && number)
        snprintf(verdict->problem.text, sizeof(verdict->problem.text),
                 "libavfilter died of signal %d (%s) when it looked at it", number,
                 strsignal(number));
    else if (verdict->err == -EINVAL)
        snprintf(verdict->problem.text, sizeof(verdict->problem.text),
                 "libavfilter has not looked at it within %d seconds", LONGEST_MS / 1000);
    else
        snprintf(verdict->problem.text, sizeof(verdict->problem.text),
                 "no process can look at it: %s", strerror(-err));
}

static void ask(const char *text, enum vf_filter_media media, bool has_fonts,
                struct verdict *verdict)
{
    struct question question = {.text = text, .media = media, .is_confined = true};
    struct vf_reader reader = make_reader(&question, has_fonts);
    int number;
    reader.read = judge;
    reader.answer_size = sizeof(*verdict);
    int err = vf_reader_ask(&reader, verdict, &number);
    if (err == -ENOTSUP) {
        question.is_confined = false;
        reader.is_free = true;
        err = vf_reader_ask(&reader, verdict, &number);
    }
    if (err)
        say_lost(verdict, err, number);
    else
        doubt(verdict);
}

static int look(const char *text, enum vf_filter_media media, struct verdict *verdict)
{
    struct vf_filter_double made;
    int err = vf_filter_double_make(text, media, &made);
    if (err)
        return err;
    ask(text, media, made.has_fonts, verdict);
    free(made.text);
    return VF_OK;
}

int vf_filter_look(const char *text, enum vf_filter_media media, struct vf_filter_nature *nature,
                   struct vf_filter_problem *problem)
{
    static struct known {
        char *text;
        enum vf_filter_media media;
        struct verdict verdict;
    } known[MAX_KNOWN];
    static size_t next;
    struct known *found = NULL;
    *nature = (struct vf_filter_nature){0};
    *problem = (struct vf_filter_problem){0};
    for (size_t i = 0; i < MAX_KNOWN && !found; i++) {
        bool is_it = known[i].text && known[i].media == media && strcmp(known[i].text, text) == 0;
        found = is_it ? &known[i] : NULL;
    }
    if (!found) {
        struct verdict verdict = {0};
        char *copy = strdup(text);
        int err = copy ? look(text, media, &verdict) : -ENOMEM;
        if (err) {
            free(copy);
            return err;
        }
        found = &known[next];
        next = (next + 1) % MAX_KNOWN;
        free(found->text);
        *found = (struct known){copy, media, verdict};
    }
    *nature = found->verdict.nature;
    *problem = found->verdict.problem;
    return found->verdict.err;
}

static bool is_possible(const struct vf_filter_form *form)
{
    return av_pix_fmt_desc_get(form->format) && form->width > 0 && form->width <= MAX_SIDE &&
           form->height > 0 && form->height <= MAX_SIDE && form->frame_rate.num >= 0 &&
           form->frame_rate.den > 0;
}

int vf_filter_look_ahead(const char *text, const struct vf_filter_form *inputs,
                         unsigned input_count, struct vf_filter_form *outputs,
                         unsigned *output_count)
{
    struct vf_filter_form copies[VF_FILTER_INPUTS] = {{0}};
    struct vf_filter_double made;
    struct outcome outcome = {0};
    int number, err = vf_filter_double_make(text, VF_FILTER_PICTURES, &made);
    *output_count = 0;
    if (err)
        return err;
    memcpy(copies, inputs, input_count * sizeof(*inputs));
    struct question question = {.text = made.text, .inputs = copies};
    struct vf_reader reader = make_reader(&question, made.has_fonts);
    reader.read = foresee;
    reader.answer_size = sizeof(outcome);
    err = made.has_other_size ? -ENOTSUP : vf_reader_ask(&reader, &outcome, &number);
    free(made.text);
    if (err || outcome.err)
        return err ? err : -EINVAL;
    for (unsigned i = 0; i < outcome.count && i < VF_FILTER_OUTPUTS; i++) {
        if (!is_possible(&outcome.forms[i]))
            return -EINVAL;
        outputs[i] = outcome.forms[i];
        *output_count = i + 1;
    }
    return VF_OK;
}
