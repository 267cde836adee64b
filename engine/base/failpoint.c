/* SPDX-License-Identifier: MIT */
#include "engine/base/failpoint.h"

#ifdef VF_FAILPOINTS

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"

#define MAX_FAILPOINTS 8
#define EXIT_STATUS 9

struct failpoint {
    char name[32], act[8];
    atomic_long passes; /* that are left: a decoder's threads come here, too */
};

static struct failpoint armed[MAX_FAILPOINTS];
static size_t armed_count;

static bool parse(const char *text, const char *task, unsigned process)
{
    struct failpoint *failpoint = &armed[armed_count];
    char asked_task[80];
    long passes;
    unsigned asked_process = 1;
    int fields = sscanf(text, "%31[^:]:%79[^:]:%ld:%7[a-z]:%u", failpoint->name, asked_task,
                        &passes, failpoint->act, &asked_process);
    atomic_init(&failpoint->passes, passes);
    return fields >= 4 && strcmp(asked_task, task) == 0 && asked_process == process;
}

void vf_failpoint_begin(const char *task, unsigned process)
{
    const char *text = getenv("VFLOW_FAILPOINT");
    armed_count = 0;
    while (text && *text && armed_count < VF_COUNT(armed)) {
        armed_count += parse(text, task, process);
        text += strcspn(text, ",");
        text += *text == ',';
    }
}

static int act(const char *what)
{
    if (strcmp(what, "kill") == 0)
        raise(SIGKILL);
    else if (strcmp(what, "stop") == 0)
        raise(SIGSTOP);
    else if (strcmp(what, "exit") == 0)
        _exit(EXIT_STATUS); /* as it is: nothing is finished */
    return strcmp(what, "error") == 0 ? -EIO : VF_OK;
}

int vf_failpoint(const char *name)
{
    for (size_t i = 0; i < armed_count; i++) {
        if (strcmp(armed[i].name, name) == 0 && atomic_fetch_sub(&armed[i].passes, 1) == 0)
            return act(armed[i].act);
    }
    return VF_OK;
}

#endif
