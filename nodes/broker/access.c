/* SPDX-License-Identifier: MIT */
#include "nodes/broker/access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"

#define LONGEST_PASSWORD 4096

static int say(char *problem, size_t problem_size, const char *mistake)
{
    snprintf(problem, problem_size, "%s", mistake);
    return -EINVAL;
}

int vf_broker_access_check(const struct vf_broker_access *access,
                           const struct vf_broker_address *address,
                           const struct vf_broker_scheme *scheme, bool has_tokens, char *problem,
                           size_t problem_size)
{
    bool has_tls_options = *access->ca || *access->cert || *access->key || access->insecure;
    int sources = (address->password != NULL) + (*access->password_env != '\0') +
                  (*access->password_file != '\0');
    if (sources > 1)
        return say(problem, problem_size,
                   "there are several passwords; keep one of password_env, password_file and the "
                   "one in the address");
    if (address->user && *access->user)
        return say(problem, problem_size, "user: the address has a user already; remove one");
    if (sources && !address->user && !*access->user && !has_tokens)
        return say(problem, problem_size, "there is a password without a user; add user");
    if (has_tls_options && !address->is_encrypted) {
        snprintf(problem, problem_size,
                 "ca, cert, key and insecure are for TLS; begin the address with %s",
                 scheme->encrypted);
        return -EINVAL;
    }
    if (!*access->cert != !*access->key)
        return say(problem, problem_size, "cert and key belong together; set both");
    return VF_OK;
}

static int read_password_file(const char *path, char **password)
{
    char line[LONGEST_PASSWORD] = "";
    FILE *file = fopen(path, "re");
    bool is_read = file && fgets(line, sizeof(line), file);
    int err = is_read ? VF_OK : file && !ferror(file) ? -ENODATA : -errno;
    if (file)
        fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    if (err)
        vf_log(VF_LOG_ERROR, "password_file: cannot read a password from %s: %s", path,
               err == -ENODATA ? "it is empty" : strerror(-err));
    else
        *password = strdup(line);
    explicit_bzero(line, sizeof(line));
    return err || *password ? err : -ENOMEM;
}

int vf_broker_access_find_password(const struct vf_broker_access *access, char **password)
{
    *password = NULL;
    if (*access->password_file)
        return read_password_file(access->password_file, password);
    if (!*access->password_env)
        return VF_OK;
    const char *value = getenv(access->password_env);
    if (!value) {
        vf_log(VF_LOG_ERROR, "password_env: the environment has no variable %s; set it",
               access->password_env);
        return -EINVAL;
    }
    *password = strdup(value);
    return *password ? VF_OK : -ENOMEM;
}

void vf_broker_access_forget(char **password)
{
    if (*password)
        explicit_bzero(*password, strlen(*password));
    free(*password);
    *password = NULL;
}
