/* SPDX-License-Identifier: MIT */
#include "cmd/submit/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/batch/manifest.h"
#include "cmd/batch/split.h"
#include "cmd/submit/ask.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/base/log.h"
#include "engine/process/signals.h"

#define TICK_MS 200
#define LOOK_NS VF_NS_PER_S       /* at the manifests */
#define ASK_NS (10 * VF_NS_PER_S) /* Slurm, whether the last job is still there */
#define MOST_GONE \
    6 /* times that it is not, and there is no status: a folder on the
                                     network may show it late */

/* A manifest of a shard, as it was when it was read last. */
struct seen {
    off_t size;
    struct timespec modified;
};

struct state {
    const struct vf_submit_watch *watch;
    struct vf_batch_display display;
    struct vf_signals signals;
    struct seen *seen;
    char (*times)[VF_CLOCK_UTC_SIZE]; /* of each job: when what is known of it was noted */
    json_t *numbers;                  /* of the key of each job: its number */
    int64_t look_ns, ask_ns;
    unsigned gone;
    bool is_cancelled;
};

static json_t *number_inputs(const struct vf_batch_jobs *jobs)
{
    json_t *numbers = json_object();
    for (size_t i = 0; numbers && i < jobs->count; i++) {
        char *key = vf_batch_job_key(&jobs->items[i]);
        if (key)
            json_object_set_new(numbers, key, json_integer((json_int_t)i));
        free(key);
    }
    return numbers;
}

static bool has_ended(enum vf_batch_state state)
{
    return state != VF_BATCH_WAITING && state != VF_BATCH_RUNNING;
}

/* Returns whether a line is newer than what is known of a job: shards of a batch that goes on begin
 * with the lines of all inputs. */
static bool is_news(struct state *state, size_t number, const json_t *record)
{
    const char *time = json_string_value(json_object_get(record, "time"));
    if (!time || strcmp(time, state->times[number]) < 0)
        return false;
    snprintf(state->times[number], sizeof(state->times[number]), "%s", time);
    return true;
}

/* Takes over what a line says of a job, and tells of one that has ended. What is interrupted goes on
 * later, unless that `is_last`. */
static void take_record(struct state *state, struct vf_batch_job *job, const json_t *record,
                        bool is_last)
{
    const char *reason = json_string_value(json_object_get(record, "reason"));
    int found = vf_batch_state_find(json_string_value(json_object_get(record, "state")));
    bool is_stopped = found == VF_BATCH_INTERRUPTED || found == VF_BATCH_SKIPPED;
    enum vf_batch_state now =
        found < 0 || (is_stopped && !is_last) ? VF_BATCH_WAITING : (enum vf_batch_state)found;
    if (job->state == now)
        return;
    job->state = now;
    job->status = (int)json_integer_value(json_object_get(record, "status"));
    job->run_seconds = json_number_value(json_object_get(record, "seconds"));
    free(job->reason);
    job->reason = reason ? strdup(reason) : NULL;
    if (has_ended(now))
        vf_batch_display_job(&state->display, job);
}

static void take_manifest(struct state *state, const char *path, bool is_last)
{
    struct vf_batch_manifest manifest;
    const char *input;
    json_t *record;
    if (vf_batch_manifest_watch(&manifest, path) == VF_OK) {
        json_object_foreach(manifest.records, input, record)
        {
            const json_t *found = json_object_get(state->numbers, input);
            size_t number = (size_t)json_integer_value(found);
            if (found && is_news(state, number, record))
                take_record(state, &state->watch->jobs->items[number], record, is_last);
        }
    }
    vf_batch_manifest_close(&manifest);
}

/* Reads the manifests that have changed. */
static void look(struct state *state)
{
    for (unsigned i = 0; i < state->watch->shards; i++) {
        char *path = vf_text_format("%s/shard-%u.jsonl", state->watch->folder, i + 1);
        struct seen *seen = &state->seen[i];
        struct stat now;
        bool is_there = path && stat(path, &now) == 0 && now.st_size > 0;
        bool is_new =
            is_there && (now.st_size != seen->size || now.st_mtim.tv_sec != seen->modified.tv_sec ||
                         now.st_mtim.tv_nsec != seen->modified.tv_nsec);
        if (is_new) {
            *seen = (struct seen){now.st_size, now.st_mtim};
            take_manifest(state, path, false);
        }
        free(path);
    }
}

/* Reads the exit status that the last job has left. Returns -1 when it has left none yet. */
static int read_status(const struct state *state)
{
    char *path = vf_text_format("%s/status", state->watch->folder);
    FILE *file = path ? fopen(path, "re") : NULL;
    int status = -1;
    if (file && fscanf(file, "%3d", &status) != 1) // NOLINT(cert-err34-c): three digits fit
        status = -1;
    if (file)
        fclose(file);
    free(path);
    return status;
}

/* Asks Slurm whether the last job is there. Whatever else goes wrong with the question, it is taken to
 * be there: a controller may be away for a while. */
