/* SPDX-License-Identifier: MIT */
/* node_loader - every node there is, as the program has them: those of the core in the program
 * itself, the others in modules, which are loaded when somebody asks for one of their nodes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/base/array.h"
#include "engine/base/log.h"
#include "nodes/all_nodes.h"
#include "nodes/node_table.h"
#include "nodes/synonyms.h"

#define NAME(module, name) #name,
#define MODULE(module, name) #module,
static const char *const names[] = {VF_EACH_NODE(NAME)};
static const char *const modules[] = {VF_EACH_NODE(MODULE)};

static struct {
    bool is_asked;
    const struct vf_node *node;
} answers[VF_COUNT(names)];

static void complain(size_t number, const char *problem)
{
    for (size_t i = 0; i < VF_COUNT(names); i++) {
        if (answers[i].is_asked && !answers[i].node && strcmp(modules[i], modules[number]) == 0)
            return; /* reported already */
    }
    vf_log(VF_LOG_ERROR, "%s is in the module %s, which cannot be loaded: %s", names[number],
           modules[number], problem);
}

static const struct vf_node *ask(size_t number)
{
    const char *problem;
    char symbol[80];
    snprintf(symbol, sizeof(symbol), "vf_node_%s", names[number]);
    const struct vf_node *node = vf_loader_find(modules[number], symbol, &problem);
    if (!node)
        complain(number, problem);
    return node;
}

static const struct vf_node *bring(size_t number)
{
    if (!answers[number].is_asked)
        answers[number].node = ask(number);
    answers[number].is_asked = true;
    return answers[number].node;
}

const struct vf_node_list vf_all_nodes = {
    .count = VF_COUNT(names),
    .names = names,
    .bring = bring,
    .synonyms = &vf_node_synonyms,
    .added = &vf_added_nodes,
};
