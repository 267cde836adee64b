/* SPDX-License-Identifier: MIT */
#include "nodes/record/cooldown.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/node/detail.h"
#include "engine/node/node.h"
#include "nodes/record/fields.h"
#include "nodes/value/value_text.h"

#define MOST_ENTRIES 10000

/* What was sent last of what is the same. */
struct vf_cooldown_entry {
    char *key;
    int64_t until_ns;
    uint64_t suppressed; /* since then */
};

int vf_cooldown_check(const struct vf_cooldown_options *options, char *problem, size_t problem_size)
{
    return vf_fields_check("cooldown_key", options->key, problem, problem_size);
}

/* Returns the time that counts: in batch that of the message, as it comes faster or slower than it
 * happened. */
static int64_t time_of(const struct vf_node_run *run, struct vf_message *const *inputs)
{
    double seconds;
    for (unsigned i = 0; i < run->input_count && !run->is_realtime; i++) {
        if (inputs[i] && vf_value_seconds(&inputs[i]->description, &seconds))
            return (int64_t)(seconds * (double)VF_NS_PER_S);
    }
    return vf_clock_now_ns();
}

static void forget(struct vf_cooldown *cooldown, size_t at)
{
    free(cooldown->entries[at].key);
    cooldown->entries[at] = cooldown->entries[--cooldown->count];
}

/* Forgets what is over and was told, or else the first: there is a limit to memory. */
static void make_room(struct vf_cooldown *cooldown, int64_t now_ns)
{
    for (size_t i = cooldown->count; i-- > 0;) {
        const struct vf_cooldown_entry *entry = &cooldown->entries[i];
        if (entry->until_ns <= now_ns && !entry->suppressed)
            forget(cooldown, i);
    }
    if (cooldown->count >= MOST_ENTRIES)
        forget(cooldown, 0);
}

/* Returns the entry of a key, a new one if there is none; NULL: out of memory. */
static struct vf_cooldown_entry *find_entry(struct vf_cooldown *cooldown, const char *key,
                                            int64_t now_ns)
{
    for (size_t i = 0; i < cooldown->count; i++) {
        if (strcmp(cooldown->entries[i].key, key) == 0)
            return &cooldown->entries[i];
    }
    make_room(cooldown, now_ns);
    struct vf_cooldown_entry *entries =
        realloc(cooldown->entries, (cooldown->count + 1) * sizeof(*entries));
    if (!entries)
        return NULL;
    cooldown->entries = entries;
    struct vf_cooldown_entry *entry = &entries[cooldown->count];
    *entry = (struct vf_cooldown_entry){.key = strdup(key), .until_ns = INT64_MIN};
    cooldown->count += entry->key != NULL;
    return entry->key ? entry : NULL;
}

/* Sets a member of what the record is about: of its value, if that has members. Takes `member`. */
static void set_member(json_t *record, const char *key, json_t *member)
{
    json_t *value = json_object_get(record, "value");
    json_object_set_new(json_is_object(value) ? value : record, key, member);
}

/* Returns whether it passes, with how many were left out before it. */
static bool count(struct vf_cooldown *cooldown, const char *key, int64_t now_ns,
                  uint64_t *suppressed)
{
    struct vf_cooldown_entry *entry = find_entry(cooldown, key, now_ns);
    *suppressed = 0;
    if (!entry)
        return true;
    if (now_ns < entry->until_ns) {
        entry->suppressed++;
        cooldown->suppressed++;
        return false;
    }
    *suppressed = entry->suppressed;
    entry->suppressed = 0;
    entry->until_ns = now_ns + cooldown->options->cooldown_ns;
    return true;
}

bool vf_cooldown_passes(struct vf_cooldown *cooldown, const struct vf_node_run *run,
                        struct vf_message *const *inputs, json_t *record)
{
    const struct vf_cooldown_options *options = cooldown->options;
    struct vf_text key = {0};
    uint64_t suppressed;
    if (*options->camera)
        set_member(record, "camera", json_string(options->camera));
    if (!options->cooldown_ns)
        return true;
    vf_fields_print(&key, options->key, record, run->input_names[0], NULL);
    bool passes = count(cooldown, key.bytes ? key.bytes : "", time_of(run, inputs), &suppressed);
    vf_text_finish(&key);
    if (passes)
        set_member(record, "suppressed", json_integer((json_int_t)suppressed));
    return passes;
}

void vf_cooldown_report(const struct vf_cooldown *cooldown, struct vf_node_run *run,
                        struct vf_text *line)
{
    if (!cooldown->options->cooldown_ns)
        return;
    if (cooldown->suppressed)
        vf_text_print(line, ", %" PRIu64 " suppressed", cooldown->suppressed);
    vf_node_detail(run, "suppressed", json_integer((json_int_t)cooldown->suppressed));
}

void vf_cooldown_finish(struct vf_cooldown *cooldown)
{
    while (cooldown->count)
        forget(cooldown, cooldown->count - 1);
    free(cooldown->entries);
    cooldown->entries = NULL;
}
