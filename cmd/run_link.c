/* SPDX-License-Identifier: MIT */
#include "cmd/run_link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/process/control/control.h"
#include "engine/process/control/control_socket.h"

#define MOST_NAMES 20   /* in a message */
#define SILENCE_MS 1000 /* without an answer, then it is told who is waited for */

/* Adds the names of the runs there are. */
static void print_names(struct vf_text *text, const struct vf_run_cards *cards)
{
    if (!cards->count)
        vf_text_print(text, "nothing runs");
    for (size_t i = 0; i < cards->count && i < MOST_NAMES; i++)
        vf_text_print(text, "%s%s", i ? ", " : "these run: ", cards->items[i].name);
    if (cards->count > MOST_NAMES)
        vf_text_print(text, " and %zu more (vflow ps)", cards->count - MOST_NAMES);
}

static void report_unknown(const struct vf_run_cards *cards, const char *run)
{
    struct vf_text_nearest nearest = {.wanted = run};
    struct vf_text names = {0};
    for (size_t i = 0; i < cards->count; i++)
        vf_text_nearest_consider(&nearest, cards->items[i].name);
    print_names(&names, cards);
    vf_log(VF_LOG_ERROR, "there is no run called \"%s\"%s", run,
           vf_text_suggest_or(&nearest, "%s", names.bytes ? names.bytes : ""));
    vf_text_finish(&names);
}

/* Logs that no run was named, and not one alone is there. */
static enum vf_exit_status report_unnamed(const struct vf_run_cards *cards)
{
    struct vf_text names = {0};
    print_names(&names, cards);
    vf_log(VF_LOG_ERROR, cards->count ? "name one run; %s" : "%s", names.bytes ? names.bytes : "");
    vf_text_finish(&names);
    return cards->count ? VF_EXIT_USAGE : VF_EXIT_FAILED;
}

static bool is_called(const struct vf_run_card *card, const char *run)
{
    char *end;
    long pid = strtol(run, &end, 10);
    return strcmp(card->name, run) == 0 || (end != run && !*end && pid == card->pid);
}

/* Picks the run that is meant, and gives its card to the caller. */
static enum vf_exit_status pick(struct vf_run_cards *cards, const char *run,
                                struct vf_run_card *picked)
{
    size_t count = 0, found = 0;
    for (size_t i = 0; i < cards->count; i++) {
        if (run && !is_called(&cards->items[i], run))
            continue;
        found = i;
        count++;
    }
    if (!run && count != 1)
        return report_unnamed(cards);
    if (!count) {
        report_unknown(cards, run);
        return VF_EXIT_FAILED;
    }
    if (count > 1) {
        vf_log(VF_LOG_ERROR, "%zu runs are called %s; name one by its process id (vflow ps)", count,
               run);
        return VF_EXIT_USAGE;
    }
    *picked = cards->items[found];
    cards->items[found] = (struct vf_run_card){0};
    return VF_EXIT_OK;
}

int vf_run_link_open_card(struct vf_run_link *link, struct vf_run_card *card)
{
    *link = (struct vf_run_link){.card = *card, .fd = -1, .patience_ms = VF_RUN_LINK_PATIENCE_MS};
    *card = (struct vf_run_card){0};
    link->fd = vf_control_socket_connect(link->card.folder, VF_CONTROL_FILE);
    return link->fd < 0 ? link->fd : VF_OK;
}

enum vf_exit_status vf_run_link_open(struct vf_run_link *link, const char *run)
{
    struct vf_run_cards cards = {0};
    struct vf_run_card card = {0};
    *link = (struct vf_run_link){.fd = -1};
    vf_run_cards_collect(&cards);
    enum vf_exit_status status = pick(&cards, run, &card);
    vf_run_cards_finish(&cards);
    if (status != VF_EXIT_OK)
        return status;
    int err = vf_run_link_open_card(link, &card);
    if (!err)
        return VF_EXIT_OK;
    vf_log(VF_LOG_ERROR, "cannot talk to %s (process %d): %s", link->card.name, (int)link->card.pid,
           err == -ECONNREFUSED || err == -ENOENT ? "it has just ended" : strerror(-err));
    vf_run_link_close(link);
    return VF_EXIT_FAILED;
}

/* Returns whether the supervisor was stopped by a signal: then it answers nobody. */
static bool is_stopped(const struct vf_run_link *link)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)link->card.pid);
    FILE *file = fopen(path, "re");
    size_t size = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
    line[size] = '\0';
    if (file)
        fclose(file);
    const char *state = strrchr(line, ')'); /* the end of its name */
    return state && (strncmp(state, ") T", 3) == 0 || strncmp(state, ") t", 3) == 0);
}

