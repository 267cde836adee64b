/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/place.h"

#include <libavformat/avio.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/media/libav/url_scheme.h"

bool vf_output_is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

static bool is_known(const char *name)
{
    void *position = NULL;
    for (const char *protocol; (protocol = avio_enum_protocols(&position, 1));) {
        if (strcmp(protocol, name) == 0)
            return true;
    }
    const struct vf_url_scheme *scheme = vf_url_scheme_find(name, strlen(name));
    return scheme && scheme->is_of_container;
}

bool vf_output_scheme(const char *path, char *scheme, size_t size)
{
    size_t length = strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789+-.");
    if (path[length] != ':' || length < 2 || length >= size)
        return false;
    memcpy(scheme, path, length);
    scheme[length] = '\0';
    const char *rest = path + length + 1;
    bool is_pipe = strcmp(scheme, "pipe") == 0 && !rest[strspn(rest, "0123456789")];
    bool is_url = strncmp(rest, "//", 2) == 0 || is_pipe;
    return is_url && strcmp(scheme, "file") != 0 && is_known(scheme);
}

bool vf_output_is_stream(const char *path)
{
    char scheme[32];
    return vf_output_is_standard(path) || vf_output_scheme(path, scheme, sizeof(scheme));
}

const char *vf_output_url_file(const char *url)
{
    return strncmp(url, "file:", strlen("file:")) == 0 ? url + strlen("file:") : url;
}

char *vf_output_url(const char *path)
{
    char scheme[32];
    if (vf_output_is_standard(path))
        return vf_text_format("pipe:1");
    bool is_url = vf_output_scheme(path, scheme, sizeof(scheme));
    return vf_text_format("%s%s", is_url ? "" : "file:", path);
}
