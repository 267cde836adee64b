/* SPDX-License-Identifier: MIT */
#include "engine/media/write/clips/parameter_sets.h"

#include <errno.h>
#include <libavformat/avio.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <string.h>

/* Numbers of nine bits. */
#define LEAST_NUMBER 15
#define END_NUMBER 31

/* HEVC has no other such numbers for these sets. */
#define HEVC_NUMBER 15

/* Where the numbers are, in bits from the header of a unit on. */
#define HEVC_STREAM_NUMBER 120 /* of a stream without temporal layers */

/* The bytes of a unit without those that are there lest it looked like a start code. */
struct unit {
    uint8_t *bytes;
    size_t size;
};

static int unit_open(struct unit *unit, const struct vf_nal *nal)
{
    unsigned zeros = 0;
    *unit = (struct unit){av_malloc(nal->size + 4), 0}; /* room for two numbers */
    if (!unit->bytes)
        return -ENOMEM;
    for (size_t i = 0; i < nal->size; i++) {
        if (zeros >= 2 && nal->bytes[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = nal->bytes[i] ? 0 : zeros + 1;
        unit->bytes[unit->size++] = nal->bytes[i];
    }
    return VF_OK;
}

static unsigned read_bit(const struct unit *unit, size_t place)
{
    unsigned byte = place / 8 < unit->size ? unit->bytes[place / 8] : UINT8_MAX;
    return byte >> (7 - place % 8) & 1U;
}

/* Reads an Exp-Golomb number, and moves on. */
static unsigned read_number(const struct unit *unit, size_t *place)
{
    unsigned zeros = 0, value = 1;
    while (zeros < 16 && !read_bit(unit, *place)) {
        zeros++;
        ++*place;
    }
    ++*place;
    for (unsigned i = 0; i < zeros; i++)
        value = value << 1 | read_bit(unit, (*place)++);
    return value - 1;
}

/* Puts a number of nine bits in the place of a 0, and moves on. */
static int replace_number(struct unit *unit, size_t *place, unsigned number)
{
    size_t byte = *place / 8, bit = *place % 8;
    if (byte >= unit->size || !read_bit(unit, *place))
        return -ENOTSUP;
    unsigned old = unit->bytes[byte];
    unsigned before = old >> (8 - bit) << (8 - bit), behind = old & ((1U << (7 - bit)) - 1);
    unsigned both = before << 8 | (number + 1) << (7 - bit) | behind;
    memmove(unit->bytes + byte + 2, unit->bytes + byte + 1, unit->size - byte - 1);
    AV_WB16(unit->bytes + byte, (uint16_t)both);
    unit->size++;
    *place += 9;
    return VF_OK;
}

/* Passes what a slice has before the number of its picture's set. */
static size_t picture_number_of_slice(const struct vf_nal_form *form, const struct unit *unit)
{
    size_t place = 8;
    if (form->is_hevc) {
        unsigned type = unit->bytes[0] >> 1 & 0x3f;
        return type >= 16 && type <= 23 ? 18 : 17;
    }
    (void)read_number(unit, &place);
    (void)read_number(unit, &place);
    return place;
}

static size_t stream_number(const struct vf_nal_form *form)
{
    return form->is_hevc ? HEVC_STREAM_NUMBER : 32;
}

static size_t picture_number(const struct vf_nal_form *form)
{
    return form->is_hevc ? 16 : 8;
}

/* Sets the number of HEVC's VPS, four bits, in that itself and in the SPS. */
static int replace_video_number(struct unit *unit)
{
    if (unit->size < 3 || unit->bytes[2] >> 4)
        return -ENOTSUP;
    unit->bytes[2] |= HEVC_NUMBER << 4;
    return VF_OK;
}

static int renumber_stream_set(const struct vf_set_numbers *numbers, const struct vf_nal_form *form,
                               struct unit *unit)
{
    size_t place = stream_number(form);
    bool has_layers = form->is_hevc && unit->size > 2 && unit->bytes[2] >> 1 & 7;
    int err = has_layers ? -ENOTSUP : form->is_hevc ? replace_video_number(unit) : VF_OK;
    return err ? err : replace_number(unit, &place, numbers->stream);
}

static int renumber_picture_set(const struct vf_set_numbers *numbers,
                                const struct vf_nal_form *form, struct unit *unit)
{
    size_t place = picture_number(form);
    int err = replace_number(unit, &place, numbers->picture);
    return err ? err : replace_number(unit, &place, numbers->stream);
}

static int renumber(const struct vf_set_numbers *numbers, const struct vf_nal_form *form,
                    enum vf_nal_kind kind, struct unit *unit)
{
    size_t place;
    switch (kind) {
    case VF_NAL_SLICE:
    case VF_NAL_IDR:
    case VF_NAL_RANDOM:
        place = picture_number_of_slice(form, unit);
        return replace_number(unit, &place, numbers->picture);
    case VF_NAL_VIDEO_SET:
        return replace_video_number(unit);
    case VF_NAL_STREAM_SET:
        return renumber_stream_set(numbers, form, unit);
    case VF_NAL_PICTURE_SET:
        return renumber_picture_set(numbers, form, unit);
    case VF_NAL_MESSAGE:
    case VF_NAL_OTHER:
    default:
        return VF_OK;
    }
}

/* Writes the bytes of a unit so that none looks like a start code. */
static void escape(const struct unit *unit, AVIOContext *to)
{
    unsigned zeros = 0;
    for (size_t i = 0; i < unit->size; i++) {
        if (zeros >= 2 && unit->bytes[i] <= 3) {
            avio_w8(to, 3);
            zeros = 0;
        }
        zeros = unit->bytes[i] ? 0 : zeros + 1;
        avio_w8(to, unit->bytes[i]);
    }
}

static int write_unit(const struct vf_nal_form *form, const uint8_t *bytes, size_t size,
                      AVIOContext *to)
{
    if (!form->length_size)
        avio_wb32(to, 1);
    for (unsigned i = form->length_size; i-- > 0;)
        avio_w8(to, i < sizeof(size) ? (int)(size >> (8 * i) & 0xff) : 0);
    if (form->length_size && form->length_size < 4 && size >> (8 * form->length_size))
        return -ENOTSUP;
    avio_write(to, bytes, (int)size);
    return VF_OK;
}

/* Makes the bytes of a unit with other numbers. The caller frees *made by av_free(). */
static int make_unit(const struct vf_set_numbers *numbers, const struct vf_nal_form *form,
                     const struct vf_nal *nal, struct vf_nal *made)
{
    struct unit unit;
    AVIOContext *bytes = NULL;
    uint8_t *written = NULL;
    int err = unit_open(&unit, nal);
    if (!err)
        err = renumber(numbers, form, vf_nal_kind(form, nal), &unit);
    if (!err && avio_open_dyn_buf(&bytes) < 0)
        err = -ENOMEM;
    if (!err)
        escape(&unit, bytes);
    av_free(unit.bytes);
    int size = bytes ? avio_close_dyn_buf(bytes, &written) : 0;
    *made = (struct vf_nal){written, (size_t)size};
    return err;
}

/* Whether a message is of the timing of a buffer, or of sets. */
static bool names_sets(const struct vf_nal_form *form, const struct vf_nal *nal)
{
    size_t place = form->is_hevc ? 2 : 1;
    return vf_nal_kind(form, nal) == VF_NAL_MESSAGE &&
           (nal->size <= place || nal->bytes[place] == 0 || nal->bytes[place] == 129);
}

int vf_set_numbers_apply(const struct vf_set_numbers *numbers, const struct vf_nal_form *form,
                         const struct vf_nal *nal, AVIOContext *to)
{
    struct vf_nal made;
    if (names_sets(form, nal))
        return VF_OK;
    int err = make_unit(numbers, form, nal, &made);
    if (!err)
        err = write_unit(form, made.bytes, made.size, to);
    av_free((void *)(uintptr_t)made.bytes);
    return err;
}

/* Reads one set of a header in front, which stands after two bytes of length, and moves on. */
static bool next_in_front(const struct vf_bytes *header, size_t *place, struct vf_nal *nal)
{
    if (header->size < *place + 2)
        return false;
    size_t length = AV_RB16(header->bytes + *place);
    if (header->size - *place - 2 < length)
        return false;
    *nal = (struct vf_nal){header->bytes + *place + 2, length};
    *place += 2 + length;
    return true;
}

/* Who is shown all sets of a header. */
struct visitor {
    void *context;
    void (*see)(void *context, const struct vf_nal *nal);
};

/* Shows `count` sets. Returns whether they are there. */
static bool visit_some(const struct vf_bytes *header, unsigned count, size_t *place,
                       const struct visitor *visitor)
{
    struct vf_nal nal;
    for (; count; count--) {
        if (!next_in_front(header, place, &nal))
            return false;
        visitor->see(visitor->context, &nal);
    }
    return true;
}

static bool visit_avcc(const struct vf_bytes *header, const struct visitor *visitor)
{
    size_t place = 6;
    if (header->size < 7 || !visit_some(header, header->bytes[5] & 0x1f, &place, visitor) ||
        place >= header->size)
        return false;
    unsigned count = header->bytes[place++];
    return visit_some(header, count, &place, visitor);
}

static bool visit_hvcc(const struct vf_bytes *header, const struct visitor *visitor)
{
    size_t place = 23;
    bool is_whole = header->size >= place;
    unsigned arrays = is_whole ? header->bytes[22] : 0;
    for (; arrays && is_whole; arrays--) {
        is_whole = header->size >= place + 3;
        unsigned count = is_whole ? AV_RB16(header->bytes + place + 1) : 0;
        place += 3;
        is_whole = is_whole && visit_some(header, count, &place, visitor);
    }
    return is_whole;
}

/* Shows all sets of a header. Returns whether it is one. */
static bool visit(const struct vf_nal_form *form, const struct vf_bytes *header,
                  const struct visitor *visitor)
{
    struct vf_nal nal;
    size_t place = 0;
    if (form->length_size)
        return form->is_hevc ? visit_hvcc(header, visitor) : visit_avcc(header, visitor);
    while (vf_nal_next(form, header->bytes, header->size, &place, &nal)) {
        enum vf_nal_kind kind = vf_nal_kind(form, &nal);
        if (kind == VF_NAL_VIDEO_SET || kind == VF_NAL_STREAM_SET || kind == VF_NAL_PICTURE_SET)
            visitor->see(visitor->context, &nal);
    }
    return true;
}

/* Which numbers of nine bits a header has. */
struct taken {
    const struct vf_nal_form *form;
    bool video, stream[END_NUMBER], picture[END_NUMBER];
    int err;
};

static void note_number(void *context, const struct vf_nal *nal)
{
    struct taken *taken = context;
    struct unit unit;
    enum vf_nal_kind kind = vf_nal_kind(taken->form, nal);
    size_t place =
        kind == VF_NAL_STREAM_SET ? stream_number(taken->form) : picture_number(taken->form);
    int err = unit_open(&unit, nal);
    taken->err = taken->err ? taken->err : err;
    if (err)
        return;
    unsigned number = read_number(&unit, &place);
    if (kind == VF_NAL_VIDEO_SET)
        taken->video = taken->video || (unit.size > 2 && unit.bytes[2] >> 4 == HEVC_NUMBER);
    else if (number < END_NUMBER && kind == VF_NAL_STREAM_SET)
        taken->stream[number] = true;
    else if (number < END_NUMBER && kind == VF_NAL_PICTURE_SET)
        taken->picture[number] = true;
    av_free(unit.bytes);
}

static unsigned first_free(const bool *taken)
{
    unsigned number = LEAST_NUMBER;
    while (number < END_NUMBER && taken[number])
        number++;
    return number;
}

int vf_set_numbers_choose(struct vf_set_numbers *numbers, const struct vf_nal_form *form,
                          const struct vf_bytes *header)
{
    struct taken taken = {.form = form};
    const struct visitor visitor = {&taken, note_number};
    bool is_header = visit(form, header, &visitor);
    *numbers = (struct vf_set_numbers){first_free(taken.stream), first_free(taken.picture)};
    bool is_free = form->is_hevc ? numbers->stream == HEVC_NUMBER && !taken.video
                                 : numbers->stream < END_NUMBER;
    if (taken.err)
        return taken.err;
    return is_header && is_free && numbers->picture < END_NUMBER ? VF_OK : -ENOTSUP;
}

/* What is added to a header, one kind after the other. */
struct addition {
    const struct vf_set_numbers *numbers;
    const struct vf_nal_form *form, *made_form;
    const struct vf_bytes *made;
    AVIOContext *to;
    int err;
};

/* Adds the encoder's sets of a kind, each after its length or a start code; without an output they
 * are only counted. */
static unsigned add_sets(struct addition *addition, enum vf_nal_kind kind, bool is_written)
{
    static const struct vf_nal_form in_front[] = {{false, 2}, {true, 2}};
    const struct vf_nal_form *form =
        addition->form->length_size ? &in_front[addition->form->is_hevc] : addition->form;
    struct vf_nal nal;
    size_t place = 0;
    unsigned count = 0;
    while (vf_nal_next(addition->made_form, addition->made->bytes, addition->made->size, &place,
                       &nal)) {
        if (vf_nal_kind(form, &nal) != kind)
            continue;
        count++;
        if (is_written && !addition->err)
            addition->err = vf_set_numbers_apply(addition->numbers, form, &nal, addition->to);
    }
    return count;
}

static void ignore(void *context, const struct vf_nal *nal)
{
    (void)context;
    (void)nal;
}

static const struct visitor nobody = {NULL, ignore};

static void join_avcc(struct addition *addition, const struct vf_bytes *header)
{
    const uint8_t *bytes = header->bytes;
    unsigned streams = bytes[5] & 0x1f, more = add_sets(addition, VF_NAL_STREAM_SET, false);
    size_t place = 6, first;
    (void)visit_some(header, streams, &place, &nobody);
    avio_write(addition->to, bytes, 5);
    avio_w8(addition->to, (int)(0xe0 | (streams + more)));
    avio_write(addition->to, bytes + 6, (int)place - 6);
    (void)add_sets(addition, VF_NAL_STREAM_SET, true);
    unsigned pictures = bytes[place];
    first = ++place;
    (void)visit_some(header, pictures, &place, &nobody);
    avio_w8(addition->to, (int)(pictures + add_sets(addition, VF_NAL_PICTURE_SET, false)));
    avio_write(addition->to, bytes + first, (int)(place - first));
    (void)add_sets(addition, VF_NAL_PICTURE_SET, true);
    avio_write(addition->to, bytes + place, (int)(header->size - place));
    if (streams + more > 0x1f || pictures > 0xf0)
        addition->err = -ENOTSUP;
}

static enum vf_nal_kind kind_of_array(unsigned type)
{
    const uint8_t header[] = {(uint8_t)(type << 1), 1};
    const struct vf_nal_form hevc = {true, 0};
    return vf_nal_kind(&hevc, &(struct vf_nal){header, sizeof(header)});
}

static void join_hvcc(struct addition *addition, const struct vf_bytes *header)
{
    const uint8_t *bytes = header->bytes;
    size_t place = 23;
    avio_write(addition->to, bytes, 23);
    for (unsigned array = bytes[22]; array; array--) {
        enum vf_nal_kind kind = kind_of_array(bytes[place] & 0x3f);
        bool is_set =
            kind == VF_NAL_VIDEO_SET || kind == VF_NAL_STREAM_SET || kind == VF_NAL_PICTURE_SET;
        unsigned count = AV_RB16(bytes + place + 1);
        avio_w8(addition->to, bytes[place]);
        avio_wb16(addition->to, count + (is_set ? add_sets(addition, kind, false) : 0));
        place += 3;
        size_t first = place;
        (void)visit_some(header, count, &place, &nobody);
        avio_write(addition->to, bytes + first, (int)(place - first));
        if (is_set)
            (void)add_sets(addition, kind, true);
    }
}

static void join_units(struct addition *addition, const struct vf_bytes *header)
{
    struct vf_nal nal;
    size_t place = 0;
    while (vf_nal_next(addition->form, header->bytes, header->size, &place, &nal)) {
        enum vf_nal_kind kind = vf_nal_kind(addition->form, &nal);
        bool is_set =
            kind == VF_NAL_VIDEO_SET || kind == VF_NAL_STREAM_SET || kind == VF_NAL_PICTURE_SET;
        if (is_set && !addition->err)
            addition->err = write_unit(addition->form, nal.bytes, nal.size, addition->to);
    }
    (void)add_sets(addition, VF_NAL_VIDEO_SET, true);
    (void)add_sets(addition, VF_NAL_STREAM_SET, true);
    (void)add_sets(addition, VF_NAL_PICTURE_SET, true);
}

int vf_parameter_sets_join(const struct vf_set_numbers *numbers, const struct vf_nal_form *form,
                           const struct vf_bytes *header, const struct vf_bytes *made,
                           struct vf_bytes *joined)
{
    const struct vf_nal_form made_form = {form->is_hevc, 0};
    struct addition addition = {numbers, form, &made_form, made, NULL, VF_OK};
    uint8_t *bytes = NULL;
    *joined = (struct vf_bytes){NULL, 0};
    if (!visit(form, header, &nobody))
        return -ENOTSUP;
    if (avio_open_dyn_buf(&addition.to) < 0)
        return -ENOMEM;
    if (!form->length_size)
        join_units(&addition, header);
    else if (form->is_hevc)
        join_hvcc(&addition, header);
    else
        join_avcc(&addition, header);
    int size = avio_close_dyn_buf(addition.to, &bytes);
    *joined = (struct vf_bytes){bytes, (size_t)size};
    if (!bytes || addition.err)
        av_free(bytes);
    if (!bytes)
        return -ENOMEM;
    if (addition.err)
        *joined = (struct vf_bytes){NULL, 0};
    return addition.err;
}
