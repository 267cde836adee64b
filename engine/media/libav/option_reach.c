/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/option_reach.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

enum deed {
    READS,       /* a file, or the URL of one */
    READS_LIST,  /* a file that names others, which stand beside it */
    WRITES,      /* a file, where the value says */
    WRITES_NEAR, /* a file, beside the output unless the value has a folder */
    CONNECTS,    /* to what the value says */
    LISTENS,     /* on the path, unless the value is 0 */
    HAS_MORE,    /* name=value:name=value */
};

struct row {
    const char *option;
    enum deed deed;
};

static const struct row rows[] = {
    {"ca_file", READS},
    {"cafile", READS},
    {"cert", READS},
    {"cert_file", READS},
    {"hls_fmp4_init_filename", WRITES_NEAR},
    {"hls_key_info_file", READS_LIST},
    {"hls_segment_filename", WRITES},
    {"http_proxy", CONNECTS},
    {"init_seg_name", WRITES_NEAR},
    {"key", READS},
    {"key_file", READS},
    {"listen", LISTENS},
    {"master_pl_name", WRITES_NEAR},
    {"media_seg_name", WRITES_NEAR},
    {"rtmp_listen", LISTENS},
    {"segment_list", WRITES},
    {"stats", WRITES},
    {"svtav1-params", HAS_MORE},
    {"x264-params", HAS_MORE},
    {"x264opts", HAS_MORE},
    {"x265-params", HAS_MORE},
};

/* Of the libraries behind encoders, which open their files themselves. */
static const struct row library_rows[] = {
    {"analysis-load", READS},
    {"analysis-reuse-file", WRITES},
    {"analysis-save", WRITES},
    {"cqmfile", READS},
    {"csv", WRITES},
    {"dhdr10-info", READS},
    {"dolby-vision-rpu", READS},
    {"dump-yuv", WRITES},
    {"fgs-table", READS},
    {"lambda-file", READS},
    {"qpfile", READS},
    {"recon", WRITES},
    {"scaling-list", READS},
    {"stats", WRITES},
    {"zonefile", READS},
};

static const struct row *find(const struct row *items, size_t count, const char *option)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(items[i].option, option) == 0)
            return &items[i];
    }
    return NULL;
}

static void tell(const struct row *row, const char *value, const char *path,
                 const struct vf_reach *reach)
{
    switch (row->deed) {
    case READS:
        vf_reach_add_input(reach, value);
        break;
    case READS_LIST:
        vf_reach_add(reach, VF_REACH_READ, value);
        vf_reach_add_folder_of(reach, VF_REACH_READ_BELOW, value);
        break;
    case WRITES_NEAR:
        if (!strchr(value, '/'))
            break; /* where the output is written anyway */
        vf_reach_add_output(reach, value);
        break;
    case WRITES:
        vf_reach_add_output(reach, value);
        break;
    case CONNECTS:
        vf_reach_add(reach, VF_REACH_CONNECT, value);
        break;
    case LISTENS:
        if (strcmp(value, "0") != 0)
            vf_reach_add(reach, VF_REACH_LISTEN, path);
        break;
    case HAS_MORE:
        break;
    }
}

/* A path of Windows or a URL has colons, too, which the libraries take for the next parameter. */
static void tell_more(const char *parameters, const struct vf_reach *reach)
{
    char *copy = strdup(parameters), *rest = NULL;
    for (char *word = copy ? strtok_r(copy, ":", &rest) : NULL; word;
         word = strtok_r(NULL, ":", &rest)) {
        char *value = strchr(word, '=');
        if (!value)
            continue;
        *value++ = '\0';
        const struct row *row = find(library_rows, VF_COUNT(library_rows), word);
        if (row)
            tell(row, value, "", reach);
    }
    free(copy);
}

void vf_option_reach(const struct vf_map *options, const char *path, const struct vf_reach *reach)
{
    for (size_t i = 0; i < options->count; i++) {
        const char *value = options->items[i].text;
        const struct row *row = find(rows, VF_COUNT(rows), options->items[i].key);
        if (row && row->deed == HAS_MORE)
            tell_more(value, reach);
        else if (row && *value)
            tell(row, value, path, reach);
    }
}
