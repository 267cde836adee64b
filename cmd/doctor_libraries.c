/* SPDX-License-Identifier: MIT */
/* doctor_libraries - the libraries of the program, and what they can do here. */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "cmd/child.h"
#include "cmd/findings.h"
#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/media/text/font_examination.h"
#include "engine/media/write/capabilities.h"
#include "engine/wire/wire.h"
#include "nodes/all_nodes.h"
#include "nodes/vision/opencv/examination.h"

#define PATIENCE_SECONDS 30 /* with drivers */

static int ask_media(const void *question, json_t **answer)
{
    (void)question;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO); /* encoders introduce themselves */
    return vf_media_capabilities(answer);
}

static int ask_fonts(const void *question, json_t **answer)
{
    char problem[300];
    (void)question;
    *answer =
        vf_font_examine(problem, sizeof(problem)) == VF_OK ? json_null() : json_string(problem);
    return VF_OK;
}

/* What there is, or in a list what is missing. */
static int ask_cascades(const void *question, json_t **answer)
{
    char text[2048];
    (void)question;
    int err = vf_cascades_examine(text, sizeof(text));
    *answer = err ? json_pack("[s]", text) : json_string(text);
    return VF_OK;
}

static int ask_modules(const void *question, json_t **answer)
{
    (void)question;
    *answer = json_boolean(vf_node_bring_all(&vf_all_nodes) == VF_OK);
    return VF_OK;
}

