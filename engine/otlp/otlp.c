/* SPDX-License-Identifier: MIT */
#include "engine/otlp/otlp.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/otlp/measures.h"
#include "engine/otlp/post.h"
#include "engine/otlp/resource.h"
#include "engine/otlp/spans.h"

#define LOOK_MS 200 /* a ring holds some seconds, of the fastest tasks too */

struct vf_otlp {
    const struct vf_otlp_settings *settings;
    const struct vf_figures *figures;
    struct vf_otlp_post *post;
    struct vf_otlp_spans *spans; /* NULL: nothing is traced */
    int64_t due_ns;              /* when something is to be sent next */
    int64_t deadline_ns;         /* when this is over, once the run is; 0: it is not */
    bool has_left;               /* spans that were not sent when it was due */
};

int vf_otlp_create(struct vf_otlp **otlp, const struct vf_otlp_settings *settings,
                   const struct vf_figures *figures, int64_t since_ns)
{
    struct vf_otlp *made = calloc(1, sizeof(*made));
    *otlp = made;
    if (!made)
        return -ENOMEM;
    made->settings = settings;
    made->figures = figures;
    made->due_ns = vf_clock_now_ns() + settings->interval_ns;
    int err = vf_otlp_post_create(&made->post, settings);
    if (!err && settings->frames)
        err = vf_otlp_spans_create(&made->spans, figures, settings->frames, since_ns);
    if (err)
        vf_otlp_destroy(otlp);
    return err;
}

void vf_otlp_destroy(struct vf_otlp **otlp)
{
    if (!*otlp)
        return;
    vf_otlp_spans_destroy(&(*otlp)->spans);
    vf_otlp_post_destroy(&(*otlp)->post);
    free(*otlp);
    *otlp = NULL;
}

/* Takes the envelope. */
static void put(struct vf_otlp *otlp, enum vf_otlp_kind kind, json_t *envelope)
{
    char *text = envelope ? json_dumps(envelope, JSON_COMPACT) : NULL;
    json_decref(envelope);
    vf_otlp_post_put(otlp->post, kind, &text);
    free(text);
}

static void send_measures(struct vf_otlp *otlp)
{
    json_t *measures = vf_otlp_measures(otlp->figures, vf_clock_since_1970_ns());
    put(otlp, VF_OTLP_METRICS,
        vf_otlp_envelope("resourceMetrics", "scopeMetrics", "metrics",
                         vf_otlp_resource(otlp->settings, otlp->figures), measures));
}

/* Sends some spans, as long as there are any, unless others are on their way. */
static void send_spans(struct vf_otlp *otlp, int64_t now_ns)
{
    if (!otlp->spans || !vf_otlp_post_is_free(otlp->post, VF_OTLP_TRACES))
        return;
    json_t *spans = vf_otlp_spans_take(otlp->spans, now_ns, otlp->deadline_ns != 0);
    otlp->has_left = spans != NULL;
    if (spans)
        put(otlp, VF_OTLP_TRACES,
            vf_otlp_envelope("resourceSpans", "scopeSpans", "spans",
                             vf_otlp_resource(otlp->settings, otlp->figures), spans));
}

static void look(struct vf_otlp *otlp, int64_t now_ns)
{
    bool is_due = now_ns >= otlp->due_ns;
    if (otlp->spans)
        vf_otlp_spans_read(otlp->spans, now_ns);
    if (is_due) {
        send_measures(otlp);
        otlp->due_ns = now_ns + otlp->settings->interval_ns;
        otlp->has_left = true;
    }
    if (otlp->has_left)
        send_spans(otlp, now_ns);
}

/* Leaves what comes from now on to another process, if it is told to. */
static bool leave(struct vf_otlp *otlp, int stop_fd)
{
    int64_t until_ns;
    if (read(stop_fd, &until_ns, sizeof(until_ns)) != sizeof(until_ns))
        return false;
    if (otlp->spans)
        vf_otlp_spans_leave(otlp->spans, until_ns);
    (void)vf_otlp_post_wait(otlp->post, -1, LOOK_MS); /* tasks write down what they have done */
    return true;
}

/* Sends how all was at the end; what another process goes on with, that one tells of. */
static void finish(struct vf_otlp *otlp, bool is_left, int64_t now_ns)
{
    otlp->deadline_ns = now_ns + VF_OTLP_PATIENCE_NS;
    otlp->due_ns = is_left ? INT64_MAX : now_ns;
    otlp->has_left = true;
    vf_otlp_post_hurry(otlp->post);
    look(otlp, now_ns);
    otlp->due_ns = INT64_MAX;
}

void vf_otlp_run(struct vf_otlp *otlp, int stop_fd)
{
    int64_t now_ns;
    while (!vf_otlp_post_wait(otlp->post, stop_fd, LOOK_MS))
        look(otlp, vf_clock_now_ns());
    bool is_left = leave(otlp, stop_fd);
    finish(otlp, is_left, vf_clock_now_ns());
    while ((otlp->has_left || !vf_otlp_post_is_empty(otlp->post)) &&
           (now_ns = vf_clock_now_ns()) < otlp->deadline_ns) {
        (void)vf_otlp_post_wait(otlp->post, -1, LOOK_MS);
        look(otlp, now_ns);
    }
    vf_otlp_post_give_up(otlp->post);
}
