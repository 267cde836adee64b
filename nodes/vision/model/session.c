/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "nodes/vision/model/onnx_api.h"
#include "nodes/vision/model/provider.h"

/* The inputs or the outputs. */
struct side {
    struct vf_tensor_form *forms;
    const char **names;
    struct vf_ort_value **values;
    size_t count;
};

struct vf_session {
    struct vf_runtime runtime;
    struct vf_ort_env *env;
    struct vf_ort_session *session;
    struct vf_ort_memory_info *memory;
    struct vf_ort_allocator *allocator; /* the library's own */
    enum vf_provider provider;
    struct side inputs, outputs;
    struct vf_tensor *results; /* one for each output */
};

static const struct {
    const char *name, *dtype;
    size_t size;
} elements[] = {
    [VF_ELEMENT_FLOAT32] = {"float32", "<f4", 4}, [VF_ELEMENT_UINT8] = {"uint8", "|u1", 1},
    [VF_ELEMENT_INT8] = {"int8", "|i1", 1},       [VF_ELEMENT_UINT16] = {"uint16", "<u2", 2},
    [VF_ELEMENT_INT16] = {"int16", "<i2", 2},     [VF_ELEMENT_INT32] = {"int32", "<i4", 4},
    [VF_ELEMENT_INT64] = {"int64", "<i8", 8},     [VF_ELEMENT_TEXT] = {"text", NULL, 0},
    [VF_ELEMENT_BOOLEAN] = {"bool", "|b1", 1},    [VF_ELEMENT_FLOAT16] = {"float16", "<f2", 2},
    [VF_ELEMENT_FLOAT64] = {"float64", "<f8", 8}, [VF_ELEMENT_UINT32] = {"uint32", "<u4", 4},
    [VF_ELEMENT_UINT64] = {"uint64", "<u8", 8},
};

size_t vf_element_size(unsigned element)
{
    return element < VF_COUNT(elements) ? elements[element].size : 0;
}

const char *vf_element_name(unsigned element)
{
    bool is_known = element < VF_COUNT(elements) && elements[element].name;
    return is_known ? elements[element].name : "no tensor";
}

const char *vf_element_dtype(unsigned element)
{
    return element < VF_COUNT(elements) ? elements[element].dtype : NULL;
}

/* Says why a call failed, with `before` in front, and returns -EINVAL; VF_OK where it did not. */
static int settle_as(const struct vf_session *session, struct vf_ort_status *status,
                     const char *before, const struct vf_model_problem *problem)
{
    if (!status)
        return VF_OK;
    snprintf(problem->text, problem->size, "%s%s", before,
             session->runtime.api->status_message(status));
    for (char *c = problem->text; *c; c++) {
        if (*c == '\n')
            *c = ' ';
    }
    session->runtime.api->release_status(status);
    return -EINVAL;
}

static int settle(const struct vf_session *session, struct vf_ort_status *status,
                  const struct vf_model_problem *problem)
{
    return settle_as(session, status, "ONNX Runtime: ", problem);
}

/* What the library has to say. That something failed comes as a status as well. */
static void log_line(void *context, enum vf_ort_level level, const char *category, const char *id,
                     const char *place, const char *message)
{
    (void)context, (void)category, (void)id, (void)place;
    vf_log(level >= VF_ORT_WARNING ? VF_LOG_INFO : VF_LOG_DEBUG, "ONNX Runtime: %s", message);
}

static int read_form(const struct vf_session *session, struct vf_ort_type_info *type,
                     struct vf_tensor_form *form, const struct vf_model_problem *problem)
{
    const struct vf_ort *api = session->runtime.api;
    const struct vf_ort_tensor_info *info = NULL;
    int kind = 0;
    size_t rank = 0;
    enum vf_element element = VF_ELEMENT_UNKNOWN;
    int err = settle(session, api->kind_of_type(type, &kind), problem);
    if (err || kind != VF_ORT_TENSOR)
        return err;
    err = settle(session, api->tensor_info_of_type(type, &info), problem);
    if (!err)
        err = settle(session, api->element(info, &element), problem);
    if (!err)
        err = settle(session, api->rank(info, &rank), problem);
    if (!err && rank > VF_MAX_DIMENSIONS) {
        snprintf(problem->text, problem->size, "%s has %zu dimensions; %d are the most", form->name,
                 rank, VF_MAX_DIMENSIONS);
        err = -EINVAL;
    }
    if (!err)
        err = settle(session, api->shape(info, form->shape, rank), problem);
    form->element = element;
    form->rank = (unsigned)rank;
    return err;
}

