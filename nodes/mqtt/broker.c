/* SPDX-License-Identifier: MIT */
#include "nodes/mqtt/broker.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

#define PLAIN "mqtt://"
#define ENCRYPTED "mqtts://"
#define PLAIN_PORT 1883
#define ENCRYPTED_PORT 8883

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

static int read_user(struct vf_mqtt_broker *broker, const char *text, size_t length)
{
    const char *colon = memchr(text, ':', length);
    size_t user = colon ? (size_t)(colon - text) : length;
    broker->user = unescape(text, user);
    if (colon)
        broker->password = unescape(colon + 1, length - user - 1);
    return broker->user && (!colon || broker->password) ? VF_OK : -ENOMEM;
}

static int read_place(struct vf_mqtt_broker *broker, const char *text, char *problem,
                      size_t problem_size)
{
    struct place place;
    const char *mistake = split_place(text, &place);
    broker->port = broker->is_encrypted ? ENCRYPTED_PORT : PLAIN_PORT;
    if (!mistake && place.port && !read_port(place.port, &broker->port))
        mistake = "has no port between 1 and 65535 after its colon";
    if (mistake) {
        snprintf(problem, problem_size, "broker: the address %s; mqtt://192.168.1.2:1883 is one",
                 mistake);
        return -EINVAL;
    }
    bool has_brackets = text[0] == '[';
    broker->host = strndup(place.host, place.host_length);
    broker->name = vf_text_format("%s%s%.*s%s:%d", broker->is_encrypted ? ENCRYPTED : PLAIN,
                                  has_brackets ? "[" : "", (int)place.host_length, place.host,
                                  has_brackets ? "]" : "", broker->port);
    return broker->host && broker->name ? VF_OK : -ENOMEM;
}

int vf_mqtt_broker_parse(struct vf_mqtt_broker *broker, const char *address, char *problem,
                         size_t problem_size)
{
    *broker = (struct vf_mqtt_broker){
        .is_encrypted = strncmp(address, ENCRYPTED, strlen(ENCRYPTED)) == 0,
    };
    if (!broker->is_encrypted && strncmp(address, PLAIN, strlen(PLAIN)) != 0) {
        snprintf(problem, problem_size,
                 "broker: the address begins with neither mqtt:// nor mqtts://; "
                 "mqtt://192.168.1.2:1883 does");
        return -EINVAL;
    }
    const char *rest = address + strlen(broker->is_encrypted ? ENCRYPTED : PLAIN);
    const char *at = strrchr(rest, '@');
    int err = at ? read_user(broker, rest, (size_t)(at - rest)) : VF_OK;
    if (!err)
        err = read_place(broker, at ? at + 1 : rest, problem, problem_size);
    if (err == -ENOMEM)
        snprintf(problem, problem_size, "memory is too short for the address of the broker");
    if (err)
        vf_mqtt_broker_finish(broker);
    return err;
}

void vf_mqtt_broker_finish(struct vf_mqtt_broker *broker)
{
    free(broker->name);
    free(broker->host);
    free(broker->user);
    free(broker->password);
    *broker = (struct vf_mqtt_broker){0};
}
