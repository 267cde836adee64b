/* SPDX-License-Identifier: MIT */
#include "cmd/batch/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/batch/job.h"
#include "engine/base/display.h"
#include "engine/base/new_file.h"
#include "engine/base/text.h"

static const char *time_of(const json_t *record)
{
    const char *time = json_string_value(json_object_get(record, "time"));
    return time ? time : "";
}

static bool is_state(const json_t *record, enum vf_batch_state state)
{
    return vf_batch_state_find(json_string_value(json_object_get(record, "state"))) == (int)state;
}

/* Returns whether a line says more of its input than the one that is known. */
static bool is_newer(const json_t *record, const json_t *known)
{
    int order = known ? strcmp(time_of(record), time_of(known)) : 1;
    return order > 0 || (order == 0 && is_state(record, VF_BATCH_DONE));
}

static int take_records(struct vf_batch_manifest *whole, const struct vf_batch_manifest *shard)
{
    const char *path;
    json_t *record;
    int err = VF_OK;
    json_object_foreach(shard->records, path, record)
    {
        bool was_killed = !shard->is_in_use && is_state(record, VF_BATCH_RUNNING);
        if (err || !is_newer(record, json_object_get(whole->records, path)))
            continue;
        const char *state = vf_batch_state_name(VF_BATCH_INTERRUPTED);
        if (was_killed && json_object_set_new(record, "state", json_string(state)) < 0)
            err = -ENOMEM;
        if (!err && json_object_set(whole->records, path, record) < 0)
            err = -ENOMEM;
    }
    return err;
}

int vf_batch_merge(struct vf_batch_manifest *whole, char *const *paths, size_t count)
{
    *whole = (struct vf_batch_manifest){.fd = -1, .records = json_object()};
    int err = whole->records ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < count && !err; i++) {
        struct vf_batch_manifest shard;
        err = vf_batch_manifest_look(&shard, paths[i]);
        if (!err)
            err = take_records(whole, &shard);
        whole->is_in_use = whole->is_in_use || shard.is_in_use;
        if (!whole->head)
            whole->head = json_incref(shard.head);
        vf_batch_manifest_close(&shard);
    }
    return err;
}

/* Adds what is known of parts of the inputs that `records` has. */
static int keep_parts(const struct vf_batch_manifest *whole, json_t *records)
{
    const char *key;
    json_t *record;
    int err = VF_OK;
    json_object_foreach(whole->records, key, record)
    {
        const char *path = json_string_value(json_object_get(record, "path"));
        bool is_wanted = json_object_get(record, "part") && path && json_object_get(records, path);
        if (is_wanted && json_object_set(records, key, record) < 0)
            err = -ENOMEM;
    }
    return err;
}

int vf_batch_merge_account(struct vf_batch_manifest *whole, const struct vf_batch_inputs *inputs)
{
    struct vf_batch_jobs jobs;
    json_t *records = json_object();
    int err = vf_batch_jobs_init(&jobs, inputs);
    for (size_t i = 0; i < jobs.count && !err; i++) {
        const json_t *known = vf_batch_manifest_find(whole, jobs.items[i].input->path);
        json_t *record = known ? json_copy((json_t *)known) : vf_batch_job_record(&jobs.items[i]);
        const char *path = json_string_value(json_object_get(record, "path"));
        if (!path || json_object_set_new(records, path, record) < 0)
            err = -ENOMEM;
    }
    if (!err)
        err = keep_parts(whole, records);
    vf_batch_jobs_finish(&jobs);
    json_decref(whole->records);
    whole->records = records;
    return err;
}

int vf_batch_merge_write(const struct vf_batch_manifest *whole, const char *path)
{
    struct vf_text text = {0};
    const char *name;
    json_t *record;
    json_t *head = whole->head ? json_incref(whole->head) : vf_batch_manifest_head("");
    int err = head ? vf_batch_manifest_print(&text, head) : -ENOMEM;
    json_decref(head);
    json_object_foreach(whole->records, name, record)
    {
        if (!err)
            err = vf_batch_manifest_print(&text, record);
    }
    if (!err)
        err = vf_new_file_write(path, "the merged manifest", text.bytes);
    vf_text_finish(&text);
    return err;
}
