/* SPDX-License-Identifier: MIT */
#include "engine/flow/gpu/gpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/flow/gpu/probe.h"

/* A driver that has to wake up eight GPUs takes its time. */
#define PROBE_LIMIT_NS (30 * VF_NS_PER_S)

#define DIGITS "0123456789"
#define BLANKS " \t"

static void finish_gpu(struct vf_gpu *gpu)
{
    free(gpu->id);
    free(gpu->uuid);
    free(gpu->model);
    *gpu = (struct vf_gpu){0};
}

void vf_gpu_list_finish(struct vf_gpu_list *gpus)
{
    for (size_t i = 0; i < gpus->count; i++)
        finish_gpu(&gpus->items[i]);
    free(gpus->items);
    *gpus = (struct vf_gpu_list){0};
}

/* Adds a GPU, and takes what it owns also after a failure. */
static int add(struct vf_gpu_list *gpus, struct vf_gpu *gpu)
{
    struct vf_gpu *items = NULL;
    if (gpu->id)
        items = realloc(gpus->items, (gpus->count + 1) * sizeof(*items));
    if (!items) {
        finish_gpu(gpu);
        return -ENOMEM;
    }
    gpus->items = items;
    gpus->items[gpus->count++] = *gpu;
    *gpu = (struct vf_gpu){0};
    return VF_OK;
}

static char *copy_or_null(const char *text)
{
    return text ? strdup(text) : NULL;
}

static int add_copy(struct vf_gpu_list *gpus, const struct vf_gpu *gpu)
{
    struct vf_gpu copy = *gpu;
    copy.id = strdup(gpu->id);
    copy.uuid = copy_or_null(gpu->uuid);
    copy.model = copy_or_null(gpu->model);
    return add(gpus, &copy);
}

/* Adds what an entry names that stands for itself: a number, or a UUID. */
static int add_named(struct vf_gpu_list *gpus, const char *entry)
{
    bool is_number = strspn(entry, DIGITS) == strlen(entry);
    struct vf_gpu gpu = {
        .id = strdup(entry),
        .uuid = is_number ? NULL : strdup(entry),
        .number = is_number ? (int)strtol(entry, NULL, 10) : -1,
    };
    return add(gpus, &gpu);
}

/* Reads "GPU 0: NVIDIA H200 (UUID: GPU-...)", or "  MIG 1g.10gb Device 0: (UUID: MIG-...)". */
static int parse_line(struct vf_gpu_list *gpus, const char *line, size_t length)
{
    static const char before_uuid[] = " (UUID: ";
    const char *colon = memchr(line, ':', length);
    const char *uuid = memmem(line, length, before_uuid, strlen(before_uuid));
    bool is_gpu = length > 4 && memcmp(line, "GPU ", 4) == 0 && strspn(line + 4, DIGITS) > 0;
    if (!uuid || !colon || colon > uuid || (!is_gpu && !gpus->count))
        return VF_OK;
    uuid += strlen(before_uuid);
    struct vf_gpu gpu = {.number = -1};
    gpu.uuid = strndup(uuid, strcspn(uuid, ")\n"));
    if (!gpu.uuid)
        return -ENOMEM;
    if (is_gpu) {
        const char *model = colon + 1 + strspn(colon + 1, BLANKS);
        gpu.number = (int)strtol(line + 4, NULL, 10);
        gpu.id = strndup(line + 4, strspn(line + 4, DIGITS));
        gpu.model = strndup(model, (size_t)(uuid - strlen(before_uuid) - model));
    } else { /* an instance of the last GPU above */
        size_t above = gpus->count;
        while (--above && gpus->items[above].number < 0)
            ;
        gpus->items[above].is_split = true;
        gpu.id = strdup(gpu.uuid);
        gpu.model = copy_or_null(gpus->items[above].model);
    }
    return add(gpus, &gpu);
}

int vf_gpu_list_parse(struct vf_gpu_list *gpus, const char *listing)
{
    int err = VF_OK;
    while (!err && *listing) {
        size_t length = strcspn(listing, "\n");
        err = parse_line(gpus, listing, length);
        listing += length + (listing[length] == '\n');
    }
    return err;
}

/* Calls `use` for each entry of a list with commas, without the blanks around it, until that
 * returns something else than VF_OK. */
