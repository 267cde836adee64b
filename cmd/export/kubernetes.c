/* SPDX-License-Identifier: MIT */
#include "cmd/export/kubernetes.h"

#include <jansson.h>
#include <stdlib.h>

#include "cmd/export/container.h"
#include "cmd/export/yaml.h"
#include "engine/base/array.h"
#include "engine/base/exit_status.h"

#define ATTEMPTS 3 /* of an index, beside the first */
#define PROBE_SECONDS 10
#define PROBE_LIMIT 5 /* seconds; the answer takes milliseconds */

/* Statuses with which it is of no use to try again. A batch fails where an input has failed, and its
 * next attempt would leave that out. */
static const int final_of_run[] = {VF_EXIT_USAGE, VF_EXIT_BAD_INPUT, VF_EXIT_CANNOT_CREATE,
                                   VF_EXIT_INVALID_FLOW};
static const int final_of_batch[] = {VF_EXIT_FAILED, VF_EXIT_USAGE, VF_EXIT_BAD_INPUT,
                                     VF_EXIT_CANNOT_CREATE, VF_EXIT_INVALID_FLOW};

static json_t *labels_of(const struct vf_export *export)
{
    return json_pack("{ss ss}", "app.kubernetes.io/name", "vflow", "app.kubernetes.io/instance",
                     export->label);
}

static json_t *metadata_of(const struct vf_export *export, const char *ending)
{
    json_t *metadata = json_pack("{ss+}", "name", export->label, ending);
    if (export->space)
        json_object_set_new(metadata, "namespace", json_string(export->space));
    json_object_set_new(metadata, "labels", labels_of(export));
    return metadata;
}

static json_t *make_config(const struct vf_export *export)
{
    return json_pack("{ss ss so s{ss}}", "apiVersion", "v1", "kind", "ConfigMap", "metadata",
                     metadata_of(export, "-flow"), "data", "flow.yaml", export->flow_text);
}

static json_t *make_resources(const struct vf_export_needs *needs)
{
    json_t *limits = json_object(), *requests = json_object();
    json_object_set_new(limits, "cpu", json_sprintf("%u", needs->cores));
    if (needs->memory_mib)
        json_object_set_new(limits, "memory",
                            json_sprintf("%lluMi", (unsigned long long)needs->memory_mib));
    json_object_update(requests, limits);
    if (needs->gpus) /* a request is the limit */
        json_object_set_new(limits, "nvidia.com/gpu", json_sprintf("%u", needs->gpus));
    return json_pack("{so so}", "requests", requests, "limits", limits);
}

/* A probe that asks the run whether it has started, and answers. */
static json_t *make_probe(const struct vf_export *export, int failures)
{
    return json_pack("{s{s[sss]} si si si}", "exec", "command", "vflow", "ps", export->name,
                     "periodSeconds", PROBE_SECONDS, "timeoutSeconds", PROBE_LIMIT,
                     "failureThreshold", failures);
}

static json_t *make_mounts(const struct vf_export *export)
{
    json_t *mounts = json_array();
    if (export->flow_text)
        json_array_append_new(mounts, json_pack("{ss ss sb}", "name", "vflow-flow", "mountPath",
                                                "/flow", "readOnly", true));
    json_array_append_new(mounts, json_pack("{ss ss}", "name", "vflow-tmp", "mountPath", "/tmp"));
    for (size_t i = 0; i < export->mounts.count; i++) {
        const struct vf_export_mount *mount = &export->mounts.items[i];
        json_t *object = json_pack("{ss ss}", "name", mount->label, "mountPath", mount->place);
        if (!mount->is_written)
            json_object_set_new(object, "readOnly", json_true());
        json_array_append_new(mounts, object);
    }
    return mounts;
}

/* A volume is a claim, unless it is a folder of the node. */
static json_t *make_volume(const struct vf_export *export, const struct vf_export_mount *mount)
{
    if (mount->source && mount->source[0] == '/')
        return json_pack("{ss s{ss}}", "name", mount->label, "hostPath", "path", mount->source);
    json_t *claim = mount->source ? json_string(mount->source)
                                  : json_sprintf("%s-%s", export->label, mount->label);
    json_t *volume =
        json_pack("{ss s{so}}", "name", mount->label, "persistentVolumeClaim", "claimName", claim);
    if (!mount->is_written)
        json_object_set_new(json_object_get(volume, "persistentVolumeClaim"), "readOnly",
                            json_true());
    return volume;
}

static json_t *make_volumes(const struct vf_export *export)
{
    json_t *volumes = json_array();
    if (export->flow_text)
        json_array_append_new(volumes, json_pack("{ss s{ss+}}", "name", "vflow-flow", "configMap",
                                                 "name", export->label, "-flow"));
    json_array_append_new(volumes, json_pack("{ss s{}}", "name", "vflow-tmp", "emptyDir"));
    for (size_t i = 0; i < export->mounts.count; i++)
        json_array_append_new(volumes, make_volume(export, &export->mounts.items[i]));
    return volumes;
}

