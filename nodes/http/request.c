/* SPDX-License-Identifier: MIT */
#include "nodes/http/request.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "nodes/record/headers.h"

#define LOOK_MS 1000       /* how often libcurl is let go, at the latest */
#define MAX_ANSWER 4096    /* bytes of an answer that are kept */
#define MAX_SHOWN 160      /* bytes of one that people are shown */
#define LONGEST_WAIT_S 300 /* that a server may ask for */

struct vf_http_request {
    const struct vf_http_settings *settings;
    char *name;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    curl_mime *form;       /* of what is sent; NULL: it is none */
    struct vf_text answer; /* its first bytes */
    atomic_bool is_interrupted;
    char error[CURL_ERROR_SIZE];
};

/* Returns the URL without what is nobody's business, in fresh memory; NULL: it is no such URL. */
static char *clean_url(const char *url)
{
    static const CURLUPart hidden[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
                                       CURLUPART_QUERY, CURLUPART_FRAGMENT};
    CURLU *parts = curl_url();
    char *scheme = NULL, *whole = NULL, *clean = NULL;
    bool is_url = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                  curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                  (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    for (size_t i = 0; i < VF_COUNT(hidden) && is_url; i++)
        curl_url_set(parts, hidden[i], NULL, 0);
    if (is_url && curl_url_get(parts, CURLUPART_URL, &whole, 0) == CURLUE_OK)
        clean = strdup(whole);
    curl_free(scheme);
    curl_free(whole);
    curl_url_cleanup(parts);
    return clean;
}

int vf_http_check(const struct vf_http_settings *settings, char *problem, size_t problem_size)
{
    char *clean = clean_url(settings->url);
    free(clean);
    if (!clean) {
        snprintf(problem, problem_size,
                 "url is none of http or https; http://127.0.0.1:8080/hook is one");
        return -EINVAL;
    }
    return vf_headers_check(&settings->headers, problem, problem_size);
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *owner)
{
    struct vf_text *answer = owner;
    size_t room = MAX_ANSWER - answer->length;
    vf_text_append(answer, bytes, size * count < room ? size * count : room);
    return size * count;
}

static int add_header(struct vf_http_request *request, const char *line)
{
    struct curl_slist *headers = line ? curl_slist_append(request->headers, line) : NULL;
    if (!headers)
        return -ENOMEM;
    request->headers = headers;
    return VF_OK;
}

static int add_headers(struct vf_http_request *request, const struct vf_http_content *content)
{
    const struct vf_map *headers = &request->settings->headers;
    bool has_type = content->part_count > 0; /* which libcurl says */
    curl_slist_free_all(request->headers);
    request->headers = NULL;
    int err = add_header(request, "Expect:"); /* no waiting for leave to send a body */
    for (size_t i = 0; i < headers->count && !err; i++) {
        const char *key = headers->items[i].key, *text = content->headers[i];
        char *line = *text ? vf_text_format("%s: %s", key, text) : vf_text_format("%s;", key);
        err = add_header(request, line);
        free(line);
        has_type = has_type || strcasecmp(key, "Content-Type") == 0;
    }
    if (!err && !has_type && request->settings->method != VF_HTTP_GET) {
        char *line = vf_text_format("Content-Type: %s", content->type);
        err = add_header(request, line);
        free(line);
    }
    return err;
}

static void set_up(struct vf_http_request *request)
{
    static const char *const methods[] = {[VF_HTTP_PUT] = "PUT", [VF_HTTP_PATCH] = "PATCH"};
    CURL *easy = request->easy;
    enum vf_http_method method = request->settings->method;
    curl_easy_setopt(easy, CURLOPT_URL, request->settings->url);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "vflow/" VF_VERSION);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)(request->settings->timeout_ns / VF_NS_PER_MS));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &request->answer);
    if (method != VF_HTTP_GET)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, methods[method]); /* NULL: POST it is */
}

int vf_http_request_create(struct vf_http_request **request,
                           const struct vf_http_settings *settings)
{
    struct vf_http_request *made = calloc(1, sizeof(*made));
    *request = made;
    if (!made)
        return -ENOMEM;
    made->settings = settings;
    signal(SIGPIPE, SIG_IGN); /* a server that goes away is an error to be reported */
    int err = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? VF_OK : -ENOMEM;
    made->name = clean_url(settings->url);
    made->easy = curl_easy_init();
    made->multi = curl_multi_init();
    if (!err)
        err = made->name && made->easy && made->multi ? VF_OK : -ENOMEM;
    if (err) {
        vf_log(VF_LOG_ERROR, "cannot prepare requests: %s", strerror(-err));
        vf_http_request_destroy(request);
        return err;
    }
    set_up(made);
    return VF_OK;
}

void vf_http_request_destroy(struct vf_http_request **request)
{
    if (!*request)
        return;
    curl_easy_cleanup((*request)->easy);
    curl_mime_free((*request)->form);
    curl_multi_cleanup((*request)->multi);
    curl_slist_free_all((*request)->headers);
    curl_global_cleanup();
    vf_text_finish(&(*request)->answer);
    free((*request)->name);
    free(*request);
    *request = NULL;
}

const char *vf_http_request_name(const struct vf_http_request *request)
{
    return request->name;
}

void vf_http_request_interrupt(struct vf_http_request *request)
{
    atomic_store(&request->is_interrupted, true);
    curl_multi_wakeup(request->multi);
}

