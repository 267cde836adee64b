/* SPDX-License-Identifier: MIT */
/* A stand-in for ONNX Runtime, which not every machine has that runs the tests. Its models are texts:
 *     fake
 *     input NAME TYPE SHAPE...
 *     output NAME TYPE SHAPE...
 *     metadata KEY TEXT
 *     tells columns | rows | ends | counted | same | points | angles | bars | steps | shades | death
 * Those with bars, or steps, which are the first dimension then, tell for each 8 columns of a picture which of 4 characters they are: 0 where they are
 * dark, 3 where they are bright; those with shades, of 2 classes, how bright and how dark all of it is.
 * The others tell, as those of tests/python/onnx_model.py do, how bright each 8 x 8 cell of a picture of
 * 64 x 64 is: batch x 3 x 64 x 64, float32 or uint8. A shape has -1 for any. How many pictures a run
 * has had is added to the file that FAKE_ONNXRUNTIME_RUNS names. The process that runs a model while
 * the file exists that FAKE_ONNXRUNTIME_DEATH names removes it, and is killed. With FAKE_ONNXRUNTIME_CUDA
 * it says that it has cuda.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nodes/vision/model/onnx_api.h"

#define SIDE ((size_t)64)
#define CELL ((size_t)8)
#define ROW ((size_t)8) /* cells */
#define CELLS (ROW * ROW)
#define BEST 8
#define MOST 8

struct vf_ort_status {
    char text[256];
};

struct vf_ort_tensor_info {
    enum vf_element element;
    size_t rank;
    int64_t shape[8];
};

struct vf_ort_type_info {
    char name[64];
    struct vf_ort_tensor_info info;
};

struct vf_ort_value {
    struct vf_ort_tensor_info info;
    void *data, *own;
};

struct vf_ort_session {
    struct vf_ort_type_info inputs[MOST], outputs[MOST];
    size_t input_count, output_count;
    char keys[MOST][64], texts[MOST][192], tells[64];
    size_t metadata_count;
};

static char nothing[1]; /* that objects which are never looked into point to */

static struct vf_ort_status *fail(const char *why)
{
    struct vf_ort_status *status = calloc(1, sizeof(*status));
    if (status)
        snprintf(status->text, sizeof(status->text), "%s", why);
    return status;
}

static const char *status_message(const struct vf_ort_status *status)
{
    return status->text;
}

static void release_status(struct vf_ort_status *status)
{
    free(status);
}

static struct vf_ort_status *create_env(vf_ort_log *log, void *context, enum vf_ort_level level,
                                        const char *id, struct vf_ort_env **env)
{
    (void)log, (void)context, (void)level, (void)id;
    *env = (struct vf_ort_env *)(void *)nothing;
    return NULL;
}

static struct vf_ort_status *disable_telemetry(const struct vf_ort_env *env)
{
    (void)env;
    return NULL;
}

static void release_env(struct vf_ort_env *env)
{
    (void)env;
}

static struct vf_ort_status *create_session_options(struct vf_ort_session_options **options)
{
    *options = (struct vf_ort_session_options *)(void *)nothing;
    return NULL;
}

static struct vf_ort_status *set_optimization(struct vf_ort_session_options *options,
                                              enum vf_ort_optimization level)
{
    (void)options, (void)level;
    return NULL;
}

static struct vf_ort_status *set_threads(struct vf_ort_session_options *options, int threads)
{
    (void)options;
    return threads > 0 ? NULL : fail("no threads");
}

static struct vf_ort_status *set_config(struct vf_ort_session_options *options, const char *key,
                                        const char *value)
{
    (void)options, (void)key, (void)value;
    return NULL;
}

static void release_session_options(struct vf_ort_session_options *options)
{
    (void)options;
}

static enum vf_element element_of(const char *name)
{
    return strcmp(name, "float32") == 0   ? VF_ELEMENT_FLOAT32
           : strcmp(name, "uint8") == 0   ? VF_ELEMENT_UINT8
           : strcmp(name, "int32") == 0   ? VF_ELEMENT_INT32
           : strcmp(name, "int64") == 0   ? VF_ELEMENT_INT64
           : strcmp(name, "float16") == 0 ? VF_ELEMENT_FLOAT16
                                          : VF_ELEMENT_UNKNOWN;
}

