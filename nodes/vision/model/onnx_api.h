/* SPDX-License-Identifier: MIT */
/* onnx_api.h - the part of ONNX Runtime's C interface that vflow calls.
 *
 * The library hands out a table of functions, to whose end alone anything is ever added: a function
 * keeps its number for good. So a program needs no header of a certain release, only the numbers and
 * the forms of the functions that it calls. They are written down here because no package of Debian
 * 12 or Ubuntu 22.04 has the header, and because vflow is built without the library, whatever release
 * it meets later. The asserts at the end hold each function to its number, as it stands in Microsoft's
 * onnxruntime_c_api.h.
 *
 * A function that can fail returns a status, NULL for success, which is to be released. Objects are
 * released by the function of their kind.
 */
#ifndef VF_NODES_VISION_MODEL_ONNX_API_H
#define VF_NODES_VISION_MODEL_ONNX_API_H

#include <stddef.h>
#include <stdint.h>

#define VF_ORT_VERSION 12 /* of the table: the release 1.12 of 2022, or any later one */

struct vf_ort_env;
struct vf_ort_status;
struct vf_ort_memory_info;
struct vf_ort_session;
struct vf_ort_value;
struct vf_ort_run_options;
struct vf_ort_type_info;
struct vf_ort_tensor_info;
struct vf_ort_session_options;
struct vf_ort_metadata;
struct vf_ort_allocator;
struct vf_ort_tensorrt_options;
struct vf_ort_cuda_options;

/* ONNX's own numbers of the types that an element of a tensor can have. */
enum vf_element {
    VF_ELEMENT_UNKNOWN,
    VF_ELEMENT_FLOAT32,
    VF_ELEMENT_UINT8,
    VF_ELEMENT_INT8,
    VF_ELEMENT_UINT16,
    VF_ELEMENT_INT16,
    VF_ELEMENT_INT32,
    VF_ELEMENT_INT64,
    VF_ELEMENT_TEXT,
    VF_ELEMENT_BOOLEAN,
    VF_ELEMENT_FLOAT16,
    VF_ELEMENT_FLOAT64,
    VF_ELEMENT_UINT32,
    VF_ELEMENT_UINT64,
};

enum vf_ort_level { VF_ORT_VERBOSE, VF_ORT_INFO, VF_ORT_WARNING, VF_ORT_ERROR, VF_ORT_FATAL };
enum vf_ort_optimization { VF_ORT_OPTIMIZE_NOTHING = 0, VF_ORT_OPTIMIZE_ALL = 99 };
enum vf_ort_allocator_type { VF_ORT_DEVICE_ALLOCATOR = 0, VF_ORT_ARENA_ALLOCATOR = 1 };
enum vf_ort_memory_type { VF_ORT_MEMORY_DEFAULT = 0 };
#define VF_ORT_TENSOR 1 /* the only kind of value that is used here */

typedef void vf_ort_log(void *context, enum vf_ort_level level, const char *category,
                        const char *id, const char *place, const char *message);

#define VF_ORT_CALL(name, ...) struct vf_ort_status *(*name)(__VA_ARGS__)
#define VF_ORT_UNUSED(from, to) void *unused_##from[(to) - (from) + 1]

