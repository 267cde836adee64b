/* SPDX-License-Identifier: MIT */
/* screen_loader - the screen of vflow top, as the program has it: in a module, which nothing else
 * loads. */
#include <errno.h>

#include "cmd/program/loader.h"
#include "cmd/screen/screen.h"

static const struct vf_module module = {"screen", "vflow top", VF_LOG_ERROR};

int vf_screen_open(void)
{
    int (*open_screen)(void);
    return vf_loader_find_function(&module, __func__, &open_screen) ? open_screen() : -ELIBACC;
}

void vf_screen_close(void)
{
    void (*close_screen)(void);
    if (vf_loader_find_function(&module, __func__, &close_screen))
        close_screen();
}

void vf_screen_size(size_t *lines, size_t *columns)
{
    void (*size)(size_t *, size_t *);
    *lines = *columns = 0;
    if (vf_loader_find_function(&module, __func__, &size))
        size(lines, columns);
}

void vf_screen_write(size_t line, const char *text, enum vf_screen_look look)
{
    void (*write_line)(size_t, const char *, enum vf_screen_look);
    if (vf_loader_find_function(&module, __func__, &write_line))
        write_line(line, text, look);
}

void vf_screen_show(void)
{
    void (*show)(void);
    if (vf_loader_find_function(&module, __func__, &show))
        show();
}

int vf_screen_key(int timeout_ms)
{
    int (*key)(int);
    return vf_loader_find_function(&module, __func__, &key) ? key(timeout_ms) : VF_KEY_GONE;
}
