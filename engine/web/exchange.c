/* SPDX-License-Identifier: MIT */
#include "engine/web/exchange.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/web/gate.h"
#include "engine/web/routes.h"

#define JSON "application/json"

static const char *const headers[][2] = {
    {"Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
                                "form-action 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
};

struct MHD_Response *vf_web_text(const char *text, size_t size, const char *type)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    return response;
}

struct MHD_Response *vf_web_file(const void *bytes, size_t size, const char *type)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT);
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    return response;
}

struct MHD_Response *vf_web_object(json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(object);
    if (!text)
        return NULL;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(text);
    else
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, JSON);
    return response;
}

struct MHD_Response *vf_web_error(const char *format, ...)
{
    struct vf_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(&text, format, arguments);
    va_end(arguments);
    struct MHD_Response *response = vf_web_object(
        json_pack("{s{ss}}", "error", "message", text.failed || !text.bytes ? "" : text.bytes));
    vf_text_finish(&text);
    return response;
}

const char *vf_web_query(const struct vf_web_request *request, const char *key)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, key);
}

double vf_web_query_number(const struct vf_web_request *request, const char *key, double lowest,
                           double highest, double fallback)
{
    const char *text = vf_web_query(request, key);
    char *end;
    double number = text ? strtod(text, &end) : NAN;
    if (!text || end == text || *end || !isfinite(number))
        return fallback;
    return number < lowest ? lowest : number > highest ? highest : number;
}

void vf_web_wait(struct vf_web_request *request, int64_t until_ns)
{
    request->until_ns = until_ns;
    if (request->is_waiting)
        return;
    request->is_waiting = true;
    request->next = request->web->waiting;
    request->web->waiting = request;
    MHD_suspend_connection(request->connection);
}

/* Takes a request out of those that wait. */
static void wait_no_more(struct vf_web_request *request)
{
    struct vf_web_request **place = &request->web->waiting;
    while (*place && *place != request)
        place = &(*place)->next;
    if (*place)
        *place = request->next;
    request->is_waiting = false;
}

void vf_web_waiting_go_on(struct vf_web *web, bool is_over)
{
    int64_t now_ns = vf_clock_now_ns();
    for (struct vf_web_request *request = web->waiting, *next; request; request = next) {
        next = request->next;
        bool has_news = request->source && (vf_web_source_count(request->source) ||
                                            vf_web_source_problem(request->source));
        if (!request->is_answered && !has_news && !is_over && now_ns < request->until_ns)
            continue;
        request->is_answered = true;
        wait_no_more(request);
        MHD_resume_connection(request->connection);
    }
}

static const char *header(const struct vf_web_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static struct vf_web_head head_of(const struct vf_web_request *request)
{
    char cookie[VF_WEB_COOKIE_SIZE];
    vf_web_cookie_name(&request->web->spec->access, cookie);
    return (struct vf_web_head){
        .host = header(request, MHD_HTTP_HEADER_HOST),
        .origin = header(request, MHD_HTTP_HEADER_ORIGIN),
        .site = header(request, "Sec-Fetch-Site"),
        .authorization = header(request, MHD_HTTP_HEADER_AUTHORIZATION),
        .cookie = MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, cookie),
        .token = vf_web_query(request, "token"),
    };
}

/* Has a browser that came with the token in the address keep it in a cookie, and out of the address. */
static struct MHD_Response *welcome(const struct vf_web_request *request, unsigned *status)
{
    const struct vf_web_access *access = &request->web->spec->access;
    char name[VF_WEB_COOKIE_SIZE];
    vf_web_cookie_name(access, name);
    char *cookie = vf_text_format("%s=%s; Path=/; HttpOnly; SameSite=Strict%s", name, access->token,
                                  access->certificate ? "; Secure" : "");
    struct MHD_Response *response = cookie ? vf_web_text("", 0, "text/plain") : NULL;
    if (response) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, cookie);
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, "/");
    }
    free(cookie);
    *status = MHD_HTTP_SEE_OTHER;
    return response;
}

static struct MHD_Response *answer(struct vf_web_request *request, unsigned *status)
{
    const struct vf_web_access *access = &request->web->spec->access;
    const struct vf_web_route *route = vf_web_route_find(
        request->method, request->path, request->part, sizeof(request->part), status);
    const struct vf_web_head head = head_of(request);
    const char *why = "";
    unsigned refusal = vf_web_gate(access, &head, route ? route->need : VF_WEB_LOOK, &why);
    if (refusal) {
        *status = refusal;
        return vf_web_error("%s", why);
    }
    if (!route)
        return vf_web_error(
            *status == MHD_HTTP_METHOD_NOT_ALLOWED
                ? "this path does not take the method %.16s"
                : "there is nothing here; vflow-http(7) lists what there is (%.16s)",
            request->method);
    if (request->is_too_long) {
        *status = MHD_HTTP_CONTENT_TOO_LARGE;
        return vf_web_error("a body has %zu bytes at most", VF_WEB_BODY_MOST);
    }
    *status = MHD_HTTP_OK;
    if (strcmp(request->path, "/") == 0 && head.token && vf_web_gate_knows(access, &head))
        return welcome(request, status);
    return route->answer(request, status);
}

/* Sends a response, and lets go of it. */
static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status,
                                     struct MHD_Response *response)
{
    if (!response)
        return MHD_NO; /* the connection is closed */
    for (size_t i = 0; i < VF_COUNT(headers); i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    if (status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* Takes what has come of a body. */
static void take_body(struct vf_web_request *request, const char *body, size_t size)
{
    size_t room = VF_WEB_BODY_MOST - request->body_size;
    request->is_too_long = request->is_too_long || size > room;
    size_t taken = size < room ? size : room;
    memcpy(request->body + request->body_size, body, taken);
    request->body_size += taken;
}

/* As the library calls it. NOLINTNEXTLINE(readability-function-size) */
enum MHD_Result vf_web_exchange(void *context, struct MHD_Connection *connection, const char *path,
                                const char *method, const char *version, const char *body,
                                size_t *body_size, void **place)
{
    struct vf_web_request *request = *place;
    unsigned status = MHD_HTTP_OK;
    (void)version;
    if (!request) { /* its head has come */
        *place = request = calloc(1, sizeof(*request));
        if (request)
            request->web = context;
        return request ? MHD_YES : MHD_NO;
    }
    if (*body_size) {
        take_body(request, body, *body_size);
        *body_size = 0;
        return MHD_YES;
    }
    request->connection = connection;
    request->method = method;
    request->path = path;
    struct MHD_Response *response = answer(request, &status);
    return request->is_waiting ? MHD_YES : send_response(connection, status, response);
}

void vf_web_exchange_end(void *context, struct MHD_Connection *connection, void **place,
                         enum MHD_RequestTerminationCode code)
{
    struct vf_web_request *request = *place;
    (void)context;
    (void)connection;
    (void)code;
    *place = NULL;
    if (!request)
        return;
    wait_no_more(request);
    vf_web_link_forget(request->web->link, request);
    vf_web_live_close(request->web->live, &request->source);
    json_decref(request->answer);
    free(request);
}
