/* SPDX-License-Identifier: MIT */
/* exchange.h - a request from its first byte to its last, and its answer. */
#ifndef VF_ENGINE_WEB_EXCHANGE_H
#define VF_ENGINE_WEB_EXCHANGE_H

#include <jansson.h>

#include "engine/web/server.h"

/* For MHD_start_daemon(); the context is a struct vf_web. */
enum MHD_Result vf_web_exchange(void *context, struct MHD_Connection *connection, const char *path,
                                const char *method, const char *version, const char *body,
                                size_t *body_size, void **request);
void vf_web_exchange_end(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code);

/* Each makes a response, NULL: out of memory. Of an error, of text that is copied, of bytes that stay
 * for as long as the program, and of an object, which it takes. */
struct MHD_Response *vf_web_error(const char *format, ...) VF_PRINTF(1, 2);
struct MHD_Response *vf_web_text(const char *text, size_t size, const char *type);
struct MHD_Response *vf_web_file(const void *bytes, size_t size, const char *type);
struct MHD_Response *vf_web_object(json_t *object);

/* Lends the value of a key of the query; NULL: there is none. Reads a number of a range likewise;
 * `fallback` where there is none, and `lowest` or `highest` where it is beyond them. */
const char *vf_web_query(const struct vf_web_request *request, const char *key);
double vf_web_query_number(const struct vf_web_request *request, const char *key, double lowest,
                           double highest, double fallback);

/* Has a request wait: it is answered by its route again once `is_answered`, or when time is over. */
void vf_web_wait(struct vf_web_request *request, int64_t until_ns);

/* Has those go on that have waited long enough. */
void vf_web_waiting_go_on(struct vf_web *web, bool is_over);

#endif
