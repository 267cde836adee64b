# SPDX-License-Identifier: MIT
"""Whether one group of measurements tends to be larger than another.

Mann and Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger than
the Other", Annals of Mathematical Statistics 18 (1947). The test for two groups that have nothing
to do with each other: round 3 of last month and round 3 of today are no pair, which rules out the
signed ranks of Wilcoxon. It asks nothing of how the values are distributed.

Exact for small groups, ties included: all ways to divide the ranks are counted, as in Streitberg
and Roehmel, "Exact Distributions for Permutation and Rank Tests", Statistical Software Newsletter
12 (1986).
"""

from math import comb


def doubled_ranks(values):
    """Twice the rank of each value, from 2 on; equal values share the mean of theirs."""
    ordered = sorted(values)
    first = {}
    last = {}
    for place, value in enumerate(ordered, 1):
        first.setdefault(value, place)
        last[value] = place
    return [first[value] + last[value] for value in values]


def chance_of_larger(group, other):
    """How likely ranks as high as those of `group`, or higher, are, were both groups alike: small
    means that its values are larger."""
    ranks = doubled_ranks([*group, *other])
    # ways[n][s]: in how many ways n of the ranks looked at so far have the sum s
    ways = [{0: 1}] + [{} for _ in group]
    for rank in ranks:
        for size in range(len(group), 0, -1):
            for total, count in ways[size - 1].items():
                ways[size][total + rank] = ways[size].get(total + rank, 0) + count
    observed = sum(ranks[:len(group)])
    extreme = sum(count for total, count in ways[len(group)].items() if total >= observed)
    return extreme / comb(len(ranks), len(group))