static CURLcode perform(struct vf_http_request *request)
{
    int running = 1, left;
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    request->error[0] = '\0';
    request->answer.length = 0;
    if (curl_multi_add_handle(request->multi, request->easy) != CURLM_OK)
        return CURLE_FAILED_INIT;
    while (running && !atomic_load(&request->is_interrupted)) {
        CURLMcode problem = curl_multi_perform(request->multi, &running);
        if (!problem && running)
            problem = curl_multi_poll(request->multi, NULL, 0, LOOK_MS, NULL);
        if (problem) {
            code = CURLE_FAILED_INIT;
            break;
        }
    }
    const CURLMsg *message = curl_multi_info_read(request->multi, &left);
    if (message && message->msg == CURLMSG_DONE)
        code = message->data.result;
    curl_multi_remove_handle(request->multi, request->easy);
    return code;
}

/* What will not go away by itself. */
static bool is_hopeless(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ENGINE_NOTFOUND ||
           code == CURLE_OUT_OF_MEMORY || code == CURLE_URL_MALFORMAT ||
           code == CURLE_UNSUPPORTED_PROTOCOL;
}

/* A server may show what it was sent, and so what must not be shown. */
static bool is_secret(const struct vf_http_request *request, const char *line)
{
    const struct vf_map *headers = &request->settings->headers;
    for (size_t i = 0; i < headers->count; i++) {
        if (*headers->items[i].text && strstr(line, headers->items[i].text))
            return true;
    }
    return false;
}

/* Adds the first line of the answer, as far as it is text. */
static void print_answer(const struct vf_http_request *request, struct vf_text *text)
{
    const struct vf_text *answer = &request->answer;
    char line[MAX_SHOWN + 1];
    size_t length = 0;
    while (length < answer->length && length < MAX_SHOWN &&
           (unsigned char)answer->bytes[length] >= ' ' && answer->bytes[length] != 0x7f) {
        line[length] = answer->bytes[length];
        length++;
    }
    line[length] = '\0';
    if (length && !is_secret(request, line))
        vf_text_print(text, ": %s", line);
}

static void print_redirection(const struct vf_http_request *request, struct vf_text *text)
{
    char *url = NULL;
    curl_easy_getinfo(request->easy, CURLINFO_REDIRECT_URL, &url);
    char *clean = url ? clean_url(url) : NULL;
    if (clean)
        vf_text_print(text, ": it is now %s", clean);
    free(clean);
}

static void judge_answer(struct vf_http_request *request, struct vf_http_outcome *outcome)
{
    long status = 0;
    curl_off_t wait_s = 0;
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &wait_s);
    outcome->is_delivered = status >= 200 && status < 300;
    outcome->may_retry = status == 408 || status == 429 || status >= 500;
    outcome->wait_ns = (wait_s < LONGEST_WAIT_S ? wait_s : LONGEST_WAIT_S) * VF_NS_PER_S;
    if (outcome->is_delivered)
        return;
    vf_text_print(&outcome->problem, "%s answers %ld", request->name, status);
    if (status >= 300 && status < 400)
        print_redirection(request, &outcome->problem);
    else
        print_answer(request, &outcome->problem);
}

static int add_part(curl_mime *form, const struct vf_http_part *part)
{
    curl_mimepart *added = curl_mime_addpart(form);
    CURLcode code = added ? curl_mime_name(added, part->name) : CURLE_OUT_OF_MEMORY;
    if (!code)
        code = curl_mime_data(added, part->bytes, part->size);
    if (!code && part->file_name)
        code = curl_mime_filename(added, part->file_name);
    if (!code && part->type)
        code = curl_mime_type(added, part->type);
    return code ? -ENOMEM : VF_OK;
}

static int make_form(struct vf_http_request *request, const struct vf_http_content *content)
{
    int err = VF_OK;
    curl_easy_setopt(request->easy, CURLOPT_MIMEPOST, NULL);
    curl_mime_free(request->form);
    request->form = curl_mime_init(request->easy);
    if (!request->form)
        return -ENOMEM;
    for (size_t i = 0; i < content->part_count && !err; i++)
        err = add_part(request->form, &content->parts[i]);
    curl_easy_setopt(request->easy, CURLOPT_MIMEPOST, request->form);
    return err;
}

static int prepare(struct vf_http_request *request, const struct vf_http_content *content)
{
    int err = add_headers(request, content);
    curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->headers);
    if (err || request->settings->method == VF_HTTP_GET)
        return err;
    if (content->part_count)
        return make_form(request, content);
    curl_easy_setopt(request->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)content->size);
    curl_easy_setopt(request->easy, CURLOPT_POSTFIELDS, content->bytes);
    return VF_OK;
}

void vf_http_request_send(struct vf_http_request *request, const struct vf_http_content *content,
                          struct vf_http_outcome *outcome)
{
    CURLcode code = prepare(request, content) ? CURLE_OUT_OF_MEMORY : perform(request);
    vf_text_finish(&outcome->problem);
    *outcome = (struct vf_http_outcome){.may_retry = !is_hopeless(code)};
    if (code == CURLE_OK)
        judge_answer(request, outcome);
    else
        vf_text_print(&outcome->problem, "%s: %s", request->name,
                      request->error[0] ? request->error : curl_easy_strerror(code));
}
