/* SPDX-License-Identifier: MIT */
#include "engine/web/routes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/account/metrics.h"
#include "engine/account/run_history_json.h"
#include "engine/account/status.h"
#include "engine/account/task_rows.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/web/box_ports.h"
#include "engine/web/exchange.h"
#include "engine/web/film.h"
#include "engine/web/flow_json.h"
#include "engine/web/health.h"
#include "engine/web/log_lines.h"
#include "engine/web/page.h"

#define PICTURE_WAIT_NS (3 * VF_NS_PER_S) /* for one picture, or value, to come */
#define CONTROL_WAIT_NS (30 * VF_NS_PER_S)
#define USUAL_WIDTH 640
#define USUAL_RATE 5
#define USUAL_QUALITY 75

static struct MHD_Response *answer_page(struct vf_web_request *request, unsigned *status)
{
    const struct vf_web_page_file *file = vf_web_page_find(request->path);
    if (file)
        return vf_web_file(file->bytes, file->size, file->type);
    *status = MHD_HTTP_NOT_FOUND;
    return vf_web_error("there is no such file");
}

static struct MHD_Response *answer_flow(struct vf_web_request *request, unsigned *status)
{
    (void)status;
    return vf_web_object(
        vf_web_flow_json(request->web->spec, request->web->spec->access.has_control));
}

static struct MHD_Response *answer_stats(struct vf_web_request *request, unsigned *status)
{
    const struct vf_web_spec *spec = request->web->spec;
    struct vf_progress progress;
    (void)status;
    vf_progress_track_read(request->web->track, vf_clock_now_ns(), &progress);
    json_t *object = vf_status_json(spec->card, spec->plan, spec->memory, &progress);
    json_object_set_new(object, "rows", vf_task_rows_json(spec->plan, spec->memory));
    json_object_set_new(object, "edges", vf_edge_rows_json(spec->plan, spec->memory));
    json_object_set_new(object, "now_ns", json_integer(vf_clock_now_ns()));
    return vf_web_object(object);
}

static struct MHD_Response *answer_live(struct vf_web_request *request, unsigned *status)
{
    size_t count = vf_run_history_count(request->web->history);
    if (count)
        return vf_web_object(vf_run_history_sample_json(request->web->history, count - 1));
    *status = MHD_HTTP_SERVICE_UNAVAILABLE;
    return vf_web_error("there is no sample yet; ask again in a second");
}

static struct MHD_Response *answer_history(struct vf_web_request *request, unsigned *status)
{
    const struct vf_run_history *history = request->web->history;
    double seconds = vf_web_query_number(request, "seconds", 0, 3600, 60);
    size_t count = vf_run_history_count(history);
    json_t *samples = json_array();
    (void)status;
    for (size_t i = 0; i < count; i++) {
        double age = vf_run_history_at(history, count - 1).t - vf_run_history_at(history, i).t;
        if (age <= seconds)
            json_array_append_new(samples, vf_run_history_sample_json(history, i));
    }
    return vf_web_object(json_pack("{so}", "samples", samples));
}

static struct MHD_Response *answer_events(struct vf_web_request *request, unsigned *status)
{
    struct MHD_Response *response = vf_web_events_listen(request->web->events, request->connection);
    if (response) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
        return response;
    }
    *status = MHD_HTTP_SERVICE_UNAVAILABLE;
    return vf_web_error("%d listen already", VF_WEB_LISTENERS_MOST);
}

static struct MHD_Response *answer_metrics(struct vf_web_request *request, unsigned *status)
{
    const struct vf_web_spec *spec = request->web->spec;
    const struct vf_figures figures = {
        .plan = spec->plan,
        .memory = spec->memory,
        .name = spec->card->name,
        .since_1970_ns = vf_clock_since_1970_ns() - (vf_clock_now_ns() - spec->started_ns),
    };
    struct vf_text text = {0};
    (void)status;
    struct MHD_Response *response = vf_metrics_print(&text, &figures) < 0
                                        ? NULL
                                        : vf_web_text(text.bytes, text.length, VF_METRICS_TYPE);
    vf_text_finish(&text);
    return response;
}

/* That it answers says all: the server ends with the run. */
static struct MHD_Response *answer_health(struct vf_web_request *request, unsigned *status)
{
    (void)request;
    (void)status;
    return vf_web_object(json_pack("{ss}", "status", "ok"));
}

static struct MHD_Response *answer_ready(struct vf_web_request *request, unsigned *status)
{
    bool is_ready;
    json_t *answer = vf_web_readiness(request->web->spec, request->web->standstill,
                                      vf_clock_now_ns(), &is_ready);
    if (!is_ready)
        *status = MHD_HTTP_SERVICE_UNAVAILABLE;
    return vf_web_object(answer);
}

static struct MHD_Response *answer_log(struct vf_web_request *request, unsigned *status)
{
    (void)status;
    return vf_web_object(
        json_pack("{so}", "lines", vf_web_log_lines(request->web->log_fd, request->part)));
}

