/* SPDX-License-Identifier: MIT */
#include "nodes/broker/address.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

/* Where the parts of "HOST:PORT" are. */
struct place {
    const char *host, *port; /* port: NULL: none is given */
    size_t host_length;
};

static int digit_of(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Returns text without its %XX, in fresh memory; NULL: out of memory, or one stands for NUL. */
static char *unescape(const char *text, size_t length)
{
    char *plain = malloc(length + 1), *to = plain;
    for (size_t i = 0; plain && i < length; i++) {
        bool is_escape = text[i] == '%' && i + 2 < length && isxdigit((unsigned char)text[i + 1]) &&
                         isxdigit((unsigned char)text[i + 2]);
        unsigned char byte = (unsigned char)text[i];
        if (is_escape)
            byte = (unsigned char)(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
        memcpy(to++, &byte, 1);
        i += is_escape ? 2 : 0;
    }
    if (to)
        *to = '\0';
    return plain;
}

/* Returns what is wrong with "HOST:PORT", or NULL. */
static const char *split_place(const char *text, struct place *place)
{
    const char *after;
    place->host = text;
    if (*text == '[') {
        after = strchr(text, ']');
        if (!after)
            return "has a \"[\" that is not closed";
        place->host++;
        place->host_length = (size_t)(after++ - place->host);
    } else {
        place->host_length = strcspn(text, ":/?#");
        after = text + place->host_length;
    }
    place->port = *after == ':' ? after + 1 : NULL;
    if (!place->host_length)
        return "names no host";
    if (strchr(text, '/') || (*after && *after != ':'))
        return "has more than a host and a port";
    return NULL;
}

static bool read_port(const char *text, int *port)
{
    size_t digits = strspn(text, "0123456789");
    *port = digits && digits <= 5 && !text[digits] ? (int)strtol(text, NULL, 10) : 0;
    return *port >= 1 && *port <= UINT16_MAX;
}

static int read_user(struct vf_broker_address *address, const char *text, size_t length)
{
    const char *colon = memchr(text, ':', length);
    size_t user = colon ? (size_t)(colon - text) : length;
    address->user = unescape(text, user);
    if (colon)
        address->password = unescape(colon + 1, length - user - 1);
    return address->user && (!colon || address->password) ? VF_OK : -ENOMEM;
}

static int read_place(struct vf_broker_address *address, const struct vf_broker_scheme *scheme,
                      const char *text, char *problem, size_t problem_size)
{
    struct place place = {0};
    const char *mistake = split_place(text, &place);
    address->port = address->is_encrypted ? scheme->encrypted_port : scheme->plain_port;
    if (!mistake && place.port && !read_port(place.port, &address->port))
        mistake = "has no port between 1 and 65535 after its colon";
    if (mistake) {
        snprintf(problem, problem_size, "%s: the address %s; %s192.168.1.2:%d is one",
                 scheme->option, mistake, scheme->plain, scheme->plain_port);
        return -EINVAL;
    }
    bool has_brackets = text[0] == '[';
    address->host = strndup(place.host, place.host_length);
    address->name =
        vf_text_format("%s%s%.*s%s:%d", address->is_encrypted ? scheme->encrypted : scheme->plain,
                       has_brackets ? "[" : "", (int)place.host_length, place.host,
                       has_brackets ? "]" : "", address->port);
    return address->host && address->name ? VF_OK : -ENOMEM;
}

int vf_broker_address_parse(struct vf_broker_address *address,
                            const struct vf_broker_scheme *scheme, const char *text, char *problem,
                            size_t problem_size)
{
    *address = (struct vf_broker_address){
        .is_encrypted = strncmp(text, scheme->encrypted, strlen(scheme->encrypted)) == 0,
    };
    if (!address->is_encrypted && strncmp(text, scheme->plain, strlen(scheme->plain)) != 0) {
        snprintf(problem, problem_size,
                 "%s: the address begins with neither %s nor %s; %s192.168.1.2:%d does",
                 scheme->option, scheme->plain, scheme->encrypted, scheme->plain,
                 scheme->plain_port);
        return -EINVAL;
    }
    const char *rest = text + strlen(address->is_encrypted ? scheme->encrypted : scheme->plain);
    const char *at = strrchr(rest, '@');
    int err = at ? read_user(address, rest, (size_t)(at - rest)) : VF_OK;
    if (!err)
        err = read_place(address, scheme, at ? at + 1 : rest, problem, problem_size);
    if (err == -ENOMEM)
        snprintf(problem, problem_size, "%s: memory is too short for the address", scheme->option);
    if (err)
        vf_broker_address_finish(address);
    return err;
}

void vf_broker_address_finish(struct vf_broker_address *address)
{
    free(address->name);
    free(address->host);
    free(address->user);
    free(address->password);
    *address = (struct vf_broker_address){0};
}
