/* SPDX-License-Identifier: MIT */
#include "cmd/standard_output.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/base/write_all.h"

/* Returns how much was written; 0: none, and errno says why. */
static ssize_t write_out(void *cookie, const char *bytes, size_t size)
{
    (void)cookie;
    int err = vf_write_all(STDOUT_FILENO, bytes, size);
    errno = -err;
    return err ? 0 : (ssize_t)size;
}

void vf_standard_output_open(void)
{
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_out});
    if (!stream)
        return;
    if (isatty(STDOUT_FILENO))
        setvbuf(stream, NULL, _IOLBF, BUFSIZ);
    stdout = stream;
}
