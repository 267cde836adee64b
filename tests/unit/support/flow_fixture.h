/* SPDX-License-Identifier: MIT */
/* flow_fixture.h - flows written in a test, made of the nodes of plain_nodes.h. */
#ifndef VF_TESTS_UNIT_SUPPORT_FLOW_FIXTURE_H
#define VF_TESTS_UNIT_SUPPORT_FLOW_FIXTURE_H

#include "engine/flow/file/load.h"
#include "engine/flow/flow.h"
#include "engine/flow/plan/plan.h"

/* Loads `yaml` as the file "f" with a request that may be NULL. Returns what is wrong with it as
 * it is printed, which the caller frees; "" when nothing is. */
char *flow_messages(const char *yaml, const struct vf_flow_request *request);

/* Fails the test unless those are the messages. */
void assert_flow_messages(const char *yaml, const struct vf_flow_request *request,
                          const char *messages);

/* Loads `nodes`, the lines under "nodes:", which have no mistake. The caller destroys it. */
struct vf_flow *load_good_flow(const char *yaml, const struct vf_flow_request *request);

/* The same, planned. */
struct vf_plan *plan_good_flow(const char *yaml);

/* The task of that name, and the first edge from one task to another: a test fails when there is
 * none. */
const struct vf_plan_task *find_task(const struct vf_plan *plan, const char *name);
const struct vf_plan_edge *find_edge(const struct vf_plan *plan, const char *sender,
                                     const char *receiver);

#endif
