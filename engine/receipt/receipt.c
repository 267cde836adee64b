/* SPDX-License-Identifier: MIT */
#include "engine/receipt/receipt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/display.h"
#include "engine/base/durable.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/text.h"
#include "engine/receipt/digests.h"
#include "engine/receipt/seal.h"

/* What the receipts of a run are made with. */
struct making {
    const struct vf_receipt_order *order;
    struct vf_digests digests;
    json_t *written; /* an object with a key for each receipt */
    int err;         /* the first */
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *vf_receipt_path(const char *folder, const char *path)
{
    return folder ? vf_text_format("%s/%s%s", folder, base_of(path), VF_RECEIPT_ENDING)
                  : vf_text_format("%s%s", path, VF_RECEIPT_ENDING);
}

static void fail(struct making *making, const char *path, const char *reason, int err)
{
    vf_log(VF_LOG_ERROR, "no receipt of %s: %s", path, reason);
    if (!making->err)
        making->err = err;
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static bool has_text(const json_t *list, const char *text)
{
    const json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        if (strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

/* Returns whether an output gets a receipt. Those that were replaced by a later one do not. */
static bool is_wanted(const struct making *making, const json_t *output)
{
    const struct vf_receipt_order *order = making->order;
    const char *path = text_of(output, "path");
    return *path && json_is_true(json_object_get(output, "complete")) &&
           (order->folder || has_text(order->tasks, text_of(output, "task")));
}

/* Names the task at one end of an edge: "reader.video" is of "reader". */
static const char *task_of(const json_t *tasks, const char *end)
{
    const char *found = "";
    const json_t *task;
    size_t i;
    json_array_foreach(tasks, i, task)
    {
        const char *name = text_of(task, "name");
        size_t length = strlen(name);
        if (strncmp(end, name, length) == 0 && end[length] == '.' && length > strlen(found))
            found = name;
    }
    return found;
}

/* Returns the names of a task and of all before it; NULL: out of memory. */
static json_t *find_ancestors(const json_t *report, const char *task)
{
    const json_t *edges = json_object_get(report, "edges"), *edge;
    const json_t *tasks = json_object_get(report, "tasks");
    json_t *found = json_pack("[s]", task);
    size_t i;
    for (size_t at = 0; at < json_array_size(found); at++) {
        const char *name = json_string_value(json_array_get(found, at));
        json_array_foreach(edges, i, edge)
        {
            const char *sender = task_of(tasks, text_of(edge, "from"));
            if (strcmp(task_of(tasks, text_of(edge, "to")), name) == 0 && !has_text(found, sender))
                json_array_append_new(found, json_string(sender));
        }
    }
    return found;
}

static void add_loss(json_t *losses, const char *place, const char *reason, const json_t *count)
{
    if (json_integer_value(count) > 0)
        json_array_append_new(
            losses, json_pack("{s:s, s:s, s:O}", "where", place, "reason", reason, "count", count));
}

static const struct {
    const char *key, *reason;
} edge_losses[] = {
    {"dropped_newest", "no room in the queue"},
    {"dropped_oldest", "replaced in the queue"},
    {"unmatched", "no partner in the join"},
    {"refused", "its reader had ended"},
    {"unread", "left in the queue"},
    {"invalid", "not a valid message"},
};

static const struct {
    const char *key, *reason;
} task_losses[] = {
    {"errors", "corrupt or missing input"},
    {"failed", "the node failed"},
};

/* Lists what was lost on the way to an output, and why. */
static json_t *list_losses(const json_t *report, const json_t *ancestors)
{
    const json_t *tasks = json_object_get(report, "tasks"), *item;
    json_t *losses = json_array();
    size_t i;
    json_array_foreach(json_object_get(report, "edges"), i, item)
    {
        char *place = vf_text_format("%s to %s", text_of(item, "from"), text_of(item, "to"));
        bool is_before = has_text(ancestors, task_of(tasks, text_of(item, "to")));
        for (size_t n = 0; place && is_before && n < VF_COUNT(edge_losses); n++)
            add_loss(losses, place, edge_losses[n].reason,
                     json_object_get(item, edge_losses[n].key));
        free(place);
    }
    json_array_foreach(tasks, i, item)
    {
        const char *name = text_of(item, "name");
        for (size_t n = 0; has_text(ancestors, name) && n < VF_COUNT(task_losses); n++)
            add_loss(losses, name, task_losses[n].reason,
                     json_object_get(item, task_losses[n].key));
    }
    return losses;
}

/* Describes a file by its digest; what is none on a disk, by its name. */
static json_t *describe_file(const struct making *making, const char *path)
{
    const struct vf_digest *digest = vf_digests_find(&making->digests, path);
    if (!digest || digest->err)
        return json_pack("{s:s, s:n, s:n}", "path", path, "bytes", "sha256");
    return json_pack("{s:s, s:I, s:s}", "path", path, "bytes", (json_int_t)digest->size_bytes,
                     "sha256", digest->text);
}

static json_t *describe_files(const struct making *making, const json_t *paths)
{
    json_t *files = json_array();
    const json_t *path;
    size_t i;
    json_array_foreach(paths, i, path)
    {
        json_array_append_new(files, describe_file(making, json_string_value(path)));
    }
    return files;
}

/* Describes an entry of the report: the file, or files, and what is known of them. */
static json_t *describe_medium(const struct making *making, const json_t *entry)
{
    json_t *medium = describe_file(making, text_of(entry, "path"));
    const json_t *files = json_object_get(entry, "files");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)entry, key, value)
    {
        bool is_own = json_object_get(medium, key) || strcmp(key, "files") == 0;
        if (!is_own)
            json_object_set(medium, key, value);
    }
    if (files)
        json_object_set_new(medium, "files", describe_files(making, files));
    return medium;
}

/* Returns whether an input is what an output calls its source: both have it from the reader. */
static bool is_source(const json_t *input, const char *source)
{
    return *source && strcmp(text_of(input, "source"), source) == 0;
}

/* Returns the names of the tasks that have read the source of an output, which is all that it has of
 * them; NULL: out of memory. */
static json_t *find_readers(const json_t *report, const char *source)
{
    const json_t *entry;
    json_t *readers = json_array();
    size_t i;
    json_array_foreach(json_object_get(report, "inputs"), i, entry)
    {
        if (is_source(entry, source))
            json_array_append(readers, json_object_get(entry, "task"));
    }
    return readers;
}

/* Returns whether a file is what an output calls its source: the end of its path. */
static bool is_named_so(const char *path, const char *source)
{
    size_t length = strlen(path), end = strlen(source);
    return end && length >= end && strcmp(path + length - end, source) == 0 &&
           (length == end || path[length - end - 1] == '/');
}

/* Returns an entry of the report as far as an output was made of it, the caller's: of many files, the
 * one that is its source, where there is one. NULL: out of memory. */
static json_t *narrow(const json_t *entry, const char *source)
{
    const json_t *files = json_object_get(entry, "files"), *file, *found = NULL;
    json_t *narrowed = json_copy((json_t *)(uintptr_t)entry);
    size_t i, count = 0;
    json_array_foreach(files, i, file)
    {
        bool is_it = is_named_so(json_string_value(file), source);
        found = is_it ? file : found;
        count += is_it;
    }
    if (count != 1 || !narrowed)
        return narrowed;
    json_object_set(narrowed, "path", (json_t *)(uintptr_t)found);
    json_object_set_new(narrowed, "pictures", json_integer(1));
    json_object_del(narrowed, "files");
    return narrowed;
}

static json_t *list_inputs(const struct making *making, const json_t *output,
                           const json_t *ancestors)
{
    const json_t *entry;
    const char *source = text_of(output, "source");
    json_t *inputs = json_array(), *readers = find_readers(making->order->report, source);
    size_t i;
    json_array_foreach(json_object_get(making->order->report, "inputs"), i, entry)
    {
        const char *task = text_of(entry, "task");
        bool is_other = has_text(readers, task) && !is_source(entry, source);
        if (!json_object_get(entry, "path") || !has_text(ancestors, task) || is_other)
            continue;
        json_t *narrowed = narrow(entry, source);
        json_array_append_new(inputs, describe_medium(making, narrowed));
        json_decref(narrowed);
    }
    json_decref(readers);
    return inputs;
}

/* Names the tasks before an output that have read on other hosts: what, is not known here. */
static void note_elsewhere(const struct making *making, const json_t *ancestors, json_t *receipt)
{
    json_t *named = json_array(), *task;
    size_t i;
    json_array_foreach(making->order->elsewhere, i, task)
    {
        if (has_text(ancestors, json_string_value(task)))
            json_array_append(named, task);
    }
    if (json_array_size(named))
        json_object_set(receipt, "elsewhere", named);
    json_decref(named);
}

static json_t *make_receipt(const struct making *making, const json_t *output)
{
    const json_t *report = making->order->report;
    const char *sha256 = making->order->flow_sha256;
    json_t *ancestors = find_ancestors(report, text_of(output, "task"));
    json_t *file = describe_medium(making, output);
    json_object_set_new(file, "name", json_string(base_of(text_of(output, "path"))));
    json_t *receipt =
        json_pack("{s:i, s:o, s:o, s:o, s:{s:O?, s:s?}, s:O?, s:{s:O?, s:O?, s:O?}}", "receipt", 1,
                  "output", file, "inputs", list_inputs(making, output, ancestors), "lost",
                  list_losses(report, ancestors), "flow", "file", json_object_get(report, "file"),
                  "sha256", sha256, "versions", json_object_get(report, "versions"), "run",
                  "started", json_object_get(report, "started"), "ended",
                  json_object_get(report, "ended"), "status", json_object_get(report, "status"));
    note_elsewhere(making, ancestors, receipt);
    json_decref(ancestors);
    return receipt;
}

/* Says what is wrong with an output, as it is found; NULL: nothing. */
static const char *find_fault(const struct making *making, const json_t *output)
{
    const char *path = text_of(output, "path");
    const struct vf_digest *digest = vf_digests_find(&making->digests, path);
    const json_t *bytes = json_object_get(output, "bytes"), *files;
    if (!digest || digest->err)
        return digest ? strerror(-digest->err) : strerror(ENOMEM);
    files = json_object_get(output, "files");
    if (!files && json_is_integer(bytes) && json_integer_value(bytes) != digest->size_bytes)
        return "it has another size than what was written";
    for (size_t i = 0; i < json_array_size(files); i++) {
        const char *name = json_string_value(json_array_get(files, i));
        digest = vf_digests_find(&making->digests, name);
        if (!digest || digest->err)
            return digest ? strerror(-digest->err) : strerror(ENOMEM);
    }
    return NULL;
}

static bool is_playlist(const char *path)
{
    const char *dot = strrchr(base_of(path), '.');
    return dot && (strcmp(dot, ".m3u8") == 0 || strcmp(dot, ".mpd") == 0);
}

/* Has an output on the disk, all files of it: a receipt is not there before what it speaks of. */
static int secure_output(const json_t *output)
{
    const json_t *file;
    size_t i;
    int err = vf_durable_file(text_of(output, "path"));
    json_array_foreach(json_object_get(output, "files"), i, file)
    {
        if (!err)
            err = vf_durable_file(json_string_value(file));
    }
    return err;
}

static int put_receipt(const json_t *output, const char *name, const char *text)
{
    int err = secure_output(output);
    if (err) {
        vf_log(VF_LOG_ERROR, "%s cannot be secured on its disk: %s", text_of(output, "path"),
               strerror(-err));
        return err;
    }
    return vf_new_file_write_durably(name, NULL, text);
}

static void note_receipt(struct making *making, json_t *output, const char *name)
{
    char *shown = vf_display_utf8(name);
    if (!shown || json_object_set_new(making->written, name, json_true()) < 0 ||
        json_object_set_new(output, "receipt", json_string(shown)) < 0)
        fail(making, name, strerror(ENOMEM), -ENOMEM);
    free(shown);
}

static void write_receipt(struct making *making, json_t *output)
{
    const char *path = text_of(output, "path"), *fault = find_fault(making, output);
    if (is_playlist(path) && !json_object_get(output, "files")) {
        vf_log(VF_LOG_WARNING, "no receipt of %s: others could follow it while it grew", path);
        return;
    }
    char *name = vf_receipt_path(making->order->folder, path);
    json_t *receipt = fault || !name ? NULL : make_receipt(making, output);
    char *text = receipt ? vf_receipt_seal(receipt) : NULL;
    if (fault)
        fail(making, path, fault, -EIO);
    else if (!text)
        fail(making, path, strerror(ENOMEM), -ENOMEM);
    else if (json_object_get(making->written, name))
        fail(making, path, "another output of that name has one in the same folder", -EEXIST);
    else if (put_receipt(output, name, text) < 0)
        fail(making, path, "it cannot be written", -EIO);
    else
        note_receipt(making, output, name);
    free(text);
    free(name);
    json_decref(receipt);
}

static int add_files(struct making *making, const json_t *entry)
{
    const char *path = text_of(entry, "path");
    const json_t *files = json_object_get(entry, "files"), *file;
    size_t i;
    int err = *path && is_file(path) ? vf_digests_add(&making->digests, path) : VF_OK;
    json_array_foreach(files, i, file)
    {
        if (!err)
            err = vf_digests_add(&making->digests, json_string_value(file));
    }
    return err;
}

/* Returns the outputs that get receipts, of several of one path the last; NULL: out of memory. */
static json_t *choose_outputs(const struct making *making)
{
    json_t *by_path = json_object(), *output;
    size_t i;
    json_array_foreach(json_object_get(making->order->report, "outputs"), i, output)
    {
        const char *path = text_of(output, "path");
        if (is_wanted(making, output) && is_file(path))
            json_object_set(by_path, path, output);
    }
    return by_path;
}

/* Says of how many outputs nothing is known. */
static void tell_unknown(struct making *making)
{
    const json_t *output;
    size_t i;
    json_array_foreach(json_object_get(making->order->report, "outputs"), i, output)
    {
        json_int_t more = json_integer_value(json_object_get(output, "more"));
        if (more > 0)
            fail(making, text_of(output, "task"), "it has written more files than are kept in mind",
                 -E2BIG);
    }
}

int vf_receipts_write(const struct vf_receipt_order *order)
{
    struct making making = {.order = order,
                            .digests = {.must_stop = order->must_stop, .context = order->context},
                            .written = json_object()};
    json_t *outputs = choose_outputs(&making), *entry;
    const char *path;
    size_t i;
    int err = VF_OK;
    json_object_foreach(outputs, path, entry)
    {
        if (!err)
            err = add_files(&making, entry);
    }
    if (json_object_size(outputs)) {
        json_array_foreach(json_object_get(order->report, "inputs"), i, entry)
        {
            if (!err)
                err = add_files(&making, entry);
        }
    }
    if (!err) {
        vf_digests_make(&making.digests);
        err = making.digests.is_stopped ? -ECANCELED : VF_OK;
    }
    if (!err) {
        json_object_foreach(outputs, path, entry)
        {
            write_receipt(&making, entry);
        }
        tell_unknown(&making);
    }
    vf_digests_finish(&making.digests);
    json_decref(making.written);
    json_decref(outputs);
    return err ? err : making.err;
}
