/* SPDX-License-Identifier: MIT */
/* url_scheme.h - what is known of the schemes of URLs beyond which protocols libav has. */
#ifndef VF_ENGINE_MEDIA_LIBAV_URL_SCHEME_H
#define VF_ENGINE_MEDIA_LIBAV_URL_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

struct vf_url_scheme {
    const char *name;
    const char
        *container;       /* that is sent over it where nothing else is said; NULL: none is usual */
    bool is_remote;       /* what is read may be lost, and come back */
    bool is_of_container; /* a container opens it by itself: no protocol of libav's is called so */
};

/* Returns what is known of the scheme that is the first `length` bytes of `name`; NULL: nothing. */
const struct vf_url_scheme *vf_url_scheme_find(const char *name, size_t length);

#endif
