/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for the lines of a request to the server of a run: method, path, Host, Origin,
 * Sec-Fetch-Site, Authorization, the cookie and the token in the query. Whatever they are, nobody steers
 * without the token. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/web/gate.h"
#include "engine/web/routes.h"

#define TOKEN "0123456789abcdef"
#define LINES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns the next line, or NULL: it is missing, or empty. */
static const char *next_line(char **rest)
{
    char *line = strsep(rest, "\n");
    return line && *line ? line : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"camera.example"};
    const struct vf_web_access access = {.host = "127.0.0.1",
                                         .port = 8080,
                                         .has_control = size % 2,
                                         .token = TOKEN,
                                         .names = names,
                                         .name_count = 1};
    char *text = malloc(size + 1), *rest = text, part[64];
    const char *lines[LINES], *why = NULL;
    unsigned status;
    assert(text);
    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0; i < LINES; i++)
        lines[i] = next_line(&rest);
    const struct vf_web_head head = {lines[2], lines[3], lines[4], lines[5], lines[6], lines[7]};
    const struct vf_web_route *route = vf_web_route_find(
        lines[0] ? lines[0] : "GET", lines[1] ? lines[1] : "/", part, sizeof(part), &status);
    assert(route || status == 404 || status == 405);
    unsigned refusal = vf_web_gate(&access, &head, route ? route->need : VF_WEB_LOOK, &why);
    bool has_token = memmem(data, size, TOKEN, strlen(TOKEN)) != NULL;
    if (!refusal && (!route || route->need != VF_WEB_NOTHING))
        assert(has_token);
    if (!refusal && route && route->need == VF_WEB_CONTROL)
        assert(access.has_control);
    free(text);
    return 0;
}
