/* SPDX-License-Identifier: MIT */
#include "cmd/export/export.h"

#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/text.h"

#define SECONDS_ELSE 15 /* of a shutdown, beside its steps */

/* Two steps of stopping have their time; the third one kills. */
long vf_export_stop_seconds(const struct vf_export *export)
{
    return (long)(2 * ((export->grace_ns + VF_NS_PER_S - 1) / VF_NS_PER_S)) + SECONDS_ELSE;
}

bool vf_export_make_label(char label[VF_EXPORT_LABEL_SIZE], const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    size_t length = 0;
    for (; *name && length + 1 < VF_EXPORT_LABEL_SIZE; name++) {
        char byte = *name;
        if (byte >= 'A' && byte <= 'Z')
            byte = letters[byte - 'A'];
        if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))
            label[length++] = byte;
        else if (length && label[length - 1] != '-')
            label[length++] = '-';
    }
    while (length && label[length - 1] == '-')
        length--;
    label[length] = '\0';
    return length > 0;
}

char *vf_export_manifest(const struct vf_export *export, bool is_container)
{
    for (size_t i = 0; i < export->mounts.count; i++) {
        const struct vf_export_mount *mount = &export->mounts.items[i];
        const char *folder = is_container ? mount->place : mount->folder;
        if (mount->is_written)
            return vf_text_format("%s/%s", strcmp(folder, "/") == 0 ? "" : folder, export->name);
    }
    return NULL;
}
