# SPDX-License-Identifier: MIT
"""Results for people, and for programs."""

from contest import OTHERS_LIMIT, STEAL_LIMIT

MB = 1e6
COLUMNS = ("", "{unit}", "CPU ms", "memory MB", "x best peer", "steal %", "others %", "runs")


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def digits_of(value):
    return 0 if value is None or value >= 1000 else 1


def speed_cell(series, unit):
    speed = series.median_speed
    if speed is None:
        return "-"
    shown = 1000 / speed if unit == "ms" else speed
    return number(shown, digits_of(shown))


def row(results, series):
    candidate = series.candidate
    if candidate.missing or not series.runs:
        reason = candidate.missing or series.complaint or "no run without steal"
        return [candidate.name, reason]
    peer = results.best_peer(candidate.heat)
    ratio = results.speed_ratio(series, peer)
    cost = series.median_cost_s * 1000
    return [
        candidate.name,
        speed_cell(series, results.work.unit),
        number(cost, 2 if cost >= 1 else 4),
        number(series.memory / MB if series.memory else None, 1),
        number(ratio, 2) + ("" if ratio is None else "x"),
        number(100 * series.median(lambda run: run.steal), 1),
        number(100 * series.median(lambda run: run.others), 1),
        f"{len(series.runs)}" + (f" (+{series.stolen} stolen)" if series.stolen else "")
        + (f", then: {series.complaint}" if series.complaint else ""),
    ]


def print_rows(rows):
    """A row of two cells is a name and a sentence."""
    full = [each for each in rows if len(each) > 2]
    count = len(COLUMNS)
    widths = [max([len(each[i]) for each in full] or [0]) for i in range(count)]
    widths[0] = max(len(each[0]) for each in rows)
    for each in rows:
        if len(each) == 2:
            print(f"  {each[0]:<{widths[0]}}  {each[1]}")
            continue
        cells = [f"{each[0]:<{widths[0]}}"]
        cells += [f"{each[i]:>{widths[i]}}" for i in range(1, count - 1)]
        print("  " + "  ".join(cells) + f"  {each[-1]}")


def warnings(results):
    runs = [run for series in results.series.values() for run in series.runs.values()]
    stolen = sum(series.stolen for series in results.series.values())
    noisy = sum(run.others > OTHERS_LIMIT for run in runs)
    lines = []
    if stolen:
        lines.append(f"{stolen} runs were dropped: the hypervisor took more than "
                     f"{STEAL_LIMIT:.0%} of the machine")
    if noisy:
        lines.append(f"in {noisy} of {len(runs)} runs other programs took more than "
                     f"{OTHERS_LIMIT:.0%} of the machine: too noisy to quote")
    if any(series.runs and len(series.runs) < 5 for series in results.series.values()):
        lines.append("fewer than 5 runs: not to be quoted")
    return lines


def show(results):
    work = results.work
    print(f"{work.key}  {work.title}")
    header = [text.format(unit=work.unit) for text in COLUMNS]
    print_rows([header] + [row(results, each) for each in results.series.values()])
    for goal in work.goals:
        value, verdict = goal.judge(results)
        print(f"  goal: {goal.text}: {value}, {verdict}")
    for line in [*(work.remarks(results) if work.remarks else []), *results.comparison]:
        print(f"  {line}")
    for line in warnings(results):
        print(f"  warning: {line}")
    print(flush=True)


def series_record(results, series):
    candidate = series.candidate
    speed = series.median_speed
    peer = results.best_peer(candidate.heat)
    return {
        "name": candidate.name,
        "role": candidate.role,
        "heat": candidate.heat,
        "missing": candidate.missing or None,
        "complaint": series.complaint or None,
        "per_second": speed,
        "cpu_ms": None if speed is None else series.median_cost_s * 1000,
        "memory_bytes": series.memory,
        "ratio_to_best_peer": results.speed_ratio(series, peer),
        "runs_stolen": series.stolen,
        "runs": [{"round": n, "count": candidate.count, "seconds": run.wall_s,
                  "cpu_seconds": run.cpu_s, "steal": run.steal, "others": run.others,
                  **run.extras} for n, run in series.runs.items()],
    }


def record(results):
    """The same as an object for JSON."""
    judged = [(goal, *goal.judge(results)) for goal in results.work.goals]
    return {
        "work": results.work.key,
        "title": results.work.title,
        "unit": results.work.unit,
        "candidates": [series_record(results, each) for each in results.series.values()],
        "goals": [{"goal": goal.text, "value": value, "verdict": verdict}
                  for goal, value, verdict in judged],
        "comparison": results.comparison,
        "warnings": warnings(results),
    }
