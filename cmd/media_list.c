/* SPDX-License-Identifier: MIT */
#include "cmd/media_list.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/child.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/base/text.h"
#include "engine/media/read/describe.h"
#include "nodes/all_nodes.h"

#define MAX_AT_ONCE 16
#define SPARE_SECONDS 20 /* for a machine that is busy */
#define LONGEST_STEPS 4  /* of a source that is patiently waited for: opening, looking, decoding */

static int add_item(struct vf_media_list *list, const char *path, bool is_of_folder)
{
    size_t count = list->count;
    bool is_full = (count & (count - 1)) == 0;
    struct vf_media_item *items =
        is_full ? realloc(list->items, (count ? 2 * count : 1) * sizeof(*items)) : list->items;
    if (!items)
        return -ENOMEM;
    list->items = items;
    items[count] = (struct vf_media_item){strdup(path), is_of_folder};
    list->count += items[count].path != NULL;
    return items[count].path ? VF_OK : -ENOMEM;
}

static int add_folder(struct vf_media_list *list, const char *folder, bool is_recursive);

static int add_entry(struct vf_media_list *list, const char *folder, const char *name,
                     bool is_recursive)
{
    struct stat status;
    bool has_slash = folder[strlen(folder) - 1] == '/';
    char *path = vf_text_format("%s%s%s", folder, has_slash ? "" : "/", name);
    int err = path ? VF_OK : -ENOMEM;
    if (!err && stat(path, &status) == 0) {
        if (S_ISREG(status.st_mode))
            err = add_item(list, path, true);
        else if (S_ISDIR(status.st_mode) && is_recursive)
            err = add_folder(list, path, true);
    }
    free(path);
    return err;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct vf_media_list *list, const char *folder, bool is_recursive)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, compare_names);
    int err = VF_OK;
    if (count < 0)
        return errno == ENOMEM ? -ENOMEM : add_item(list, folder, false); /* says why not */
    for (int i = 0; i < count; i++) {
        if (!err)
            err = add_entry(list, folder, entries[i]->d_name, is_recursive);
        free(entries[i]);
    }
    free(entries);
    return err;
}

int vf_media_list_add(struct vf_media_list *list, const char *path, bool is_recursive)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return add_folder(list, path, is_recursive);
    return add_item(list, path, false);
}

void vf_media_list_finish(struct vf_media_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].path);
    free(list->items);
    *list = (struct vf_media_list){0};
}

/* What a child is asked. */
struct task {
    const struct vf_media_item *item;
    const struct vf_media_survey *survey;
};

static int describe(const void *question, json_t **answer)
{
    const struct task *task = question;
    const struct vf_media_question asked = {
        .path = task->item->path,
        .counts_keys = task->survey->counts_keys,
        .is_of_folder = task->item->is_of_folder,
        .patience_ns = task->survey->patience_ns,
    };
    return vf_media_describe(&asked, answer);
}

static int start(const struct vf_media_item *item, const struct vf_media_survey *survey,
                 struct vf_child *child)
{
    const struct task task = {item, survey};
    bool is_limited = survey->patience_ns && !survey->counts_keys;
    int64_t limit_ns = LONGEST_STEPS * survey->patience_ns;
    return vf_child_start(child, describe, &task,
                          is_limited ? (unsigned)(limit_ns / VF_NS_PER_S) + SPARE_SECONDS : 0);
}

/* What is said of one that took its reader along. */
static json_t *describe_death(const char *path, int signal)
{
    char reason[80] = "it could not be described";
    if (signal == SIGALRM)
        snprintf(reason, sizeof(reason), "it took too long to answer");
    else if (signal)
        snprintf(reason, sizeof(reason), "its reader died: %s", strsignal(signal));
    char *utf8 = vf_display_utf8(path);
    json_t *facts = utf8 ? json_pack("{s:s, s:s}", "path", utf8, "error", reason) : NULL;
    free(utf8);
    return facts;
}

static int finish(const struct vf_media_item *item, const struct vf_media_survey *survey,
                  const struct vf_child *child)
{
    json_t *facts;
    int signal;
    int err = vf_child_finish(child, &facts, &signal);
    if (!err && !facts)
        facts = describe_death(item->path, signal);
    if (!err && !facts)
        err = -ENOMEM;
    if (!err && !json_is_null(facts))
        survey->show(survey->context, facts);
    json_decref(facts);
    return err;
}

static size_t count_at_once(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > MAX_AT_ONCE ? MAX_AT_ONCE : (size_t)cores;
}

int vf_media_list_survey(const struct vf_media_list *list, const struct vf_media_survey *survey)
{
    struct vf_child children[MAX_AT_ONCE];
    size_t started = 0, finished = 0, at_once = count_at_once();
    int err = VF_OK;
    (void)vf_node_find(&vf_all_nodes, "video_reader"); /* its module, loaded once for all */
    while (finished < started || (started < list->count && !err)) {
        if (!err && started < list->count && started - finished < at_once) {
            err = start(&list->items[started], survey, &children[started % at_once]);
            started += !err;
            continue;
        }
        int failed = finish(&list->items[finished], survey, &children[finished % at_once]);
        err = err ? err : failed;
        finished++;
    }
    return err;
}
