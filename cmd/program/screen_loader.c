/* SPDX-License-Identifier: MIT */
/* screen_loader - the screen of vflow top, as the program has it: in a module, which nothing else
 * loads. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "cmd/screen/screen.h"
#include "engine/base/log.h"

/* A function's address comes as that of an object, which C does not convert. */
static bool find_function(const char *name, void *place)
{
    const char *problem;
    void *address = vf_loader_find("screen", name, &problem);
    memcpy(place, &address, sizeof(address));
    if (!address)
        vf_log(VF_LOG_ERROR, "the module screen, for vflow top, cannot be loaded: %s", problem);
    return address != NULL;
}

int vf_screen_open(void)
{
    int (*open_screen)(void);
    return find_function(__func__, &open_screen) ? open_screen() : -ELIBACC;
}

void vf_screen_close(void)
{
    void (*close_screen)(void);
    if (find_function(__func__, &close_screen))
        close_screen();
}

void vf_screen_size(size_t *lines, size_t *columns)
{
    void (*size)(size_t *, size_t *);
    *lines = *columns = 0;
    if (find_function(__func__, &size))
        size(lines, columns);
}

void vf_screen_write(size_t line, const char *text, enum vf_screen_look look)
{
    void (*write_line)(size_t, const char *, enum vf_screen_look);
    if (find_function(__func__, &write_line))
        write_line(line, text, look);
}

void vf_screen_show(void)
{
    void (*show)(void);
    if (find_function(__func__, &show))
        show();
}

int vf_screen_key(int timeout_ms)
{
    int (*key)(int);
    return find_function(__func__, &key) ? key(timeout_ms) : VF_KEY_GONE;
}
