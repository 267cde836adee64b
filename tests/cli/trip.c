/* SPDX-License-Identifier: MIT */
/* Preloaded, trips a process of vflow when it takes its name, which a worker does before it is
 * ready: TRIP_TASK says which, TRIP_SIGNAL what it gets. That happens once for each time that the
 * file TRIP_TOKEN is there. */
#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int prctl(int option, ...)
{
    unsigned long words[4];
    va_list arguments;
    int (*real)(int, ...);
    *(void **)&real = dlsym(RTLD_NEXT, "prctl"); /* as POSIX has it */
    va_start(arguments, option);
    for (int i = 0; i < 4; i++)
        words[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    const char *name = getenv("TRIP_TASK");
    if (option == PR_SET_NAME && name && strcmp((const char *)words[0], name) == 0 &&
        unlink(getenv("TRIP_TOKEN")) == 0)
        raise((int)strtol(getenv("TRIP_SIGNAL"), NULL, 10));
    return real(option, words[0], words[1], words[2], words[3]);
}
