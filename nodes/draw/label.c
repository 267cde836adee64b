/* SPDX-License-Identifier: MIT */
#include "nodes/draw/label.h"

#include <unistd.h>

#include "engine/node/reach.h"

#define SMALLEST 12     /* pixels that can be read */
#define SIZE_DIVISOR 40 /* lines of text in a picture */
#define BOX_MARGIN 2    /* pixels around the label of a box */
#define BRIGHT (128 * 1000)

int vf_label_open(struct vf_label *label, const char *font)
{
    return vf_glyphs_create(&label->glyphs, font);
}

void vf_label_reach(const char *font, const struct vf_reach *reach)
{
    vf_reach_add(reach, VF_REACH_FONTS, font);
    if (access(font, F_OK) == 0)
        vf_reach_add(reach, VF_REACH_READ, font);
}

void vf_label_finish(struct vf_label *label)
{
    vf_glyphs_destroy(&label->glyphs);
    vf_coverage_finish(&label->letters);
}

int vf_label_set_size(struct vf_label *label, int size, const struct vf_canvas *canvas)
{
    int fitting = canvas->height / SIZE_DIVISOR;
    if (size == 0)
        size = fitting < SMALLEST ? SMALLEST : fitting;
    return vf_glyphs_set_size(label->glyphs, size);
}

struct vf_rectangle vf_label_measure(struct vf_label *label, const char *text, int margin)
{
    struct vf_rectangle place = vf_glyphs_measure(label->glyphs, text);
    place.width += 2 * margin;
    place.height += 2 * margin;
    return place;
}

int vf_label_write(struct vf_label *label, struct vf_canvas *canvas, const char *text,
                   const struct vf_rectangle *place, const struct vf_label_style *style)
{
    struct vf_rectangle bounds = vf_canvas_bounds(canvas);
    struct vf_rectangle seen = vf_rectangle_common(place, &bounds);
    int err = vf_coverage_clear(&label->letters, &seen);
    if (err || !seen.width)
        return err;
    err = vf_glyphs_write(label->glyphs, text, place->x + style->margin, place->y + style->margin,
                          &label->letters);
    if (err)
        return err;
    vf_canvas_fill(canvas, &seen, &style->ground);
    vf_canvas_draw(canvas, &label->letters, &style->colour);
    return VF_OK;
}

/* Returns where something of `length` is put on an axis of `whole`, so that it is seen. */
static int moved_within(int at, int length, int whole)
{
    if (at + length > whole)
        at = whole - length;
    return at < 0 ? 0 : at;
}

int vf_label_write_on_box(struct vf_label *label, struct vf_canvas *canvas, const char *text,
                          const struct vf_rectangle *box, const struct vf_colour *colour)
{
    unsigned luma = 299U * colour->red + 587U * colour->green + 114U * colour->blue;
    uint8_t contrast = luma < BRIGHT ? 255 : 0;
    const struct vf_label_style style = {
        .margin = BOX_MARGIN,
        .colour = {contrast, contrast, contrast, colour->alpha},
        .ground = *colour,
    };
    struct vf_rectangle place = vf_label_measure(label, text, BOX_MARGIN);
    bool has_room_above = box->y >= place.height;
    place.x = moved_within(box->x, place.width, canvas->width);
    place.y = has_room_above ? box->y - place.height : box->y;
    place.y = moved_within(place.y, place.height, canvas->height);
    return vf_label_write(label, canvas, text, &place, &style);
}
