/* SPDX-License-Identifier: MIT */
#include "nodes/write/writer_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/write/choice/settings.h"
#include "engine/node/detail.h"
#include "engine/node/node.h"
#include "nodes/write/size_text.h"

#define MAX_PROBLEM 512
#define SOUND_TEXT 64
#define US_PER_S 1e6

/* Files that may be removed again are reported at the end, the last of them. */
static void tell(struct vf_writer_report *report, const char *path, const char *line)
{
    if (vf_retention_removes(&report->names->retention.settings)) {
        struct vf_writer_told *told = &report->told[report->files % VF_WRITER_TOLD];
        free(told->path);
        free(told->line);
        *told = (struct vf_writer_told){strdup(path), strdup(line)};
        vf_log(VF_LOG_INFO, "wrote %s", line);
    } else if (report->files <= VF_WRITER_TOLD) {
        vf_node_report_output(report->run, "%s", line);
    } else {
        vf_log(VF_LOG_INFO, "wrote %s", line);
    }
}

/* Says what sound there is: "aac sound", where it was encoded; "sound"; "2 sounds"; "". */
static const char *describe_sound(char text[SOUND_TEXT], const struct vf_output_facts *facts)
{
    text[0] = '\0';
    if (facts->sounds > 1)
        snprintf(text, SOUND_TEXT, "%u sounds", facts->sounds);
    else if (facts->sounds)
        snprintf(text, SOUND_TEXT, "%s%ssound", facts->is_sound_encoded ? facts->sound : "",
                 facts->is_sound_encoded ? " " : "");
    return text;
}

static void describe_pictures(char line[MAX_PROBLEM], const struct vf_writer_report *report,
                              const struct vf_output_file *file,
                              const struct vf_output_facts *facts)
{
    const struct vf_output_settings *settings = report->run->options;
    char size[VF_SIZE_TEXT], sound[SOUND_TEXT];
    const char *with = facts->encoder ? " with " : ", with ";
    bool is_hardware_news =
        facts->encoder && (settings->hw != VF_OUTPUT_HW_OFF || facts->is_hardware);
    snprintf(line, MAX_PROBLEM, "%s: %" PRIu64 " frames, %dx%d %s%s%s%s%s%s", file->path,
             file->frames, facts->width, facts->height, facts->codec,
             is_hardware_news ? " by "
             : facts->encoder ? ""
                              : ", copied",
             is_hardware_news ? facts->encoder : "", facts->sounds ? with : "",
             describe_sound(sound, facts), vf_size_text(size, file->end.size_bytes));
}

static void describe(struct vf_writer_report *report, const struct vf_output_file *file,
                     const struct vf_output_facts *facts)
{
    char size[VF_SIZE_TEXT], sound[SOUND_TEXT], line[MAX_PROBLEM];
    if (facts->codec)
        describe_pictures(line, report, file, facts);
    else
        snprintf(line, sizeof(line), "%s: %.1f s of %s%s", file->path,
                 (double)file->length_us / US_PER_S,
                 facts->sounds ? describe_sound(sound, facts) : "subtitles",
                 vf_size_text(size, file->end.size_bytes));
    tell(report, file->path, line);
}

/* Returns how many frames were to come into a file; 0: it is not known. */
static uint64_t expected_frames(const struct vf_writer_report *report,
                                const struct vf_output_facts *facts)
{
    const struct vf_output_settings *settings = report->run->options;
    bool is_other = facts->is_resampled || vf_output_names_are_many(settings->path);
    return is_other ? 0 : vf_node_expected(report->run);
}

/* Says what is known of what is in a file; frames are counted in all files of a series. */
static void note_details(const struct vf_writer_report *report, const struct vf_output_file *file,
                         const struct vf_output_facts *facts)
{
    static const char *const levels[] = {[VF_OUTPUT_VERIFY_NONE] = "none",
                                         [VF_OUTPUT_VERIFY_COUNTS] = "counts",
                                         [VF_OUTPUT_VERIFY_PACKETS] = "packets",
                                         [VF_OUTPUT_VERIFY_DECODE] = "decode"};
    const struct vf_output_settings *settings = report->run->options;
    bool is_verified = file->is_complete && file->end.is_verified;
    vf_node_detail(report->run, "verified",
                   json_string(levels[is_verified ? settings->verify : 0]));
    vf_node_detail(report->run, "packets", json_integer((json_int_t)file->end.packets));
    if (report->is_by_source && *file->source)
        vf_node_detail(report->run, "source", json_string(file->source));
    if (file->end.files)
        vf_node_detail(report->run, "files", json_deep_copy(file->end.files));
    if (!facts->encoder || report->is_series)
        return;
    vf_node_detail(report->run, "taken", json_integer((json_int_t)file->taken));
    vf_node_detail(report->run, "encoded", json_integer((json_int_t)file->encoded));
}

