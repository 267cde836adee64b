/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/options.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/trust.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/vision/model/dictionary.h"

struct vf_model_wish vf_model_options_wish(const struct vf_model_options *options, int batch)
{
    return (struct vf_model_wish){
        .session = {.model = options->file,
                    .runtime = options->runtime,
                    .provider = options->provider,
                    .threads = (unsigned)options->threads},
        .card = options->card,
        .tensor = options->tensor,
        .batch = batch,
    };
}

int vf_model_options_check(const struct vf_model_options *options, const struct vf_model_wish *wish,
                           char *problem, size_t size)
{
    const struct vf_model_problem said = {problem, size};
    struct vf_model_wish trial = *wish;
    if (vf_trust() == VF_TRUST_NAMES || access(options->file, R_OK) != 0)
        return VF_OK;
    trial.session.is_trial = true;
    return vf_model_examine(&trial, &said);
}

void vf_model_options_reach(const struct vf_model_options *options, const struct vf_reach *reach)
{
    json_t *card = json_loads(options->card, 0, NULL);
    const char *dictionary = json_string_value(json_object_get(card, "dictionary"));
    vf_reach_add_folder_of(reach, VF_REACH_READ_BELOW, options->file);
    char *path = dictionary && *dictionary ? vf_dictionary_path(options->file, dictionary) : NULL;
    if (path)
        vf_reach_add(reach, VF_REACH_READ, path);
    free(path);
    json_decref(card);
    vf_runtime_reach(options->runtime, reach);
    if (options->provider != VF_PROVIDER_CPU)
        vf_reach_add(reach, VF_REACH_GPU, "models");
}

int vf_model_options_open(struct vf_model **model, const struct vf_model_options *options,
                          const struct vf_model_wish *wish, struct vf_node_run *run)
{
    char text[1024];
    const struct vf_model_problem problem = {text, sizeof(text)};
    struct vf_model_wish threaded = *wish;
    if (!threaded.session.threads)
        threaded.session.threads = run->threads;
    int err = vf_model_open(model, &threaded, &problem);
    if (err) {
        vf_log(VF_LOG_ERROR, "%s: %s", options->file, text);
        return err;
    }
    const struct vf_session *session = vf_model_session(*model);
    vf_log(VF_LOG_INFO, "%s: a model of the family %s, run by ONNX Runtime %s with the provider %s",
           options->file, vf_family_name(vf_model_card(*model)->family),
           vf_session_release(session), vf_provider_name(vf_session_provider(session)));
    vf_node_note_provider(run, vf_provider_name(vf_session_provider(session)));
    return VF_OK;
}

int vf_model_options_run(struct vf_model *model, const struct vf_model_options *options,
                         unsigned count, struct vf_node_run *run)
{
    char text[1024];
    const struct vf_model_problem problem = {text, sizeof(text)};
    int err = vf_model_run(model, count, &problem);
    if (err) {
        vf_log(VF_LOG_ERROR, "%s: %s", options->file, text);
        vf_node_complain(run, text, NULL);
    }
    return err;
}
