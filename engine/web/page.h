/* SPDX-License-Identifier: MIT */
/* page.h - the files of the page, which are a part of the program: those of the folder page/. */
#ifndef VF_ENGINE_WEB_PAGE_H
#define VF_ENGINE_WEB_PAGE_H

#include <stddef.h>

struct vf_web_page_file {
    const char *path; /* "/view.js" */
    const char *type; /* "text/javascript; charset=utf-8" */
    const unsigned char *bytes;
    size_t size;
};

/* Returns the file that has this path; "/" is index.html. NULL: there is none. */
const struct vf_web_page_file *vf_web_page_find(const char *path);

/* In a file that is made of the folder when the program is built; the last has no path. */
extern const struct vf_web_page_file vf_web_page_files[];

#endif
