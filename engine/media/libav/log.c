/* SPDX-License-Identifier: MIT */
#include <libavutil/log.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/libav/error.h"

#define MAX_LINE 1024
#define MAX_EXPECTED 256
#define MAX_EARS 2

static const char no_name[] = "NULL"; /* as libav calls it */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static atomic_bool is_hushed;

/* Who listens; those that are counted do not change any more. */
static struct ear {
    const char *class_name;
    void (*hear)(void *object, const char *format);
} ears[MAX_EARS];
static atomic_uint ear_count;

/* All of it under `mutex`: libav logs from every thread, and a line in pieces. */
static char line[MAX_LINE], previous[MAX_LINE];
static enum vf_log_level previous_level;
static unsigned repetitions;
static bool is_of_formula;          /* it is that of a formula's reader */
static char expected[MAX_EXPECTED]; /* the first error since it was said that there would be some */

static const AVClass *class_of(void *object)
{
    return object ? *(const AVClass **)object : NULL;
}

/* Decoders log every damaged block; the task itself logs which frames are damaged. */
static bool is_decoding(void *object)
{
    const AVClass *class = class_of(object);
    if (!class || strcmp(class->item_name(object), no_name) == 0)
        return class != NULL; /* a parser's helper */
    AVClassCategory category = class->get_category ? class->get_category(object) : class->category;
    return category == AV_CLASS_CATEGORY_DECODER;
}

static enum vf_log_level our_level(void *object, int level)
{
    if (level <= AV_LOG_ERROR)
        return atomic_load(&is_hushed) || is_decoding(object) ? VF_LOG_INFO : VF_LOG_WARNING;
    return level <= AV_LOG_WARNING ? VF_LOG_INFO : VF_LOG_DEBUG;
}

static void start_line(void *object)
{
    const AVClass *class = class_of(object);
    if (!class)
        return;
    const char *name = class->item_name(object);
    bool is_named = strcmp(name, no_name) != 0;
    snprintf(line, sizeof(line), "%s: ", is_named ? name : class->class_name);
}

static void tell_repetitions(void)
{
    if (repetitions == 1)
        vf_log(previous_level, "%s (again)", previous);
    else if (repetitions)
        vf_log(previous_level, "%s (%u times more)", previous, repetitions);
    repetitions = 0;
}

static void finish_line(enum vf_log_level level)
{
    line[strcspn(line, "\r\n")] = '\0';
    if (strcmp(line, previous) == 0) {
        repetitions++;
    } else {
        tell_repetitions();
        vf_log(level, "%s", line);
        memcpy(previous, line, sizeof(previous));
        previous_level = level;
    }
    line[0] = '\0';
}

static void write_log(void *object, int level, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* Keeps the first error of those that are expected: it is nearest to the cause. */
static void keep_expected(void *object, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void keep_expected(void *object, const char *format, va_list arguments)
{
    const AVClass *class = class_of(object);
    pthread_mutex_lock(&mutex);
    if (!expected[0]) {
        is_of_formula = class && strcmp(class->class_name, "Eval") == 0;
        vsnprintf(expected, sizeof(expected), format, arguments);
        expected[strcspn(expected, "\r\n")] = '\0';
    }
    pthread_mutex_unlock(&mutex);
}

/* Decoders say as information which pictures they have repaired. */
static bool is_fault(int level, const char *format)
{
    static const char repair[] = "concealing ";
    return level <= AV_LOG_ERROR || strncmp(format, repair, sizeof(repair) - 1) == 0;
}

static void let_hear(void *object, const char *format)
{
    const AVClass *class = class_of(object);
    unsigned count = atomic_load(&ear_count);
    for (unsigned i = 0; class && i < count; i++) {
        if (strcmp(class->class_name, ears[i].class_name) == 0)
            ears[i].hear(object, format);
    }
}

static void write_log(void *object, int level, const char *format, va_list arguments)
{
    if (is_fault(level & 0xff, format))
        let_hear(object, format);
    if (atomic_load(&is_hushed) && level <= AV_LOG_ERROR) {
        va_list copy;
        va_copy(copy, arguments);
        keep_expected(object, format, copy);
        va_end(copy);
    }
    enum vf_log_level ours = our_level(object, level & 0xff);
    if (ours > vf_log_get_level() || level > AV_LOG_INFO)
        return;
    pthread_mutex_lock(&mutex);
    if (!line[0])
        start_line(object);
    size_t length = strlen(line);
    vsnprintf(line + length, sizeof(line) - length, format, arguments);
    if (strchr(line, '\n') || strlen(line) == sizeof(line) - 1)
        finish_line(ours);
    pthread_mutex_unlock(&mutex);
}

static void redirect(void)
{
    av_log_set_callback(write_log);
}

void vf_media_log_redirect(void)
{
    pthread_once(&once, redirect);
}

void vf_media_log_listen(const char *class_name, void (*hear)(void *object, const char *format))
{
    pthread_mutex_lock(&mutex);
    unsigned count = atomic_load(&ear_count), place = 0;
    while (place < count && ears[place].hear != hear)
        place++;
    if (place == count && count < MAX_EARS) {
        ears[count] = (struct ear){class_name, hear};
        atomic_store(&ear_count, count + 1);
    }
    pthread_mutex_unlock(&mutex);
}

void vf_media_log_hush(bool is_expected)
{
    pthread_mutex_lock(&mutex);
    if (is_expected)
        expected[0] = '\0';
    pthread_mutex_unlock(&mutex);
    atomic_store(&is_hushed, is_expected);
}

const char *vf_media_log_expected(void)
{
    return expected;
}

bool vf_media_log_expected_of_formula(void)
{
    return expected[0] && is_of_formula;
}

void vf_media_log_flush(void)
{
    pthread_mutex_lock(&mutex);
    tell_repetitions();
    pthread_mutex_unlock(&mutex);
}
