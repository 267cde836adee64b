/* SPDX-License-Identifier: MIT */
#include "cmd/batch/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/batch/pieces.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/base/durable.h"
#include "engine/base/exit_status.h"
#include "engine/base/file_place.h"
#include "engine/base/part_name.h"
#include "engine/base/text.h"

static const char *const state_names[VF_BATCH_STATES] = {
    [VF_BATCH_WAITING] = "waiting", [VF_BATCH_RUNNING] = "running",
    [VF_BATCH_DONE] = "done",       [VF_BATCH_FAILED] = "failed",
    [VF_BATCH_SKIPPED] = "skipped", [VF_BATCH_INTERRUPTED] = "interrupted",
};

const char *vf_batch_state_name(enum vf_batch_state state)
{
    return state_names[state];
}

int vf_batch_state_find(const char *name)
{
    for (int i = 0; name && i < VF_BATCH_STATES; i++) {
        if (strcmp(state_names[i], name) == 0)
            return i;
    }
    return -1;
}

int vf_batch_jobs_init(struct vf_batch_jobs *jobs, const struct vf_batch_inputs *inputs)
{
    *jobs = (struct vf_batch_jobs){calloc(inputs->count + 1, sizeof(*jobs->items)), inputs->count};
    if (!jobs->items)
        return -ENOMEM;
    for (size_t i = 0; i < inputs->count; i++)
        jobs->items[i] = (struct vf_batch_job){.input = &inputs->items[i],
                                               .forecast = {.seconds = -1, .work = -1},
                                               .whole = VF_BATCH_NO_JOB,
                                               .part = -1};
    return VF_OK;
}

void vf_batch_job_finish(struct vf_batch_job *job)
{
    json_decref(job->forecast.outputs);
    json_decref(job->forecast.pieces);
    json_decref(job->forecast.obstacle);
    json_decref(job->outputs);
    free(job->reason);
    *job = (struct vf_batch_job){0};
}

void vf_batch_jobs_finish(struct vf_batch_jobs *jobs)
{
    for (size_t i = 0; jobs->items && i < jobs->count; i++)
        vf_batch_job_finish(&jobs->items[i]);
    free(jobs->items);
    *jobs = (struct vf_batch_jobs){0};
}

size_t vf_batch_jobs_count(const struct vf_batch_jobs *jobs, enum vf_batch_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < jobs->count; i++)
        count += jobs->items[i].state == state;
    return count;
}

/* Finds a regular file of which a run has said that it has written it. */
static bool find_file(const char *path, struct stat *status)
{
    return path && stat(path, status) == 0 && S_ISREG(status->st_mode);
}

static int64_t modified_ns(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * VF_NS_PER_S + status->st_mtim.tv_nsec;
}

/* Returns whether a path names one file of a disk: no stream, no standard output. */
static bool is_file_name(const char *path)
{
    return path && strcmp(path, "-") != 0 && !strstr(path, "://");
}

/* Adds to an entry by what its file can be known again. */
static void add_stamp(json_t *entry)
{
    struct stat status;
    if (!find_file(json_string_value(json_object_get(entry, "path")), &status))
        return;
    json_object_set_new(entry, "bytes", json_integer(status.st_size));
    json_object_set_new(entry, "modified_ns", json_integer(modified_ns(&status)));
}

/* Returns the place of a file that a run has named, from the root; NULL: out of memory. */
static json_t *find_place(const char *path)
{
    char *found = is_file_name(path) ? vf_batch_find_path(vf_file_place_path(path)) : strdup(path);
    json_t *place = found ? json_string(found) : NULL;
    free(found);
    return place;
}

/* Makes the entries of the files that an output consists of, such as those of a playlist. */
static json_t *make_parts(const json_t *reported)
{
    json_t *parts = json_array();
    const json_t *file;
    size_t i;
    json_array_foreach(json_object_get(reported, "files"), i, file)
    {
        json_t *part = json_pack("{so}", "path", find_place(json_string_value(file)));
        if (part)
            add_stamp(part);
        json_array_append_new(parts, part);
    }
    return parts;
}

