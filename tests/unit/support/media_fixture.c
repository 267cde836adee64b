/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/media_fixture.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "tests/unit/support/scratch.h"

struct vf_bench media_source, media_bench;
static char *path;

void media_setup(void)
{
    scratch_create();
}

void media_teardown(void)
{
    if (media_source.node)
        vf_bench_finish(&media_source);
    if (media_bench.node)
        vf_bench_finish(&media_bench);
    free(path);
    path = NULL;
    scratch_remove();
}

const struct vf_node *media_node(const char *name)
{
    const struct vf_node *node = vf_node_find(&vf_all_nodes, name);
    ck_assert_ptr_nonnull(node);
    return node;
}

void media_number(uint32_t stream)
{
    for (unsigned i = 0, number = 0; i < media_source.output_count; i++) {
        struct vf_description *description = &media_source.outputs[i].message->description;
        if (media_source.outputs[i].port == VF_VIDEO)
            description->origin = (struct vf_origin){.number = ++number, .stream = stream};
    }
}

struct vf_message *media_made(unsigned i)
{
    return (struct vf_message *)(uintptr_t)vf_bench_output(&media_source, VF_VIDEO, i);
}

const struct vf_message *media_answer(unsigned i)
{
    return vf_bench_output(&media_bench, 0, i);
}

/* Names a file of the scratch folder. */
const char *media_path(const char *name)
{
    free(path);
    path = vf_text_format("%s/%s", scratch_path(), name);
    ck_assert_ptr_nonnull(path);
    return path;
}

bool media_exists(const char *name)
{
    return access(media_path(name), F_OK) == 0;
}

/* Makes `frames` pictures, with their sound. */
void media_make(const char *frames, const char *size, const char *format)
{
    if (media_source.node)
        vf_bench_finish(&media_source);
    vf_bench_setup(&media_source, media_node("test_source"), 0, {"frames", frames}, {"size", size},
                   {"pixel_format", format});
    ck_assert_int_eq(vf_bench_open(&media_source), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_source), VF_END);
}

int media_feed_all(void)
{
    int err = VF_OK;
    for (unsigned i = 0; i < media_source.output_count && !err; i++) {
        struct vf_message *message = media_source.outputs[i].message;
        bool is_sound = media_source.outputs[i].port == VF_AUDIO;
        err = vf_bench_feed(&media_bench, is_sound ? NULL : message, is_sound ? message : NULL);
    }
    return err;
}

void media_open_writer(const char *name, const char *codec)
{
    vf_bench_setup(&media_bench, media_node("video_writer"), 2, {"path", media_path(name)},
                   {"codec", codec}, {"preset", strcmp(codec, "libx264") == 0 ? "ultrafast" : ""});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

/* Writes what the source has made. */
void media_write(const char *name, const char *codec)
{
    media_open_writer(name, codec);
    ck_assert_int_eq(media_feed_all(), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    vf_bench_finish(&media_bench);
}

int media_read(const char *name, const char *start, const char *duration, const char *frames)
{
    vf_bench_setup(&media_bench, media_node("video_reader"), 0, {"path", media_path(name)},
                   {"start", start}, {"duration", duration}, {"frames", frames});
    int err = vf_bench_open(&media_bench);
    return err ? err : vf_bench_produce(&media_bench);
}

bool media_is_same_row(const struct vf_message *a, const struct vf_message *b, unsigned plane,
                       unsigned row)
{
    const struct vf_plane *of_a = &a->description.video.planes[plane];
    const struct vf_plane *of_b = &b->description.video.planes[plane];
    return of_a->row_bytes == of_b->row_bytes &&
           memcmp(a->payload->data + of_a->offset + (size_t)row * of_a->stride,
                  b->payload->data + of_b->offset + (size_t)row * of_b->stride,
                  of_a->row_bytes) == 0;
}

void media_check_same(const struct vf_message *a, const struct vf_message *b)
{
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    const struct vf_video *video = &a->description.video;
    ck_assert_str_eq(video->format, b->description.video.format);
    ck_assert_uint_eq(video->plane_count, b->description.video.plane_count);
    for (unsigned plane = 0; plane < video->plane_count; plane++) {
        ck_assert_uint_eq(video->planes[plane].rows, b->description.video.planes[plane].rows);
        for (unsigned row = 0; row < video->planes[plane].rows; row++)
            ck_assert(media_is_same_row(a, b, plane, row));
    }
}

/* Frame `first` of the source must be the first that was read, and so on, `count` of them. */
void media_check_read(unsigned first, unsigned count)
{
    ck_assert_uint_eq(vf_bench_count(&media_bench, VF_VIDEO), count);
    for (unsigned i = 0; i < count; i++)
        media_check_same(vf_bench_output(&media_source, VF_VIDEO, first + i),
                         vf_bench_output(&media_bench, VF_VIDEO, i));
}

int media_open_pictures(const char *name, const char *quality)
{
    vf_bench_setup(&media_bench, media_node("image_writer"), 1, {"path", media_path(name)},
                   {"quality", quality});
    return vf_bench_open(&media_bench);
}

int media_feed_pictures(void)
{
    int err = VF_OK;
    for (unsigned i = 0; i < media_source.output_count && !err; i++) {
        if (media_source.outputs[i].port == VF_VIDEO)
            err = vf_bench_feed(&media_bench, media_source.outputs[i].message, NULL);
    }
    return err;
}

void media_write_pictures(const char *frames, const char *size, const char *format,
                          const char *name)
{
    media_make(frames, size, format);
    ck_assert_int_eq(media_open_pictures(name, "90"), VF_OK);
    ck_assert_int_eq(media_feed_pictures(), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    vf_bench_finish(&media_bench);
}

int64_t media_size(const char *name)
{
    struct stat status;
    ck_assert_int_eq(stat(media_path(name), &status), 0);
    return status.st_size;
}

void media_write_text(const char *name, const char *text)
{
    FILE *file = fopen(media_path(name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}
