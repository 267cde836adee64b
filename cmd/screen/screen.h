/* SPDX-License-Identifier: MIT */
/* screen.h - a terminal that a program has for itself: lines of text, and keys. By ncurses, which is
 * in a module of the program's that only vflow top loads. One at a time. */
#ifndef VF_CMD_SCREEN_SCREEN_H
#define VF_CMD_SCREEN_SCREEN_H

#include <stddef.h>

#include "engine/base/result.h"

enum vf_screen_look { VF_LOOK_PLAIN, VF_LOOK_BOLD, VF_LOOK_REVERSE, VF_LOOK_RED, VF_LOOK_YELLOW };

/* Keys beside characters. */
enum vf_screen_key {
    VF_KEY_NONE = -1, /* none has come */
    VF_KEY_GONE = -2, /* the terminal has */
    VF_KEY_UP = -3,
    VF_KEY_DOWN = -4,
    VF_KEY_RESIZED = -5,
    VF_KEY_ENTER = -6,
    VF_KEY_ERASE = -7,
    VF_KEY_ESCAPE = -8,
};

/* Takes the terminal of standard input and output. -ENOTTY: there is none, or none that is known;
 * -ELIBACC: the module cannot be loaded, which has been logged. */
VF_MUST_CHECK int vf_screen_open(void);

/* Gives the terminal back as it was. Does nothing when it is not open. */
void vf_screen_close(void);

/* Tells its size. */
void vf_screen_size(size_t *lines, size_t *columns);

/* Writes a line of UTF-8 at `line`, from 0. What is shown changes with vf_screen_show() only, which also
 * empties the lines that were not written since the last time. */
void vf_screen_write(size_t line, const char *text, enum vf_screen_look look);
void vf_screen_show(void);

/* Waits for a key: a character, or one of enum vf_screen_key. */
int vf_screen_key(int timeout_ms);

#endif
