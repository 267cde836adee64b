/* SPDX-License-Identifier: MIT */
/* What consumers recorded against what the model says they see.
 *
 * A track is what is compared as a whole: the joined sets of a record, or one input of a collect.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/exit_status.h"
#include "tests/stress/draw.h"
#include "tests/stress/track.h"
#include "tests/stress/trial.h"

/* What was recorded in one file. */
struct recording {
    struct record *items;
    size_t count;
    bool has_end;
    enum vf_end_reason reason;
};

static bool was_killed(const struct trial *trial)
{
    return WIFSIGNALED(trial->wait_status) || WEXITSTATUS(trial->wait_status) == VF_EXIT_KILLED;
}

/* Reads a whole file of the run. Returns NULL when there is none. */
static void *read_file(const struct trial *trial, unsigned node, const char *ending, size_t *size)
{
    char *path = vf_text_format("%s/n%u.%s", trial->directory, node + 1, ending);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    struct stat status;
    char *bytes = NULL;
    free(path);
    if (fd >= 0 && fstat(fd, &status) == 0)
        bytes = malloc((size_t)status.st_size + 1);
    if (bytes) {
        ssize_t got = read(fd, bytes, (size_t)status.st_size);
        *size = got < 0 ? 0 : (size_t)got;
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}

static void read_recording(struct trial *trial, unsigned node, struct recording *recording)
{
    size_t size = 0;
    *recording = (struct recording){.items = read_file(trial, node, "seen", &size)};
    recording->count = size / sizeof(struct record);
    if (recording->count && recording->items[recording->count - 1].input == RECORD_END) {
        recording->has_end = true;
        recording->reason = recording->items[--recording->count].stream;
    }
    if (!recording->has_end && !was_killed(trial))
        trial_complain(trial, "n%u never saw the end", node + 1);
}

/* Sources number their origins by task. */
static uint32_t stream_id(const struct trial *trial, unsigned source, unsigned port)
{
    char name[16];
    snprintf(name, sizeof(name), "n%u", source + 1);
    for (size_t i = 0; i < trial->plan->task_count; i++) {
        if (strcmp(trial->plan->tasks[i].name, name) == 0)
            return trial->plan->tasks[i].id << 8 | port;
    }
    return 0;
}

/* Puts what a node gets on inputs `first` to before `end` into a track, set by set. */
static int expect(const struct trial *trial, const struct model *model, unsigned node,
                  struct track *track)
{
    const struct model_stream *inputs = model->nodes[node].inputs;
    track->count = inputs[track->first].count;
    track->items = calloc(track->count * track->width + 1, sizeof(struct record));
    if (!track->items)
        return -ENOMEM;
    for (size_t i = 0; i < track->count * track->width; i++) {
        uint32_t input = track->first + (uint32_t)(i % track->width);
        const struct model_message *message = &inputs[input].items[i / track->width];
        track->items[i] = (struct record){
            .input = input,
            .stream = stream_id(trial, message->source, message->port),
            .number = message->number,
            .value = message->value,
            .time_ms = message->time_ms,
        };
    }
    return VF_OK;
}

/* Picks the records of a track out of a recording. */
static int pick(const struct recording *recording, struct track *track)
{
    size_t count = 0;
    track->items = calloc(recording->count + 1, sizeof(struct record));
    if (!track->items)
        return -ENOMEM;
    for (size_t i = 0; i < recording->count; i++) {
        uint32_t input = recording->items[i].input;
        if (input >= track->first && input < track->first + track->width)
            track->items[count++] = recording->items[i];
    }
    track->count = count / track->width;
    return VF_OK;
}

/* How much of what is expected has to be there. */
static enum track_relation relation_for(const struct trial *trial, struct draw_stream stream)
{
    bool is_whole = !trial->is_too_late && WIFEXITED(trial->wait_status) &&
                    (trial->stopped <= 1 || WEXITSTATUS(trial->wait_status) == VF_EXIT_OK);
    if (trial->sketch.mode == VF_MODE_REALTIME)
        return stream.is_variable ? TRACK_UNRELATED : TRACK_PART;
    if (is_whole)
        return TRACK_EQUAL;
    /* Who is halted leaves its readers with less, which are not told at once. */
    if (stream.is_early)
        return TRACK_UNRELATED;
    return stream.is_scrambled ? TRACK_PART : TRACK_BEGINNING;
}

static int judge_track(struct trial *trial, const struct model *model, unsigned node,
                       struct track shape, const struct recording *recording)
{
    const struct sketch_node *drawn = &trial->sketch.nodes[node];
    bool is_joined = drawn->type == SKETCH_RECORD;
    struct draw_stream stream = is_joined
                                    ? draw_follow(&trial->sketch, node, 0)
                                    : draw_follow(&trial->sketch, drawn->inputs[shape.first].node,
                                                  drawn->inputs[shape.first].port);
    struct track expected = shape, seen = shape;
    int err = expect(trial, model, node, &expected);
    if (!err)
        err = pick(recording, &seen);
    if (!err) {
        char name[16];
        snprintf(name, sizeof(name), "n%u", node + 1);
        track_check_sound(&seen, stream.is_scrambled, drawn, name, &trial->complaints);
        if (stream.is_scrambled) {
            track_sort(&expected);
            track_sort(&seen);
        }
        track_compare(&expected, &seen, relation_for(trial, stream), name, &trial->complaints);
    }
    free(expected.items);
    free(seen.items);
    return err;
}

/* Returns how many sets a consumer has recorded, after judging them. */
static uint64_t judge_consumer(struct trial *trial, const struct model *model, unsigned node)
{
    const struct sketch_node *drawn = &trial->sketch.nodes[node];
    bool is_joined = drawn->type == SKETCH_RECORD;
    struct recording recording;
    read_recording(trial, node, &recording);
    unsigned width = is_joined ? drawn->input_count : 1;
    int err = VF_OK;
    assert(width > 0); /* every consumer reads something */
    for (unsigned first = 0; !err && first < drawn->input_count; first += width)
        err = judge_track(trial, model, node, (struct track){.first = first, .width = width},
                          &recording);
    if (err)
        trial_complain(trial, "cannot compare: %s", strerror(-err));
    if (recording.has_end && recording.reason != VF_END_COMPLETE &&
        (!trial->stopped || recording.reason == VF_END_FAILED))
        trial_complain(trial, "n%u was told an end of kind %d", node + 1, (int)recording.reason);
    free(recording.items);
    return recording.count / width;
}

static void judge_status(struct trial *trial)
{
    int status = trial->wait_status;
    if (trial->is_too_late)
        trial_complain(trial, "it had not ended after a minute");
    if (WIFSIGNALED(status)) {
        trial_complain(trial, "the supervisor was killed by signal %d", WTERMSIG(status));
        return;
    }
    int code = WEXITSTATUS(status);
    bool is_expected = code == VF_EXIT_OK || (trial->stopped && code == VF_EXIT_TERMINATED) ||
                       (trial->stopped == TRIAL_MAX_STOPS && code == VF_EXIT_KILLED);
    if (!is_expected && !trial->is_too_late)
        trial_complain(trial, "the exit status is %d after %u stop requests", code, trial->stopped);
    char *directory = vf_text_format("%s/vflow", trial->directory);
    if (directory && access(directory, F_OK) == 0)
        trial_complain(trial, "the run's own directory is left");
    free(directory);
}

/* Reads how much the sources made. Returns false when one did not come to tell. */
static bool read_made(const struct trial *trial, struct record_made *made)
{
    bool is_complete = true;
    for (unsigned i = 0; i < trial->sketch.node_count; i++) {
        size_t size = 0;
        if (trial->sketch.nodes[i].type != SKETCH_SOURCE)
            continue;
        struct record_made *found = read_file(trial, i, "made", &size);
        if (found && size == sizeof(*found))
            made[i] = *found;
        else
            is_complete = false;
        free(found);
    }
    return is_complete;
}

/* Whether it was asked to stop before the flow had begun: then no task has opened its file. */
static bool was_called_off(const struct trial *trial)
{
    bool has_file = false;
    for (unsigned i = 0; !has_file && i < trial->sketch.node_count; i++) {
        const struct sketch_node *node = &trial->sketch.nodes[i];
        const char *ending = node->type == SKETCH_SOURCE ? "made" : "seen";
        char *path = vf_text_format("%s/n%u.%s", trial->directory, i + 1, ending);
        has_file = !path || access(path, F_OK) == 0;
        free(path);
    }
    return trial->stopped && !has_file && WIFEXITED(trial->wait_status) &&
           WEXITSTATUS(trial->wait_status) == VF_EXIT_TERMINATED;
}

void trial_judge(struct trial *trial)
{
    struct record_made made[SKETCH_MAX_NODES] = {0};
    uint64_t sets[SKETCH_MAX_NODES] = {0};
    struct model model;
    judge_status(trial);
    if (was_called_off(trial))
        return;
    bool have_told = read_made(trial, made);
    if (!have_told && !was_killed(trial) && !trial->is_too_late)
        trial_complain(trial, "a source did not close");
    /* Asked once, sources end early, and all they made is finished. */
    bool is_drained = have_told && trial->stopped && trial->sketch.mode == VF_MODE_BATCH;
    int err = model_init(&model, &trial->sketch, is_drained ? made : NULL);
    if (err) {
        trial_complain(trial, "cannot tell what should be: %s", strerror(-err));
        return;
    }
    for (unsigned i = 0; i < trial->sketch.node_count; i++) {
        if (sketch_is_consumer(&trial->sketch.nodes[i]))
            sets[i] = judge_consumer(trial, &model, i);
    }
    model_finish(&model);
    if (!WIFSIGNALED(trial->wait_status) && !trial->is_too_late)
        trial_judge_report(trial, sets, have_told ? made : NULL);
}