/* Says for whom is waited, once. What may take long is no news, unless the run is stopped. */
static void tell_silence(struct vf_run_link *link)
{
    bool takes_long = link->patience_ms != VF_RUN_LINK_PATIENCE_MS;
    bool is_held = is_stopped(link);
    int pid = (int)link->card.pid;
    bool may_tell = !link->is_quiet || link->tells_silence;
    if (!may_tell || link->has_told || (takes_long && !is_held))
        return;
    link->has_told = true;
    if (is_held)
        vf_log(VF_LOG_WARNING,
               "%s (process %d) is stopped by a signal and does not answer; waiting: continue it "
               "with kill -CONT %d",
               link->card.name, pid, pid);
    else
        vf_log(VF_LOG_WARNING, "%s (process %d) has not answered for a second; waiting",
               link->card.name, pid);
}

/* Returns VF_OK once there is something to read, else -ETIMEDOUT. */
static int await_bytes(struct vf_run_link *link, int64_t until_ns)
{
    struct pollfd fd = {.fd = link->fd, .events = POLLIN};
    for (;;) {
        int64_t left_ms = (until_ns - vf_clock_now_ns()) / VF_NS_PER_MS + 1;
        bool is_over = link->patience_ms >= 0 && left_ms <= 0;
        bool is_last = link->patience_ms >= 0 && left_ms <= SILENCE_MS;
        int polled = poll(&fd, 1, is_over ? 0 : is_last ? (int)left_ms : SILENCE_MS);
        if (polled > 0)
            return VF_OK;
        if (polled < 0 && errno != EINTR)
            return -errno;
        if (polled == 0 && (is_over || is_last))
            return -ETIMEDOUT;
        if (polled == 0)
            tell_silence(link);
    }
}

/* Waits for a whole answer. */
static int receive(struct vf_run_link *link, json_t **answer, struct vf_control_rights *rights)
{
    int64_t until_ns = vf_clock_now_ns() + link->patience_ms * VF_NS_PER_MS;
    int err;
    while ((err = vf_control_answers_take(&link->answers, answer)) == -EAGAIN) {
        err = await_bytes(link, until_ns);
        if (!err)
            err = vf_control_answers_read(&link->answers, link->fd, rights);
        if (err)
            return err;
    }
    return err;
}

static int refuse(struct vf_run_link *link, int err, const json_t *answer)
{
    const char *error = json_string_value(json_object_get(answer, "error"));
    if (!error)
        error = err == -ETIMEDOUT ? "it does not answer" : err ? strerror(-err) : "it refuses";
    if (err == -ETIMEDOUT && is_stopped(link))
        snprintf(link->problem, sizeof(link->problem),
                 "it is stopped by a signal; continue it with kill -CONT %d", (int)link->card.pid);
    else
        snprintf(link->problem, sizeof(link->problem), "%s", error);
    if (!link->is_quiet && err != VF_END)
        vf_log(VF_LOG_ERROR, "%s (process %d): %s", link->card.name, (int)link->card.pid,
               link->problem);
    return err ? err : -EINVAL;
}

int vf_run_link_ask_for_descriptors(struct vf_run_link *link, json_t *request, json_t **answer,
                                    int *descriptors, size_t *count)
{
    struct vf_control_rights rights = {.fds = descriptors, .limit = *count};
    *answer = NULL;
    int err = vf_control_ask(link->fd, request);
    if (!err)
        err = receive(link, answer, &rights);
    *count = rights.count;
    if (!err && json_is_true(json_object_get(*answer, "ok")))
        return VF_OK;
    err = refuse(link, err, *answer);
    json_decref(*answer);
    *answer = NULL;
    return err;
}

int vf_run_link_ask(struct vf_run_link *link, json_t *request, json_t **answer)
{
    size_t none = 0;
    return vf_run_link_ask_for_descriptors(link, request, answer, NULL, &none);
}

void vf_run_link_await_exit(const struct vf_run_link *link, int patience_ms)
{
    struct pollfd process = {.fd = pidfd_open(link->card.pid, 0), .events = POLLIN};
    if (process.fd < 0)
        return;
    (void)poll(&process, 1, patience_ms);
    close(process.fd);
}

void vf_run_link_close(struct vf_run_link *link)
{
    if (link->fd >= 0)
        close(link->fd);
    vf_control_answers_finish(&link->answers);
    vf_run_card_finish(&link->card);
    *link = (struct vf_run_link){.fd = -1};
}
