/* SPDX-License-Identifier: MIT */
/* remove_tree.h - a folder removed with all that is in it. */
#ifndef VF_ENGINE_BASE_REMOVE_TREE_H
#define VF_ENGINE_BASE_REMOVE_TREE_H

/* Removes a folder and all files and folders in it. Follows no links. What cannot be removed stays. */
void vf_remove_tree(const char *folder);

#endif
