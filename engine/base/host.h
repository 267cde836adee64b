/* SPDX-License-Identifier: MIT */
/* host.h - names and addresses of machines, as they stand in flow files. */
#ifndef VF_ENGINE_BASE_HOST_H
#define VF_ENGINE_BASE_HOST_H

#include <stdbool.h>

#include "engine/base/result.h"

/* Returns whether only this machine reaches what listens at `host`: 127.0.0.0/8, ::1 with or
 * without brackets, and localhost. Addresses that stand for all interfaces, interfaces and other
 * names do not count, whatever they lead to. */
bool vf_host_is_loopback(const char *host);

/* Returns whether what listens at one host is in the way of what listens at another, at the same
 * port: hosts that are the same, and those that stand for all interfaces. Looks up no names. */
bool vf_host_overlaps(const char *one, const char *other);

/* Makes the numeric address of a host: of an address (IPv6 with or without brackets), of a name,
 * which is looked up, or of a network interface. *address is the caller's to free; IPv6 stands in
 * brackets. Returns -ENOENT when there is none, also for "*". */
VF_MUST_CHECK int vf_host_resolve(const char *host, char **address);

#endif
