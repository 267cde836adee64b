/* SPDX-License-Identifier: MIT */
/* faces.h - the opened faces of a font, and of others for characters that it lacks.
 *
 * All of them have one size. The others are opened when a character first needs them.
 */
#ifndef VF_ENGINE_MEDIA_TEXT_FACES_H
#define VF_ENGINE_MEDIA_TEXT_FACES_H

#include <ft2build.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include FT_FREETYPE_H

struct vf_faces;

/* Opens a font, by its path or name. Returns -ENOENT, after saying what to do, when there is
 * none. */
VF_MUST_CHECK int vf_faces_create(struct vf_faces **faces, const char *font);
void vf_faces_destroy(struct vf_faces **faces);

/* Sets the size of every face in pixels. Returns -EINVAL, after saying why, when the font has no
 * such size. */
VF_MUST_CHECK int vf_faces_set_size(struct vf_faces *faces, int size);

/* Returns the face of the font that was asked for. Lends it until the end of `faces`, as does the
 * function below. */
FT_Face vf_faces_first(const struct vf_faces *faces);

/* Returns the first face that has all of the characters; NULL when no font has them. */
FT_Face vf_faces_choose(struct vf_faces *faces, const uint32_t *codes, size_t count);

/* Warns that no font has a character, the first time that it is asked to. */
void vf_faces_miss(struct vf_faces *faces, uint32_t code);

#endif
