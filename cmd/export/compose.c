/* SPDX-License-Identifier: MIT */
#include "cmd/export/compose.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/export/container.h"
#include "cmd/export/yaml.h"

/* Returns a text in which no variable of Compose is, as a string, the caller's. */
static json_t *as_it_is(const char *text)
{
    struct vf_text escaped = {0};
    vf_text_append(&escaped, "", 0);
    for (; *text; text++)
        vf_text_append(&escaped, *text == '$' ? "$$" : text, *text == '$' ? 2 : 1);
    json_t *string = escaped.bytes ? json_string(escaped.bytes) : NULL;
    vf_text_finish(&escaped);
    return string;
}

static json_t *make_command(const struct vf_export *export)
{
    json_t *words = vf_export_container_command(export, NULL), *command = json_array(), *word;
    size_t i;
    json_array_foreach(words, i, word)
    {
        if (i) /* the first is the entrypoint */
            json_array_append_new(command, as_it_is(json_string_value(word)));
    }
    json_decref(words);
    return command;
}

/* A source without a slash is a volume of that name. */
static bool is_volume(const struct vf_export_mount *mount)
{
    return mount->source && !strchr(mount->source, '/') && mount->source[0] != '.';
}

/* A folder of this machine is one seen from the file. */
static json_t *source_of(const struct vf_export_mount *mount)
{
    const char *source = mount->source ? mount->source : mount->folder;
    bool is_bare = !is_volume(mount) && source[0] != '/' && source[0] != '.';
    char *path = is_bare ? vf_text_format("./%s", source) : strdup(source);
    json_t *string = path ? as_it_is(path) : NULL;
    free(path);
    return string;
}

static json_t *make_mounts(const struct vf_export *export)
{
    json_t *mounts = json_array();
    for (size_t i = 0; i < export->mounts.count; i++) {
        const struct vf_export_mount *mount = &export->mounts.items[i];
        json_t *object = json_pack("{ss so so}", "type", is_volume(mount) ? "volume" : "bind",
                                   "source", source_of(mount), "target", as_it_is(mount->place));
        if (!mount->is_written)
            json_object_set_new(object, "read_only", json_true());
        json_array_append_new(mounts, object);
    }
    return mounts;
}

static json_t *make_deploy(const struct vf_export *export)
{
    json_t *deploy = json_object(), *limits = json_object(), *resources = json_object();
    if (export->replicas > 1)
        json_object_set_new(deploy, "replicas", json_integer(export->replicas));
    json_object_set_new(limits, "cpus", json_sprintf("%u", export->needs.cores));
    if (export->needs.memory_mib)
        json_object_set_new(limits, "memory",
                            json_sprintf("%lluM", (unsigned long long)export->needs.memory_mib));
    json_object_set_new(resources, "limits", limits);
    if (export->needs.gpus)
        json_object_set_new(resources, "reservations",
                            json_pack("{s[{ss si s[s]}]}", "devices", "driver", "nvidia", "count",
                                      (int)export->needs.gpus, "capabilities", "gpu"));
    json_object_set_new(deploy, "resources", resources);
    return deploy;
}

static json_t *make_check(const struct vf_export *export)
{
    return json_pack("{s[ssss] ss ss ss si}", "test", "CMD", "vflow", "ps", export->name,
                     "interval", "10s", "timeout", "5s", "start_period", "120s", "retries", 3);
}

/* Its keys are in the order that linters of Compose want. */
static json_t *make_service(const struct vf_export *export)
{
    json_t *service = json_pack("{so}", "image", as_it_is(export->image));
    if (export->mounts.count)
        json_object_set_new(service, "volumes", make_mounts(export));
    if (export->flow_text)
        json_object_set_new(service, "configs",
                            json_pack("[{ss ss}]", "source", "flow", "target", VF_EXPORT_FLOW));
    json_object_set_new(service, "environment", json_pack("{ss}", "XDG_RUNTIME_DIR", "/tmp"));
    json_object_set_new(service, "command", make_command(export));
    json_object_set_new(service, "entrypoint", json_pack("[s]", "vflow"));
    json_object_set_new(service, "working_dir", json_string(VF_EXPORT_WORK));
    json_object_set_new(service, "restart", json_string(export->is_service ? "on-failure" : "no"));
    if (export->is_service)
        json_object_set_new(service, "healthcheck", make_check(export));
    json_object_set_new(service, "deploy", make_deploy(export));
    json_object_set_new(service, "read_only", json_true());
    json_object_set_new(service, "security_opt", json_pack("[s]", "no-new-privileges:true"));
    json_object_set_new(service, "stop_grace_period",
                        json_sprintf("%lds", vf_export_stop_seconds(export)));
    json_object_set_new(service, "tmpfs", json_pack("[s]", "/tmp"));
    return service;
}

/* Names the volumes that are no folders. */
static json_t *list_volumes(const struct vf_export *export)
{
    json_t *volumes = json_object();
    for (size_t i = 0; i < export->mounts.count; i++) {
        if (is_volume(&export->mounts.items[i]))
            json_object_set_new(volumes, export->mounts.items[i].source, json_object());
    }
    return volumes;
}

void vf_export_compose_print(struct vf_text *out, const struct vf_export *export)
{
    json_t *file = json_pack("{ss s{so}}", "name", export->label, "services", export->label,
                             make_service(export));
    json_t *volumes = list_volumes(export);
    if (export->flow_text)
        json_object_set_new(file, "configs",
                            json_pack("{s{so}}", "flow", "content", as_it_is(export->flow_text)));
    if (json_object_size(volumes))
        json_object_set(file, "volumes", volumes);
    vf_text_print(out, "# %s, as vflow export prints it; for docker compose up.\n", export->label);
    vf_yaml_print(out, file);
    out->failed = out->failed || !file || !volumes;
    json_decref(file);
    json_decref(volumes);
}
