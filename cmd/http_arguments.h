/* SPDX-License-Identifier: MIT */
/* http_arguments.h - the flags of commands that show a run by HTTP. */
#ifndef VF_CMD_HTTP_ARGUMENTS_H
#define VF_CMD_HTTP_ARGUMENTS_H

#include <jansson.h>
#include <stdbool.h>

#include "cmd/command.h"
#include "engine/base/exit_status.h"

struct vf_http_arguments {
    char *address, *token, *certificate, *key; /* all but the first name files */
    struct vf_words names;
    bool has_control;
};

#define VF_HTTP_FLAGS(type, member, ...)                                                      \
    VF_FLAG(0, "http", "ADDRESS", "Show the run in a browser, at 127.0.0.1:8080 for example", \
            VF_TEXT(type, member.address), __VA_ARGS__),                                      \
        VF_FLAG(0, "http-control", NULL, "Let whoever has the token steer the run, too",      \
                VF_BOOLEAN(type, member.has_control)),                                        \
        VF_FLAG(0, "http-token", "FILE", "Take the token from FILE; else it is made",         \
                VF_TEXT(type, member.token)),                                                 \
        VF_FLAG(0, "http-cert", "FILE", "Serve HTTPS with this certificate",                  \
                VF_TEXT(type, member.certificate)),                                           \
        VF_FLAG(0, "http-key", "FILE", "Its key, where it is not in the same file",           \
                VF_TEXT(type, member.key)),                                                   \
        VF_FLAG(0, "http-name", "NAME", "A further name by which browsers reach this server", \
                VF_WORDS(type, member.names))

/* Makes the settings that engine/process/viewer.h describes, the caller's; NULL where no address is
 * given. `address` counts where the flags have none; NULL: there is none either. Logs what is wrong, and
 * returns the exit status. */
VF_MUST_CHECK enum vf_exit_status
vf_http_arguments_settle(const struct vf_http_arguments *arguments, const char *address,
                         json_t **settings);

#endif
