/* SPDX-License-Identifier: MIT */
#include "nodes/value/running_number.h"

#include <errno.h>
#include <math.h>

#include "engine/base/log.h"
#include "nodes/value/value_text.h"

/* The first number beyond what 64 bits hold. */
#define TWO_TO_THE_63 9223372036854775808.0

double vf_number_as_real(const struct vf_number *number)
{
    return number->is_real ? number->real : (double)number->whole;
}

static int compare_whole(int64_t one, int64_t other)
{
    return (one > other) - (one < other);
}

static int compare_real(double one, double other)
{
    return (one > other) - (one < other);
}

static int compare_mixed(int64_t whole, double real)
{
    if (real >= TWO_TO_THE_63)
        return -1;
    if (real < -TWO_TO_THE_63)
        return 1;
    int order = compare_whole(whole, (int64_t)floor(real));
    return order == 0 && floor(real) < real ? -1 : order;
}

int vf_number_compare(const struct vf_number *one, const struct vf_number *other)
{
    if (one->is_real && other->is_real)
        return compare_real(one->real, other->real);
    if (one->is_real)
        return -compare_mixed(other->whole, one->real);
    if (other->is_real)
        return compare_mixed(one->whole, other->real);
    return compare_whole(one->whole, other->whole);
}

int vf_number_set_whole(struct vf_number *number, int64_t whole, bool has_overflown,
                        const char *name)
{
    if (has_overflown) {
        vf_log(VF_LOG_ERROR, "the %s is larger than 64 bits hold", name);
        return -EINVAL;
    }
    *number = (struct vf_number){.whole = whole};
    return VF_OK;
}

int vf_number_set_real(struct vf_number *number, double real, const char *name)
{
    if (!isfinite(real)) {
        vf_log(VF_LOG_ERROR, "the %s is larger than a number can be", name);
        return -EINVAL;
    }
    *number = (struct vf_number){.is_real = true, .real = real};
    return VF_OK;
}

static int read_number(struct vf_number *number, const struct vf_message *message)
{
    json_t *value = vf_value_parse(message);
    if (!value)
        return -EINVAL;
    bool is_number = json_is_number(value);
    *number = (struct vf_number){
        .is_real = json_is_real(value),
        .whole = json_integer_value(value),
        .real = json_real_value(value),
    };
    json_decref(value);
    if (is_number)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "an input is not a number");
    return -EINVAL;
}

static int make_message(struct vf_message **message, const struct vf_number *number)
{
    if (!number->is_real)
        return vf_message_create_integer(message, number->whole);
    struct vf_text text = {0};
    vf_value_print_real(&text, number->real);
    int err = text.failed ? -ENOMEM : vf_message_create_json(message, text.bytes, text.length);
    vf_text_finish(&text);
    return err;
}

int vf_running_number_process(struct vf_node_run *run, const struct vf_message *input,
                              int (*fold)(struct vf_number *so_far, const struct vf_number *next))
{
    struct vf_message *result = NULL;
    struct vf_number next;
    int err = read_number(&next, input);
    if (!err)
        err = fold(run->state, &next);
    if (!err)
        err = make_message(&result, run->state);
    if (err)
        return err;
    vf_message_follow(result, input);
    err = vf_node_emit(run, 0, &result);
    vf_message_destroy(&result);
    return err;
}