static int copy_name(const struct vf_session *session, char *lent, char **copy,
                     const struct vf_model_problem *problem)
{
    *copy = strdup(lent);
    int err =
        settle(session, session->runtime.api->allocator_free(session->allocator, lent), problem);
    return *copy ? err : -ENOMEM;
}

static int describe_one(const struct vf_session *session, bool is_input, size_t number,
                        struct vf_tensor_form *form, const struct vf_model_problem *problem)
{
    const struct vf_ort *api = session->runtime.api;
    struct vf_ort_type_info *type = NULL;
    char *name = NULL;
    struct vf_ort_status *status = (is_input ? api->input_name : api->output_name)(
        session->session, number, session->allocator, &name);
    int err = settle(session, status, problem);
    if (!err)
        err = copy_name(session, name, &form->name, problem);
    if (!err)
        err =
            settle(session,
                   (is_input ? api->input_type : api->output_type)(session->session, number, &type),
                   problem);
    if (!err)
        err = read_form(session, type, form, problem);
    if (type)
        api->release_type_info(type);
    return err;
}

static int describe(const struct vf_session *session, bool is_input, struct side *side,
                    const struct vf_model_problem *problem)
{
    const struct vf_ort *api = session->runtime.api;
    int err = settle(
        session, (is_input ? api->input_count : api->output_count)(session->session, &side->count),
        problem);
    if (err)
        return err;
    side->forms = calloc(side->count + 1, sizeof(*side->forms));
    side->names = calloc(side->count + 1, sizeof(*side->names));
    side->values = calloc(side->count + 1, sizeof(struct vf_ort_value *));
    if (!side->forms || !side->names || !side->values)
        return -ENOMEM;
    for (size_t i = 0; i < side->count && !err; i++) {
        err = describe_one(session, is_input, i, &side->forms[i], problem);
        side->names[i] = side->forms[i].name;
    }
    return err;
}

static int set_options(const struct vf_session *session, const struct vf_session_wish *wish,
                       struct vf_ort_session_options *options,
                       const struct vf_model_problem *problem)
{
    const struct vf_ort *api = session->runtime.api;
    int threads = wish->is_trial ? 1 : (int)wish->threads;
    int err = settle(session, api->set_threads(options, threads), problem);
    if (!err)
        err = settle(session,
                     api->set_optimization(options, wish->is_trial ? VF_ORT_OPTIMIZE_NOTHING
                                                                   : VF_ORT_OPTIMIZE_ALL),
                     problem);
    /* Threads that wait for work are not to take the processor from other tasks. */
    if (!err)
        err = settle(session, api->set_config(options, "session.intra_op.allow_spinning", "0"),
                     problem);
    return err;
}

/* Opens the model with one provider. */
static int open_with(struct vf_session *session, const struct vf_session_wish *wish,
                     enum vf_provider provider, const struct vf_model_problem *problem)
{
    const struct vf_ort *api = session->runtime.api;
    struct vf_ort_session_options *options = NULL;
    int err = settle(session, api->create_session_options(&options), problem);
    if (!err)
        err = set_options(session, wish, options, problem);
    if (!err)
        err = settle(session, vf_provider_use(api, options, provider), problem);
    if (!err)
        err = settle_as(session,
                        api->create_session(session->env, wish->model, options, &session->session),
                        "model: ONNX Runtime cannot open it: ", problem);
    if (options)
        api->release_session_options(options);
    session->provider = provider;
    return err;
}

