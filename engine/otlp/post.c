/* SPDX-License-Identifier: MIT */
#include "engine/otlp/post.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/otlp/resource.h"

#define MOST_ANSWER 4096 /* bytes of an answer that are kept */
#define MOST_SHOWN 160
#define FIRST_PAUSE_NS VF_NS_PER_S
#define LONGEST_PAUSE_NS (30 * VF_NS_PER_S)
#define HURRIED_PAUSE_NS (200 * VF_NS_PER_MS)
#define TRIES_IN_SILENCE 4

/* The texts of one kind. */
struct row {
    char *url;
    CURL *easy;
    char *text, *next; /* the one that is tried, and the one after it; NULL: none */
    bool is_sending;
    unsigned tries;
    int64_t due_ns;         /* of the next attempt */
    struct vf_text answer;  /* its first bytes */
    struct vf_text problem; /* of the last attempt */
    char error[CURL_ERROR_SIZE];
};

struct vf_otlp_post {
    const struct vf_otlp_settings *settings;
    CURLM *multi;
    struct curl_slist *headers;
    struct row rows[VF_OTLP_KINDS];
    char *name; /* of the collector, as people may see it */
    bool is_hurried, has_warned;
    bool failed; /* memory was short */
};

static size_t take_answer(char *bytes, size_t size, size_t count, void *owner)
{
    struct vf_text *answer = owner;
    size_t room = MOST_ANSWER - answer->length;
    vf_text_append(answer, bytes, size * count < room ? size * count : room);
    return size * count;
}

static void add_line(struct vf_otlp_post *post, const char *line)
{
    struct curl_slist *longer = line ? curl_slist_append(post->headers, line) : NULL;
    post->failed = post->failed || !longer;
    post->headers = longer ? longer : post->headers;
}

/* What would be two lines is left out. */
static void add_header(void *context, const char *name, const char *value)
{
    char *line = *value ? vf_text_format("%s: %s", name, value) : vf_text_format("%s;", name);
    if (!line || !strpbrk(line, "\r\n"))
        add_line(context, line);
    free(line);
}

