/* SPDX-License-Identifier: MIT */
#include "nodes/nats/subject.h"

static void make_level(char *field)
{
    vf_broker_topic_clean(field, ".*> ");
}

const struct vf_broker_topic_rules vf_nats_subjects = {
    .word = "subject",
    .example = "street.counts",
    .wildcards = "*>",
    .separator = '.',
    .make_level = make_level,
};