/* Opens it on the GPU that the task has been given, or else on the CPU. */
static int open_with_best(struct vf_session *session, const struct vf_session_wish *wish,
                          const struct vf_model_problem *problem)
{
    bool has_gpu = !wish->is_trial && vf_provider_sees_gpu();
    bool can_use_it = vf_provider_is_there(session->runtime.api, VF_PROVIDER_CUDA);
    if (has_gpu && can_use_it && open_with(session, wish, VF_PROVIDER_CUDA, problem) == VF_OK)
        return VF_OK;
    if (has_gpu)
        vf_log(VF_LOG_WARNING, "%s: the CPU does the work, not the GPU: %s", wish->model,
               can_use_it ? problem->text : "this ONNX Runtime is built without cuda");
    return open_with(session, wish, VF_PROVIDER_CPU, problem);
}

static int open_model(struct vf_session *session, const struct vf_session_wish *wish,
                      const struct vf_model_problem *problem)
{
    enum vf_provider asked = wish->provider;
    if (asked == VF_PROVIDER_AUTO)
        return open_with_best(session, wish, problem);
    if (!vf_provider_is_there(session->runtime.api, asked)) {
        snprintf(problem->text, problem->size,
                 "provider: this ONNX Runtime, release %s, is built without %s",
                 session->runtime.release, vf_provider_name(asked));
        return -ENOTSUP;
    }
    /* Whether the GPU can be used is found out by the process that is given it. */
    return open_with(session, wish, wish->is_trial ? VF_PROVIDER_CPU : asked, problem);
}

static int start(struct vf_session *session, const struct vf_model_problem *problem)
{
    const struct vf_ort *api = session->runtime.api;
    int err =
        settle(session,
               api->create_env(log_line, NULL,
                               vf_log_get_level() >= VF_LOG_INFO ? VF_ORT_WARNING : VF_ORT_FATAL,
                               "vflow", &session->env),
               problem);
    if (!err)
        err = settle(session, api->disable_telemetry(session->env), problem);
    if (!err)
        err = settle(session, api->default_allocator(&session->allocator), problem);
    if (!err)
        err = settle(
            session,
            api->cpu_memory_info(VF_ORT_DEVICE_ALLOCATOR, VF_ORT_MEMORY_DEFAULT, &session->memory),
            problem);
    return err;
}

int vf_session_create(struct vf_session **session, const struct vf_session_wish *wish,
                      const struct vf_model_problem *problem)
{
    struct vf_session *made = *session = calloc(1, sizeof(*made));
    snprintf(problem->text, problem->size, "out of memory");
    if (!made)
        return -ENOMEM;
    int err = vf_runtime_load(&made->runtime, wish->runtime, problem);
    if (!err)
        err = start(made, problem);
    if (!err)
        err = open_model(made, wish, problem);
    if (!err)
        err = describe(made, true, &made->inputs, problem);
    if (!err)
        err = describe(made, false, &made->outputs, problem);
    made->results = calloc(made->outputs.count + 1, sizeof(*made->results));
    if (!err && !made->results)
        err = -ENOMEM;
    if (err)
        vf_session_destroy(session);
    return err;
}

static void release_values(const struct vf_session *session, struct side *side)
{
    for (size_t i = 0; i < side->count && side->values; i++) {
        if (side->values[i])
            session->runtime.api->release_value(side->values[i]);
        side->values[i] = NULL;
    }
}

static void finish_side(const struct vf_session *session, struct side *side)
{
    release_values(session, side);
    for (size_t i = 0; i < side->count && side->forms; i++)
        free(side->forms[i].name);
    free(side->forms);
    free((void *)side->names);
    free((void *)side->values);
}

void vf_session_destroy(struct vf_session **session)
{
    struct vf_session *old = *session;
    if (!old)
        return;
    const struct vf_ort *api = old->runtime.api;
    finish_side(old, &old->inputs);
    finish_side(old, &old->outputs);
    free(old->results);
    if (old->memory)
        api->release_memory_info(old->memory);
    if (old->session)
        api->release_session(old->session);
    if (old->env)
        api->release_env(old->env);
    free(old);
    *session = NULL;
}

const struct vf_tensor_form *vf_session_inputs(const struct vf_session *session, size_t *count)
{
    *count = session->inputs.count;
    return session->inputs.forms;
}

