/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/open_failure.h"

#include <errno.h>
#include <libavutil/avstring.h>
#include <libavutil/error.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/read/open/connection.h"

/* The parts of SCHEME://USER@HOST:PORT/PATH. */
struct address {
    char host[256], port[8];
};

static void read_address(const char *url, struct address *address)
{
    static const struct {
        const char *scheme, *port;
    } usual[] = {{"rtsp", "554"},  {"rtsps", "322"}, {"http", "80"}, {"https", "443"},
                 {"rtmp", "1935"}, {"rtmps", "443"}, {"ftp", "21"}};
    const char *begin = strstr(url, "://");
    *address = (struct address){0};
    if (!begin)
        return;
    for (size_t i = 0; i < VF_COUNT(usual); i++) {
        if (strncmp(url, usual[i].scheme, (size_t)(begin - url)) == 0 &&
            !usual[i].scheme[begin - url])
            av_strlcpy(address->port, usual[i].port, sizeof(address->port));
    }
    begin += 3;
    const char *end = begin + strcspn(begin, "/?");
    for (const char *at = begin; at < end; at++)
        begin = *at == '@' ? at + 1 : begin;
    bool is_v6 = *begin == '[';
    begin += is_v6;
    size_t length = strcspn(begin, is_v6 ? "]" : ":/?");
    snprintf(address->host, sizeof(address->host), "%.*s", (int)length, begin);
    begin += length + is_v6;
    if (begin < end && *begin == ':')
        snprintf(address->port, sizeof(address->port), "%.*s", (int)(end - begin - 1), begin + 1);
}

static bool is_host_known(const char *host)
{
    struct addrinfo *found = NULL;
    int code = *host ? getaddrinfo(host, NULL, NULL, &found) : 0;
    if (found)
        freeaddrinfo(found);
    return code == 0;
}

/* libavformat tells of a host that nobody knows as of any other trouble. */
static bool may_be_unknown(int code)
{
    return code == AVERROR(EIO) || code == AVERROR(ETIMEDOUT);
}

static char *explain_silence(const struct vf_open_failure *failure, const struct address *address)
{
    double patience = (double)failure->patience_ns / (double)VF_NS_PER_S;
    if (!failure->patience_ns)
        return vf_text_format("%s, port %s, gave no answer", address->host, address->port);
    return vf_text_format("%s, port %s, gave no answer within %.3g seconds", address->host,
                          address->port, patience);
}

static char *explain_remote(const struct vf_open_failure *failure)
{
    struct address address;
    int code = failure->code;
    read_address(failure->path, &address);
    if (may_be_unknown(code) && !is_host_known(address.host))
        return vf_text_format("there is no host %s: its name is wrong, or no name server answers",
                              address.host);
    switch (code) {
    case AVERROR(ETIMEDOUT):
        return explain_silence(failure, &address);
    case AVERROR(ECONNREFUSED):
        return vf_text_format("%s refuses connections to port %s: nothing listens there",
                              address.host, address.port);
    case AVERROR(EHOSTUNREACH):
    case AVERROR(ENETUNREACH):
        return vf_text_format("there is no way through the network to %s", address.host);
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
        return vf_text_format(
            "%s requires a user and password, or other ones: write USER:PASSWORD@ "
            "before the host",
            address.host);
    case AVERROR_HTTP_NOT_FOUND:
        return vf_text_format("%s has no such path", address.host);
    case AVERROR_PROTOCOL_NOT_FOUND:
        return vf_text_format("this libavformat does not know the protocol");
    case AVERROR_INVALIDDATA:
    case AVERROR_EOF:
        return vf_text_format("%s answers, but sends no media", address.host);
    default:
        return vf_text_format("%s", vf_media_error_text(code).text);
    }
}

static char *explain_file(const struct vf_open_failure *failure)
{
    struct stat status;
    int code = failure->code;
    const char *path = failure->path, *heard = vf_media_log_expected();
    bool is_no_media = code == AVERROR_INVALIDDATA || code == AVERROR_EOF;
    bool is_there = stat(path, &status) == 0;
    if (is_there && S_ISDIR(status.st_mode))
        return vf_text_format("it is a folder");
    if (is_there && S_ISREG(status.st_mode) && status.st_size == 0)
        return vf_text_format("the file is empty");
    if (failure->is_pipe && is_no_media)
        return vf_text_format("what comes through it is no media, or its beginning is missing");
    if (code == AVERROR_PROTOCOL_NOT_FOUND)
        return vf_text_format("this libavformat does not know the protocol");
    if (code == AVERROR(ENOTSUP))
        return vf_text_format("it is a device; to see whether it sends: vflow run --chain "
                              "'device_reader %s frames=1 ! print'",
                              path);
    if (is_no_media)
        return vf_text_format("it is no media file, or its beginning is damaged%s%s",
                              *heard ? ": " : "", heard);
    return vf_text_format("%s", vf_media_error_text(code).text);
}

char *vf_open_failure_explain(const struct vf_open_failure *failure)
{
    return vf_connection_is_remote(failure->path) ? explain_remote(failure) : explain_file(failure);
}
