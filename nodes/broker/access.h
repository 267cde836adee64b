/* SPDX-License-Identifier: MIT */
/* access.h - who a client of a broker is, and how both prove it: the options of nodes that have one.
 */
#ifndef VF_NODES_BROKER_ACCESS_H
#define VF_NODES_BROKER_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "nodes/broker/address.h"

/* As an options table fills it: "": none. */
struct vf_broker_access {
    char *user, *password_env, *password_file;
    char *ca, *cert, *key; /* in PEM */
    bool insecure;
};

/* Holds the options against each other and the address. Returns as a node's check(). `has_tokens`: a
 * password without a user is a token. */
VF_MUST_CHECK int vf_broker_access_check(const struct vf_broker_access *access,
                                         const struct vf_broker_address *address,
                                         const struct vf_broker_scheme *scheme, bool has_tokens,
                                         char *problem, size_t problem_size);

/* Reads the password from where the options say; *password is the caller's. NULL: they name none.
 * Fails after saying why. */
VF_MUST_CHECK int vf_broker_access_find_password(const struct vf_broker_access *access,
                                                 char **password);

/* Overwrites a password before it is freed. */
void vf_broker_access_forget(char **password);

#endif
