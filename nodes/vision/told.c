/* SPDX-License-Identifier: MIT */
#include "nodes/vision/told.h"

#include <errno.h>

#include "engine/base/log.h"
#include "nodes/value/value_text.h"

static int refuse(const char *why)
{
    vf_log(VF_LOG_ERROR,
           "an event cannot be read: %s; events come from count_lines, zones, speed, motion, scene "
           "and watch, or have the form of vflow-events(7)",
           why);
    return -EINVAL;
}

static int read_object(struct vf_told *told)
{
    const json_t *track = json_object_get(told->json, "track");
    const json_t *box = json_object_get(told->json, "box");
    told->has_track = json_is_integer(track);
    told->object.id = json_integer_value(track);
    told->object.class = vf_tracked_number(told->json, "class");
    told->object.score = vf_tracked_number(told->json, "score");
    told->has_box = box && !json_is_null(box);
    if (told->has_box && vf_tracked_box(&told->object.box, box) != VF_OK)
        return refuse("its box is not [ymin, xmin, ymax, xmax]");
    return VF_OK;
}

int vf_told_read(struct vf_told *told, const struct vf_message *message)
{
    *told = (struct vf_told){0};
    if (message->description.type != VF_VALUE_JSON)
        return refuse("it is no JSON object");
    told->json = vf_value_parse(message);
    if (!told->json)
        return -EINVAL; /* it has said why */
    told->what = json_string_value(json_object_get(told->json, "what"));
    told->where = json_string_value(json_object_get(told->json, "where"));
    int err = told->what ? read_object(told) : refuse("it has no \"what\"");
    if (err)
        vf_told_finish(told);
    return err;
}

void vf_told_finish(struct vf_told *told)
{
    json_decref(told->json);
    *told = (struct vf_told){0};
}
