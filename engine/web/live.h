/* SPDX-License-Identifier: MIT */
/* live.h - what travels on edges right now: pictures as JPEG, values as JSON.
 *
 * A place that somebody looks at is tapped (engine/edge/page/tap.h), once for all who look at it in the
 * same way, and no longer than they do. The task that sends there copies what it has when it is due, and
 * never waits.
 */
#ifndef VF_ENGINE_WEB_LIVE_H
#define VF_ENGINE_WEB_LIVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"
#include "engine/web/link.h"

#define VF_WEB_VALUES_MOST 20 /* of an edge, the last */

/* A JPEG file, shared by all who send it. */
struct vf_web_picture {
    uint8_t *bytes;
    size_t size;
    uint64_t number; /* counts those of its source, from 1 */
    unsigned holders;
};

void vf_web_picture_drop(struct vf_web_picture **picture);

/* What is to be seen. */
struct vf_web_sight {
    char place[256];       /* "task" or "task.port" */
    char boxes_place[256]; /* with boxes to be drawn; "": none */
    bool is_values;        /* values as JSON, and no pictures */
    int width, quality;    /* of pictures */
    int64_t interval_ns;   /* between two */
};

struct vf_web_live;
struct vf_web_source;

/* `changed` is called when something has come for those who look at a source, or it has failed. */
VF_MUST_CHECK int vf_web_live_create(struct vf_web_live **live, struct vf_web_link *link,
                                     void (*changed)(void *context), void *context);
void vf_web_live_destroy(struct vf_web_live **live);

/* Looks at a place. Returns -EBUSY when as many places are looked at as may be. */
VF_MUST_CHECK int vf_web_live_open(struct vf_web_live *live, const struct vf_web_sight *sight,
                                   struct vf_web_source **source);
void vf_web_live_close(struct vf_web_live *live, struct vf_web_source **source);

/* Returns why there is nothing to be seen, and never will be; NULL: there may. */
const char *vf_web_source_problem(const struct vf_web_source *source);

/* Returns the newest picture, held for the caller; NULL: none has come. */
struct vf_web_picture *vf_web_source_picture(struct vf_web_source *source);

/* Returns the last values, the newest last, in an array of the caller's; how many have come so far. */
json_t *vf_web_source_values(const struct vf_web_source *source, size_t limit);
uint64_t vf_web_source_count(const struct vf_web_source *source);

/* Takes what has come. Returns whether anybody looks: then it has to be called often. */
bool vf_web_live_serve(struct vf_web_live *live);

#endif
