/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/trial.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/base/trust.h"
#include "engine/media/write/choice/options.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/taken.h"
#include "engine/sandbox/reader.h"

#define MAX_KNOWN 16     /* trials that are remembered */
#define LONGEST_MS 10000 /* of a trial: whoever takes longer is not refused */

/* The settings that a trial leaves out one at a time; from FIRST_OPTION on, those in `options`. */
enum { ALL_IN, NO_PRESET, NO_CRF, NO_BIT_RATE, FIRST_OPTION };

static bool is_set(const struct vf_output_settings *settings, unsigned number)
{
    return number == NO_PRESET     ? settings->preset[0] != '\0'
           : number == NO_CRF      ? settings->crf >= 0
           : number == NO_BIT_RATE ? settings->bit_rate > 0
                                   : number - FIRST_OPTION < settings->options.count;
}

static unsigned count_all(const struct vf_output_settings *settings)
{
    return FIRST_OPTION + (unsigned)settings->options.count;
}

/* Empties a copy of settings that borrows from others. */
static void leave_out(struct vf_output_settings *copy, unsigned number)
{
    static char none[] = "";
    if (number == NO_PRESET)
        copy->preset = none;
    else if (number == NO_CRF)
        copy->crf = VF_CRF_UNSET;
    else if (number == NO_BIT_RATE)
        copy->bit_rate = 0;
    else if (number >= FIRST_OPTION)
        copy->options.items[number - FIRST_OPTION].key = none;
}

static enum AVPixelFormat choose_format(const struct AVCodec *encoder, const char *wanted)
{
    const enum AVPixelFormat *formats = encoder->pix_fmts;
    if (wanted[0])
        return av_get_pix_fmt(wanted);
    for (; formats && *formats != AV_PIX_FMT_NONE; formats++) {
        const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(*formats);
        if (!(format->flags & AV_PIX_FMT_FLAG_HWACCEL))
            return *formats;
    }
    return AV_PIX_FMT_YUV420P;
}

static bool opens_at(const struct vf_output_choice *choice,
                     const struct vf_output_settings *settings, int width, int height)
{
    char text[512];
    const struct vf_output_problem problem = {text, sizeof(text)};
    AVCodecContext *context = avcodec_alloc_context3(choice->encoder);
    AVRational rate = {settings->fps.num, settings->fps.den};
    if (!context)
        return true;
    context->width = width;
    context->height = height;
    context->pix_fmt = choose_format(choice->encoder, settings->pixel_format);
    context->framerate = rate.num > 0 ? rate : (AVRational){25, 1};
    context->time_base = av_inv_q(context->framerate);
    context->thread_count = 1;
    int err = vf_output_set_encoder(context, choice, settings, &problem);
    /* What was opened stays so: the process ends, and some libraries hang when nothing was encoded. */
    return !err && avcodec_open2(context, choice->encoder, NULL) >= 0;
}

static bool opens(const struct vf_output_choice *choice, const struct vf_output_settings *settings)
{
    static const struct {
        int width, height;
    } sizes[] = {{640, 480}, {1920, 1080}, {1280, 720}, {720, 576}, {352, 288}};
    for (size_t i = 0; i < VF_COUNT(sizes); i++) {
        if (opens_at(choice, settings, sizes[i].width, sizes[i].height))
            return true;
    }
    return false;
}

/* Opens without setting `left_out`, or, where `is_only`, without all others. */
static bool opens_without(const struct vf_output_choice *choice,
                          const struct vf_output_settings *settings, unsigned left_out,
                          bool is_only)
{
    struct vf_output_settings copy = *settings;
    size_t count = settings->options.count;
    struct vf_map_entry *items = calloc(count + 1, sizeof(*items));
    if (!items)
        return true;
    if (count)
        memcpy(items, settings->options.items, count * sizeof(*items));
    copy.options.items = items;
    for (unsigned i = NO_PRESET; i < count_all(settings); i++) {
        if ((i == left_out) != is_only)
            leave_out(&copy, i);
    }
    bool does = opens(choice, &copy);
    free(items);
    return does;
}

/* Returns which setting the encoder does not take; ALL_IN: none, or that is not known. */
static unsigned find_culprit(const struct vf_output_choice *choice,
                             const struct vf_output_settings *settings)
{
    if (opens(choice, settings) || !opens_without(choice, settings, ALL_IN, true))
        return ALL_IN;
    for (unsigned i = NO_PRESET; i < count_all(settings); i++) {
        if (is_set(settings, i) && opens_without(choice, settings, i, false))
            return i;
    }
    for (unsigned i = NO_PRESET; i < count_all(settings); i++) {
        if (is_set(settings, i) && !opens_without(choice, settings, i, true))
            return i;
    }
    return ALL_IN;
}

struct trial {
    const struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
};

/* Runs in a process of its own, which ends without what was opened being closed. */
static void try_settings(void *context, void *answer)
{
    const struct trial *trial = context;
    unsigned *culprit = answer;
    *culprit = find_culprit(trial->choice, trial->settings);
}

