/* SPDX-License-Identifier: MIT */
#include "engine/node/option/range.h"

#include <math.h>
#include <string.h>

#include "engine/node/option/option.h"

/* From here on a limit is only there to keep numbers within their types. */
#define ENDLESS 1e9
#define ENDLESS_S 1e6

struct time_unit {
    double from_s, seconds; /* from which duration on it is used; how long it is */
    const char *one, *many;
};

static const struct time_unit time_units[] = {
    {63115200, 31557600, "year", "years"}, {259200, 86400, "day", "days"},
    {3600, 3600, "hour", "hours"},         {121, 60, "minute", "minutes"},
    {1, 1, "second", "seconds"},           {0, 0.001, "ms", "ms"},
};

static const struct time_unit *unit_of(double seconds)
{
    const struct time_unit *unit = time_units;
    while (fabs(seconds) < unit->from_s)
        unit++;
    return unit;
}

/* Where it is not whole, it is nearer to zero than the limit: so that what is said is possible. */
static double count_of(double seconds, const struct time_unit *unit)
{
    double count = seconds / unit->seconds;
    double whole = nearbyint(count);
    return fabs(count - whole) < 1e-6 ? whole : trunc(count * 10) / 10;
}

static void print_time(struct vf_text *text, double seconds, const struct time_unit *unit)
{
    double count = count_of(seconds, unit);
    vf_text_print(text, "%.16g %s", count, fabs(count) == 1 ? unit->one : unit->many);
}

static void print_times(struct vf_text *text, double minimum, double maximum, bool has_end)
{
    static const struct time_unit *const seconds = &time_units[4];
    const struct time_unit *first = minimum ? unit_of(minimum) : seconds;
    const struct time_unit *last = unit_of(maximum);
    if (!has_end) {
        print_time(text, minimum, first);
        vf_text_print(text, " or more");
        return;
    }
    if (!minimum || first == last)
        vf_text_print(text, "%.16g", count_of(minimum, last));
    else
        print_time(text, minimum, first);
    vf_text_print(text, " to ");
    print_time(text, maximum, last);
}

static void print_limit(struct vf_text *text, double limit)
{
    vf_text_print(text, limit == trunc(limit) ? "%.0f" : "%.16g", limit);
}

static void print_numbers(struct vf_text *text, const struct vf_option *option, bool has_end)
{
    print_limit(text, option->minimum);
    vf_text_print(text, has_end ? " to " : " or more");
    if (has_end)
        print_limit(text, option->maximum);
    if (option->unit)
        vf_text_print(text, " %s", option->unit);
}

void vf_option_add_range(struct vf_text *text, const struct vf_option *option, bool exact,
                         const char *before, const char *after)
{
    double endless = option->kind->is_time ? ENDLESS_S : ENDLESS;
    bool has_end = exact || option->maximum < endless;
    if (!vf_option_is_limited(option) || (!has_end && option->minimum <= -endless))
        return;
    vf_text_print(text, "%s", before);
    if (option->kind->is_time)
        print_times(text, option->minimum, option->maximum, has_end);
    else
        print_numbers(text, option, has_end);
    vf_text_print(text, "%s", after);
}