static bool is_there(const struct state *state)
{
    const char *words[] = {"squeue", "-h", "-j", state->watch->merge, "-o", "%T", NULL};
    struct vf_text said = {0}, complained = {0};
    int status = vf_submit_ask(words, &said, &complained);
    bool is_unknown = complained.bytes && strstr(complained.bytes, "Invalid job id");
    bool is_there = status != 0 ? !is_unknown : said.length > 0;
    vf_text_finish(&said);
    vf_text_finish(&complained);
    return is_there;
}

/* Returns the status of the whole, or -1 while it goes on. */
static int find_end(struct state *state, int64_t now_ns)
{
    int status = read_status(state);
    if (status >= 0 || now_ns < state->ask_ns)
        return status;
    state->ask_ns = now_ns + ASK_NS;
    state->gone = is_there(state) ? 0 : state->gone + 1;
    if (state->gone < MOST_GONE)
        return -1;
    vf_log(VF_LOG_ERROR, "the last job, %s, has ended and has not said how; see %s/merge.log",
           state->watch->merge, state->watch->folder);
    return VF_EXIT_FAILED;
}

static void cancel(struct state *state)
{
    const char *words[] = {"scancel", state->watch->array, NULL};
    struct vf_text said = {0}, complained = {0};
    int status = vf_submit_ask(words, &said, &complained);
    if (status)
        vf_log(VF_LOG_ERROR, "job %s could not be cancelled: %s", state->watch->array,
               status < 0         ? strerror(-status)
               : complained.bytes ? complained.bytes
                                  : "");
    else
        vf_log(VF_LOG_WARNING, "job %s is cancelled; waiting for its end", state->watch->array);
    state->is_cancelled = status == 0;
    vf_text_finish(&said);
    vf_text_finish(&complained);
}

/* Returns the first letter of an answer at the terminal; 0: there is none, or another signal. */
static char hear_answer(const struct state *state)
{
    struct pollfd polled[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = state->signals.fd, .events = POLLIN}};
    char answer[64] = "";
    while (poll(polled, 2, -1) < 0 && errno == EINTR)
        ;
    if (polled[1].revents || read(STDIN_FILENO, answer, sizeof(answer)) <= 0)
        return '\0';
    static const char capitals[] = "YNL\n", letters[] = "ynln";
    const char *found = answer[0] ? strchr(capitals, answer[0]) : NULL;
    if (found)
        answer[0] = letters[found - capitals];
    return answer[0];
}

/* Deals with a stop signal. Returns whether to go on. */
static bool deal_with(struct state *state, int signal)
{
    bool can_ask =
        signal == SIGINT && isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && !state->is_cancelled;
    char answer = '\0';
    while (can_ask && answer != 'y' && answer != 'n' && answer != 'l') {
        fputs("\nCancel the jobs? [y]es, [n]o: wait on, [l]eave them running: ", stderr);
        answer = hear_answer(state);
        can_ask = answer != '\0';
    }
    if (answer == 'y')
        cancel(state);
    if (answer == 'y' || answer == 'n')
        return true;
    if (!state->is_cancelled)
        vf_log(VF_LOG_WARNING, "the jobs go on; scancel %s %s would end them", state->watch->array,
               state->watch->merge);
    return false;
}

static int next_stop(const struct vf_signals *signals)
{
    int number;
    while ((number = vf_signals_next(signals)) == SIGUSR1 || number == SIGWINCH)
        ;
    return number;
}

/* Returns the exit status of the whole, or of this process where it leaves. */
static int follow(struct state *state)
{
    struct pollfd heard = {.fd = state->signals.fd, .events = POLLIN};
    int status = -1;
    while (status < 0) {
        (void)poll(&heard, 1, TICK_MS);
        int signal = next_stop(&state->signals);
        int64_t now_ns = vf_clock_now_ns();
        if (signal && !deal_with(state, signal))
            return VF_EXIT_BY_SIGNAL + signal;
        if (now_ns >= state->look_ns) {
            look(state);
            status = find_end(state, now_ns);
            state->look_ns = now_ns + LOOK_NS;
        }
        vf_batch_display_tick(&state->display, now_ns);
    }
    char *merged = vf_text_format("%s/manifest.jsonl", state->watch->folder);
    if (merged && access(merged, R_OK) == 0)
        take_manifest(state, merged, true);
    free(merged);
    return state->is_cancelled ? VF_EXIT_INTERRUPTED : status;
}

enum vf_exit_status vf_submit_watch(const struct vf_submit_watch *watch)
{
    struct state state = {.watch = watch,
                          .display = {.jobs = watch->jobs, .form = watch->form},
                          .signals = {.fd = -1},
                          .seen = calloc(watch->shards, sizeof(*state.seen)),
                          .times = calloc(watch->jobs->count + 1, sizeof(*state.times)),
                          .numbers = number_inputs(watch->jobs),
                          .ask_ns = vf_clock_now_ns() + ASK_NS};
    int status = VF_EXIT_INTERNAL;
    if (state.seen && state.times && state.numbers &&
        vf_signals_take(&state.signals, true) == VF_OK) {
        vf_batch_display_begin(&state.display);
        status = follow(&state);
        vf_batch_display_end(&state.display);
    }
    vf_signals_give_back(&state.signals);
    json_decref(state.numbers);
    free(state.seen);
    free(state.times);
    return (enum vf_exit_status)status;
}