/* Returns the answer, or NULL after it has added why there is none. */
static json_t *ask(struct vf_findings *findings, const char *topic, vf_child_answer *answer)
{
    struct vf_child child;
    json_t *found = NULL;
    int signal = 0;
    int err = vf_child_start(&child, answer, NULL, PATIENCE_SECONDS);
    if (!err)
        err = vf_child_finish(&child, &found, &signal);
    if (err)
        vf_findings_add(findings, VF_FINDING_PROBLEM, topic, NULL, "cannot be asked: %s",
                        strerror(-err));
    else if (!found && signal == SIGALRM)
        vf_findings_add(findings, VF_FINDING_WARNING, topic,
                        "a driver may hang: restart the machine", "no answer within %d seconds",
                        PATIENCE_SECONDS);
    else if (!found)
        vf_findings_add(findings, VF_FINDING_WARNING, topic, NULL, "the examination died%s%s",
                        signal ? ": " : "", signal ? strsignal(signal) : "");
    return found;
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void examine_versions(struct vf_findings *findings, const json_t *libraries)
{
    struct vf_text text = {0};
    size_t i;
    json_t *library;
    vf_text_print(&text, "vflow " VF_VERSION ", libzmq %s, jansson %s, zlib %s",
                  vf_wire_library_version(), JANSSON_VERSION, zlibVersion());
    json_array_foreach(libraries, i, library)
    {
        const char *built = string_of(library, "built"), *running = string_of(library, "running");
        vf_text_print(&text, ", %s %s", string_of(library, "name"), running);
        if (strcmp(built, running) != 0)
            vf_text_print(&text, " (built with %s)", built);
        if (strtol(built, NULL, 10) != strtol(running, NULL, 10))
            vf_findings_add(findings, VF_FINDING_PROBLEM, "libraries",
                            "build vflow again on this machine: make clean all",
                            "%s is %s, but vflow was built with %s", string_of(library, "name"),
                            running, built);
    }
    vf_findings_add(findings, VF_FINDING_OK, "libraries", NULL, "%s", text.bytes ? text.bytes : "");
    vf_text_finish(&text);
}

/* Adds one line with all that open, and one for each codec of hardware that does not. */
static void examine_coders(struct vf_findings *findings, const char *topic, const json_t *coders)
{
    struct vf_text text = {0};
    size_t i;
    json_t *coder;
    json_array_foreach(coders, i, coder)
    {
        const char *error = string_of(coder, "error"), *name = string_of(coder, "name");
        if (!*error)
            vf_text_print(&text, "%s%s", text.length ? ", " : "", name);
        else if (!json_is_true(json_object_get(coder, "hardware")))
            vf_findings_add(findings, VF_FINDING_WARNING, topic, NULL, "%s cannot be opened: %s",
                            name, error);
    }
    vf_findings_add(findings, VF_FINDING_OK, topic, NULL, "%s", text.bytes ? text.bytes : "none");
    vf_text_finish(&text);
}

static bool has_coder(const json_t *coders, const char *codec)
{
    size_t i;
    json_t *coder;
    json_array_foreach(coders, i, coder)
    {
        if (strcmp(string_of(coder, "codec"), codec) == 0 && !json_object_get(coder, "error"))
            return true;
    }
    return false;
}

static void examine_hardware(struct vf_findings *findings, const json_t *found)
{
    static const char *const keys[] = {"devices", "encoders"};
    struct vf_text open = {0}, closed = {0};
    for (size_t k = 0; k < VF_COUNT(keys); k++) {
        size_t i;
        json_t *item;
        json_array_foreach(json_object_get(found, keys[k]), i, item)
        {
            bool is_hardware = k == 0 || json_is_true(json_object_get(item, "hardware"));
            struct vf_text *text = json_object_get(item, "error") ? &closed : &open;
            if (is_hardware)
                vf_text_print(text, "%s%s", text->length ? ", " : "", string_of(item, "name"));
        }
    }
    vf_findings_add(findings, VF_FINDING_OK, "hardware", NULL, "%s can be used%s%s",
                    open.length ? open.bytes : "none", closed.length ? "; not available: " : "",
                    closed.length ? closed.bytes : "");
    vf_text_finish(&open);
    vf_text_finish(&closed);
}

static void examine_media(struct vf_findings *findings)
{
    json_t *found = ask(findings, "codecs", ask_media);
    if (!found)
        return;
    const json_t *encoders = json_object_get(found, "encoders");
    const json_t *decoders = json_object_get(found, "decoders");
    examine_versions(findings, json_object_get(found, "libraries"));
    examine_coders(findings, "encoders", encoders);
    examine_coders(findings, "decoders", decoders);
    if (!has_coder(encoders, "h264"))
        vf_findings_add(findings, VF_FINDING_WARNING, "encoders",
                        "install an FFmpeg with libx264, or name another codec in flows",
                        "there is none for H.264, which .mp4 and .mkv files get by default");
    if (!has_coder(decoders, "h264") || !has_coder(decoders, "hevc"))
        vf_findings_add(findings, VF_FINDING_WARNING, "decoders",
                        "install FFmpeg with all its codecs (Fedora: from RPM Fusion)",
                        "H.264 or HEVC cannot be decoded, which most cameras send");
    examine_hardware(findings, found);
    json_decref(found);
}

static void examine_fonts(struct vf_findings *findings)
{
    json_t *found = ask(findings, "fonts", ask_fonts);
    if (json_is_null(found))
        vf_findings_add(findings, VF_FINDING_OK, "fonts", NULL, "fontconfig finds one");
    else if (found)
        vf_findings_add(findings, VF_FINDING_WARNING, "fonts",
                        "for draw_text and labels, install fonts, such as fonts-dejavu-core", "%s",
                        json_string_value(found));
    json_decref(found);
}

static void examine_cascades(struct vf_findings *findings)
{
    json_t *found = ask(findings, "cascades", ask_cascades);
    if (json_is_string(found))
        vf_findings_add(findings, VF_FINDING_OK, "cascades", NULL, "%s", json_string_value(found));
    else if (found)
        vf_findings_add(findings, VF_FINDING_WARNING, "cascades",
                        "only flows with the node cascade need that", "%s",
                        json_string_value(json_array_get(found, 0)));
    json_decref(found);
}

void vf_examine_libraries(struct vf_findings *findings)
{
    json_t *found = ask(findings, "modules", ask_modules);
    if (json_is_true(found))
        vf_findings_add(findings, VF_FINDING_OK, "modules", NULL, "all %zu node types are there",
                        vf_node_total(&vf_all_nodes));
    else if (found)
        vf_findings_add(findings, VF_FINDING_PROBLEM, "modules",
                        "install vflow again, with the libraries that are named above",
                        "a module cannot be loaded");
    json_decref(found);
    examine_media(findings);
    examine_fonts(findings);
    examine_cascades(findings);
}