static void read_type(const char *line, struct vf_ort_type_info *type)
{
    char element[32];
    int length = 0;
    sscanf(line, "%63s %31s%n", type->name, element, &length);
    type->info.element = element_of(element);
    char *end;
    for (line += length; type->info.rank < 8; line = end) {
        long number = strtol(line, &end, 10);
        if (end == line)
            return;
        type->info.shape[type->info.rank++] = number;
    }
}

static void read_line(struct vf_ort_session *session, const char *line)
{
    size_t n = session->metadata_count;
    if (strncmp(line, "input ", 6) == 0 && session->input_count < MOST)
        read_type(line + 6, &session->inputs[session->input_count++]);
    else if (strncmp(line, "output ", 7) == 0 && session->output_count < MOST)
        read_type(line + 7, &session->outputs[session->output_count++]);
    else if (n < MOST &&
             sscanf(line, "metadata %63s %191[^\n]", session->keys[n], session->texts[n]) == 2)
        session->metadata_count++;
    else
        sscanf(line, "tells %63s", session->tells);
}

static struct vf_ort_status *create_session(const struct vf_ort_env *env, const char *path,
                                            const struct vf_ort_session_options *options,
                                            struct vf_ort_session **session)
{
    char line[512] = "";
    (void)env, (void)options;
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof(line), file) || strcmp(line, "fake\n") != 0) {
        if (file)
            fclose(file);
        return fail("this is\nno model");
    }
    *session = calloc(1, sizeof(**session));
    while (fgets(line, sizeof(line), file))
        read_line(*session, line);
    fclose(file);
    if (strcmp((*session)->tells, "death") == 0)
        abort();
    return NULL;
}

static void release_session(struct vf_ort_session *session)
{
    free(session);
}

static struct vf_ort_status *input_count(const struct vf_ort_session *session, size_t *count)
{
    *count = session->input_count;
    return NULL;
}

static struct vf_ort_status *output_count(const struct vf_ort_session *session, size_t *count)
{
    *count = session->output_count;
    return NULL;
}

static struct vf_ort_status *copy_type(const struct vf_ort_type_info *from,
                                       struct vf_ort_type_info **type)
{
    *type = malloc(sizeof(**type));
    **type = *from;
    return NULL;
}

static struct vf_ort_status *input_type(const struct vf_ort_session *session, size_t number,
                                        struct vf_ort_type_info **type)
{
    return copy_type(&session->inputs[number], type);
}

static struct vf_ort_status *output_type(const struct vf_ort_session *session, size_t number,
                                         struct vf_ort_type_info **type)
{
    return copy_type(&session->outputs[number], type);
}

static struct vf_ort_status *input_name(const struct vf_ort_session *session, size_t number,
                                        struct vf_ort_allocator *allocator, char **name)
{
    (void)allocator;
    *name = strdup(session->inputs[number].name);
    return NULL;
}

static struct vf_ort_status *output_name(const struct vf_ort_session *session, size_t number,
                                         struct vf_ort_allocator *allocator, char **name)
{
    (void)allocator;
    *name = strdup(session->outputs[number].name);
    return NULL;
}

static struct vf_ort_status *allocator_free(struct vf_ort_allocator *allocator, void *memory)
{
    (void)allocator;
    free(memory);
    return NULL;
}

static struct vf_ort_status *default_allocator(struct vf_ort_allocator **lent)
{
    *lent = (struct vf_ort_allocator *)(void *)nothing;
    return NULL;
}

static struct vf_ort_status *kind_of_type(const struct vf_ort_type_info *type, int *kind)
{
    *kind = type->info.element ? VF_ORT_TENSOR : 2;
    return NULL;
}

static struct vf_ort_status *tensor_info_of_type(const struct vf_ort_type_info *type,
                                                 const struct vf_ort_tensor_info **lent)
{
    *lent = &type->info;
    return NULL;
}

