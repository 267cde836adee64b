/* SPDX-License-Identifier: MIT */
/* html.h - what a report says, as text of an HTML page: every text is escaped here. */
#ifndef VF_CMD_REPORT_HTML_H
#define VF_CMD_REPORT_HTML_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/text.h"

/* Adds a text, with what means something in HTML and XML escaped, also in the value of an attribute;
 * what is no character there is left out. The second cuts it after so many characters. */
void vf_html_text(struct vf_text *page, const char *text);
void vf_html_cut(struct vf_text *page, const char *text, size_t characters);

/* Add a number as people read it: 1 234 567; 12.3; 62 %; 4.5 MB; 1 min 20 s. */
void vf_html_count(struct vf_text *page, uint64_t count);
void vf_html_real(struct vf_text *page, double number);
void vf_html_part(struct vf_text *page, double part);
void vf_html_bytes(struct vf_text *page, uint64_t bytes);
void vf_html_seconds(struct vf_text *page, double seconds);
void vf_html_milliseconds(struct vf_text *page, double milliseconds);

/* Read a key of an object: "" or 0 where it has none of that kind. */
const char *vf_html_text_of(const json_t *object, const char *key);
double vf_html_number_of(const json_t *object, const char *key);
uint64_t vf_html_count_of(const json_t *object, const char *key);

#endif
