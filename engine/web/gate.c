/* SPDX-License-Identifier: MIT */
#include "engine/web/gate.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FORBIDDEN 403U
#define UNAUTHORIZED 401U
#define MISDIRECTED 421U
#define MAX_NAME 256
#define BEARER "Bearer "
#define SMALL "abcdefghijklmnopqrstuvwxyz" /* whatever the locale */

/* Takes as long for a token that is nearly right as for any other. */
static bool is_same(const char *token, const char *tried)
{
    size_t length = strlen(token), tried_length = strlen(tried);
    unsigned char differences = length != tried_length;
    for (size_t i = 0; i < length; i++)
        differences |= (unsigned char)(token[i] ^ tried[tried_length ? i % tried_length : 0]);
    return tried_length && !differences;
}

bool vf_web_gate_knows(const struct vf_web_access *access, const struct vf_web_head *head)
{
    if (!access->token)
        return false;
    bool has_bearer =
        head->authorization && strncasecmp(head->authorization, BEARER, strlen(BEARER)) == 0;
    return (has_bearer && is_same(access->token, head->authorization + strlen(BEARER))) ||
           (head->cookie && is_same(access->token, head->cookie)) ||
           (head->token && is_same(access->token, head->token));
}

/* Copies the name of "name:port", in small letters and without a last dot. Returns false for what is no
 * such thing. */
static bool take_name(char name[MAX_NAME], const char *host)
{
    size_t length;
    if (host[0] == '[') {
        const char *end = strchr(host, ']');
        length = end ? (size_t)(end - host) - 1 : 0;
        host++;
    } else {
        length = strcspn(host, ":");
    }
    if (!length || length >= MAX_NAME)
        return false;
    for (size_t i = 0; i < length; i++) {
        name[i] = host[i];
        if (host[i] >= 'A' && host[i] <= 'Z')
            name[i] = SMALL[host[i] - 'A'];
    }
    length -= length > 1 && name[length - 1] == '.';
    name[length] = '\0';
    return true;
}

static bool is_number(const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length > end_length && strcmp(name + length - end_length, end) == 0;
}

/* Whether a name is this server's. One that is an address cannot be made to lead elsewhere. */
static bool is_own_name(const struct vf_web_access *access, const char *host)
{
    char name[MAX_NAME];
    if (!take_name(name, host))
        return false;
    bool is_own = is_number(name) || strcmp(name, "localhost") == 0 ||
                  ends_in(name, ".localhost") || strcasecmp(name, access->host) == 0;
    for (size_t i = 0; !is_own && i < access->name_count; i++)
        is_own = strcasecmp(name, access->names[i]) == 0;
    return is_own;
}

/* Whether the page that sent the request is of the host that it was sent to. */
static bool is_same_origin(const struct vf_web_head *head)
{
    const char *place = strstr(head->origin, "://");
    return place && head->host && strcasecmp(place + strlen("://"), head->host) == 0;
}

/* Whether it comes from a page of somebody else. Those who send no such headers are no browsers. */
static bool is_foreign(const struct vf_web_head *head)
{
    if (head->origin && !is_same_origin(head))
        return true;
    return head->site && strcasecmp(head->site, "same-origin") != 0 &&
           strcasecmp(head->site, "none") != 0;
}

unsigned vf_web_gate(const struct vf_web_access *access, const struct vf_web_head *head,
                     enum vf_web_need need, const char **why)
{
    bool has_path = !access->host[0]; /* no browser gets there */
    if (!has_path && head->host && !is_own_name(access, head->host)) {
        *why = "this server does not go by that name; --http-name adds one";
        return MISDIRECTED;
    }
    if (need == VF_WEB_NOTHING)
        return 0;
    if (need == VF_WEB_CONTROL && !access->has_control) {
        *why = "this run can only be looked at; --http-control lets it be steered";
        return FORBIDDEN;
    }
    if (need == VF_WEB_CONTROL && is_foreign(head)) {
        *why = "this does not come from a page of this server";
        return FORBIDDEN;
    }
    bool is_needed = need == VF_WEB_CONTROL || access->token;
    if (is_needed && !vf_web_gate_knows(access, head)) {
        *why = "the token is missing or wrong; the run has printed its address with it";
        return UNAUTHORIZED;
    }
    return 0;
}

void vf_web_cookie_name(const struct vf_web_access *access, char name[VF_WEB_COOKIE_SIZE])
{
    snprintf(name, VF_WEB_COOKIE_SIZE, "vflow_%d", access->port);
}