static void release_type_info(struct vf_ort_type_info *type)
{
    free(type);
}

static struct vf_ort_status *element(const struct vf_ort_tensor_info *info,
                                     enum vf_element *is_element)
{
    *is_element = info->element;
    return NULL;
}

static struct vf_ort_status *rank(const struct vf_ort_tensor_info *info, size_t *is_rank)
{
    *is_rank = info->rank;
    return NULL;
}

static struct vf_ort_status *shape(const struct vf_ort_tensor_info *info, int64_t *is_shape,
                                   size_t count)
{
    memcpy(is_shape, info->shape, count * sizeof(*is_shape));
    return NULL;
}

static void release_tensor_info(struct vf_ort_tensor_info *info)
{
    free(info);
}

static struct vf_ort_status *cpu_memory_info(enum vf_ort_allocator_type allocator,
                                             enum vf_ort_memory_type memory,
                                             struct vf_ort_memory_info **info)
{
    (void)allocator, (void)memory;
    *info = (struct vf_ort_memory_info *)(void *)nothing;
    return NULL;
}

static void release_memory_info(struct vf_ort_memory_info *info)
{
    (void)info;
}

static struct vf_ort_status *find_metadata(const struct vf_ort_metadata *metadata,
                                           struct vf_ort_allocator *allocator, const char *key,
                                           char **value)
{
    const struct vf_ort_session *session = (const void *)metadata;
    (void)allocator;
    *value = NULL;
    for (size_t i = 0; i < session->metadata_count; i++) {
        if (strcmp(session->keys[i], key) == 0)
            *value = strdup(session->texts[i]);
    }
    return NULL;
}

static struct vf_ort_status *metadata_of(const struct vf_ort_session *session,
                                         struct vf_ort_metadata **metadata)
{
    *metadata = (struct vf_ort_metadata *)(uintptr_t)session;
    return NULL;
}

static void release_metadata(struct vf_ort_metadata *metadata)
{
    (void)metadata;
}

static struct vf_ort_status *providers(char ***names, int *count)
{
    static char cpu[] = "CPUExecutionProvider", cuda[] = "CUDAExecutionProvider",
                *all[] = {cpu, cuda};
    *names = all;
    *count = getenv("FAKE_ONNXRUNTIME_CUDA") ? 2 : 1;
    return NULL;
}

static struct vf_ort_status *release_providers(char **names, int count)
{
    (void)names, (void)count;
    return NULL;
}

/* The forms of the next two are the library's. */
static struct vf_ort_status *wrap_tensor( // NOLINT: so many parameters
    const struct vf_ort_memory_info *memory, void *data, size_t bytes, const int64_t *dimensions,
    size_t count, enum vf_element is_element, struct vf_ort_value **value)
{
    (void)memory, (void)bytes;
    *value = calloc(1, sizeof(**value));
    (*value)->info.element = is_element;
    (*value)->info.rank = count;
    memcpy((*value)->info.shape, dimensions, count * sizeof(*dimensions));
    (*value)->data = data;
    return NULL;
}

static struct vf_ort_status *is_tensor(const struct vf_ort_value *value, int *answer)
{
    *answer = value->info.element != 0;
    return NULL;
}

static struct vf_ort_status *tensor_data(struct vf_ort_value *value, void **data)
{
    *data = value->data;
    return NULL;
}

static struct vf_ort_status *tensor_info(const struct vf_ort_value *value,
                                         struct vf_ort_tensor_info **info)
{
    *info = malloc(sizeof(**info));
    **info = value->info;
    return NULL;
}

static void release_value(struct vf_ort_value *value)
{
    free(value->own);
    free(value);
}

static double sample(const struct vf_ort_value *input, size_t number)
{
    return input->info.element == VF_ELEMENT_UINT8 ? ((const uint8_t *)input->data)[number] / 255.0
                                                   : ((const float *)input->data)[number];
}