static int for_each_entry(const char *text, int (*use)(void *context, const char *entry),
                          void *context)
{
    int err = VF_OK;
    while (!err) {
        size_t length = strcspn(text, ",");
        size_t first = strspn(text, BLANKS);
        size_t last = length;
        while (last > first && strchr(BLANKS, text[last - 1]))
            last--;
        char *entry = strndup(text + first, last > first ? last - first : 0);
        err = entry ? use(context, entry) : -ENOMEM;
        free(entry);
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    return err;
}

static bool has(const struct vf_gpu_list *gpus, const char *id)
{
    for (size_t i = 0; i < gpus->count; i++) {
        if (strcmp(gpus->items[i].id, id) == 0)
            return true;
    }
    return false;
}

static bool is_instance(const char *entry)
{
    return strncmp(entry, "MIG-", 4) == 0;
}

static bool can_name_a_gpu(const char *entry)
{
    size_t digits = strspn(entry, DIGITS);
    bool is_number = digits > 0 && digits <= 4 && entry[digits] == '\0';
    return is_number || strncmp(entry, "GPU-", 4) == 0 || is_instance(entry);
}

static int name_one(void *context, const char *entry)
{
    struct vf_gpu_list *gpus = context;
    if (!can_name_a_gpu(entry)) {
        vf_log(VF_LOG_ERROR, "\"%s\" names no GPU; give numbers or UUIDs: 0,1", entry);
        return -EINVAL;
    }
    if (has(gpus, entry)) {
        vf_log(VF_LOG_ERROR, "GPU %s is named twice", entry);
        return -EINVAL;
    }
    return add_named(gpus, entry);
}

int vf_gpu_list_name(struct vf_gpu_list *gpus, const char *named)
{
    if (strcmp(named, "none") == 0)
        return VF_OK;
    return for_each_entry(named, name_one, gpus);
}

/* Returns the one GPU that an entry of CUDA_VISIBLE_DEVICES means; NULL: none, or several. */
static const struct vf_gpu *find(const struct vf_gpu_list *gpus, const char *entry)
{
    const struct vf_gpu *found = NULL;
    for (size_t i = 0; i < gpus->count; i++) {
        const struct vf_gpu *gpu = &gpus->items[i];
        bool is_it = strcmp(gpu->id, entry) == 0;
        bool begins_so = gpu->uuid && strncmp(gpu->uuid, entry, strlen(entry)) == 0;
        if (is_it)
            return gpu;
        if (!begins_so || strncmp(entry, "GPU-", 4) != 0)
            continue;
        if (found)
            return NULL;
        found = gpu;
    }
    return found;
}

struct restriction {
    const struct vf_gpu_list *all;
    struct vf_gpu_list visible;
};

static int restrict_to(void *context, const char *entry)
{
    struct restriction *restriction = context;
    const struct vf_gpu *gpu = find(restriction->all, entry);
    if (has(&restriction->visible, gpu ? gpu->id : entry))
        return VF_END;
    if (gpu)
        return add_copy(&restriction->visible, gpu);
    return is_instance(entry) ? add_named(&restriction->visible, entry) : VF_END;
}

int vf_gpu_list_restrict(struct vf_gpu_list *gpus, const char *visible)
{
    struct restriction restriction = {.all = gpus};
    int err = VF_OK;
    if (visible) {
        err = for_each_entry(visible, restrict_to, &restriction);
    } else {
        for (size_t i = 0; !err && i < gpus->count; i++) {
            if (!gpus->items[i].is_split)
                err = add_copy(&restriction.visible, &gpus->items[i]);
        }
    }
    vf_gpu_list_finish(gpus);
    *gpus = restriction.visible;
    return err < 0 ? err : VF_OK;
}

static bool is_any_asked_for(const struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        if (plan->tasks[i].gpu != VF_GPU_NONE)
            return true;
    }
    return false;
}

static int find_present(struct vf_gpu_list *gpus)
{
    struct vf_text listing = {0};
    int err = vf_gpu_probe(&listing, PROBE_LIMIT_NS);
    if (!err && listing.bytes)
        err = vf_gpu_list_parse(gpus, listing.bytes);
    vf_text_finish(&listing);
    return err ? err : vf_gpu_list_restrict(gpus, getenv("CUDA_VISIBLE_DEVICES"));
}

int vf_gpu_list_find(struct vf_gpu_list *gpus, const char *named)
{
    *gpus = (struct vf_gpu_list){0};
    return named ? vf_gpu_list_name(gpus, named) : find_present(gpus);
}

int vf_gpu_allocate(struct vf_gpu_list *gpus, struct vf_plan *plan, const char *named)
{
    *gpus = (struct vf_gpu_list){0};
    int err = named ? vf_gpu_list_name(gpus, named) : VF_OK;
    if (err || !is_any_asked_for(plan))
        return err;
    if (!named)
        err = find_present(gpus);
    return err ? err : vf_gpu_list_assign(gpus, plan);
}
