# SPDX-License-Identifier: MIT
"""Starts flows from Python, as vflow.Flow has it. Run in a folder that may be written to.

run_flows.py NAME runs one of the functions below.
"""
import os
import sys

import vflow

COUNT = """vflow: 1
vars: {end: 3, text: ""}
nodes:
  numbers: {type: int_source, end: "${end}"}
  out: {type: print, inputs: numbers, separator: "${text}"}
"""
ENDLESS = """vflow: 1
nodes:
  numbers: {type: int_source, fps: 500}
  out: {type: print, inputs: numbers}
"""
log = []


def lines_of_a_file():
    with open("count.yaml", "w") as file:
        file.write(COUNT)
    with vflow.Flow("count.yaml").run(end=5) as run:
        assert list(run) == [str(i) for i in range(6)]
    assert run.status == 0
    assert run.report["is_balanced"] and run.report["status"] == 0
    assert {node["name"]: node["out"] for node in run.report["nodes"]}["numbers"] == 6


def texts_dicts_and_settings():
    assert list(vflow.Flow(COUNT).run()) == ["0", "1", "2", "3"]
    flow = {"vflow": 1, "nodes": {"a": {"type": "int_source", "end": 2},
                                  "b": {"type": "print", "inputs": "a"}}}
    assert list(vflow.Flow(flow, settings={"nodes.a.start": 1}).run()) == ["1", "2"]
    assert vflow.Flow(flow).config()["nodes"]["a"]["end"] == 2


def reports_without_reading():
    report = vflow.Flow(COUNT).run(end=100000).wait(timeout=60)
    assert report["nodes"][1]["in"] == 100001


def mistakes():
    broken = COUNT.replace("int_source", "int_sauce")
    flow = vflow.Flow(broken, log=log.append)
    for action in flow.check, lambda: flow.run().wait():
        try:
            action()
        except vflow.InvalidFlow as error:
            assert "did you mean \"int_source\"" in str(error), error
            assert error.status == 78
        else:
            raise AssertionError("nothing is wrong")
    assert any("int_sauce" in line for line in log)
    vflow.Flow(COUNT).check(end=1)


def failures():
    flow = vflow.Flow({"vflow": 1, "nodes": {
        "in": {"type": "process", "command": "false", "outputs": {"out": "value"}},
        "out": {"type": "print", "inputs": "in"}}}, log=log.append)
    try:
        with flow.run() as run:
            for line in run:
                print(line)
    except vflow.Error as error:
        assert not isinstance(error, vflow.InvalidFlow)
        assert error.status and "false exited with status 1" in str(error), error
        assert error.report["errors"][0]["task"] == "in"
        assert run.report is error.report
    else:
        raise AssertionError("nothing has failed")


def stops():
    with vflow.Flow(ENDLESS).run() as run:
        for line in run:
            if line == "20":
                break
    assert run.status == 130, run.status
    assert run.report["is_balanced"]
    with vflow.Flow(ENDLESS).run() as run:
        lines = []
        for line in run:
            lines.append(line)
            if line == "1":
                run.stop()
        assert lines[:2] == ["0", "1"], lines
    assert run.status == 130
    try:
        vflow.Flow(ENDLESS).run().wait(timeout=0)
    except TimeoutError:
        return
    raise AssertionError("it has ended")


def errors_pass_the_block():
    try:
        with vflow.Flow(ENDLESS).run() as run:
            raise KeyError("mine")
    except KeyError:
        assert run.status == 130
        return
    raise AssertionError("it is lost")


def messages():
    values = vflow.Flow({"vflow": 1, "nodes": {
        "numbers": {"type": "int_source", "end": 99},
        "away": {"type": "zmq_out", "inputs": "numbers", "form": "zipped", "end": "bye",
                 "endpoint": "ipc://" + os.path.abspath("away")}}})
    assert list(values.run().messages("away")) == list(range(100))
    frames = vflow.Flow("""vflow: 1
nodes:
  source: {type: test_source, size: 32x16, frames: 10}
  away: {type: zmq_out, inputs: source, endpoint: "ipc://%s", socket: pub, topic: t, mode: connect,
         wait_for_subscriber: true, pixel_format: gray}
""" % os.path.abspath("frames"))
    with frames.run() as run:
        seen = [(frame.index, frame.shape, frame.metadata["dtype"]) for frame in run.messages("away")]
    assert seen == [(i, (16, 32), "uint8") for i in range(10)], seen


def program():
    print(vflow.Flow(COUNT).program)


globals()[sys.argv[1]]()
