/* SPDX-License-Identifier: MIT */
#include "engine/media/facts/file/tags.h"

#include <errno.h>
#include <libavutil/dict.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Each also with a language behind it, as Matroska has them: "BPS-eng". */
static const char *const of_old_file[] = {
    "major_brand",  "minor_version",   "compatible_brands",
    "encoder",      "duration",        "company_name", /* who wrote the MXF, and with what */
    "product_name", "product_version", NULL};
static const char *const of_old_stream[] = {"encoder",
                                            "vendor_id",
                                            "duration",
                                            "bps",
                                            "number_of_frames",
                                            "number_of_bytes",
                                            "source_id",
                                            "rotate",
                                            "variant_bitrate",
                                            "_statistics_tags",
                                            "_statistics_writing_app",
                                            "_statistics_writing_date_utc",
                                            NULL};

static bool is_named(const char *key, const char *name)
{
    size_t length = strlen(name);
    return strncasecmp(key, name, length) == 0 && (key[length] == '\0' || key[length] == '-');
}

static int keep(AVDictionary **kept, const AVDictionary *tags, const char *const *left_out)
{
    const AVDictionaryEntry *entry = NULL;
    while ((entry = av_dict_get(tags, "", entry, AV_DICT_IGNORE_SUFFIX))) {
        const char *const *name = left_out;
        while (*name && !is_named(entry->key, *name))
            name++;
        if (!*name && av_dict_set(kept, entry->key, entry->value, 0) < 0)
            return -ENOMEM;
    }
    return VF_OK;
}

int vf_tags_of_file(AVDictionary **kept, const AVDictionary *tags)
{
    return keep(kept, tags, of_old_file);
}

int vf_tags_of_stream(AVDictionary **kept, const AVDictionary *tags)
{
    return keep(kept, tags, of_old_stream);
}
