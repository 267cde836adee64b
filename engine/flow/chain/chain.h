/* SPDX-License-Identifier: MIT */
/* chain.h - a flow in one line: "video_reader in.mp4 ! resize width=640 ! video_writer out.mp4".
 *
 * Nodes are separated by "!". A node is its type, before it "NAME:" if it is to have a name, and
 * after it its options as KEY=VALUE; a first word without "=" is the value of the type's main option
 * (option.h). ";" begins another branch, whose first words may be "NAME." or "NAME.PORT": nodes met
 * before, from which it goes on. Words are quoted as in a shell (words.h).
 *
 * Picture and sound travel together: each node takes what it is for, and the other passes it by. So
 * the sound of the reader reaches the writer, unless a node on the way changes the time of the
 * pictures (`changes_time` of node.h).
 *
 * What it makes is the tree of a flow file, whose places are those in the chain: so all that is found
 * out about the flow later is shown there.
 */
#ifndef VF_ENGINE_FLOW_CHAIN_CHAIN_H
#define VF_ENGINE_FLOW_CHAIN_CHAIN_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/node/node.h"

/* Makes *root, which starts as {0} and is the caller's in any case, of `chain`. Returns -EINVAL
 * after adding diagnostics for what is wrong with it as a chain, -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_chain_read(const char *chain, const struct vf_node_list *nodes,
                                struct vf_diagnostics *diagnostics, struct vf_tree *root);

#endif