/* How bright a cell of a picture is. */
static float bright(const struct vf_ort_value *input, size_t picture, size_t cell)
{
    double sum = 0;
    for (size_t c = 0; c < 3; c++) {
        for (size_t y = 0; y < CELL; y++) {
            for (size_t x = 0; x < CELL; x++)
                sum += sample(input, ((picture * 3 + c) * SIDE + cell / ROW * CELL + y) * SIDE +
                                         cell % ROW * CELL + x);
        }
    }
    return (float)(sum / (double)(3 * CELL * CELL));
}

/* The left and the upper edge of a cell. */
static float left(size_t cell)
{
    return (float)(cell % ROW * CELL);
}

static float top(size_t cell)
{
    size_t row = cell / ROW;
    return (float)(row * CELL);
}

static void tell_columns(const struct vf_ort_value *input, size_t picture, float *out)
{
    for (size_t i = 0; i < CELLS; i++) {
        float score = bright(input, picture, i);
        const float column[] = {left(i) + 4, top(i) + 4, CELL, CELL, score, score / 2};
        for (size_t k = 0; k < 6; k++)
            out[(picture * 6 + k) * CELLS + i] = column[k];
    }
}

/* Those with points, or at an angle, have further columns. */
static void tell_more(const struct vf_ort_value *input, size_t picture, bool has_points, float *out)
{
    size_t columns = has_points ? 11 : 6;
    for (size_t i = 0; i < CELLS; i++) {
        const float column[] = {left(i) + 4,
                                top(i) + 4,
                                CELL,
                                CELL,
                                bright(input, picture, i),
                                has_points ? left(i) : 0.5F,
                                top(i),
                                0.9F,
                                left(i) + CELL,
                                top(i) + CELL,
                                0.1F};
        for (size_t k = 0; k < columns; k++)
            out[(picture * columns + k) * CELLS + i] = column[k];
    }
}

static void tell_rows(const struct vf_ort_value *input, size_t picture, float *out)
{
    for (size_t i = 0; i < CELLS; i++) {
        const float row[] = {left(i) + 4, top(i) + 4, CELL, CELL, bright(input, picture, i), 0, 1};
        memcpy(out + (picture * CELLS + i) * 7, row, sizeof(row));
    }
}

static void tell_ends(const struct vf_ort_value *input, size_t picture, float *out)
{
    float scores[CELLS];
    for (size_t i = 0; i < CELLS; i++)
        scores[i] = bright(input, picture, i);
    for (size_t n = 0; n < BEST; n++) {
        size_t best = 0;
        for (size_t i = 1; i < CELLS; i++)
            best = scores[i] > scores[best] ? i : best;
        float x = left(best), y = top(best);
        const float row[] = {x, y, x + CELL, y + CELL, scores[best], 0};
        memcpy(out + (picture * BEST + n) * 6, row, sizeof(row));
        scores[best] = -1;
    }
}

/* How bright some columns of a picture are. */
static double bright_columns(const struct vf_ort_value *input, size_t picture, size_t from,
                             size_t to)
{
    size_t height = (size_t)input->info.shape[2], width = (size_t)input->info.shape[3];
    double sum = 0;
    for (size_t row = 0; row < 3 * height; row++) {
        for (size_t x = from; x < to; x++)
            sum += sample(input, (picture * 3 * height + row) * width + x);
    }
    return sum / (double)(3 * height * (to - from));
}

static void tell_bars(const struct vf_ort_value *input, size_t picture, float *out)
{
    size_t steps = (size_t)input->info.shape[3] / CELL;
    for (size_t i = 0; i < steps; i++) {
        double shade = bright_columns(input, picture, i * CELL, (i + 1) * CELL);
        size_t best = shade < 0.25 ? 0 : shade < 0.5 ? 1 : shade < 0.75 ? 2 : 3;
        out[(picture * steps + i) * 4 + best] = 0.9F;
    }
}

/* The same, with the steps before the pictures. */
static void tell_steps(const struct vf_ort_value *input, size_t picture, float *out)
{
    size_t steps = (size_t)input->info.shape[3] / CELL, pictures = (size_t)input->info.shape[0];
    float *line = calloc((picture + 1) * steps * 4 + 1, sizeof(*line));
    tell_bars(input, picture, line);
    for (size_t i = 0; i < steps; i++)
        memcpy(out + (i * pictures + picture) * 4, line + (picture * steps + i) * 4,
               4 * sizeof(*line));
    free(line);
}

