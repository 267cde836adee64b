/* SPDX-License-Identifier: MIT */
/* address.h - the address of a broker: mqtt://[USER[:PASSWORD]@]HOST[:PORT], with another word for TLS.
 */
#ifndef VF_NODES_BROKER_ADDRESS_H
#define VF_NODES_BROKER_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

/* How addresses of one protocol look. */
struct vf_broker_scheme {
    const char *option;            /* where one stands: "broker" */
    const char *plain, *encrypted; /* with "://" */
    int plain_port, encrypted_port;
};

/* Starts as {0}. */
struct vf_broker_address {
    char *name;            /* the address as people may see it: without user and password */
    char *host;            /* of an IPv6 address without brackets */
    char *user, *password; /* NULL: none; what is %41 in the address is A here */
    int port;
    bool is_encrypted;
};

/* Takes an address apart. Returns as a node's check(); what is wrong is said without repeating what
 * may be secret. */
VF_MUST_CHECK int vf_broker_address_parse(struct vf_broker_address *address,
                                          const struct vf_broker_scheme *scheme, const char *text,
                                          char *problem, size_t problem_size);
void vf_broker_address_finish(struct vf_broker_address *address);

#endif
