/* SPDX-License-Identifier: MIT */
/* letter_names.h - what names of dead letters end in: for who writes them (engine/task), and who
 * looks whether somebody else would (engine/flow). */
#ifndef VF_ENGINE_BASE_LETTER_NAMES_H
#define VF_ENGINE_BASE_LETTER_NAMES_H

#define VF_LETTER_NOTE "json"
#define VF_LETTER_PAYLOADS "png", "npy", "txt", "packet", "raw"

/* Makes the name of a task one part of a path: "cams/front/reader" becomes "cams.front.reader". */
static inline void vf_letter_name_flatten(char *name)
{
    for (; *name; name++)
        *name = *name == '/' ? '.' : *name;
}

#endif