/* The table. A function that is not called is a place that is left free. */
struct vf_ort {
    VF_ORT_UNUSED(0, 1);
    const char *(*status_message)(const struct vf_ort_status *status);
    VF_ORT_UNUSED(3, 3);
    VF_ORT_CALL(create_env, vf_ort_log *log, void *context, enum vf_ort_level level, const char *id,
                struct vf_ort_env **env);
    VF_ORT_UNUSED(5, 5);
    VF_ORT_CALL(disable_telemetry, const struct vf_ort_env *env);
    VF_ORT_CALL(create_session, const struct vf_ort_env *env, const char *path,
                const struct vf_ort_session_options *options, struct vf_ort_session **session);
    VF_ORT_UNUSED(8, 8);
    VF_ORT_CALL(run, struct vf_ort_session *session, const struct vf_ort_run_options *options,
                const char *const *input_names, const struct vf_ort_value *const *inputs,
                size_t input_count, const char *const *output_names, size_t output_count,
                struct vf_ort_value **outputs);
    VF_ORT_CALL(create_session_options, struct vf_ort_session_options **options);
    VF_ORT_UNUSED(11, 22);
    VF_ORT_CALL(set_optimization, struct vf_ort_session_options *options,
                enum vf_ort_optimization level);
    VF_ORT_CALL(set_threads, struct vf_ort_session_options *options, int threads);
    VF_ORT_UNUSED(25, 29);
    VF_ORT_CALL(input_count, const struct vf_ort_session *session, size_t *count);
    VF_ORT_CALL(output_count, const struct vf_ort_session *session, size_t *count);
    VF_ORT_UNUSED(32, 32);
    VF_ORT_CALL(input_type, const struct vf_ort_session *session, size_t number,
                struct vf_ort_type_info **type);
    VF_ORT_CALL(output_type, const struct vf_ort_session *session, size_t number,
                struct vf_ort_type_info **type);
    VF_ORT_UNUSED(35, 35);
    VF_ORT_CALL(input_name, const struct vf_ort_session *session, size_t number,
                struct vf_ort_allocator *allocator, char **name);
    VF_ORT_CALL(output_name, const struct vf_ort_session *session, size_t number,
                struct vf_ort_allocator *allocator, char **name);
    VF_ORT_UNUSED(38, 48);
    VF_ORT_CALL(wrap_tensor, const struct vf_ort_memory_info *memory, void *data, size_t bytes,
                const int64_t *shape, size_t rank, enum vf_element element,
                struct vf_ort_value **value);
    VF_ORT_CALL(is_tensor, const struct vf_ort_value *value, int *is_tensor);
    VF_ORT_CALL(tensor_data, struct vf_ort_value *value, void **data);
    VF_ORT_UNUSED(52, 54);
    VF_ORT_CALL(tensor_info_of_type, const struct vf_ort_type_info *type,
                const struct vf_ort_tensor_info **lent);
    VF_ORT_CALL(kind_of_type, const struct vf_ort_type_info *type, int *kind);
    VF_ORT_UNUSED(57, 59);
    VF_ORT_CALL(element, const struct vf_ort_tensor_info *info, enum vf_element *element);
    VF_ORT_CALL(rank, const struct vf_ort_tensor_info *info, size_t *rank);
    VF_ORT_CALL(shape, const struct vf_ort_tensor_info *info, int64_t *shape, size_t rank);
    VF_ORT_UNUSED(63, 64);
    VF_ORT_CALL(tensor_info, const struct vf_ort_value *value, struct vf_ort_tensor_info **info);
    VF_ORT_UNUSED(66, 68);
    VF_ORT_CALL(cpu_memory_info, enum vf_ort_allocator_type allocator,
                enum vf_ort_memory_type memory, struct vf_ort_memory_info **info);
    VF_ORT_UNUSED(70, 75);
    VF_ORT_CALL(allocator_free, struct vf_ort_allocator *allocator, void *memory);
    VF_ORT_UNUSED(77, 77);
    VF_ORT_CALL(default_allocator, struct vf_ort_allocator **lent);
    VF_ORT_UNUSED(79, 91);
    void (*release_env)(struct vf_ort_env *env);
    void (*release_status)(struct vf_ort_status *status);
    void (*release_memory_info)(struct vf_ort_memory_info *info);
    void (*release_session)(struct vf_ort_session *session);
    void (*release_value)(struct vf_ort_value *value);
    VF_ORT_UNUSED(97, 97);
    void (*release_type_info)(struct vf_ort_type_info *type);
    void (*release_tensor_info)(struct vf_ort_tensor_info *info);
    void (*release_session_options)(struct vf_ort_session_options *options);
    VF_ORT_UNUSED(101, 110);
    VF_ORT_CALL(metadata, const struct vf_ort_session *session, struct vf_ort_metadata **metadata);
    VF_ORT_UNUSED(112, 115);
    VF_ORT_CALL(find_metadata, const struct vf_ort_metadata *metadata,
                struct vf_ort_allocator *allocator, const char *key, char **value);
    VF_ORT_UNUSED(117, 117);
    void (*release_metadata)(struct vf_ort_metadata *metadata);
    VF_ORT_UNUSED(119, 124);
    VF_ORT_CALL(providers, char ***names, int *count);
    VF_ORT_CALL(release_providers, char **names, int count);
    VF_ORT_UNUSED(127, 129);
    VF_ORT_CALL(set_config, struct vf_ort_session_options *options, const char *key,
                const char *value);
    VF_ORT_UNUSED(131, 169);
    VF_ORT_CALL(use_tensorrt, struct vf_ort_session_options *options,
                const struct vf_ort_tensorrt_options *tensorrt);
    VF_ORT_CALL(create_tensorrt_options, struct vf_ort_tensorrt_options **tensorrt);
    VF_ORT_UNUSED(172, 173);
    void (*release_tensorrt_options)(struct vf_ort_tensorrt_options *tensorrt);
    VF_ORT_UNUSED(175, 203);
    VF_ORT_CALL(use_cuda, struct vf_ort_session_options *options,
                const struct vf_ort_cuda_options *cuda);
    VF_ORT_CALL(create_cuda_options, struct vf_ort_cuda_options **cuda);
    VF_ORT_UNUSED(206, 207);
    void (*release_cuda_options)(struct vf_ort_cuda_options *cuda);
    VF_ORT_UNUSED(209, 215);
    VF_ORT_CALL(use_provider, struct vf_ort_session_options *options, const char *name,
                const char *const *keys, const char *const *values, size_t count);
};