/* Returns whether an encoder may be asked to read or write a file: statistics of an earlier pass. */
static bool may_name_file(const struct vf_output_settings *settings)
{
    static const char *const words[] = {"stats", "file", "log", "csv", "load", "save", "/"};
    for (size_t i = 0; i < settings->options.count; i++) {
        const struct vf_map_entry *entry = &settings->options.items[i];
        for (size_t j = 0; j < VF_COUNT(words); j++) {
            bool is_profile = strcmp(entry->key, "profile") == 0; /* in which there is "file" */
            if ((!is_profile && strstr(entry->key, words[j])) || strstr(entry->text, words[j]))
                return true;
        }
    }
    return false;
}

/* Asks in a process of its own, which opens no file of a flow that is only looked at: then what is in
 * one is not known before the start. */
static unsigned ask(const struct vf_output_choice *choice,
                    const struct vf_output_settings *settings)
{
    static const char *const machine[] = {"/proc/cpuinfo", "/sys/devices/system"};
    struct trial trial = {choice, settings};
    const struct vf_reader reader = {
        .read = try_settings,
        .context = &trial,
        .answer_size = sizeof(unsigned),
        .confinement = {.readable = machine,
                        .readable_count = VF_COUNT(machine),
                        .has_threads = true},
        .is_free = vf_trust() == VF_TRUST_RUN,
        .longest_ms = LONGEST_MS,
    };
    unsigned culprit = ALL_IN;
    int number;
    if (!reader.is_free && may_name_file(settings))
        return ALL_IN;
    return vf_reader_ask(&reader, &culprit, &number) ? ALL_IN : culprit;
}

/* Writes all that a trial depends on. The caller's; NULL: out of memory. */
static char *describe(const struct vf_output_choice *choice,
                      const struct vf_output_settings *settings)
{
    struct vf_text text = {0};
    vf_text_print(&text, "%s\n%s\n%g\n%lld\n%s\n%d/%d\n", choice->encoder->name, settings->preset,
                  settings->crf, (long long)settings->bit_rate, settings->pixel_format,
                  settings->fps.num, settings->fps.den);
    for (size_t i = 0; i < settings->options.count; i++)
        vf_text_print(&text, "%s=%s\n", settings->options.items[i].key,
                      settings->options.items[i].text);
    return vf_text_take(&text);
}

/* Asks once for the same: a flow looks at its options several times. */
static unsigned ask_once(const struct vf_output_choice *choice,
                         const struct vf_output_settings *settings)
{
    static struct {
        char *described;
        unsigned culprit;
    } known[MAX_KNOWN];
    static size_t next;
    char *described = describe(choice, settings);
    for (size_t i = 0; described && i < MAX_KNOWN; i++) {
        if (known[i].described && strcmp(known[i].described, described) == 0) {
            free(described);
            return known[i].culprit;
        }
    }
    unsigned culprit = ask(choice, settings);
    free(known[next].described);
    known[next].described = described;
    known[next].culprit = culprit;
    next = (next + 1) % MAX_KNOWN;
    return culprit;
}

static int refuse(const struct vf_output_choice *choice, const struct vf_output_settings *settings,
                  unsigned culprit, const struct vf_output_problem *problem)
{
    struct vf_text taken = {0};
    AVCodecContext *context = avcodec_alloc_context3(choice->encoder);
    const char *name = choice->encoder->name;
    if (culprit == NO_PRESET && context)
        vf_output_describe_taken(&taken, context, choice->encoder, "preset", settings->preset);
    const struct vf_map_entry *entry =
        culprit >= FIRST_OPTION ? &settings->options.items[culprit - FIRST_OPTION] : NULL;
    if (entry && context)
        vf_output_describe_taken(&taken, context, choice->encoder, entry->key, entry->text);
    const char *words = taken.bytes ? taken.bytes : "";
    if (culprit == NO_PRESET)
        (void)VF_COMPLAIN(problem, 0, "preset: %s has no preset \"%s\"%s", name, settings->preset,
                          words);
    else if (culprit == NO_CRF)
        (void)VF_COMPLAIN(problem, 0, "crf: %s does not take crf: %g; choose another", name,
                          settings->crf);
    else if (culprit == NO_BIT_RATE)
        (void)VF_COMPLAIN(problem, 0, "bitrate: %s does not take this bit rate; choose another",
                          name);
    else if (entry)
        (void)VF_COMPLAIN(problem, 0, "options.%s: %s does not take \"%s\" for %s%s", entry->key,
                          name, entry->text, entry->key, words);
    vf_text_finish(&taken);
    avcodec_free_context(&context);
    return -EINVAL;
}

int vf_output_try_encoder(const struct vf_output_choice *choice,
                          const struct vf_output_settings *settings,
                          const struct vf_output_problem *problem)
{
    const AVCodec *encoder = choice->encoder;
    bool is_asked = settings->pixel_format[0];
    for (unsigned i = NO_PRESET; i < count_all(settings); i++)
        is_asked = is_asked || is_set(settings, i);
    if (!encoder || !is_asked || settings->hw != VF_OUTPUT_HW_OFF ||
        encoder->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID))
        return VF_OK;
    unsigned culprit = ask_once(choice, settings);
    return culprit == ALL_IN || culprit >= count_all(settings)
               ? VF_OK
               : refuse(choice, settings, culprit, problem);
}
