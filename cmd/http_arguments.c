/* SPDX-License-Identifier: MIT */
#include "cmd/http_arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"

#define FILE_MOST ((size_t)64 << 10)
#define TOKEN_LEAST 16 /* letters: what can be guessed is no secret */
#define TOKEN_MOST 128

/* Reads all of a file. Returns 0, or an errno. */
static int read_text(FILE *file, char *text)
{
    size_t size = fread(text, 1, FILE_MOST + 1, file);
    if (ferror(file))
        return EIO;
    if (size > FILE_MOST)
        return EFBIG;
    text[size] = '\0';
    return memchr(text, '\0', size) ? EINVAL : 0;
}

/* Reads a file of text, the caller's. NULL, after it has been logged why: it cannot be. */
static char *read_file(const char *path, const char *what)
{
    FILE *file = fopen(path, "re");
    int err = file ? 0 : errno;
    char *text = malloc(FILE_MOST + 1);
    if (file && text)
        err = read_text(file, text);
    if (file)
        fclose(file);
    if (!err && text)
        return text;
    vf_log(VF_LOG_ERROR, "cannot read %s %s: %s", what, path, strerror(err ? err : ENOMEM));
    free(text);
    return NULL;
}

static bool is_token(const char *text)
{
    size_t length =
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~");
    return !text[length] && length >= TOKEN_LEAST && length <= TOKEN_MOST;
}

static enum vf_exit_status add_token(const struct vf_http_arguments *arguments, json_t *settings)
{
    const char *given = getenv("VFLOW_HTTP_TOKEN");
    char *text = arguments->token ? read_file(arguments->token, "the token")
                 : given          ? strdup(given)
                                  : NULL;
    if (!text)
        return arguments->token ? VF_EXIT_USAGE : VF_EXIT_OK;
    text[strcspn(text, "\r\n")] = '\0';
    bool is_good = is_token(text);
    if (is_good)
        json_object_set_new(settings, "token", json_string(text));
    else
        vf_log(VF_LOG_ERROR,
               "the token in %s is no good: it has %d to %d letters, digits and characters of -_.~",
               arguments->token ? arguments->token : "VFLOW_HTTP_TOKEN", TOKEN_LEAST, TOKEN_MOST);
    free(text);
    return is_good ? VF_EXIT_OK : VF_EXIT_USAGE;
}

static enum vf_exit_status add_file(json_t *settings, const char *name, const char *path,
                                    const char *what)
{
    char *text = read_file(path, what);
    json_t *value = text ? json_string(text) : NULL;
    if (text && !value)
        vf_log(VF_LOG_ERROR, "%s %s is no PEM file", what, path);
    free(text);
    if (!value)
        return VF_EXIT_USAGE;
    json_object_set_new(settings, name, value);
    return VF_EXIT_OK;
}

static enum vf_exit_status add_certificate(const struct vf_http_arguments *arguments,
                                           json_t *settings)
{
    const char *key = arguments->key ? arguments->key : arguments->certificate;
    if (!arguments->certificate && arguments->key) {
        vf_log(VF_LOG_ERROR, "--http-key is of no use without --http-cert");
        return VF_EXIT_USAGE;
    }
    if (!arguments->certificate)
        return VF_EXIT_OK;
    enum vf_exit_status status =
        add_file(settings, "certificate", arguments->certificate, "the certificate");
    return status == VF_EXIT_OK ? add_file(settings, "key", key, "the key") : status;
}

/* Says that flags for a server are of no use without one. */
static enum vf_exit_status refuse_rest(const struct vf_http_arguments *arguments)
{
    const char *flag = arguments->has_control   ? "--http-control"
                       : arguments->token       ? "--http-token"
                       : arguments->certificate ? "--http-cert"
                       : arguments->key         ? "--http-key"
                       : arguments->names.count ? "--http-name"
                                                : NULL;
    if (!flag)
        return VF_EXIT_OK;
    vf_log(VF_LOG_ERROR, "%s is of no use without --http", flag);
    return VF_EXIT_USAGE;
}

enum vf_exit_status vf_http_arguments_settle(const struct vf_http_arguments *arguments,
                                             const char *address, json_t **settings)
{
    const char *wanted = arguments->address ? arguments->address : address;
    *settings = NULL;
    if (!wanted)
        return refuse_rest(arguments);
    json_t *names = json_array();
    for (size_t i = 0; i < arguments->names.count; i++)
        json_array_append_new(names, json_string(arguments->names.items[i]));
    *settings = json_pack("{ss sb so}", "address", wanted, "control", arguments->has_control,
                          "names", names);
    enum vf_exit_status status = *settings ? add_token(arguments, *settings) : VF_EXIT_USAGE;
    if (status == VF_EXIT_OK)
        status = add_certificate(arguments, *settings);
    if (status != VF_EXIT_OK) {
        json_decref(*settings);
        *settings = NULL;
    }
    return status;
}