/* What OrtGetApiBase() returns. */
struct vf_ort_base {
    const struct vf_ort *(*table)(uint32_t version); /* NULL: it is not as new as that */
    const char *(*release)(void);
};

#define VF_ORT_PLACE(name, number)                                             \
    _Static_assert(offsetof(struct vf_ort, name) == (number) * sizeof(void *), \
                   #name " is function " #number)
VF_ORT_PLACE(status_message, 2);
VF_ORT_PLACE(create_env, 4);
VF_ORT_PLACE(disable_telemetry, 6);
VF_ORT_PLACE(create_session, 7);
VF_ORT_PLACE(run, 9);
VF_ORT_PLACE(create_session_options, 10);
VF_ORT_PLACE(set_optimization, 23);
VF_ORT_PLACE(set_threads, 24);
VF_ORT_PLACE(input_count, 30);
VF_ORT_PLACE(output_count, 31);
VF_ORT_PLACE(input_type, 33);
VF_ORT_PLACE(output_type, 34);
VF_ORT_PLACE(input_name, 36);
VF_ORT_PLACE(output_name, 37);
VF_ORT_PLACE(wrap_tensor, 49);
VF_ORT_PLACE(is_tensor, 50);
VF_ORT_PLACE(tensor_data, 51);
VF_ORT_PLACE(tensor_info_of_type, 55);
VF_ORT_PLACE(kind_of_type, 56);
VF_ORT_PLACE(element, 60);
VF_ORT_PLACE(rank, 61);
VF_ORT_PLACE(shape, 62);
VF_ORT_PLACE(tensor_info, 65);
VF_ORT_PLACE(cpu_memory_info, 69);
VF_ORT_PLACE(allocator_free, 76);
VF_ORT_PLACE(default_allocator, 78);
VF_ORT_PLACE(release_env, 92);
VF_ORT_PLACE(release_status, 93);
VF_ORT_PLACE(release_memory_info, 94);
VF_ORT_PLACE(release_session, 95);
VF_ORT_PLACE(release_value, 96);
VF_ORT_PLACE(release_type_info, 98);
VF_ORT_PLACE(release_tensor_info, 99);
VF_ORT_PLACE(release_session_options, 100);
VF_ORT_PLACE(metadata, 111);
VF_ORT_PLACE(find_metadata, 116);
VF_ORT_PLACE(release_metadata, 118);
VF_ORT_PLACE(providers, 125);
VF_ORT_PLACE(release_providers, 126);
VF_ORT_PLACE(set_config, 130);
VF_ORT_PLACE(use_tensorrt, 170);
VF_ORT_PLACE(create_tensorrt_options, 171);
VF_ORT_PLACE(release_tensorrt_options, 174);
VF_ORT_PLACE(use_cuda, 204);
VF_ORT_PLACE(create_cuda_options, 205);
VF_ORT_PLACE(release_cuda_options, 208);
VF_ORT_PLACE(use_provider, 216);

#endif
