/* SPDX-License-Identifier: MIT */
/* A frame through a node, which runs by itself, without a task around it. */
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/message/arena.h"
#include "engine/node/emitter.h"
#include "engine/node/node.h"
#include "tests/instructions/counted.h"

#define WIDTH 640
#define HEIGHT 360
#define ARENA_BYTES ((size_t)4 << 20)
#define PAGE ((size_t)4096)
#define PAYLOADS 4
#define FONT "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

struct setting {
    const char *option, *text;
};

extern const struct vf_node vf_node_resize, vf_node_draw_text;

static struct vf_arena *arena;
static uint8_t *arena_bytes;
static struct vf_message *frame;
static const bool is_connected[] = {true, false};
static const unsigned input_ports[] = {0, 1};
static const char *const input_names[] = {"reader", NULL};
static struct vf_node_run run;
static struct SwsContext *context;
static AVFrame *source, *target;
static unsigned emitted;

static int emit(struct vf_emitter *emitter, unsigned port, struct vf_message **output)
{
    (void)emitter, (void)port;
    vf_message_destroy(output);
    emitted++;
    return VF_OK;
}

static int allocate(struct vf_emitter *emitter, size_t size, struct vf_payload **payload)
{
    (void)emitter;
    return vf_arena_allocate(arena, size, payload);
}

static bool is_read(const struct vf_emitter *emitter, unsigned port)
{
    (void)emitter, (void)port;
    return true;
}

static struct vf_emitter emitter = {
    .emit = emit, .allocate = allocate, .try_allocate = allocate, .is_read = is_read};

/* Makes a frame with something in it. */
static void make_frame(void)
{
    AVFrame *made = NULL;
    arena_bytes = aligned_alloc(PAGE, ARENA_BYTES);
    MUST(arena_bytes);
    MUST(vf_arena_create(&arena, 1, arena_bytes, ARENA_BYTES, PAYLOADS) == VF_OK);
    run = (struct vf_node_run){.emitter = &emitter,
                               .name = "counted",
                               .input_count = VF_COUNT(input_ports),
                               .input_ports = input_ports,
                               .is_connected = is_connected,
                               .input_names = input_names,
                               .threads = 1};
    MUST(vf_picture_create(&made, &run, AV_PIX_FMT_YUV420P, WIDTH, HEIGHT) == VF_OK);
    for (int plane = 0; plane < 3; plane++) {
        for (int i = 0; i < made->linesize[plane] * (plane ? HEIGHT / 2 : HEIGHT); i++)
            made->data[plane][i] = (uint8_t)(i * 7 + plane);
    }
    made->pts = 0;
    made->time_base = (AVRational){1, 25};
    const struct vf_rational rate = {25, 1};
    MUST(vf_media_frame_to_message(&run, made, rate, &frame) == VF_OK);
    frame->description.origin = (struct vf_origin){.number = 1, .stream = 1U << 8U};
    av_frame_free(&made);
}

static void open_node(const struct vf_node *node, const struct setting *settings, size_t count)
{
    make_frame();
    void *values = calloc(1, node->options_size);
    run.node = node;
    run.state = calloc(1, node->state_size);
    run.options = values;
    MUST(values && run.state);
    MUST(vf_option_set_fallbacks(&node->options, values) == VF_OK);
    for (size_t i = 0; i < count; i++) {
        const struct vf_option *option = vf_option_find(&node->options, settings[i].option);
        MUST(option && vf_option_set(option, settings[i].text, values) == VF_OK);
    }
    MUST(node->open(&run) == VF_OK);
}

static void process(void)
{
    struct vf_message *const inputs[] = {frame, NULL};
    unsigned before = emitted;
    MUST(run.node->process(&run, inputs) == VF_OK);
    MUST(emitted == before + 1);
    frame->description.origin.number++;
}

static void release_frame(void)
{
    vf_message_destroy(&frame);
    vf_arena_destroy(&arena);
    free(arena_bytes);
}

static void close_node(void)
{
    void *values = (void *)(uintptr_t)run.options;
    run.node->close(&run);
    vf_option_release(&run.node->options, values);
    free(values);
    free(run.state);
    release_frame();
}

static void begin_resize(void)
{
    const struct setting settings[] = {{"width", "320"}, {"filter", "bilinear"}};
    open_node(&vf_node_resize, settings, VF_COUNT(settings));
}

/* By the path of a file: what is installed under a name differs from system to system. */
static void begin_text(void)
{
    const struct setting settings[] = {{"text", "frame {frame}, camera 7"}, {"font", FONT}};
    MUST(access(FONT, R_OK) == 0);
    open_node(&vf_node_draw_text, settings, VF_COUNT(settings));
}

/* What nobody can do without: libswscale, from one frame in memory to another. */
static void begin_scale(void)
{
    make_frame();
    context = sws_getContext(WIDTH, HEIGHT, AV_PIX_FMT_YUV420P, WIDTH / 2, HEIGHT / 2,
                             AV_PIX_FMT_YUV420P, SWS_BILINEAR, NULL, NULL, NULL);
    MUST(context);
    MUST(vf_media_frame_from_message(&source, frame) == VF_OK);
    MUST(vf_picture_create(&target, &run, AV_PIX_FMT_YUV420P, WIDTH / 2, HEIGHT / 2) == VF_OK);
}

static void scale(void)
{
    MUST(sws_scale(context, (const uint8_t *const *)source->data, source->linesize, 0, HEIGHT,
                   target->data, target->linesize) == HEIGHT / 2);
}

static void end_scale(void)
{
    sws_freeContext(context);
    av_frame_free(&source);
    av_frame_free(&target);
    release_frame();
}

const struct counted counted_resize = {begin_resize, process, close_node};
const struct counted counted_text = {begin_text, process, close_node};
const struct counted counted_scale = {begin_scale, scale, end_scale};
