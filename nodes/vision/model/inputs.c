/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "nodes/vision/model/onnx_api.h"
#include "nodes/vision/model/results.h"

#define NUMBERS 2 /* of each picture */
#define MOST_BYTES 8

/* What an input is told of each picture. */
enum told {
    TOLD_NOTHING, /* it is the pictures */
    TOLD_SIZE,    /* width and height, as RT-DETR has it */
    TOLD_SHAPE,   /* height and width, as PaddleDetection has it */
    TOLD_SCALE,   /* how much the picture was scaled: not at all */
};

struct input {
    enum told told;
    void *numbers;
    unsigned capacity; /* pictures that it has room for */
};

struct vf_model_inputs {
    const struct vf_tensor_form *forms;
    struct input *items;
    struct vf_tensor *tensors;
    size_t count, pictures; /* which of them the pictures are */
};

static bool is_pictures(const struct vf_tensor_form *form)
{
    return form->rank == 4;
}

static bool is_usable(const struct vf_tensor_form *form)
{
    bool is_number = form->element == VF_ELEMENT_FLOAT32 || form->element == VF_ELEMENT_INT64 ||
                     form->element == VF_ELEMENT_INT32;
    return is_number && form->rank == 2 && (form->shape[1] < 0 || form->shape[1] == NUMBERS);
}

static int find_told(const struct vf_tensor_form *form, enum told *told,
                     const struct vf_model_problem *problem)
{
    struct vf_text text = {0};
    *told = vf_results_is_called(form, "scale")   ? TOLD_SCALE
            : vf_results_is_called(form, "shape") ? TOLD_SHAPE
            : vf_results_is_called(form, "size")  ? TOLD_SIZE
                                                  : TOLD_NOTHING;
    if (*told != TOLD_NOTHING && is_usable(form))
        return VF_OK;
    vf_forms_describe(&text, form, 1);
    snprintf(problem->text, problem->size,
             "model: its input %s is neither pictures nor what is known of them: their size "
             "(orig_target_sizes), shape (im_shape) or scale (scale_factor), each batch x 2",
             text.bytes ? text.bytes : form->name);
    vf_text_finish(&text);
    return -EINVAL;
}

int vf_model_inputs_create(struct vf_model_inputs **inputs, const struct vf_tensor_form *forms,
                           size_t count, const struct vf_model_problem *problem)
{
    struct vf_model_inputs *made = *inputs = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->forms = forms;
    made->count = count;
    made->items = calloc(count + 1, sizeof(*made->items));
    made->tensors = calloc(count + 1, sizeof(*made->tensors));
    int err = made->items && made->tensors ? VF_OK : -ENOMEM;
    while (made->pictures < count && !is_pictures(&forms[made->pictures]))
        made->pictures++;
    if (made->pictures == count)
        made->pictures = 0; /* which is refused as pictures */
    for (size_t i = 0; i < count && !err; i++) {
        if (i != made->pictures)
            err = find_told(&forms[i], &made->items[i].told, problem);
    }
    if (err)
        vf_model_inputs_destroy(inputs);
    return err;
}

void vf_model_inputs_destroy(struct vf_model_inputs **inputs)
{
    struct vf_model_inputs *old = *inputs;
    if (!old)
        return;
    for (size_t i = 0; i < old->count && old->items; i++)
        free(old->items[i].numbers);
    free(old->items);
    free(old->tensors);
    free(old);
    *inputs = NULL;
}

const struct vf_tensor_form *vf_model_inputs_pictures(const struct vf_model_inputs *inputs)
{
    return &inputs->forms[inputs->pictures];
}

static void set_number(void *numbers, unsigned element, size_t i, int value)
{
    if (element == VF_ELEMENT_FLOAT32)
        ((float *)numbers)[i] = (float)value;
    else if (element == VF_ELEMENT_INT64)
        ((int64_t *)numbers)[i] = value;
    else
        ((int32_t *)numbers)[i] = value;
}

/* Says the same of each picture. */
static int fill(struct input *input, const struct vf_tensor_form *form,
                const struct vf_picture_form *picture, unsigned batch, struct vf_tensor *tensor)
{
    int told[NUMBERS] = {1, 1};
    if (batch > input->capacity) {
        free(input->numbers);
        input->numbers = malloc((size_t)batch * NUMBERS * MOST_BYTES);
        input->capacity = input->numbers ? batch : 0;
    }
    if (!input->numbers)
        return -ENOMEM;
    if (input->told == TOLD_SIZE)
        told[0] = picture->width, told[1] = picture->height;
    else if (input->told == TOLD_SHAPE)
        told[0] = picture->height, told[1] = picture->width;
    for (size_t i = 0; i < (size_t)batch * NUMBERS; i++)
        set_number(input->numbers, form->element, i, told[i % NUMBERS]);
    *tensor = (struct vf_tensor){
        .element = form->element, .rank = 2, .shape = {batch, NUMBERS}, .data = input->numbers};
    return VF_OK;
}

const struct vf_tensor *vf_model_inputs_fill(struct vf_model_inputs *inputs,
                                             const struct vf_picture_form *picture, unsigned batch,
                                             void *pictures)
{
    int err = VF_OK;
    for (size_t i = 0; i < inputs->count && !err; i++) {
        if (i != inputs->pictures)
            err = fill(&inputs->items[i], &inputs->forms[i], picture, batch, &inputs->tensors[i]);
    }
    struct vf_tensor *tensor = &inputs->tensors[inputs->pictures];
    vf_picture_form_describe(picture, batch, tensor);
    tensor->data = pictures;
    return err ? NULL : inputs->tensors;
}
