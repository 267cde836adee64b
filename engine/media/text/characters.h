/* SPDX-License-Identifier: MIT */
/* characters.h - text as Unicode characters, and which of them belong together. */
#ifndef VF_ENGINE_MEDIA_TEXT_CHARACTERS_H
#define VF_ENGINE_MEDIA_TEXT_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads UTF-8 into `codes`, which has room for `most`, and returns how many there are. U+FFFD
 * stands for each byte that is none, a space for each control character. */
size_t vf_characters_read(uint32_t *codes, size_t most, const char *text, size_t length);

/* Returns the place after the character at `first` and the marks that stand on it, or what is
 * joined to it. */
size_t vf_characters_cluster_end(const uint32_t *codes, size_t count, size_t first);

/* Reports whether a font needs a glyph for a character: not so if it only says how others are
 * drawn. */
bool vf_character_has_glyph(uint32_t code);

#endif
