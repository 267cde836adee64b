/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for a picture that comes as H.264. The first say what the envelope announces:
 * the pixel format, the size, and bytes to lay over the description; the rest is what H.264 has made of
 * it, or, where the fourth byte is odd, the whole part. What is refused stays as it came; what is not has
 * the size that was announced. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/edge/remote/parcel.h"
#include "engine/media/libav/picture.h"
#include "tests/fuzz/input.h"

#define HEAD sizeof(uint64_t) /* says how many bytes of the part are H.264 */
#define LARGEST (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t seen;

static void lay_over(void *thing, size_t thing_size, struct input *input)
{
    size_t length = next(input), place = length ? next(input) * (size_t)4 % thing_size : 0;
    for (; length && place < thing_size && input->size; length--)
        ((uint8_t *)thing)[place++] = (uint8_t)next(input);
}

static void describe(struct vf_description *description, struct input *input)
{
    static const char *const names[] = {"yuv420p", "gray", "rgb24", "nv12", "yuv444p", "yuv422p"};
    const char *name = names[next(input) % VF_COUNT(names)];
    int format = vf_picture_format(name);
    int width = 1 + (int)next(input), height = 1 + (int)next(input);
    struct vf_picture_layout layout;
    int err = vf_picture_layout_init(&layout, format, width, height);
    assert(!err);
    *description = (struct vf_description){.version = VF_MESSAGE_VERSION,
                                           .kind = VF_MESSAGE_DATA,
                                           .type = VF_VALUE_VIDEO,
                                           .payload_size = layout.size};
    struct vf_video *video = &description->video;
    memcpy(video->format, name, strlen(name) + 1);
    video->width = width;
    video->height = height;
    video->plane_count = layout.plane_count;
    for (unsigned i = 0; i < layout.plane_count; i++)
        video->planes[i] =
            (struct vf_plane){.offset = layout.offsets[i],
                              .stride = (uint32_t)layout.linesizes[i],
                              .row_bytes = (uint32_t)vf_picture_row_bytes(format, width, i),
                              .rows = vf_picture_rows(format, height, i)};
}

static void free_payload(struct vf_payload *payload)
{
    free(payload->data);
    free(payload);
}

/* Of just so many bytes, so that a sanitizer sees the first too far. */
static struct vf_payload *make_part(const struct input *rest, bool is_whole, uint64_t extras_size)
{
    struct vf_payload *part = calloc(1, sizeof(*part));
    assert(part);
    uint64_t units_size = rest->size;
    size_t behind = extras_size < 256 ? (size_t)extras_size : 256;
    part->size = is_whole ? rest->size : HEAD + rest->size + behind;
    part->data = calloc(1, part->size ? part->size : 1);
    assert(part->data);
    if (!is_whole)
        memcpy(part->data, &units_size, HEAD);
    if (rest->size)
        memcpy(part->data + (is_whole ? 0 : HEAD), rest->bytes, rest->size);
    part->release = free_payload;
    atomic_init(&part->holders, 1);
    return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct vf_edge_terms terms = {.is_remote = true, .form = VF_EDGE_H264};
    struct vf_envelope envelope = {.magic = VF_ENVELOPE_MAGIC, .arena = VF_ARENA_H264};
    struct vf_squeeze_kept *kept = NULL;
    vf_log_set_level(VF_LOG_ERROR);
    describe(&envelope.description, &input);
    bool is_whole = next(&input) & 1;
    lay_over(&envelope.description, sizeof(envelope.description), &input);
    struct vf_payload *part = make_part(&input, is_whole, envelope.description.extras_size);
    const struct vf_payload *came = part;
    int err =
        vf_parcel_open(&terms, &kept, &envelope, offsetof(struct vf_envelope, inline_bytes), &part);
    assert(!err);
    assert((part == came) == (envelope.arena == VF_ARENA_H264));
    if (part != came) {
        assert(part->size == envelope.description.payload_size && part->size < LARGEST);
        for (size_t i = 0; i < part->size; i++)
            seen = part->data[i];
    }
    vf_payload_drop(&part);
    vf_parcel_forget(&terms, &kept);
    assert(!kept);
    return 0;
}