static void prepare(struct vf_otlp_post *post, enum vf_otlp_kind kind)
{
    static const char *const paths[] = {[VF_OTLP_METRICS] = "metrics", [VF_OTLP_TRACES] = "traces"};
    struct row *row = &post->rows[kind];
    const char *url = post->settings->url;
    size_t length = strlen(url);
    while (length && url[length - 1] == '/')
        length--;
    row->url = vf_text_format("%.*s/v1/%s", (int)length, url, paths[kind]);
    row->easy = curl_easy_init();
    post->failed = post->failed || !row->url || !row->easy;
    if (post->failed)
        return;
    curl_easy_setopt(row->easy, CURLOPT_URL, row->url);
    curl_easy_setopt(row->easy, CURLOPT_USERAGENT, "vflow/" VF_VERSION);
    curl_easy_setopt(row->easy, CURLOPT_HTTPHEADER, post->headers);
    curl_easy_setopt(row->easy, CURLOPT_TIMEOUT_MS,
                     (long)(post->settings->timeout_ns / VF_NS_PER_MS));
    curl_easy_setopt(row->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(row->easy, CURLOPT_ERRORBUFFER, row->error);
    curl_easy_setopt(row->easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(row->easy, CURLOPT_WRITEDATA, &row->answer);
    curl_easy_setopt(row->easy, CURLOPT_PRIVATE, row);
}

int vf_otlp_post_create(struct vf_otlp_post **post, const struct vf_otlp_settings *settings)
{
    struct vf_otlp_post *made = calloc(1, sizeof(*made));
    *post = made;
    if (!made)
        return -ENOMEM;
    signal(SIGPIPE, SIG_IGN); /* a collector that goes away is an error to be reported */
    made->settings = settings;
    made->failed = curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK;
    made->multi = curl_multi_init();
    made->name = strdup(settings->url);
    made->failed = made->failed || !made->multi || !made->name;
    add_line(made, "Content-Type: application/json");
    add_line(made, "Expect:"); /* no waiting for leave to send a text */
    vf_otlp_pairs(settings->headers, add_header, made);
    for (size_t kind = 0; kind < VF_OTLP_KINDS && !made->failed; kind++)
        prepare(made, kind);
    if (!made->failed) {
        vf_display_clean(made->name);
        return VF_OK;
    }
    vf_log(VF_LOG_WARNING, "cannot prepare what is sent to a collector: out of memory");
    vf_otlp_post_destroy(post);
    return -ENOMEM;
}

void vf_otlp_post_destroy(struct vf_otlp_post **post)
{
    struct vf_otlp_post *gone = *post;
    if (!gone)
        return;
    for (size_t kind = 0; kind < VF_OTLP_KINDS; kind++) {
        struct row *row = &gone->rows[kind];
        if (row->is_sending)
            curl_multi_remove_handle(gone->multi, row->easy);
        curl_easy_cleanup(row->easy);
        vf_text_finish(&row->answer);
        vf_text_finish(&row->problem);
        free(row->url);
        free(row->text);
        free(row->next);
    }
    curl_multi_cleanup(gone->multi);
    curl_slist_free_all(gone->headers);
    curl_global_cleanup();
    free(gone->name);
    free(gone);
    *post = NULL;
}

void vf_otlp_post_put(struct vf_otlp_post *post, enum vf_otlp_kind kind, char **text)
{
    struct row *row = &post->rows[kind];
    if (!*text)
        return;
    char **place = row->is_sending ? &row->next : &row->text;
    free(*place);
    *place = *text;
    *text = NULL;
}

bool vf_otlp_post_is_free(const struct vf_otlp_post *post, enum vf_otlp_kind kind)
{
    return !post->rows[kind].text;
}

bool vf_otlp_post_is_empty(const struct vf_otlp_post *post)
{
    bool is_empty = true;
    for (size_t kind = 0; kind < VF_OTLP_KINDS; kind++)
        is_empty = is_empty && !post->rows[kind].text;
    return is_empty;
}

static void warn(struct vf_otlp_post *post, const char *problem)
{
    if (post->has_warned)
        return;
    post->has_warned = true;
    vf_log(VF_LOG_WARNING,
           "--otlp: the collector at %s does not take what is sent: %s; the run goes on, and this "
           "is not said again",
           post->name, problem);
}

void vf_otlp_post_hurry(struct vf_otlp_post *post)
{
    post->is_hurried = true;
    for (size_t kind = 0; kind < VF_OTLP_KINDS; kind++) {
        post->rows[kind].due_ns = 0;
        post->rows[kind].tries = 0;
    }
}

/* Begins what is due. Returns in how many milliseconds something will be, `timeout_ms` at most. */
static int begin_due(struct vf_otlp_post *post, int timeout_ms)
{
    int64_t now_ns = vf_clock_now_ns();
    for (size_t kind = 0; kind < VF_OTLP_KINDS; kind++) {
        struct row *row = &post->rows[kind];
        if (!row->text || row->is_sending)
            continue;
        int64_t left_ms = (row->due_ns - now_ns) / VF_NS_PER_MS;
        if (row->due_ns > now_ns) {
            timeout_ms = left_ms < timeout_ms ? (int)left_ms + 1 : timeout_ms;
            continue;
        }
        row->answer.length = 0;
        row->error[0] = '\0';
        curl_easy_setopt(row->easy, CURLOPT_POSTFIELDS, row->text);
        curl_easy_setopt(row->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(row->text));
        row->is_sending = curl_multi_add_handle(post->multi, row->easy) == CURLM_OK;
    }
    return timeout_ms;
}

static void next_text(struct row *row)
{
    free(row->text);
    row->text = row->next;
    row->next = NULL;
    row->tries = 0;
    row->due_ns = 0;
}

/* Whether the same text may do better later, by the specification of OTLP. */
static bool may_retry(CURLcode code, long status)
{
    bool is_lost = code != CURLE_OK && code != CURLE_UNSUPPORTED_PROTOCOL &&
                   code != CURLE_URL_MALFORMAT && code != CURLE_PEER_FAILED_VERIFICATION;
    return is_lost || (code == CURLE_OK && (status == 429 || (status >= 502 && status <= 504)));
}

/* Notes why an attempt failed. */
static void note_problem(struct row *row, CURLcode code, long status)
{
    struct vf_text *problem = &row->problem;
    if (code != CURLE_OK)
        vf_text_print(problem, "%s", row->error[0] ? row->error : curl_easy_strerror(code));
    else if (row->answer.length)
        vf_text_print(problem, "it answers %ld: %.*s", status, MOST_SHOWN, row->answer.bytes);
    else
        vf_text_print(problem, "it answers %ld", status);
    if (problem->bytes)
        vf_display_clean(problem->bytes);
}

static const char *problem_of(const struct row *row)
{
    return row->problem.bytes && !row->problem.failed ? row->problem.bytes : "out of memory";
}

static int64_t pause_before_next(const struct vf_otlp_post *post, const struct row *row)
{
    curl_off_t asked_s = 0;
    int64_t pause_ns = post->is_hurried ? HURRIED_PAUSE_NS : FIRST_PAUSE_NS;
    for (unsigned i = 1; i < row->tries && pause_ns < LONGEST_PAUSE_NS; i++)
        pause_ns *= 2;
    if (pause_ns > LONGEST_PAUSE_NS)
        pause_ns = LONGEST_PAUSE_NS;
    (void)curl_easy_getinfo(row->easy, CURLINFO_RETRY_AFTER, &asked_s);
    if (!post->is_hurried && asked_s > pause_ns / VF_NS_PER_S)
        pause_ns = asked_s < 300 ? asked_s * VF_NS_PER_S : 300 * VF_NS_PER_S;
    return pause_ns;
}

/* A collector may take a text, and not all that is in it. */
static void look_for_rejections(struct vf_otlp_post *post, const struct row *row)
{
    json_t *answer =
        json_loadb(row->answer.bytes ? row->answer.bytes : "", row->answer.length, 0, NULL);
    const char *reason = json_string_value(
        json_object_get(json_object_get(answer, "partialSuccess"), "errorMessage"));
    if (reason && *reason) {
        char *shown = vf_text_format("%.*s", MOST_SHOWN, reason);
        if (shown)
            vf_display_clean(shown);
        warn(post, shown ? shown : "it rejects a part");
        free(shown);
    }
    json_decref(answer);
}

static void conclude(struct vf_otlp_post *post, struct row *row, CURLcode code)
{
    long status = 0;
    row->is_sending = false;
    row->tries++;
    vf_text_finish(&row->problem);
    (void)curl_easy_getinfo(row->easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && status >= 200 && status < 300) {
        look_for_rejections(post, row);
        next_text(row);
        return;
    }
    note_problem(row, code, status);
    vf_log(VF_LOG_INFO, "--otlp: %s: %s", post->name, problem_of(row));
    bool is_final = !may_retry(code, status);
    if (is_final || row->tries >= TRIES_IN_SILENCE)
        warn(post, problem_of(row));
    if (is_final) {
        next_text(row);
        return;
    }
    row->due_ns = vf_clock_now_ns() + pause_before_next(post, row);
    if (row->next) { /* what is newer says it all */
        free(row->text);
        row->text = row->next;
        row->next = NULL;
    }
}

static void conclude_all(struct vf_otlp_post *post)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(post->multi, &left)) != NULL;) {
        struct row *row = NULL;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;
        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &row);
        curl_multi_remove_handle(post->multi, easy);
        if (row)
            conclude(post, row, code);
    }
}

bool vf_otlp_post_wait(struct vf_otlp_post *post, int stop_fd, int timeout_ms)
{
    struct curl_waitfd stop = {.fd = stop_fd, .events = CURL_WAIT_POLLIN};
    int running;
    timeout_ms = begin_due(post, timeout_ms);
    (void)curl_multi_perform(post->multi, &running);
    (void)curl_multi_poll(post->multi, stop_fd >= 0 ? &stop : NULL, stop_fd >= 0, timeout_ms, NULL);
    (void)curl_multi_perform(post->multi, &running);
    conclude_all(post);
    return stop_fd >= 0 && stop.revents;
}

void vf_otlp_post_give_up(struct vf_otlp_post *post)
{
    const struct row *left = &post->rows[VF_OTLP_METRICS];
    if (vf_otlp_post_is_empty(post))
        return;
    if (!left->text)
        left = &post->rows[VF_OTLP_TRACES];
    warn(post, left->is_sending ? "it does not answer in time" : problem_of(left));
}