/* Returns how many cells of a picture are bright, and adds a row of each to `out`, if there is one. */
static size_t tell_bright(const struct vf_ort_value *input, size_t picture, float *out)
{
    size_t count = 0;
    for (size_t i = 0; i < CELLS; i++) {
        float score = bright(input, picture, i);
        const float row[] = {0, score, left(i), top(i), left(i) + CELL, top(i) + CELL};
        if (score < 0.5F)
            continue;
        if (out)
            memcpy(out + count * 6, row, sizeof(row));
        count++;
    }
    return count;
}

/* Rows of all pictures, or how many each has. */
static void tell_counted(const struct vf_ort_value *input, struct vf_ort_value *output)
{
    float *rows = output->data;
    int32_t *counts = output->data;
    for (size_t picture = 0; picture < (size_t)input->info.shape[0]; picture++) {
        if (output->info.rank == 1)
            counts[picture] = (int32_t)tell_bright(input, picture, NULL);
        else
            rows += 6 * tell_bright(input, picture, rows);
    }
}

static void tell_shades(const struct vf_ort_value *input, size_t picture, float *out)
{
    float shade = (float)bright_columns(input, picture, 0, (size_t)input->info.shape[3]);
    out[2 * picture] = shade;
    out[2 * picture + 1] = 1 - shade;
}

static void tell(const char *what, const struct vf_ort_value *input, struct vf_ort_value *output,
                 size_t bytes)
{
    if (strcmp(what, "same") == 0)
        memcpy(output->data, input->data, bytes);
    if (strcmp(what, "counted") == 0)
        tell_counted(input, output);
    for (size_t picture = 0; picture < (size_t)input->info.shape[0]; picture++) {
        if (strcmp(what, "columns") == 0)
            tell_columns(input, picture, output->data);
        else if (strcmp(what, "rows") == 0)
            tell_rows(input, picture, output->data);
        else if (strcmp(what, "ends") == 0)
            tell_ends(input, picture, output->data);
        else if (strcmp(what, "points") == 0 || strcmp(what, "angles") == 0)
            tell_more(input, picture, what[0] == 'p', output->data);
        else if (strcmp(what, "bars") == 0)
            tell_bars(input, picture, output->data);
        else if (strcmp(what, "steps") == 0)
            tell_steps(input, picture, output->data);
        else if (strcmp(what, "shades") == 0)
            tell_shades(input, picture, output->data);
    }
}

/* Returns how long a dimension is that may have any length. */
static int64_t choose_length(const char *tells, size_t dimension, const struct vf_ort_value *input)
{
    bool has_steps = strcmp(tells, "bars") == 0 || strcmp(tells, "steps") == 0;
    size_t steps = strcmp(tells, "bars") == 0;
    int64_t pictures = input->info.shape[0], rows = 0;
    if (has_steps)
        return dimension == steps ? input->info.shape[3] / (int64_t)CELL : pictures;
    if (strcmp(tells, "counted") != 0)
        return input->info.shape[dimension];
    for (size_t picture = 0; picture < (size_t)pictures; picture++)
        rows += (int64_t)tell_bright(input, picture, NULL);
    return rows;
}

/* Makes an output for this input, filled. */
static struct vf_ort_value *make_output(const struct vf_ort_session *session, size_t number,
                                        const struct vf_ort_value *input)
{
    struct vf_ort_value *output = calloc(1, sizeof(*output));
    size_t bytes = session->outputs[number].info.element == VF_ELEMENT_UINT8 ? 1 : sizeof(float);
    output->info = session->outputs[number].info;
    for (size_t d = 0; d < output->info.rank; d++) {
        if (output->info.shape[d] < 0)
            output->info.shape[d] = output->info.rank == 1
                                        ? input->info.shape[0]
                                        : choose_length(session->tells, d, input);
        bytes *= (size_t)output->info.shape[d];
    }
    output->own = output->data = calloc(1, bytes + 1);
    tell(session->tells, input, output, bytes);
    return output;
}

