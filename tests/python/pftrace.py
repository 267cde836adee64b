# SPDX-License-Identifier: MIT
"""pftrace.py FILE [summary | flows] - reads a trace as Perfetto does, and checks it on the way.

Without a second word it prints what is wrong with the nesting of slices and with flows, nothing if
all is well, and ends with status 1 or 0. `summary` prints a line for each task and name of an event
with how many there are; `flows` how many lead from one task to another."""
import collections
import struct
import sys


def fields(data):
    """Yields (number, value) of a message: integers, and bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
        elif kind == 1:
            yield key >> 3, struct.unpack_from("<Q", data, at)[0]
            at += 8
        elif kind == 2:
            size = varint()
            assert at + size <= len(data), "a field is cut off"
            yield key >> 3, data[at:at + size]
            at += size
        else:
            raise AssertionError(f"wire type {kind}")


def single(data):
    return dict(fields(data))


tracks, events, clocks = {}, [], {}
with open(sys.argv[1], "rb") as file:
    trace = file.read()
for number, packet in fields(trace):
    assert number == 1, "a trace has packets only"
    found = list(fields(packet))
    packet = dict(found)
    assert 10 in packet, "a packet without its sequence"
    if 60 in packet:
        track = single(packet[60])
        name = single(track[4])[5].decode() if 4 in track else single(track[3])[6].decode()
        tracks[track[1]] = name
    if 6 in packet:
        for number, clock in fields(packet[6]):
            clock = single(clock)
            clocks[clock[1]] = clock[2]
    if 11 in packet:
        event = list(fields(packet[11]))
        whole = dict(event)
        events.append({
            "time": packet[8], "type": whole[9], "track": whole[11],
            "name": whole.get(23, b"").decode(), "flows": [v for k, v in event if k == 47],
        })
assert set(clocks) == {1, 3, 6}, "the clocks are not tied together"
events.sort(key=lambda event: event["time"])  # as Perfetto does; equal times stay as they are

is_thinned = any(event["name"] == "burst" for event in events)  # what was sent then is not recorded
faults, counts, ways, open_slices, starts = [], collections.Counter(), collections.Counter(), {}, {}
for event in events:
    assert event["track"] in tracks, "an event on a track that nobody described"
    task = tracks[event["track"]]
    stack = open_slices.setdefault(task, [])
    if event["type"] == 1:
        stack.append(event)
    elif event["type"] == 2:
        if stack:
            stack.pop()
        else:
            faults.append(f"{task}: a slice ends that has not begun")
    if event["name"]:
        counts[task, event["name"]] += 1
    for flow in event["flows"]:
        if event["name"] == "send":
            starts.setdefault(flow, task)
        elif flow in starts:
            ways[starts[flow], task] += 1
        elif not is_thinned:
            faults.append(f"{task}: a message came that nobody has sent")
for task, stack in open_slices.items():
    if len(stack) > 1:
        faults.append(f"{task}: {len(stack)} slices are open at the end")

wanted = sys.argv[2] if len(sys.argv) > 2 else ""
if wanted == "summary":
    for (task, name), count in sorted(counts.items()):
        print(task, name, count)
elif wanted == "flows":
    for (sender, receiver), count in sorted(ways.items()):
        print(sender, receiver, count)
else:
    print("\n".join(faults[:20]))
    sys.exit(bool(faults))