/* Makes the entry of an output: where it is from the root, and how it can be known again. */
static json_t *make_output(const json_t *reported)
{
    const char *path = json_string_value(json_object_get(reported, "path"));
    const char *receipt = json_string_value(json_object_get(reported, "receipt"));
    if (!path)
        return NULL;
    json_t *entry = json_pack("{so sb}", "path", find_place(path), "complete",
                              json_is_true(json_object_get(reported, "complete")));
    bool is_own = !json_object_get(reported, "lines"); /* others may add theirs as well */
    if (entry && is_own && is_file_name(path))
        add_stamp(entry);
    if (entry && json_object_get(reported, "files"))
        json_object_set_new(entry, "files", make_parts(reported));
    if (entry && receipt)
        json_object_set_new(entry, "receipt", find_place(receipt));
    return entry;
}

/* Lists the outputs of a report. Returns the path of one that is not whole, lent; NULL: all are. */
static const char *list_outputs(struct vf_batch_job *job, const json_t *report)
{
    const json_t *reported = json_object_get(report, "outputs"), *output;
    const char *lacking = NULL;
    size_t i;
    json_decref(job->outputs);
    job->outputs = json_array();
    json_array_foreach(reported, i, output)
    {
        json_t *entry = make_output(output);
        if (!entry)
            continue; /* it says how many more there are */
        const char *path = json_string_value(json_object_get(output, "path"));
        bool is_written = json_is_true(json_object_get(entry, "complete"));
        bool is_file = json_object_get(output, "frames") && is_file_name(path) &&
                       !vf_file_place_is_descriptor(path);
        if (!lacking && (!is_written || (is_file && access(path, F_OK) != 0)))
            lacking = path;
        json_array_append_new(job->outputs, entry);
    }
    return lacking;
}

/* Returns the first error of a report, or of a run that could not start: the fatal one if there is
 * one. */
static char *find_reported(const json_t *report)
{
    const json_t *errors = json_object_get(report, "errors");
    const json_t *mistakes = json_object_get(report, "mistakes"), *error, *worst = NULL;
    size_t i;
    json_array_foreach(errors, i, error)
    {
        bool is_fatal = json_is_true(json_object_get(error, "fatal"));
        if (!json_object_get(error, "text") || (worst && !is_fatal))
            continue;
        worst = error;
        if (is_fatal)
            break;
    }
    if (worst)
        return vf_text_format("%s: %s", json_string_value(json_object_get(worst, "task")),
                              json_string_value(json_object_get(worst, "text")));
    json_array_foreach(mistakes, i, error)
    {
        const char *severity = json_string_value(json_object_get(error, "severity"));
        const char *message = json_string_value(json_object_get(error, "message"));
        if (message && severity && strcmp(severity, "error") == 0)
            return strdup(message);
    }
    return NULL;
}

/* Returns the first error of a log, without what stands before it. */
static char *find_said(const char *said)
{
    static const char begin[] = "vflow: ", warning[] = "vflow: warning: ";
    for (const char *line = said; line && *line;) {
        size_t length = strcspn(line, "\n");
        bool is_error = strncmp(line, begin, strlen(begin)) == 0 &&
                        strncmp(line, warning, strlen(warning)) != 0;
        if (is_error)
            return strndup(line + strlen(begin), length - strlen(begin));
        line += length + (line[length] == '\n');
    }
    return NULL;
}

/* Says why a run has failed. */
static char *find_reason(const struct vf_batch_end *end)
{
    char *reason = find_reported(end->report);
    if (!reason)
        reason = find_said(end->said);
    if (!reason && end->status > VF_EXIT_BY_SIGNAL)
        reason = vf_text_format("its run was killed by signal %d", end->status - VF_EXIT_BY_SIGNAL);
    if (!reason)
        reason = vf_text_format("its run ended with status %d", end->status);
    return reason;
}

