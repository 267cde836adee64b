/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/told_events.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define RATE 25
#define START_NS 10000000000LL

int told_feed(struct vf_bench *bench, uint64_t number, const char *text)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_json(&message, text, strlen(text)), VF_OK);
    struct vf_description *description = &message->description;
    vf_message_set_source(description, "street.avi", VF_SOURCE_NAME);
    description->origin.number = number;
    description->timestamp = (int64_t)number;
    description->time_base = (struct vf_rational){1, RATE};
    description->source_time_ns = START_NS + (int64_t)number * 1000000000 / RATE;
    int err = vf_bench_feed(bench, message, NULL);
    vf_message_destroy(&message);
    return err;
}

json_t *told_value(const struct vf_bench *bench, unsigned port, unsigned index)
{
    const struct vf_message *message = vf_bench_output(bench, port, index);
    ck_assert_ptr_nonnull(message);
    size_t length;
    const char *text = vf_message_json(message, &length);
    ck_assert_ptr_nonnull(text);
    json_t *value = json_loadb(text, length, JSON_DECODE_ANY, NULL);
    ck_assert_ptr_nonnull(value);
    return value;
}

void told_expect(const struct vf_bench *bench, unsigned port, unsigned index, const char *json)
{
    json_t *wanted = json_loads(json, JSON_DECODE_ANY, NULL);
    json_t *value = told_value(bench, port, index);
    ck_assert_ptr_nonnull(wanted);
    char *shown = json_dumps(value, JSON_ENCODE_ANY);
    ck_assert_msg(json_equal(value, wanted), "%s", shown);
    free(shown);
    json_decref(value);
    json_decref(wanted);
}
