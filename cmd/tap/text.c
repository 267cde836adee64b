/* SPDX-License-Identifier: MIT */
#include "cmd/tap/text.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "engine/base/write_all.h"
#include "engine/tap/message_json.h"

#define NPY_MAGIC "\x93NUMPY\x01"
#define NPY_ALIGNMENT 64

int vf_tap_print_json(const char *task, const struct vf_description *description,
                      const uint8_t *bytes)
{
    json_t *line = vf_tap_message_json(task, description, bytes);
    char *text = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    char *whole = text ? vf_text_format("%s\n", text) : NULL;
    int err = whole ? vf_write_all(STDOUT_FILENO, whole, strlen(whole)) : -ENOMEM;
    free(whole);
    free(text);
    json_decref(line);
    return err;
}

static int write_planes(const struct vf_video *video, const uint8_t *bytes)
{
    int err = VF_OK;
    for (uint32_t i = 0; i < video->plane_count; i++) {
        const struct vf_plane *plane = &video->planes[i];
        const uint8_t *row = bytes + plane->offset;
        for (uint32_t j = 0; !err && j < plane->rows; j++, row += plane->stride)
            err = vf_write_all(STDOUT_FILENO, row, plane->row_bytes);
    }
    return err;
}

int vf_tap_print_raw(const struct vf_description *description, const uint8_t *bytes)
{
    if (description->type == VF_VALUE_VIDEO)
        return write_planes(&description->video, bytes);
    if (description->type == VF_VALUE_PACKET)
        return vf_write_all(STDOUT_FILENO, bytes + description->packet.data_offset,
                            (size_t)description->packet.data_size);
    size_t extras = description->extras_size ? (size_t)description->extras_offset
                                             : (size_t)description->payload_size;
    return vf_write_all(STDOUT_FILENO, bytes, extras);
}

static int write_npy_header(const char *dtype, const uint64_t *shape, size_t dimensions)
{
    struct vf_text header = {0}, start = {0};
    vf_text_print(&header, "{'descr': '%s', 'fortran_order': False, 'shape': (", dtype);
    for (size_t i = 0; i < dimensions; i++)
        vf_text_print(&header, "%llu,%s", (unsigned long long)shape[i],
                      i + 1 < dimensions ? " " : "");
    vf_text_print(&header, "), }");
    size_t before = sizeof(NPY_MAGIC) + 2; /* with the version's second byte, and the length */
    while (!header.failed && (before + header.length + 1) % NPY_ALIGNMENT)
        vf_text_append(&header, " ", 1);
    vf_text_append(&header, "\n", 1);
    const char length[2] = {(char)(header.length & 0xff), (char)(header.length >> 8)};
    vf_text_append(&start, NPY_MAGIC, sizeof(NPY_MAGIC)); /* its NUL is that second byte */
    vf_text_append(&start, length, sizeof(length));
    int err = header.failed || start.failed
                  ? -ENOMEM
                  : vf_write_all(STDOUT_FILENO, start.bytes, start.length);
    if (!err)
        err = vf_write_all(STDOUT_FILENO, header.bytes, header.length);
    vf_text_finish(&start);
    vf_text_finish(&header);
    return err;
}

static int print_npy_picture(const struct vf_video *video, const uint8_t *bytes)
{
    bool is_gray = strcmp(video->format, "gray") == 0;
    bool is_colour = strcmp(video->format, "rgb24") == 0 || strcmp(video->format, "bgr24") == 0;
    const uint64_t shape[] = {(uint64_t)video->height, (uint64_t)video->width, 3};
    if (!is_gray && !is_colour)
        return -ENOTSUP;
    int err = write_npy_header("|u1", shape, is_gray ? 2 : 3);
    return err ? err : write_planes(video, bytes);
}

int vf_tap_print_npy(const struct vf_description *description, const uint8_t *bytes)
{
    const struct vf_array *array = &description->array;
    char dtype[sizeof(array->dtype) + 1] = "";
    if (description->type == VF_VALUE_VIDEO)
        return print_npy_picture(&description->video, bytes);
    if (description->type != VF_VALUE_ARRAY)
        return -ENOTSUP;
    memcpy(dtype, array->dtype, sizeof(array->dtype));
    int err = write_npy_header(dtype, array->shape, array->dimensions);
    return err ? err : vf_tap_print_raw(description, bytes);
}
