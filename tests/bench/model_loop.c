/* SPDX-License-Identifier: MIT */
/* model_loop.c - a model run on frames in a loop, as a program would do it that does nothing else.
 *
 *     model_loop RUNTIME MODEL WIDTH HEIGHT COUNT
 *
 * One frame of 1080p in memory is scaled and converted by libswscale, made numbers from 0 to 1, and
 * given to ONNX Runtime on one thread, COUNT times. What comes out is only added up.
 */
#include <dlfcn.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/banned.h"
#include "nodes/vision/model/onnx_api.h"
#include "tests/bench/frame_bytes.h"

#define CHANNELS 3

struct loop {
    const struct vf_ort *api;
    struct vf_ort_session *session;
    struct vf_ort_memory_info *memory;
    char *input, *output; /* names */
    struct SwsContext *scaler;
    int width, height;
    uint8_t *planes[CHANNELS + 1]; /* green, blue, red */
    float *tensor;
    double sum; /* of what came out, so that it is used */
};

static uint8_t frame[VF_BENCH_FRAME_BYTES];

static void must(const struct loop *loop, struct vf_ort_status *status)
{
    if (!status)
        return;
    fprintf(stderr, "model_loop: %s\n", loop->api->status_message(status));
    exit(EXIT_FAILURE);
}

static void load(struct loop *loop, const char *path)
{
    const struct vf_ort_base *(*base)(void) = NULL;
    void *library = dlopen(path, RTLD_NOW);
    void *address = library ? dlsym(library, "OrtGetApiBase") : NULL;
    memcpy(&base, &address, sizeof(base));
    loop->api = address ? base()->table(VF_ORT_VERSION) : NULL;
    if (loop->api)
        return;
    fprintf(stderr, "model_loop: %s is no ONNX Runtime of release 1.12 or later\n", path);
    exit(EXIT_FAILURE);
}

static void open_model(struct loop *loop, const char *path)
{
    const struct vf_ort *api = loop->api;
    struct vf_ort_env *env = NULL;
    struct vf_ort_session_options *options = NULL;
    struct vf_ort_allocator *allocator = NULL;
    must(loop, api->create_env(NULL, NULL, VF_ORT_FATAL, "loop", &env));
    must(loop, api->create_session_options(&options));
    must(loop, api->set_threads(options, 1));
    must(loop, api->set_optimization(options, VF_ORT_OPTIMIZE_ALL));
    must(loop, api->create_session(env, path, options, &loop->session));
    must(loop, api->default_allocator(&allocator));
    must(loop, api->input_name(loop->session, 0, allocator, &loop->input));
    must(loop, api->output_name(loop->session, 0, allocator, &loop->output));
    must(loop, api->cpu_memory_info(VF_ORT_DEVICE_ALLOCATOR, VF_ORT_MEMORY_DEFAULT, &loop->memory));
}

static void open_scaler(struct loop *loop)
{
    size_t pixels = (size_t)loop->width * (size_t)loop->height;
    loop->scaler = sws_getContext(VF_BENCH_WIDTH, VF_BENCH_HEIGHT, AV_PIX_FMT_YUV420P, loop->width,
                                  loop->height, AV_PIX_FMT_GBRP, SWS_BILINEAR, NULL, NULL, NULL);
    loop->tensor = calloc(CHANNELS * pixels, sizeof(float));
    for (int i = 0; i < CHANNELS; i++)
        loop->planes[i] = calloc(pixels + 64, 1);
}

static void prepare(struct loop *loop)
{
    static const int from[CHANNELS] = {2, 0, 1}; /* red, green, blue */
    size_t pixels = (size_t)loop->width * (size_t)loop->height;
    const uint8_t *const source[] = {frame, frame + (size_t)VF_BENCH_WIDTH * VF_BENCH_HEIGHT,
                                     frame + (size_t)VF_BENCH_WIDTH * VF_BENCH_HEIGHT * 5 / 4,
                                     NULL};
    const int strides[] = {VF_BENCH_WIDTH, VF_BENCH_WIDTH / 2, VF_BENCH_WIDTH / 2, 0};
    const int made[] = {loop->width, loop->width, loop->width, 0};
    sws_scale(loop->scaler, source, strides, 0, VF_BENCH_HEIGHT, loop->planes, made);
    for (size_t c = 0; c < CHANNELS; c++) {
        const uint8_t *plane = loop->planes[from[c]];
        for (size_t i = 0; i < pixels; i++)
            loop->tensor[c * pixels + i] = (float)plane[i] * (1 / 255.0F);
    }
}

static void run(struct loop *loop)
{
    const struct vf_ort *api = loop->api;
    const int64_t shape[] = {1, CHANNELS, loop->height, loop->width};
    const char *inputs[] = {loop->input}, *outputs[] = {loop->output};
    struct vf_ort_value *value = NULL, *told = NULL;
    void *data = NULL;
    must(loop,
         api->wrap_tensor(loop->memory, loop->tensor,
                          sizeof(float) * CHANNELS * (size_t)loop->width * (size_t)loop->height,
                          shape, 4, VF_ELEMENT_FLOAT32, &value));
    const struct vf_ort_value *const given[] = {value};
    must(loop, api->run(loop->session, NULL, inputs, given, 1, outputs, 1, &told));
    must(loop, api->tensor_data(told, &data));
    loop->sum += (double)*(float *)data;
    api->release_value(told);
    api->release_value(value);
}

int main(int argc, char **argv)
{
    struct loop loop = {0};
    if (argc != 6) {
        fprintf(stderr, "usage: model_loop RUNTIME MODEL WIDTH HEIGHT COUNT\n");
        return EXIT_FAILURE;
    }
    loop.width = (int)strtol(argv[3], NULL, 10);
    loop.height = (int)strtol(argv[4], NULL, 10);
    load(&loop, argv[1]);
    open_model(&loop, argv[2]);
    open_scaler(&loop);
    vf_frame_bytes_write(frame, sizeof(frame), 1);
    for (long count = strtol(argv[5], NULL, 10); count > 0; count--) {
        prepare(&loop);
        run(&loop);
    }
    printf("%g\n", loop.sum);
    sws_freeContext(loop.scaler);
    for (int i = 0; i < CHANNELS; i++)
        free(loop.planes[i]);
    free(loop.tensor);
    return EXIT_SUCCESS;
}
