/* SPDX-License-Identifier: MIT */
#include "cmd/run_otlp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"

#define FROM_ENVIRONMENT "env"
#define TIMEOUT_NS (10 * VF_NS_PER_S) /* as the specification has it */

/* A variable that is empty says nothing. */
static const char *said(const char *text)
{
    return text && *text ? text : NULL;
}

static bool is_url(const char *url)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < VF_COUNT(schemes); i++) {
        size_t length = strlen(schemes[i]);
        if (strncasecmp(url, schemes[i], length) == 0)
            return url[length] && url[length] != '/' && !strpbrk(url, "?# \t\r\n");
    }
    return false;
}

static bool is_same(const char *url, const char *other)
{
    size_t length = strlen(url), other_length = strlen(other);
    while (length && url[length - 1] == '/')
        length--;
    while (other_length && other[other_length - 1] == '/')
        other_length--;
    return length == other_length && strncmp(url, other, length) == 0;
}

static int64_t timeout_of(const char *text)
{
    char *end;
    long long timeout_ms = text ? strtoll(text, &end, 10) : 0;
    bool is_number = timeout_ms > 0 && timeout_ms <= 86400000 && !*end;
    return is_number ? timeout_ms * VF_NS_PER_MS : TIMEOUT_NS;
}

/* Finds the URL that is meant. Returns NULL, and says so, where the environment has none. */
static const char *find_url(const char *asked, const char *endpoint)
{
    const char *protocol = said(getenv("OTEL_EXPORTER_OTLP_PROTOCOL"));
    if (strcmp(asked, FROM_ENVIRONMENT) != 0)
        return asked;
    if (!endpoint)
        vf_log(VF_LOG_ERROR,
               "--otlp " FROM_ENVIRONMENT " takes the URL from OTEL_EXPORTER_OTLP_ENDPOINT, which "
               "is not set; http://127.0.0.1:4318 is usual");
    else if (protocol && strcmp(protocol, "grpc") == 0)
        vf_log(VF_LOG_ERROR,
               "OTEL_EXPORTER_OTLP_PROTOCOL is grpc, and vflow sends JSON over HTTP; say --otlp "
               "URL, with the port for HTTP, usually 4318");
    else
        return endpoint;
    return NULL;
}

enum vf_exit_status vf_run_otlp_settle(const struct vf_otlp_arguments *arguments,
                                       struct vf_otlp_settings *settings)
{
    const char *endpoint = said(getenv("OTEL_EXPORTER_OTLP_ENDPOINT"));
    *settings = (struct vf_otlp_settings){0};
    if (!arguments->url)
        return VF_EXIT_OK;
    const char *url = find_url(arguments->url, endpoint);
    if (!url)
        return VF_EXIT_USAGE;
    if (!is_url(url)) {
        vf_log(VF_LOG_ERROR,
               "--otlp: \"%s\" is no URL of a collector; http://127.0.0.1:4318 is one, without "
               "/v1/metrics at its end",
               url);
        return VF_EXIT_USAGE;
    }
    *settings = (struct vf_otlp_settings){
        .url = url,
        .service = said(getenv("OTEL_SERVICE_NAME")),
        .attributes = said(getenv("OTEL_RESOURCE_ATTRIBUTES")),
        .interval_ns = arguments->interval_ns,
        .timeout_ns = timeout_of(said(getenv("OTEL_EXPORTER_OTLP_TIMEOUT"))),
        .frames = (uint64_t)arguments->frames,
    };
    if (!endpoint || is_same(url, endpoint)) /* another collector is not told its secrets */
        settings->headers = said(getenv("OTEL_EXPORTER_OTLP_HEADERS"));
    return VF_EXIT_OK;
}
