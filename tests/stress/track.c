/* SPDX-License-Identifier: MIT */
#include "tests/stress/track.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 3 /* sets before and behind a difference */

static const struct record *set_at(const struct track *track, size_t index)
{
    return &track->items[index * track->width];
}

static bool are_equal(const struct track *a, size_t i, const struct track *b, size_t j)
{
    return memcmp(set_at(a, i), set_at(b, j), a->width * sizeof(struct record)) == 0;
}

static void print_sets(struct vf_text *text, const char *title, const struct track *track,
                       size_t around)
{
    size_t first = around > SHOWN ? around - SHOWN : 0;
    vf_text_print(text, "    %s, %zu sets:\n", title, track->count);
    for (size_t i = first; i < track->count && i <= around + SHOWN; i++) {
        vf_text_print(text, "      [%zu]", i);
        for (unsigned j = 0; j < track->width; j++) {
            const struct record *record = &set_at(track, i)[j];
            vf_text_print(text, " %" PRIu32 ".%" PRIu32 "#%" PRIu64 "=%04x@%" PRId64,
                          record->stream >> 8, record->stream & 255, record->number,
                          (unsigned)(record->value & 0xffff), record->time_ms);
        }
        vf_text_append(text, "\n", 1);
    }
}

static void print_difference(struct vf_text *text, const struct track *expected, size_t expected_at,
                             const struct track *seen, size_t seen_at)
{
    print_sets(text, "expected", expected, expected_at);
    print_sets(text, "seen", seen, seen_at);
}

static void print_title(struct vf_text *text, const char *name, const struct track *seen,
                        const char *what)
{
    vf_text_print(text, "%s, input %u: %s\n", name, seen->first, what);
}

static void compare_in_step(const struct track *expected, const struct track *seen, bool may_stop,
                            const char *name, struct vf_text *complaints)
{
    size_t i = 0;
    while (i < expected->count && i < seen->count && are_equal(expected, i, seen, i))
        i++;
    if (i == seen->count && (may_stop || i == expected->count))
        return;
    const char *what = i == expected->count ? "more came than should"
                       : i == seen->count   ? "less came than should"
                                            : "something else came";
    print_title(complaints, name, seen, what);
    print_difference(complaints, expected, i, seen, i);
}

static void compare_part(const struct track *expected, const struct track *seen, const char *name,
                         struct vf_text *complaints)
{
    size_t next = 0, former = 0;
    for (size_t i = 0; i < seen->count; i++, former = next++) {
        while (next < expected->count && !are_equal(expected, next, seen, i))
            next++;
        if (next < expected->count)
            continue;
        print_title(complaints, name, seen, "something came that should not, or not there");
        print_difference(complaints, expected, former, seen, i);
        return;
    }
}

void track_compare(const struct track *expected, const struct track *seen,
                   enum track_relation relation, const char *name, struct vf_text *complaints)
{
    if (relation == TRACK_PART)
        compare_part(expected, seen, name, complaints);
    else if (relation != TRACK_UNRELATED)
        compare_in_step(expected, seen, relation == TRACK_BEGINNING, name, complaints);
}

/* Returns what is wrong with a set by itself; NULL: nothing. */
static const char *find_fault(const struct record *set, unsigned width,
                              const struct sketch_node *node)
{
    int64_t earliest = set[0].time_ms, latest = earliest;
    for (unsigned i = 0; i < width; i++) {
        if (set[i].input != set[0].input + i)
            return "a set is not complete";
        if (node->joins_by == VF_JOIN_ORIGIN &&
            (set[i].number != set[0].number || set[i].stream != set[0].stream))
            return "a set is of several origins";
        latest = set[i].time_ms > latest ? set[i].time_ms : latest;
        earliest = set[i].time_ms < earliest ? set[i].time_ms : earliest;
    }
    if (node->joins_by == VF_JOIN_TIME && node->join.missing == VF_MISSING_SKIP &&
        latest - earliest > node->join.tolerance_ns / 1000000)
        return "a set is of several times";
    return NULL;
}

void track_check_sound(const struct track *seen, bool is_scrambled, const struct sketch_node *node,
                       const char *name, struct vf_text *complaints)
{
    for (size_t i = 0; i < seen->count; i++) {
        const struct record *set = set_at(seen, i);
        const char *fault = find_fault(set, seen->width, node);
        for (unsigned j = 0; i && !fault && !is_scrambled && j < seen->width; j++) {
            if (set[j].number < set_at(seen, i - 1)[j].number)
                fault = "an origin came after a later one";
        }
        if (!fault)
            continue;
        print_title(complaints, name, seen, fault);
        print_sets(complaints, "seen", seen, i);
        return;
    }
}

static int order_by_value(const void *a, const void *b)
{
    const struct record *one = a, *other = b;
    return (one->value > other->value) - (one->value < other->value);
}

void track_sort(struct track *track)
{
    qsort(track->items, track->count, track->width * sizeof(struct record), order_by_value);
}
