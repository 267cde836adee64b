/* SPDX-License-Identifier: MIT */
#include "engine/base/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/text.h"

/* Copies a host without the brackets of IPv6. Returns false when it is too long for an address. */
static bool strip(const char *host, char *bare, size_t size)
{
    size_t length = strlen(host);
    bool has_brackets = length >= 2 && host[0] == '[' && host[length - 1] == ']';
    length -= has_brackets ? 2 : 0;
    if (length >= size)
        return false;
    memcpy(bare, host + has_brackets, length);
    bare[length] = '\0';
    return true;
}

bool vf_host_is_loopback(const char *host)
{
    char bare[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;
    if (!strip(host, bare, sizeof(bare)))
        return false;
    if (inet_pton(AF_INET, bare, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, bare, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
    return strcasecmp(host, "localhost") == 0;
}

/* Writes an address in one form only; the name of this machine as what vf_host_resolve() makes of
 * it. What is no address stays. */
static void normalise(const char *host, char *text, size_t size)
{
    char bare[INET6_ADDRSTRLEN];
    struct in6_addr six;
    snprintf(text, size, "%s", strcasecmp(host, "localhost") == 0 ? "127.0.0.1" : host);
    if (strip(host, bare, sizeof(bare)) && inet_pton(AF_INET6, bare, &six) == 1)
        inet_ntop(AF_INET6, &six, text, (socklen_t)size);
}

static bool is_any(const char *host)
{
    return strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

bool vf_host_overlaps(const char *one, const char *other)
{
    char host[256], other_host[256];
    normalise(one, host, sizeof(host));
    normalise(other, other_host, sizeof(other_host));
    return is_any(host) || is_any(other_host) || strcasecmp(host, other_host) == 0;
}

static char *print_address(const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN];
    const void *bytes = address->sa_family == AF_INET6
                            ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                            : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    if (!inet_ntop(address->sa_family, bytes, text, sizeof(text)))
        return NULL;
    return vf_text_format(address->sa_family == AF_INET6 ? "[%s]" : "%s", text);
}

/* Looks up a name or an address of one family. Returns false when there is none. */
static bool look_up(const char *name, int family, char **address)
{
    const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return false;
    *address = print_address(found->ai_addr);
    freeaddrinfo(found);
    return true;
}

static bool look_up_interface(const char *name, char **address)
{
    struct ifaddrs *all;
    bool is_found = false;
    if (getifaddrs(&all) < 0)
        return false;
    for (const struct ifaddrs *one = all; one && !is_found; one = one->ifa_next) {
        is_found = strcmp(one->ifa_name, name) == 0 && one->ifa_addr &&
                   one->ifa_addr->sa_family == AF_INET;
        if (is_found)
            *address = print_address(one->ifa_addr);
    }
    freeifaddrs(all);
    return is_found;
}

int vf_host_resolve(const char *host, char **address)
{
    char bare[256];
    *address = NULL;
    if (!strip(host, bare, sizeof(bare)) || !bare[0] || strcmp(bare, "*") == 0)
        return -ENOENT;
    bool is_found = look_up_interface(bare, address) || look_up(bare, AF_INET, address) ||
                    look_up(bare, AF_INET6, address);
    if (!is_found)
        return -ENOENT;
    return *address ? VF_OK : -ENOMEM;
}
