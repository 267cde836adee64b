/* SPDX-License-Identifier: MIT */
#include "tests/nodes/environment.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct environment_options {
    char *path;
    bool dies;
};

struct environment {
    bool is_first; /* process */
};

static const struct vf_option options[] = {
    {"path", "File to add a line to", VF_OUTPUT_PATH(struct environment_options, path)},
    {"dies", "Whether the first process dies of its first input",
     VF_BOOLEAN(struct environment_options, dies), .fallback = "false"},
};

static const char *value_of(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "(unset)";
}

static int environment_open(struct vf_node_run *run)
{
    const struct environment_options *asked = run->options;
    struct environment *environment = run->state;
    environment->is_first = access(asked->path, F_OK) != 0;
    FILE *file = fopen(asked->path, "a");
    if (!file)
        return -errno;
    fprintf(file, "CUDA_DEVICE_ORDER=%s CUDA_VISIBLE_DEVICES=%s\n", value_of("CUDA_DEVICE_ORDER"),
            value_of("CUDA_VISIBLE_DEVICES"));
    return fclose(file) == 0 ? VF_OK : -errno;
}

static int environment_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct environment_options *asked = run->options;
    const struct environment *environment = run->state;
    (void)inputs;
    if (asked->dies && environment->is_first)
        raise(SIGKILL);
    return VF_OK;
}

const struct vf_node vf_node_environment = {
    .name = "environment",
    .summary = "Tell what the process sees of the environment.",
    .kind = VF_CONSUMER,
    .options = VF_LIST(options),
    .options_size = sizeof(struct environment_options),
    .state_size = sizeof(struct environment),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .open = environment_open,
    .consume = environment_consume,
};
