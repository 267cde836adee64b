/* SPDX-License-Identifier: MIT */
#include "cmd/export/container.h"

#include <stdlib.h>

#include "engine/base/text.h"

static void add(json_t *words, const char *word)
{
    json_array_append_new(words, json_string(word));
}

static void add_all(json_t *words, const struct vf_export_words *added)
{
    for (size_t i = 0; i < added->count; i++)
        add(words, added->items[i]);
}

/* A shell counts the shards from 1. */
static void begin_shard(json_t *words, const struct vf_export *export, const char *index,
                        const char *manifest)
{
    struct vf_text script = {0};
    vf_text_print(&script, "shard=$((%s + 1)); exec vflow batch --shard \"$shard/%u\" ", index,
                  export->shards);
    if (manifest) /* a folder may have a quote in its name: it is a word of its own */
        vf_text_print(&script, "--manifest \"$0-$shard.jsonl\" --resume ");
    vf_text_print(&script, "\"$@\"");
    add(words, "sh");
    add(words, "-c");
    add(words, script.bytes ? script.bytes : "");
    add(words, manifest ? manifest : "vflow");
    vf_text_finish(&script);
}

static void begin_batch(json_t *words, const struct vf_export *export, const char *index)
{
    char *manifest = vf_export_manifest(export, true);
    char *file = manifest ? vf_text_format("%s.jsonl", manifest) : NULL;
    if (index && export->shards > 1) {
        begin_shard(words, export, index, manifest);
    } else {
        add(words, "vflow");
        add(words, "batch");
        if (file) {
            add(words, "--manifest");
            add(words, file);
            add(words, "--resume");
        }
    }
    add(words, "--jobs");
    json_array_append_new(words, json_sprintf("%u", export->jobs));
    free(manifest);
    free(file);
}

json_t *vf_export_container_command(const struct vf_export *export, const char *index)
{
    json_t *words = json_array();
    if (export->inputs.count) {
        begin_batch(words, export, index);
    } else {
        add(words, "vflow");
        add(words, "run");
        add(words, "--name");
        add(words, export->name);
    }
    add_all(words, &export->words);
    add(words, "--");
    add(words, export->flow_path);
    add_all(words, &export->inputs);
    return words;
}
