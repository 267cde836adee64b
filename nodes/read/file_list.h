/* SPDX-License-Identifier: MIT */
/* file_list.h - which files a folder or a glob means, in order.
 *
 * Files whose names begin with a dot, and folders of such names, are left out, as a shell does. A
 * file that is named itself is taken, whatever it is called.
 */
#ifndef VF_NODES_READ_FILE_LIST_H
#define VF_NODES_READ_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/message/message.h"
#include "engine/node/node.h"

enum vf_file_order {
    VF_FILE_ORDER_NAME,    /* byte by byte, as Python's sorted(): img10 before img2 */
    VF_FILE_ORDER_NATURAL, /* numbers by their value: img2 before img10 */
};

/* What is looked for. */
struct vf_file_wish {
    const char *place; /* a folder, a file, or a glob(7) where there is neither of that name */
    enum vf_file_order order;
    bool is_recursive; /* a folder with the folders in it; files of one folder stay together */
    /* Of a folder: */
    const char *pattern;        /* only files whose name fits this glob(7); NULL or "": all */
    const char *const *endings; /* only these, without the dot, in either case; */
    size_t ending_count;        /* 0: all */
};

/* Starts as {0}. */
struct vf_file_list {
    char **paths;         /* each begins with the place that was asked for */
    size_t count;         /* at least 1 */
    size_t folder_length; /* of the folder that was asked for, or that the glob begins with, in each
                             path; VF_SOURCE_NAME: of one file */
};

/* Looks for the files. Returns a negative errno, with one line in `problem`: there is nothing
 * (-ENOENT), it may not be read (-EACCES), and so on. */
VF_MUST_CHECK int vf_file_list_init(struct vf_file_list *list, const struct vf_file_wish *wish,
                                    char *problem, size_t problem_size);
void vf_file_list_finish(struct vf_file_list *list);

/* Calls `visit` with the path of each file, in order. Returns as vf_file_list_init() does. */
VF_MUST_CHECK int vf_file_list_visit(const struct vf_file_wish *wish,
                                     const struct vf_path_visitor *visitor, char *problem,
                                     size_t problem_size);

/* Returns whether a file of this name, in the folder that is meant, or below it ("low/a.png"),
 * would be listed. */
bool vf_file_list_takes(const struct vf_file_wish *wish, const char *name);

/* Returns which of two paths comes first: less than, equal to or more than 0. */
int vf_file_list_compare(const char *one, const char *other, enum vf_file_order order);

#endif
