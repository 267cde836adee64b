/* SPDX-License-Identifier: MIT */
#include "engine/receipt/schema.h"

/* What is in the report of the run, too, has the same keys there. */
static json_t *texts(void)
{
    return json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "string");
}

static json_t *digest(void)
{
    return json_pack("{s:[ss], s:s}", "type", "string", "null", "pattern", "^[0-9a-f]{64}$");
}

static json_t *count(void)
{
    return json_pack("{s:[ss], s:i}", "type", "integer", "null", "minimum", 0);
}

static json_t *file(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:o, s:o}, s:[sss], s:b}", "type", "object", "properties",
                     "path", "type", "string", "bytes", count(), "sha256", digest(), "required",
                     "path", "bytes", "sha256", "additionalProperties", 0);
}

/* A file, or several, that was read or written. */
static json_t *medium(void)
{
    static const char *const counts[] = {"frames",  "pictures", "lines",  "messages",
                                         "packets", "taken",    "encoded"};
    json_t *medium = file(), *keys = json_object_get(medium, "properties");
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
        json_object_set_new(keys, counts[i], count());
    json_object_set_new(keys, "name", json_pack("{s:s}", "type", "string"));
    json_object_set_new(keys, "task", json_pack("{s:s}", "type", "string"));
    json_object_set_new(keys, "complete", json_pack("{s:s}", "type", "boolean"));
    json_object_set_new(keys, "reason", json_pack("{s:[ss]}", "type", "string", "null"));
    json_object_set_new(keys, "seconds", json_pack("{s:[ss]}", "type", "number", "null"));
    json_object_set_new(keys, "first", json_pack("{s:s}", "type", "number"));
    json_object_set_new(keys, "last", json_pack("{s:s}", "type", "number"));
    json_object_set_new(keys, "verified",
                        json_pack("{s:[ssss]}", "enum", "none", "counts", "packets", "decode"));
    json_object_set_new(keys, "source", json_pack("{s:s}", "type", "string"));
    json_object_set_new(keys, "streams", texts());
    json_object_set_new(keys, "files", json_pack("{s:s, s:o}", "type", "array", "items", file()));
    return medium;
}

static json_t *loss(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:o}, s:[sss], s:b}", "type", "object",
                     "properties", "where", "type", "string", "reason", "type", "string", "count",
                     count(), "required", "where", "reason", "count", "additionalProperties", 0);
}

json_t *vf_receipt_schema(void)
{
    static const char *const required[] = {"receipt", "output",   "inputs", "lost",
                                           "flow",    "versions", "run",    "receipt_sha256"};
    json_t *keys = json_object(), *needed = json_array();
    for (size_t i = 0; i < sizeof(required) / sizeof(*required); i++)
        json_array_append_new(needed, json_string(required[i]));
    json_object_set_new(keys, "receipt", json_pack("{s:i}", "const", 1));
    json_object_set_new(keys, "output", medium());
    json_object_set_new(keys, "inputs",
                        json_pack("{s:s, s:o}", "type", "array", "items", medium()));
    json_object_set_new(keys, "elsewhere", texts());
    json_object_set_new(keys, "lost", json_pack("{s:s, s:o}", "type", "array", "items", loss()));
    json_object_set_new(keys, "flow",
                        json_pack("{s:s, s:{s:{s:s}, s:o}, s:[ss], s:b}", "type", "object",
                                  "properties", "file", "type", "string", "sha256", digest(),
                                  "required", "file", "sha256", "additionalProperties", 0));
    json_object_set_new(
        keys, "versions",
        json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type", "string"));
    json_object_set_new(keys, "run",
                        json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:o}, s:[sss], s:b}", "type",
                                  "object", "properties", "started", "type", "string", "ended",
                                  "type", "string", "status", count(), "required", "started",
                                  "ended", "status", "additionalProperties", 0));
    json_object_set_new(keys, "receipt_sha256", digest());
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:b}", "$schema",
                     "https://json-schema.org/draft/2020-12/schema", "title",
                     "Receipt of a file that vflow has written", "type", "object", "properties",
                     keys, "required", needed, "additionalProperties", 0);
}