/* Returns a command line in which Kubernetes puts no variables, "$(NAME)"; takes it. */
static json_t *as_it_is(json_t *words)
{
    json_t *escaped = json_array(), *word;
    size_t i;
    json_array_foreach(words, i, word)
    {
        struct vf_text text = {0};
        vf_text_append(&text, "", 0);
        for (const char *at = json_string_value(word); *at; at++)
            vf_text_print(&text, *at == '$' && (at[1] == '$' || at[1] == '(') ? "$%c" : "%c", *at);
        json_array_append_new(escaped, json_string(text.bytes ? text.bytes : ""));
        vf_text_finish(&text);
    }
    json_decref(words);
    return escaped;
}

static json_t *make_container(const struct vf_export *export)
{
    json_t *container =
        json_pack("{ss ss so ss s[{ss ss}] so}", "name", "vflow", "image", export->image, "command",
                  as_it_is(vf_export_container_command(export, "JOB_COMPLETION_INDEX")),
                  "workingDir", VF_EXPORT_WORK, "env", "name", "XDG_RUNTIME_DIR", "value", "/tmp",
                  "resources", make_resources(&export->needs));
    if (export->is_service) {
        json_object_set_new(container, "startupProbe",
                            make_probe(export, VF_EXPORT_START_SECONDS / PROBE_SECONDS));
        json_object_set_new(container, "readinessProbe", make_probe(export, 1));
        json_object_set_new(container, "livenessProbe", make_probe(export, 3));
    }
    json_object_set_new(container, "securityContext",
                        json_pack("{sb sb s{s[s]}}", "allowPrivilegeEscalation", false,
                                  "readOnlyRootFilesystem", true, "capabilities", "drop", "ALL"));
    json_object_set_new(container, "volumeMounts", make_mounts(export));
    return container;
}

static json_t *make_template(const struct vf_export *export)
{
    json_t *spec = json_object();
    if (!export->is_service)
        json_object_set_new(spec, "restartPolicy", json_string("Never"));
    json_object_set_new(spec, "terminationGracePeriodSeconds",
                        json_integer(vf_export_stop_seconds(export)));
    json_object_set_new(
        spec, "securityContext",
        json_pack("{sb s{ss}}", "runAsNonRoot", true, "seccompProfile", "type", "RuntimeDefault"));
    json_object_set_new(spec, "containers", json_pack("[o]", make_container(export)));
    json_object_set_new(spec, "volumes", make_volumes(export));
    return json_pack("{s{so} so}", "metadata", "labels", labels_of(export), "spec", spec);
}

/* Two versions of a service that writes the same files are never to run at a time. */
static json_t *make_deployment(const struct vf_export *export)
{
    json_t *spec = json_pack("{si s{ss} s{so} so}", "replicas", (int)export->replicas, "strategy",
                             "type", "Recreate", "selector", "matchLabels", labels_of(export),
                             "template", make_template(export));
    return json_pack("{ss ss so so}", "apiVersion", "apps/v1", "kind", "Deployment", "metadata",
                     metadata_of(export, ""), "spec", spec);
}

/* What a failed pod means for its index: not to be tried again, or to be without it counting. */
static json_t *make_policy(const struct vf_export *export)
{
    bool is_batch = export->inputs.count > 0;
    const int *final = is_batch ? final_of_batch : final_of_run;
    size_t count = is_batch ? VF_COUNT(final_of_batch) : VF_COUNT(final_of_run);
    json_t *values = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(values, json_integer(final[i]));
    return json_pack("{s[{ss s[{ss ss}]} {ss s{ss ss so}}]}", "rules", "action", "Ignore",
                     "onPodConditions", "type", "DisruptionTarget", "status", "True", "action",
                     "FailIndex", "onExitCodes", "containerName", "vflow", "operator", "In",
                     "values", values);
}

static json_t *make_job(const struct vf_export *export)
{
    json_t *spec = json_pack("{ss si si si so so}", "completionMode", "Indexed", "completions",
                             (int)export->shards, "parallelism", (int)export->shards,
                             "backoffLimitPerIndex", ATTEMPTS, "podFailurePolicy",
                             make_policy(export), "template", make_template(export));
    return json_pack("{ss ss so so}", "apiVersion", "batch/v1", "kind", "Job", "metadata",
                     metadata_of(export, ""), "spec", spec);
}

/* Says which claims there have to be. */
static void print_head(struct vf_text *out, const struct vf_export *export)
{
    vf_text_print(out, "# %s, as vflow export prints it; for kubectl apply -f.\n", export->label);
    for (size_t i = 0; i < export->mounts.count; i++) {
        const struct vf_export_mount *mount = &export->mounts.items[i];
        if (mount->source && mount->source[0] == '/')
            continue;
        vf_text_print(out, "# Needs a PersistentVolumeClaim for %s: ", mount->place);
        if (mount->source)
            vf_text_print(out, "%s\n", mount->source);
        else
            vf_text_print(out, "%s-%s\n", export->label, mount->label);
    }
}

void vf_export_kubernetes_print(struct vf_text *out, const struct vf_export *export)
{
    json_t *config = export->flow_text ? make_config(export) : NULL;
    json_t *work = export->is_service ? make_deployment(export) : make_job(export);
    print_head(out, export);
    if (config) {
        vf_yaml_print(out, config);
        vf_text_print(out, "---\n");
    }
    vf_yaml_print(out, work);
    out->failed = out->failed || !work || (export->flow_text && !config);
    json_decref(config);
    json_decref(work);
}