int vf_batch_job_end(struct vf_batch_job *job, const struct vf_batch_end *end)
{
    /* Whoever stops a batch may tell all processes, and programs that a run has started end then
     * before it: a failure from then on need not be one. */
    bool was_stopped = end->status == VF_EXIT_HUNG_UP || end->status == VF_EXIT_INTERRUPTED ||
                       end->status == VF_EXIT_TERMINATED || (end->status && end->was_asked_to_stop);
    const char *lacking = list_outputs(job, end->report);
    job->status = end->status;
    free(job->reason);
    job->reason = NULL;
    job->pieces = vf_batch_pieces_count(job->forecast.pieces, &job->shard);
    if (was_stopped) {
        job->state = VF_BATCH_INTERRUPTED;
        job->reason = job->pieces ? vf_text_format("it was stopped; %zu piece%s complete",
                                                   job->pieces, job->pieces == 1 ? " is" : "s are")
                                  : strdup("it was stopped");
    } else if (end->status) {
        job->state = VF_BATCH_FAILED;
        job->reason = find_reason(end);
    } else if (!end->report || lacking) {
        job->state = VF_BATCH_FAILED;
        job->status = VF_EXIT_OUTPUT_FAILED;
        job->reason =
            vf_text_format(end->report ? "%s is not whole" : "its run has left no report%s",
                           lacking ? lacking : "");
    } else {
        job->state = VF_BATCH_DONE;
        return job->outputs ? VF_OK : -ENOMEM;
    }
    return job->reason && job->outputs ? VF_OK : -ENOMEM;
}

/* Has a file of an output on the disk; what has no stamp is none. Its receipt is there already. */
static int sync_file(const json_t *file)
{
    bool is_file = json_object_get(file, "bytes");
    return is_file ? vf_durable_file(json_string_value(json_object_get(file, "path"))) : VF_OK;
}

static int sync_output(const json_t *output)
{
    const json_t *part;
    size_t i;
    int err = sync_file(output);
    json_array_foreach(json_object_get(output, "files"), i, part)
    {
        if (!err)
            err = sync_file(part);
    }
    return err;
}

int vf_batch_job_sync(const struct vf_batch_job *job)
{
    const json_t *output;
    size_t i;
    int err = VF_OK;
    json_array_foreach(job->outputs, i, output)
    {
        if (!err)
            err = sync_output(output);
    }
    return err;
}

/* Removes the files of a folder that are parts of what is called `name` there. */
static void remove_parts_in(int folder, const char *name)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    struct stat status;
    if (!entries && fd >= 0)
        close(fd);
    while (entries && (entry = readdir(entries))) {
        bool is_part = vf_part_name_is_of(fd, entry->d_name, name) &&
                       fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                       S_ISREG(status.st_mode);
        if (is_part)
            (void)unlinkat(fd, entry->d_name, 0);
    }
    if (entries)
        closedir(entries);
}

static void remove_parts(const char *path)
{
    struct vf_file_place place;
    if (vf_file_place_find(&place, path) == VF_OK)
        remove_parts_in(place.folder, place.name);
    vf_file_place_finish(&place);
}

void vf_batch_job_clean(const struct vf_batch_job *job)
{
    const json_t *output;
    size_t i;
    if (!job->was_started)
        return;
    json_array_foreach(job->outputs, i, output)
    {
        const char *path = json_string_value(json_object_get(output, "path"));
        const char *receipt = json_string_value(json_object_get(output, "receipt"));
        if (path && json_object_get(output, "bytes"))
            remove_parts(path);
        if (receipt)
            remove_parts(receipt);
    }
}

char *vf_batch_job_name(const struct vf_batch_job *job)
{
    return job->shard.count ? vf_text_format("%s, part %u/%u", job->input->input, job->shard.number,
                                             job->shard.count)
                            : strdup(job->input->input);
}

