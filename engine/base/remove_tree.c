/* SPDX-License-Identifier: MIT */
#include "engine/base/remove_tree.h"

#include <ftw.h>
#include <stdio.h>

#define MAX_OPEN 16 /* folders at a time */

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *place)
{
    (void)status;
    (void)flag;
    (void)place;
    (void)remove(path);
    return 0;
}

void vf_remove_tree(const char *folder)
{
    (void)nftw(folder, remove_one, MAX_OPEN, FTW_DEPTH | FTW_PHYS);
}
