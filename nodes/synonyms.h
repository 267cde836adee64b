/* SPDX-License-Identifier: MIT */
/* synonyms.h - what users of other programs call these nodes. */
#ifndef VF_NODES_SYNONYMS_H
#define VF_NODES_SYNONYMS_H

#include "engine/node/node.h"

extern const struct vf_synonym_list vf_node_synonyms;

#endif