/* Finds the edge that is meant: by its number, or NULL. */
static const struct vf_plan_edge *find_edge(const struct vf_plan *plan, const char *part)
{
    char *end;
    unsigned long id = strtoul(part, &end, 10);
    for (size_t i = 0; end != part && !*end && i < plan->edge_count; i++) {
        if (plan->edges[i].id == id)
            return &plan->edges[i];
    }
    return NULL;
}

static void print_place(char *place, size_t size, const struct vf_plan *plan,
                        const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *sender = vf_plan_sender(plan, edge);
    snprintf(place, size, "%s.%s", sender->name,
             sender->node->outputs.items[edge->sender_port].name);
}

/* Finds an edge with what comes from a place, "task" or "task.port". */
static const struct vf_plan_edge *find_sender(const struct vf_plan *plan, const char *part)
{
    for (size_t i = 0; i < plan->edge_count; i++) {
        char place[256];
        const struct vf_plan_task *sender = vf_plan_sender(plan, &plan->edges[i]);
        print_place(place, sizeof(place), plan, &plan->edges[i]);
        if (strcmp(place, part) == 0 || strcmp(sender->name, part) == 0)
            return &plan->edges[i];
    }
    return NULL;
}

static void describe_sight(const struct vf_web_request *request, struct vf_web_sight *sight)
{
    const struct vf_plan *plan = request->web->spec->plan;
    const struct vf_plan_edge *edge = find_edge(plan, request->part);
    snprintf(sight->place, sizeof(sight->place), "%s", request->part);
    if (edge)
        print_place(sight->place, sizeof(sight->place), plan, edge);
    else
        edge = find_sender(plan, request->part);
    const struct vf_plan_edge *boxes = edge ? vf_web_boxes_of(plan, edge) : NULL;
    bool is_wanted = vf_web_query_number(request, "boxes", 0, 1, 1) > 0;
    if (boxes && is_wanted && !sight->is_values)
        print_place(sight->boxes_place, sizeof(sight->boxes_place), plan, boxes);
    double rate = vf_web_query_number(request, "rate", 0.1, 30, USUAL_RATE);
    sight->width = (int)vf_web_query_number(request, "width", 16, 4096, USUAL_WIDTH);
    sight->quality = (int)vf_web_query_number(request, "quality", 1, 100, USUAL_QUALITY);
    sight->interval_ns = (int64_t)((double)VF_NS_PER_S / rate);
}

/* Looks at the place of a request. Returns an error's response, NULL: it does. */
static struct MHD_Response *look(struct vf_web_request *request, bool is_values, unsigned *status)
{
    struct vf_web_sight sight = {.is_values = is_values};
    if (request->source)
        return NULL;
    describe_sight(request, &sight);
    int err = vf_web_live_open(request->web->live, &sight, &request->source);
    if (!err)
        return NULL;
    *status = MHD_HTTP_SERVICE_UNAVAILABLE;
    return err == -EBUSY ? vf_web_error("as many places are looked at already as can")
                         : vf_web_error("this cannot be looked at: %s", strerror(-err));
}

/* Waits until something has come. Returns an error's response, NULL: it waits, or something has. */
static struct MHD_Response *await(struct vf_web_request *request, unsigned *status)
{
    const char *problem = vf_web_source_problem(request->source);
    if (problem) {
        *status = MHD_HTTP_NOT_FOUND;
        return vf_web_error("%s", problem);
    }
    if (vf_web_source_count(request->source))
        return NULL;
    if (!request->is_answered) {
        vf_web_wait(request, vf_clock_now_ns() + PICTURE_WAIT_NS);
        return NULL;
    }
    *status = MHD_HTTP_SERVICE_UNAVAILABLE;
    return vf_web_error("nothing has come within %d s", (int)(PICTURE_WAIT_NS / VF_NS_PER_S));
}

static struct MHD_Response *answer_picture(struct vf_web_request *request, unsigned *status)
{
    struct MHD_Response *response = look(request, false, status);
    if (!response)
        response = await(request, status);
    if (response || request->is_waiting)
        return response;
    struct vf_web_picture *picture = vf_web_source_picture(request->source);
    if (picture)
        response = vf_web_text((const char *)picture->bytes, picture->size, "image/jpeg");
    vf_web_picture_drop(&picture);
    return response;
}

static struct MHD_Response *answer_film(struct vf_web_request *request, unsigned *status)
{
    struct MHD_Response *response = look(request, false, status);
    if (!response)
        response = await(request, status);
    if (response || request->is_waiting)
        return response;
    response = vf_web_film_show(request->web, request->connection, &request->source);
    if (response) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, VF_WEB_FILM_TYPE);
        return response;
    }
    *status = MHD_HTTP_SERVICE_UNAVAILABLE;
    return vf_web_error("%d pictures are sent already", VF_WEB_FILMS_MOST);
}

static struct MHD_Response *answer_values(struct vf_web_request *request, unsigned *status)
{
    double limit = vf_web_query_number(request, "limit", 1, VF_WEB_VALUES_MOST, 5);
    struct MHD_Response *response = look(request, true, status);
    if (!response)
        response = await(request, status);
    if (response || request->is_waiting)
        return response;
    return vf_web_object(vf_web_source_values(request->source, (size_t)limit));
}

