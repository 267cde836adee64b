/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/taken.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

#define HUGE_RANGE 1e9
#define MAX_WORDS 200 /* bytes of all words together */

/* Words that libav hands to a library as they are, so that no table of its own has them. */
static const struct {
    const char *encoder, *option, *words;
} passed_on[] = {
    {"libx264", "preset",
     "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo"},
    {"libx264", "tune", "film animation grain stillimage psnr ssim fastdecode zerolatency"},
    {"libx264", "profile", "baseline main high high10 high422 high444"},
    {"libx265", "preset",
     "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo"},
    {"libx265", "tune", "psnr ssim grain zerolatency fastdecode animation"},
    {"libx265", "profile",
     "main main10 main12 main422-10 main422-12 main444-8 main444-10 "
     "main444-12 mainstillpicture"},
};

/* Numbers that the libraries behind these clip. */
static const struct {
    const char *encoder, *option;
    double lowest, highest;
} clipped[] = {{"libx264", "crf", 0, 51}, {"libx264rgb", "crf", 0, 51}, {"libx265", "crf", 0, 51}};

bool vf_output_clips(const AVCodec *encoder, const char *name, double number, double *lowest,
                     double *highest)
{
    for (size_t i = 0; i < VF_COUNT(clipped); i++) {
        if (strcmp(clipped[i].encoder, encoder->name) != 0 || strcmp(clipped[i].option, name) != 0)
            continue;
        *lowest = clipped[i].lowest;
        *highest = clipped[i].highest;
        return number < *lowest || number > *highest;
    }
    return false;
}

struct words {
    struct vf_text_nearest nearest;
    struct vf_text all;
    bool has_more; /* than are in `all` */
    char near[64];
};

static void add_word(struct words *words, const char *word, size_t length)
{
    char copy[sizeof(words->near)];
    snprintf(copy, sizeof(copy), "%.*s", (int)length, word);
    const char *before = words->nearest.name;
    bool is_cut = words->all.length > MAX_WORDS;
    if (!words->has_more)
        vf_text_print(&words->all, "%s%s", words->all.length ? ", " : "", is_cut ? "..." : copy);
    words->has_more = is_cut;
    vf_text_nearest_consider(&words->nearest, copy);
    if (words->nearest.name != before) { /* it is lent, and this one goes */
        memcpy(words->near, copy, sizeof(copy));
        words->nearest.name = words->near;
    }
}

static void add_passed_on(struct words *words, const AVCodec *encoder, const char *name)
{
    for (size_t i = 0; i < VF_COUNT(passed_on); i++) {
        const char *at = passed_on[i].words;
        if (strcmp(passed_on[i].encoder, encoder->name) != 0 ||
            strcmp(passed_on[i].option, name) != 0)
            continue;
        for (size_t length; *at; at += length + strspn(at + length, " ")) {
            length = strcspn(at, " ");
            add_word(words, at, length);
        }
    }
}

static void add_constants(struct words *words, const AVClass *class, const AVOption *option)
{
    for (const AVOption *other = NULL; (other = av_opt_next(&class, other));) {
        bool is_of_it = other->type == AV_OPT_TYPE_CONST && option->unit && other->unit &&
                        strcmp(other->unit, option->unit) == 0;
        if (is_of_it)
            add_word(words, other->name, strlen(other->name));
    }
}

static void describe_range(struct vf_text *out, const AVOption *option, const char *text)
{
    bool is_number = option->type == AV_OPT_TYPE_INT || option->type == AV_OPT_TYPE_INT64 ||
                     option->type == AV_OPT_TYPE_FLOAT || option->type == AV_OPT_TYPE_DOUBLE;
    if (is_number && option->max < HUGE_RANGE)
        vf_text_print(out, "; it takes %.16g to %.16g", option->min, option->max);
    else if (is_number && text[strspn(text, "0123456789.-")])
        vf_text_print(out, "; it takes a number");
    else if (option->type == AV_OPT_TYPE_BOOL)
        vf_text_print(out, "; it takes true or false");
}

void vf_output_describe_taken(struct vf_text *out, void *object, const AVCodec *encoder,
                              const char *name, const char *text)
{
    void *target = NULL;
    const AVOption *option = av_opt_find2(object, name, NULL, 0, AV_OPT_SEARCH_CHILDREN, &target);
    struct words words = {.nearest.wanted = text};
    if (encoder)
        add_passed_on(&words, encoder, name);
    if (option && target)
        add_constants(&words, *(const AVClass **)target, option);
    bool is_known = words.nearest.name && words.nearest.distance == 0;
    if (is_known)
        vf_text_print(out, " together with the others");
    if (is_known)
        words.nearest.name = NULL;
    if (words.nearest.name)
        vf_text_print(out, "%s", vf_text_suggest(&words.nearest));
    if (words.all.length && (!words.nearest.name || words.all.length < 128))
        vf_text_print(out, "%s takes %s", words.nearest.name ? " It" : "; it", words.all.bytes);
    else if (option && !words.all.length)
        describe_range(out, option, text);
    vf_text_finish(&words.all);
}
