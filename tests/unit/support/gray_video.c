/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/gray_video.h"

#include <libavutil/frame.h>
#include <math.h>
#include <string.h>

#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"

uint64_t gray_source;
int gray_key_distance;
int64_t gray_time;

static uint64_t frame_number;

void gray_setup(void)
{
    media_setup();
    vf_bench_init(&media_source, media_node("identity"), 1, NULL, 0); /* for its memory */
    gray_source = 1;
    gray_key_distance = 0;
    gray_time = 0;
    frame_number = 0;
}

/* Blocks of a size, a place and a brightness that follow from the pattern. */
static double pattern_at(unsigned pattern, double x, int y)
{
    double size = 11 + pattern * 7 % 17;
    unsigned block = (unsigned)floor((x + 4000) / size) * 31 + (unsigned)(y / size) * 17;
    return 40 + (double)((block + pattern * 101) * 2654435761U >> 16U & 0xFFU) * 0.7;
}

static uint8_t level_at(const struct gray_shot *shot, int frame, int x, int y)
{
    double part = shot->frames > 1 ? (double)frame / (shot->frames - 1) : 0;
    double light = shot->from + (shot->to - shot->from) * part;
    double level = pattern_at(shot->pattern, x - shot->speed * frame, y);
    level = light <= 1 ? level * light : level + (255 - level) * (light - 1);
    return (uint8_t)lrint(level);
}

static void feed_frame(const struct gray_shot *shot, int number)
{
    AVFrame *frame;
    struct vf_message *message;
    ck_assert_int_eq(
        vf_picture_create(&frame, &media_source.run, AV_PIX_FMT_GRAY8, GRAY_WIDTH, GRAY_HEIGHT),
        VF_OK);
    for (int i = 0; i < GRAY_WIDTH * GRAY_HEIGHT; i++)
        frame->data[0][i / GRAY_WIDTH * frame->linesize[0] + i % GRAY_WIDTH] =
            level_at(shot, number, i % GRAY_WIDTH, i / GRAY_WIDTH);
    ck_assert_int_eq(
        vf_media_frame_to_message(&media_source.run, frame, (struct vf_rational){25, 1}, &message),
        VF_OK);
    av_frame_free(&frame);
    struct vf_description *description = &message->description;
    description->video.is_key =
        !gray_key_distance || frame_number % (uint64_t)gray_key_distance == 0;
    description->origin.number = ++frame_number;
    description->source_id = gray_source;
    description->timestamp = gray_time++;
    description->duration = 1;
    description->time_base = (struct vf_rational){1, 25};
    ck_assert_int_eq(vf_bench_feed(&media_bench, message, NULL), VF_OK);
    vf_message_destroy(&message);
}

void gray_feed(const struct gray_shot *shots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (int frame = 0; frame < shots[i].frames; frame++)
            feed_frame(&shots[i], frame);
    }
}

json_t *gray_told(unsigned port, unsigned index)
{
    size_t length;
    const struct vf_message *message = vf_bench_output(&media_bench, port, index);
    ck_assert_ptr_nonnull(message);
    const char *text = vf_message_json(message, &length);
    json_t *told = json_loadb(text, length, 0, NULL);
    ck_assert_ptr_nonnull(told);
    return told;
}

/* Lends what is below the names of a path. */
static const json_t *find(const json_t *told, const char *path)
{
    char names[128], *rest = names;
    snprintf(names, sizeof(names), "%s", path);
    for (const char *name = strsep(&rest, "."); name; name = strsep(&rest, "."))
        told = json_object_get(told, name);
    ck_assert_msg(told != NULL, "there is no %s", path);
    return told;
}

double gray_number(unsigned port, unsigned index, const char *path)
{
    json_t *told = gray_told(port, index);
    const json_t *value = find(told, path);
    double number = json_is_null(value)      ? NAN
                    : json_is_boolean(value) ? json_is_true(value)
                                             : json_number_value(value);
    json_decref(told);
    return number;
}

void gray_expect_text(unsigned port, unsigned index, const char *path, const char *text)
{
    json_t *told = gray_told(port, index);
    ck_assert_str_eq(json_string_value(find(told, path)), text);
    json_decref(told);
}