static void hear(void *context, json_t *answer, int *descriptors, size_t count)
{
    struct vf_web_request *request = context;
    (void)descriptors;
    (void)count;
    request->answer = json_incref(answer);
    request->is_answered = true;
}

/* Has the run do something, which `wanted` asks for, and answers what that answers. */
static struct MHD_Response *control(struct vf_web_request *request, json_t *wanted,
                                    unsigned *status)
{
    if (!request->is_answered) {
        int err = vf_web_link_ask(request->web->link, wanted, hear, request);
        if (!err) {
            vf_web_wait(request, vf_clock_now_ns() + CONTROL_WAIT_NS);
            return NULL;
        }
    } else {
        json_decref(wanted);
    }
    if (!request->answer) {
        *status = MHD_HTTP_GATEWAY_TIMEOUT;
        return vf_web_error("the run does not answer");
    }
    const char *error = json_string_value(json_object_get(request->answer, "error"));
    if (!error)
        return vf_web_object(json_incref(request->answer));
    *status = MHD_HTTP_CONFLICT;
    return vf_web_error("%s", error);
}

static struct MHD_Response *answer_stop(struct vf_web_request *request, unsigned *status)
{
    json_t *body = json_loadb(request->body, request->body_size, 0, NULL);
    const char *level = json_string_value(json_object_get(body, "level"));
    struct MHD_Response *response = control(
        request, json_pack("{ss ss}", "request", "stop", "level", level ? level : "drain"), status);
    json_decref(body);
    return response;
}

static struct MHD_Response *answer_restart(struct vf_web_request *request, unsigned *status)
{
    return control(request, json_pack("{ss ss}", "request", "restart", "task", request->part),
                   status);
}

static struct MHD_Response *answer_pause(struct vf_web_request *request, unsigned *status)
{
    return control(request, json_pack("{ss ss}", "request", "pause", "task", request->part),
                   status);
}

static struct MHD_Response *answer_resume(struct vf_web_request *request, unsigned *status)
{
    return control(request, json_pack("{ss ss}", "request", "resume", "task", request->part),
                   status);
}

static const struct vf_web_route routes[] = {
    {"GET", "/", VF_WEB_LOOK, answer_page},
    {"GET", "/metrics", VF_WEB_LOOK, answer_metrics},
    {"GET", "/healthz", VF_WEB_NOTHING, answer_health},
    {"GET", "/readyz", VF_WEB_NOTHING, answer_ready},
    {"GET", "/api/v1/flow", VF_WEB_LOOK, answer_flow},
    {"GET", "/api/v1/stats", VF_WEB_LOOK, answer_stats},
    {"GET", "/api/v1/live", VF_WEB_LOOK, answer_live},
    {"GET", "/api/v1/history", VF_WEB_LOOK, answer_history},
    {"GET", "/api/v1/events", VF_WEB_LOOK, answer_events},
    {"GET", "/api/v1/openapi.json", VF_WEB_LOOK, answer_page},
    {"GET", "/api/v1/tasks/*/log", VF_WEB_LOOK, answer_log},
    {"GET", "/api/v1/edges/*/values", VF_WEB_LOOK, answer_values},
    {"GET", "/edges/*.jpg", VF_WEB_LOOK, answer_picture},
    {"GET", "/edges/*.mjpeg", VF_WEB_LOOK, answer_film},
    {"POST", "/api/v1/stop", VF_WEB_CONTROL, answer_stop},
    {"POST", "/api/v1/tasks/*/restart", VF_WEB_CONTROL, answer_restart},
    {"POST", "/api/v1/tasks/*/pause", VF_WEB_CONTROL, answer_pause},
    {"POST", "/api/v1/tasks/*/resume", VF_WEB_CONTROL, answer_resume},
    {"GET", "/*", VF_WEB_LOOK, answer_page},
};

static bool fits(const char *pattern, const char *path, char *part, size_t part_size)
{
    const char *star = strchr(pattern, '*');
    size_t length = strlen(path), before = star ? (size_t)(star - pattern) : 0;
    if (!star)
        return strcmp(pattern, path) == 0;
    size_t after = strlen(star + 1), within = length - before - after;
    if (length <= before + after || within >= part_size || strncmp(path, pattern, before) != 0 ||
        strcmp(path + length - after, star + 1) != 0)
        return false;
    memcpy(part, path + before, within);
    part[within] = '\0';
    return !strchr(part, '/');
}

const struct vf_web_route *vf_web_route_find(const char *method, const char *path, char *part,
                                             size_t part_size, unsigned *status)
{
    const char *meant = strcmp(method, "HEAD") == 0 ? "GET" : method;
    *status = MHD_HTTP_NOT_FOUND;
    for (size_t i = 0; i < VF_COUNT(routes); i++) {
        if (!fits(routes[i].path, path, part, part_size))
            continue;
        if (strcmp(routes[i].method, meant) == 0)
            return &routes[i];
        *status = MHD_HTTP_METHOD_NOT_ALLOWED;
    }
    return NULL;
}
