/* SPDX-License-Identifier: MIT */
#include "cmd/report/form.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/account/report_schema.h"
#include "engine/base/display.h"
#include "engine/base/log.h"
#include "engine/base/text.h"

/* What is wrong with a value, and where: tasks[3].name. The innermost comes first. */
struct complaint {
    char *place, *problem;
};

static bool complain(struct complaint *complaint, char *problem)
{
    free(complaint->problem);
    complaint->problem = problem;
    return false;
}

/* Puts what a value is in before its place. */
static bool locate(struct complaint *complaint, char *lead)
{
    const char *rest = complaint->place ? complaint->place : "";
    char *place =
        lead ? vf_text_format("%s%s%s", lead, *rest && *rest != '[' ? "." : "", rest) : NULL;
    free(lead);
    free(complaint->place);
    complaint->place = place;
    return false;
}

static bool is_of_type(const json_t *value, const char *type)
{
    if (strcmp(type, "string") == 0)
        return json_is_string(value);
    if (strcmp(type, "integer") == 0)
        return json_is_integer(value);
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(type, "array") == 0)
        return json_is_array(value);
    if (strcmp(type, "object") == 0)
        return json_is_object(value);
    return strcmp(type, "null") == 0 && json_is_null(value);
}

/* `types` is the name of one, or a list of them. */
static bool has_type(const json_t *value, const json_t *types, struct complaint *complaint)
{
    const char *first = json_string_value(json_is_array(types) ? json_array_get(types, 0) : types);
    for (size_t i = 0; i < json_array_size(types); i++) {
        if (is_of_type(value, json_string_value(json_array_get(types, i))))
            return true;
    }
    if (!first || is_of_type(value, first))
        return true;
    bool has_vowel = strchr("aeiou", first[0]) != NULL;
    return complain(complaint, vf_text_format("is not %s %s", has_vowel ? "an" : "a", first));
}

static bool fits(const json_t *value, const json_t *schema, struct complaint *complaint);

static bool has_required(const json_t *object, const json_t *required, struct complaint *complaint)
{
    for (size_t i = 0; i < json_array_size(required); i++) {
        const char *key = json_string_value(json_array_get(required, i));
        if (json_object_get(object, key))
            continue;
        (void)complain(complaint, vf_text_format("is missing"));
        return locate(complaint, strdup(key));
    }
    return true;
}

static bool fits_object(const json_t *object, const json_t *schema, struct complaint *complaint)
{
    const json_t *properties = json_object_get(schema, "properties"),
                 *others = json_object_get(schema, "additionalProperties");
    const char *key;
    json_t *value;
    if (!has_required(object, json_object_get(schema, "required"), complaint))
        return false;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        const json_t *own = json_object_get(properties, key);
        const json_t *form = own ? own : json_is_object(others) ? others : NULL;
        if (form && !fits(value, form, complaint))
            return locate(complaint, strdup(key));
    }
    return true;
}

static bool fits_array(const json_t *array, const json_t *items, struct complaint *complaint)
{
    for (size_t i = 0; items && i < json_array_size(array); i++) {
        if (!fits(json_array_get(array, i), items, complaint))
            return locate(complaint, vf_text_format("[%zu]", i));
    }
    return true;
}

/* What is wrong is told as of the first form that it may have. */
static bool fits_any(const json_t *value, const json_t *forms, struct complaint *complaint)
{
    for (size_t i = json_array_size(forms); i-- > 0;) {
        free(complaint->place);
        complaint->place = NULL;
        if (fits(value, json_array_get(forms, i), complaint))
            return true;
    }
    return json_array_size(forms) == 0;
}

/* Holds a value against the words of JSON schema that the schema of reports is made of. */
static bool fits(const json_t *value, const json_t *schema, struct complaint *complaint)
{
    const json_t *minimum = json_object_get(schema, "minimum");
    if (!has_type(value, json_object_get(schema, "type"), complaint))
        return false;
    if (json_is_number(minimum) && json_is_number(value) &&
        json_number_value(value) < json_number_value(minimum))
        return complain(complaint, vf_text_format("is below %g", json_number_value(minimum)));
    if (json_is_object(value) && !fits_object(value, schema, complaint))
        return false;
    if (json_is_array(value) && !fits_array(value, json_object_get(schema, "items"), complaint))
        return false;
    return fits_any(value, json_object_get(schema, "anyOf"), complaint);
}

static bool is_report(const char *name, const json_t *report)
{
    json_t *schema = vf_report_schema();
    struct complaint complaint = {0};
    bool is = schema && fits(report, schema, &complaint);
    if (!is && complaint.place)
        vf_display_clean(complaint.place);
    if (!schema)
        vf_log(VF_LOG_ERROR, "%s: %s", name, strerror(ENOMEM));
    else if (!is)
        vf_log(VF_LOG_ERROR, "%s is no report of vflow run: %s %s", name,
               complaint.place ? complaint.place : "it",
               complaint.problem ? complaint.problem : "is not as it should be");
    free(complaint.place);
    free(complaint.problem);
    json_decref(schema);
    return is;
}

int vf_report_form_load(json_t **report, const char *path)
{
    bool is_input = strcmp(path, "-") == 0;
    const char *name = is_input ? "standard input" : path;
    json_error_t error;
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int err = -errno;
        vf_log(VF_LOG_ERROR, "cannot read %s: %s", name, strerror(-err));
        return err;
    }
    errno = 0;
    *report = json_loadfd(fd, 0, &error);
    int err = *report ? VF_OK : errno == EISDIR || errno == EIO ? -errno : -EINVAL;
    if (!is_input)
        close(fd);
    if (!*report)
        vf_log(VF_LOG_ERROR, "%s is no report of vflow run: line %d: %s", name,
               error.line < 0 ? 1 : error.line, err == -EINVAL ? error.text : strerror(-err));
    if (*report && !is_report(name, *report)) {
        json_decref(*report);
        *report = NULL;
        return -EINVAL;
    }
    return err;
}