/* Notes a file for the report. */
static void note_file(const struct vf_writer_report *report, const struct vf_output_file *file,
                      const struct vf_output_facts *facts, const char *reason)
{
    struct vf_medium medium = {
        .path = file->is_complete || !file->end.kept ? file->path : file->end.kept,
        .unit = "frames",
        .count = facts->codec ? file->frames : 0,
        .duration_ns = file->length_us * VF_NS_PER_US,
        .size_bytes = file->end.size_bytes,
        .is_complete = file->is_complete,
        .reason = reason,
    };
    note_details(report, file, facts);
    vf_node_note_output(report->run, &medium);
}

/* Says what there is of a file that is not whole. */
static void report_part(const struct vf_writer_report *report, const struct vf_output_file *file,
                        const struct vf_output_facts *facts)
{
    bool is_failure = report->has_failed || vf_node_end_reason(report->run) == VF_END_FAILED;
    bool has_name = strcmp(file->end.kept, file->path) != 0;
    uint64_t expected = expected_frames(report, facts);
    char made[64];
    if (is_failure && !has_name)
        return; /* of a stream, the log says what became of it */
    if (!facts->codec)
        snprintf(made, sizeof(made), "%.1f s", (double)file->length_us / US_PER_S);
    else if (expected >= file->frames && expected)
        snprintf(made, sizeof(made), "%" PRIu64 " of %" PRIu64 " frames", file->frames, expected);
    else
        snprintf(made, sizeof(made), "%" PRIu64 " frames", file->frames);
    vf_node_report_output(report->run, "%s: %s, %s%s%s%s", file->end.kept, made,
                          file->end.problem ? "not as it was written"
                          : is_failure      ? "cut short by a failure"
                                            : "interrupted",
                          file->end.has_older ? "; " : "", file->end.has_older ? file->path : "",
                          file->end.has_older ? " is as it was" : "");
}

void vf_writer_report_file(struct vf_writer_report *report, const struct vf_output_file *file,
                           const struct vf_output_facts *facts)
{
    if (!file->is_complete) {
        bool is_failure = report->has_failed || vf_node_end_reason(report->run) == VF_END_FAILED;
        note_file(report, file, facts,
                  file->end.problem ? file->end.problem
                  : is_failure      ? "cut short by a failure"
                                    : "interrupted");
        if (file->end.kept)
            report_part(report, file, facts);
        return;
    }
    report->files++;
    report->frames += file->frames;
    report->bytes += file->end.size_bytes > 0 ? file->end.size_bytes : 0;
    vf_output_names_note(report->names, file->path);
    note_file(report, file, facts, NULL);
    describe(report, file, facts);
}

void vf_writer_report_sum(struct vf_writer_report *report)
{
    const struct vf_output_settings *settings = report->run->options;
    char size[VF_SIZE_TEXT];
    for (unsigned i = 1; i <= VF_WRITER_TOLD; i++) {
        const struct vf_writer_told *told = &report->told[(report->files + i) % VF_WRITER_TOLD];
        if (told->path && told->line && vf_retention_has(&report->names->retention, told->path))
            vf_node_report_output(report->run, "%s", told->line);
    }
    vf_retention_report(&report->names->retention, report->run);
    if (report->files > VF_WRITER_TOLD || vf_retention_removes(&report->names->retention.settings))
        vf_node_report_output(report->run, "%s: %" PRIu64 " file%s, %" PRIu64 " frames in all%s",
                              settings->path, report->files, report->files == 1 ? "" : "s",
                              report->frames, vf_size_text(size, report->bytes));
}

void vf_writer_report_finish(struct vf_writer_report *report)
{
    for (unsigned i = 0; i < VF_WRITER_TOLD; i++) {
        free(report->told[i].path);
        free(report->told[i].line);
    }
}
