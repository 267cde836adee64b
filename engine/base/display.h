/* SPDX-License-Identifier: MIT */
/* display.h - text of others, such as names of files, so that it can be shown and passed on.
 *
 * Whatever is logged, reported or printed as JSON goes through here.
 */
#ifndef VF_ENGINE_BASE_DISPLAY_H
#define VF_ENGINE_BASE_DISPLAY_H

/* Changes a text in its place: one line stays one line, no terminal obeys it, nobody is deceived
 * about its order, and it holds no password. What is hidden becomes "?", or "***" in URLs: the user
 * and password, and values that are secret by their name ("?token=***"). */
void vf_display_clean(char *text);

/* Puts `mark` in the place of each character that a terminal obeys, that turns the order of a line
 * around, or that nobody can see. */
void vf_display_hide_characters(char *text, char mark);

/* Hides the secrets of URLs only. */
void vf_display_hide_secrets(char *text);

/* Returns the bytes as valid UTF-8 in fresh memory, the caller's, without secrets; NULL: memory is
 * short. A byte that is no UTF-8 becomes "\xe9", and a backslash that seems to begin such a thing
 * becomes "\x5c", so that the bytes can be found again. */
char *vf_display_utf8(const char *bytes);

#endif