const struct vf_tensor_form *vf_session_outputs(const struct vf_session *session, size_t *count)
{
    *count = session->outputs.count;
    return session->outputs.forms;
}

unsigned vf_session_providers(const struct vf_session *session)
{
    unsigned providers = 0;
    for (unsigned i = VF_PROVIDER_CPU; i <= VF_PROVIDER_OPENVINO; i++)
        providers |= vf_provider_is_there(session->runtime.api, i) ? 1U << i : 0;
    return providers;
}

enum vf_provider vf_session_provider(const struct vf_session *session)
{
    return session->provider;
}

const char *vf_session_release(const struct vf_session *session)
{
    return session->runtime.release;
}

char *vf_session_metadata(const struct vf_session *session, const char *key)
{
    const struct vf_ort *api = session->runtime.api;
    char ignored[256], *value = NULL, *copy = NULL;
    const struct vf_model_problem problem = {ignored, sizeof(ignored)};
    struct vf_ort_metadata *metadata = NULL;
    int err = settle(session, api->metadata(session->session, &metadata), &problem);
    if (!err)
        err = settle(session, api->find_metadata(metadata, session->allocator, key, &value),
                     &problem);
    if (!err && value && copy_name(session, value, &copy, &problem) != VF_OK) {
        free(copy);
        copy = NULL;
    }
    if (metadata)
        api->release_metadata(metadata);
    return copy;
}

size_t vf_tensor_size(const struct vf_tensor *tensor)
{
    size_t bytes = vf_element_size(tensor->element);
    for (unsigned i = 0; i < tensor->rank; i++)
        bytes *= (size_t)tensor->shape[i];
    return bytes;
}

/* Reads what came out. An output that is no tensor of numbers has none. */
static int read_result(const struct vf_session *session, struct vf_ort_value *value,
                       struct vf_tensor *result, const struct vf_model_problem *problem)
{
    const struct vf_ort *api = session->runtime.api;
    struct vf_ort_tensor_info *info = NULL;
    enum vf_element element = VF_ELEMENT_UNKNOWN;
    size_t rank = 0;
    int is_tensor = 0;
    *result = (struct vf_tensor){0};
    int err = settle(session, api->is_tensor(value, &is_tensor), problem);
    if (err || !is_tensor)
        return err;
    err = settle(session, api->tensor_info(value, &info), problem);
    if (!err)
        err = settle(session, api->element(info, &element), problem);
    if (!err)
        err = settle(session, api->rank(info, &rank), problem);
    if (!err && rank <= VF_MAX_DIMENSIONS)
        err = settle(session, api->shape(info, result->shape, rank), problem);
    bool is_usable = !err && vf_element_size(element) && rank <= VF_MAX_DIMENSIONS;
    if (is_usable)
        err = settle(session, api->tensor_data(value, &result->data), problem);
    if (is_usable && !err) {
        result->element = element;
        result->rank = (unsigned)rank;
    }
    if (info)
        api->release_tensor_info(info);
    return err;
}

int vf_session_run(struct vf_session *session, const struct vf_tensor *inputs,
                   const struct vf_tensor **outputs, const struct vf_model_problem *problem)
{
    const struct vf_ort *api = session->runtime.api;
    struct side *in = &session->inputs, *out = &session->outputs;
    int err = VF_OK;
    release_values(session, out);
    for (size_t i = 0; i < in->count && !err; i++)
        err = settle(session,
                     api->wrap_tensor(session->memory, inputs[i].data, vf_tensor_size(&inputs[i]),
                                      inputs[i].shape, inputs[i].rank, inputs[i].element,
                                      &in->values[i]),
                     problem);
    if (!err)
        err = settle(session,
                     api->run(session->session, NULL, in->names,
                              (const struct vf_ort_value *const *)in->values, in->count, out->names,
                              out->count, out->values),
                     problem);
    for (size_t i = 0; i < out->count && !err; i++)
        err = read_result(session, out->values[i], &session->results[i], problem);
    release_values(session, in);
    *outputs = session->results;
    return err;
}
