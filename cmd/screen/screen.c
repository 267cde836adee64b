/* SPDX-License-Identifier: MIT */
#include "cmd/screen/screen.h"

#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { RED = 1, YELLOW };

static SCREEN *screen;
static FILE *output;  /* ncurses wants a stream with a descriptor, which stdout need not be */
static bool is_shown; /* what has been written so far: the next picture begins empty */

int vf_screen_open(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return -ENOTTY;
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* characters only: numbers keep their point */
    int fd = dup(STDOUT_FILENO);
    output = fd < 0 ? NULL : fdopen(fd, "w");
    screen = output ? newterm(NULL, output, stdin) : NULL;
    if (!screen) {
        if (output)
            fclose(output);
        return -ENOTTY;
    }
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    (void)curs_set(0);
    set_escdelay(50);
    if (has_colors() && start_color() == OK && use_default_colors() == OK) {
        init_pair(RED, COLOR_RED, -1);
        init_pair(YELLOW, COLOR_YELLOW, -1);
    }
    return VF_OK;
}

void vf_screen_close(void)
{
    if (!screen)
        return;
    endwin();
    delscreen(screen);
    fclose(output);
    screen = NULL;
}

void vf_screen_size(size_t *lines, size_t *columns)
{
    *lines = (size_t)LINES;
    *columns = (size_t)COLS;
}

static attr_t attributes_of(enum vf_screen_look look)
{
    switch (look) {
    case VF_LOOK_BOLD:
        return A_BOLD;
    case VF_LOOK_REVERSE:
        return A_REVERSE;
    case VF_LOOK_RED:
        return has_colors() ? (attr_t)COLOR_PAIR(RED) : A_BOLD;
    case VF_LOOK_YELLOW:
        return has_colors() ? (attr_t)COLOR_PAIR(YELLOW) : A_NORMAL;
    case VF_LOOK_PLAIN:
        break;
    }
    return A_NORMAL;
}

void vf_screen_write(size_t line, const char *text, enum vf_screen_look look)
{
    attr_t attributes = attributes_of(look);
    if (is_shown)
        (void)erase();
    is_shown = false;
    if (line >= (size_t)LINES)
        return;
    (void)attrset((int)attributes);
    (void)mvaddstr((int)line, 0, text);
    if (look == VF_LOOK_REVERSE)
        (void)mvchgat((int)line, 0, -1, A_REVERSE, 0, NULL);
    (void)attrset(A_NORMAL);
}

void vf_screen_show(void)
{
    (void)refresh();
    is_shown = true;
}

/* Whether nobody types any more. */
static bool is_gone(void)
{
    struct pollfd keyboard = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&keyboard, 1, 0) > 0 && keyboard.revents & (POLLHUP | POLLERR | POLLNVAL);
}

int vf_screen_key(int timeout_ms)
{
    timeout(timeout_ms);
    int key = getch();
    switch (key) {
    case ERR:
        return is_gone() ? VF_KEY_GONE : VF_KEY_NONE;
    case KEY_UP:
        return VF_KEY_UP;
    case KEY_DOWN:
        return VF_KEY_DOWN;
    case KEY_RESIZE:
        return VF_KEY_RESIZED;
    case KEY_ENTER:
    case '\n':
    case '\r':
        return VF_KEY_ENTER;
    case KEY_BACKSPACE:
    case '\b':
    case 127:
        return VF_KEY_ERASE;
    case 27:
        return VF_KEY_ESCAPE;
    default:
        return key < 256 ? key : VF_KEY_NONE;
    }
}