json_t *vf_batch_job_record(const struct vf_batch_job *job)
{
    const struct vf_batch_input *input = job->input;
    char now[VF_CLOCK_UTC_SIZE];
    char *shown = vf_display_utf8(input->input), *path = vf_display_utf8(input->path);
    char *reason = job->reason ? vf_display_utf8(job->reason) : NULL;
    bool has_run = job->state > VF_BATCH_RUNNING && job->state != VF_BATCH_SKIPPED;
    json_t *record = NULL;
    vf_clock_print_utc(now, vf_clock_since_1970_ns());
    if (shown && path)
        record = json_pack("{ss ss ss sI sI ss ss}", "input", shown, "path", path, "state",
                           vf_batch_state_name(job->state), "bytes", (json_int_t)input->size,
                           "modified_ns", (json_int_t)input->modified_ns, "flow",
                           job->forecast.mark, "time", now);
    if (record && job->shard.count)
        json_object_set_new(record, "part",
                            json_sprintf("%u/%u", job->shard.number, job->shard.count));
    if (record && job->sha256[0])
        json_object_set_new(record, "sha256", json_string(job->sha256));
    if (record && has_run) {
        json_object_set_new(record, "status", json_integer(job->status));
        json_object_set_new(record, "reason", reason ? json_string(reason) : json_null());
        json_object_set_new(record, "seconds", json_real(job->run_seconds));
        json_object_set(record, "outputs", job->outputs);
    }
    if (record && job->pieces)
        json_object_set_new(record, "pieces", json_integer((json_int_t)job->pieces));
    free(shown);
    free(path);
    free(reason);
    return record;
}

/* Returns whether a file is as a run has left it; what has no stamp is not looked at. */
static bool is_unchanged(const json_t *file)
{
    const json_t *bytes = json_object_get(file, "bytes");
    json_int_t modified = json_integer_value(json_object_get(file, "modified_ns"));
    struct stat status;
    return !bytes ||
           (find_file(json_string_value(json_object_get(file, "path")), &status) &&
            status.st_size == json_integer_value(bytes) && modified_ns(&status) == modified);
}

/* Returns whether each output is as a run has left it, and its receipt is there. */
static bool are_outputs_unchanged(const json_t *outputs)
{
    const json_t *output, *part;
    struct stat status;
    size_t i, j;
    json_array_foreach(outputs, i, output)
    {
        const char *receipt = json_string_value(json_object_get(output, "receipt"));
        if (!is_unchanged(output) || (receipt && !find_file(receipt, &status)))
            return false;
        json_array_foreach(json_object_get(output, "files"), j, part)
        {
            if (!is_unchanged(part))
                return false;
        }
    }
    return true;
}

/* Returns whether the input is the one that a line speaks of. */
static bool is_same_input(const struct vf_batch_job *job, const json_t *record)
{
    const char *sha256 = json_string_value(json_object_get(record, "sha256"));
    const struct vf_batch_input *input = job->input;
    if (json_integer_value(json_object_get(record, "bytes")) != input->size)
        return false;
    if (sha256 && job->sha256[0])
        return strcmp(sha256, job->sha256) == 0;
    return json_integer_value(json_object_get(record, "modified_ns")) == input->modified_ns;
}

int vf_batch_job_resume(struct vf_batch_job *job, const json_t *record, bool retries_failed)
{
    const char *mark = json_string_value(json_object_get(record, "flow"));
    const char *reason = json_string_value(json_object_get(record, "reason"));
    int state = vf_batch_state_find(json_string_value(json_object_get(record, "state")));
    json_t *outputs = json_object_get(record, "outputs");
    bool is_same = is_same_input(job, record) && mark && strcmp(mark, job->forecast.mark) == 0;
    bool is_done =
        state == VF_BATCH_DONE && is_same && are_outputs_unchanged(outputs) &&
        (!job->shard.count || vf_batch_pieces_are_made(job->forecast.pieces, &job->shard));
    bool has_failed = state == VF_BATCH_FAILED && is_same && !retries_failed;
    job->was_started = state > VF_BATCH_WAITING;
    job->is_other = job->was_started && !is_same;
    if (!is_done && !has_failed)
        return VF_OK;
    job->state = (enum vf_batch_state)state;
    job->is_kept = true;
    job->status = (int)json_integer_value(json_object_get(record, "status"));
    job->outputs = json_incref(outputs);
    job->reason = reason ? strdup(reason) : NULL;
    return reason && !job->reason ? -ENOMEM : VF_OK;
}
