/* SPDX-License-Identifier: MIT */
/* subject.h - what subjects of NATS are like: street.counts. */
#ifndef VF_NODES_NATS_SUBJECT_H
#define VF_NODES_NATS_SUBJECT_H

#include "nodes/broker/topic.h"

extern const struct vf_broker_topic_rules vf_nats_subjects;

#endif