/* Adds the number of pictures to the file that FAKE_ONNXRUNTIME_RUNS names. */
static void note_run(int64_t pictures)
{
    const char *path = getenv("FAKE_ONNXRUNTIME_RUNS");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%lld\n", (long long)pictures);
    fclose(file);
}

/* Adds what a further input has to the same file. */
static void note_told(const char *name, const struct vf_ort_value *input)
{
    const char *path = getenv("FAKE_ONNXRUNTIME_RUNS");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%s:", name);
    for (size_t i = 0; i < (size_t)(input->info.shape[0] * input->info.shape[1]); i++) {
        if (input->info.element == VF_ELEMENT_INT64)
            fprintf(file, " %lld", (long long)((const int64_t *)input->data)[i]);
        else
            fprintf(file, " %g", (double)((const float *)input->data)[i]);
    }
    fprintf(file, "\n");
    fclose(file);
}

static void die_once(void)
{
    const char *path = getenv("FAKE_ONNXRUNTIME_DEATH");
    if (path && unlink(path) == 0)
        raise(SIGKILL);
}

static struct vf_ort_status *run( // NOLINT: so many parameters
    struct vf_ort_session *session, const struct vf_ort_run_options *options,
    const char *const *input_names, const struct vf_ort_value *const *inputs, size_t inputs_given,
    const char *const *output_names, size_t outputs_wanted, struct vf_ort_value **outputs)
{
    (void)options, (void)output_names;
    if (inputs_given != session->input_count || outputs_wanted != session->output_count)
        return fail("all inputs, and all outputs");
    const struct vf_ort_value *pictures = inputs[0];
    for (size_t i = 0; i < inputs_given; i++) {
        if (inputs[i]->info.rank == 4)
            pictures = inputs[i];
        else if (inputs_given > 1)
            note_told(input_names[i], inputs[i]);
    }
    die_once();
    note_run(pictures->info.shape[0]);
    for (size_t i = 0; i < outputs_wanted; i++)
        outputs[i] = make_output(session, i, pictures);
    return NULL;
}

static const struct vf_ort api = {
    .status_message = status_message,
    .create_env = create_env,
    .disable_telemetry = disable_telemetry,
    .create_session = create_session,
    .run = run,
    .create_session_options = create_session_options,
    .set_optimization = set_optimization,
    .set_threads = set_threads,
    .input_count = input_count,
    .output_count = output_count,
    .input_type = input_type,
    .output_type = output_type,
    .input_name = input_name,
    .output_name = output_name,
    .wrap_tensor = wrap_tensor,
    .is_tensor = is_tensor,
    .tensor_data = tensor_data,
    .tensor_info_of_type = tensor_info_of_type,
    .kind_of_type = kind_of_type,
    .element = element,
    .rank = rank,
    .shape = shape,
    .tensor_info = tensor_info,
    .cpu_memory_info = cpu_memory_info,
    .allocator_free = allocator_free,
    .default_allocator = default_allocator,
    .release_env = release_env,
    .release_status = release_status,
    .release_memory_info = release_memory_info,
    .release_session = release_session,
    .release_value = release_value,
    .release_type_info = release_type_info,
    .release_tensor_info = release_tensor_info,
    .release_session_options = release_session_options,
    .metadata = metadata_of,
    .find_metadata = find_metadata,
    .release_metadata = release_metadata,
    .providers = providers,
    .release_providers = release_providers,
    .set_config = set_config,
};

static const struct vf_ort *table(uint32_t version)
{
    const char *newest = getenv("FAKE_ONNXRUNTIME_VERSION");
    return version <= (newest ? (uint32_t)strtoul(newest, NULL, 10) : 99) ? &api : NULL;
}

static const char *release(void)
{
    return "1.99.0-fake";
}

const struct vf_ort_base *OrtGetApiBase(void);
const struct vf_ort_base *OrtGetApiBase(void)
{
    static const struct vf_ort_base base = {table, release};
    return &base;
}
