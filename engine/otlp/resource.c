/* SPDX-License-Identifier: MIT */
#include "engine/otlp/resource.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/display.h"

#define LONG_SIZE 24
#define HOST_SIZE 256

json_t *vf_otlp_text(const char *key, const char *text)
{
    char *shown = vf_display_utf8(text), *name = vf_display_utf8(key);
    json_t *attribute =
        shown && name ? json_pack("{ss s{ss}}", "key", name, "value", "stringValue", shown) : NULL;
    free(shown);
    free(name);
    return attribute;
}

json_t *vf_otlp_long(uint64_t number)
{
    char text[LONG_SIZE];
    snprintf(text, sizeof(text), "%" PRIu64, number);
    return json_string(text);
}

json_t *vf_otlp_number(const char *key, uint64_t number)
{
    return json_pack("{ss s{so}}", "key", key, "value", "intValue", vf_otlp_long(number));
}

static int hex_of(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return isxdigit((unsigned char)digit) ? tolower((unsigned char)digit) - 'a' + 10 : -1;
}

/* Resolves %XX in its place. */
static void resolve(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        int high = *from == '%' ? hex_of(from[1]) : -1;
        int low = high >= 0 ? hex_of(from[2]) : -1;
        if (low >= 0 && (high || low)) {
            *to++ = (char)(high << 4 | low);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

/* Cuts spaces off both ends, in its place. */
static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        text[--length] = '\0';
    return text;
}

void vf_otlp_pairs(const char *list, void (*add)(void *context, const char *key, const char *value),
                   void *context)
{
    char *copy = strdup(list ? list : "");
    char *next = copy;
    while (next && *next) {
        char *pair = next, *comma = strchr(pair, ',');
        next = comma ? comma + 1 : NULL;
        if (comma)
            *comma = '\0';
        char *value = strchr(pair, '=');
        if (!value)
            continue;
        *value++ = '\0';
        resolve(value);
        if (*trim(pair))
            add(context, trim(pair), trim(value));
    }
    free(copy);
}

/* Sets an attribute; one of the same key makes way. */
static void set(json_t *attributes, const char *key, json_t *attribute)
{
    for (size_t i = 0; i < json_array_size(attributes); i++) {
        const char *other =
            json_string_value(json_object_get(json_array_get(attributes, i), "key"));
        if (other && strcmp(other, key) == 0) {
            (void)json_array_set_new(attributes, i, attribute);
            return;
        }
    }
    (void)json_array_append_new(attributes, attribute);
}

static void set_text(void *attributes, const char *key, const char *value)
{
    set(attributes, key, vf_otlp_text(key, value));
}

json_t *vf_otlp_resource(const struct vf_otlp_settings *settings, const struct vf_figures *figures)
{
    json_t *attributes = json_array();
    char host[HOST_SIZE] = "", instance[HOST_SIZE + 2 * LONG_SIZE];
    const char *name = figures->name ? figures->name : "";
    (void)!gethostname(host, sizeof(host) - 1);
    snprintf(instance, sizeof(instance), "%s/%ld/%" PRId64, host, (long)figures->pid,
             figures->since_1970_ns);
    set_text(attributes, "service.name", "vflow");
    set_text(attributes, "service.version", VF_VERSION);
    set_text(attributes, "service.instance.id", instance);
    set_text(attributes, "host.name", host);
    set(attributes, "process.pid", vf_otlp_number("process.pid", (uint64_t)figures->pid));
    set_text(attributes, "vflow.run.name", name);
    set_text(attributes, "vflow.run.mode",
             figures->plan->mode == VF_MODE_REALTIME ? "realtime" : "batch");
    set_text(attributes, "vflow.run.flow", figures->plan->file ? figures->plan->file : "");
    vf_otlp_pairs(settings->attributes, set_text, attributes);
    if (settings->service)
        set_text(attributes, "service.name", settings->service);
    return json_pack("{so}", "attributes", attributes);
}

json_t *vf_otlp_envelope(const char *outer, const char *inner, const char *name, json_t *resource,
                         json_t *items)
{
    return json_pack("{s[{so s[{s{ssss} so}]}]}", outer, "resource", resource, inner, "scope",
                     "name", "vflow", "version", VF_VERSION, name, items);
}
