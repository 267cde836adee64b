# SPDX-License-Identifier: MIT
"""vflow from Python: runs of flows that a program starts. vflow-python(7) has more.

    with vflow.Flow("flow.yaml").run(threshold=0.4) as run:
        for line in run:
            print(line)
    print(run.report["seconds"])

It needs the standard library alone; numpy and pyzmq for Run.messages().
"""
from ._flow import Error, Flow, InvalidFlow, Run

__all__ = ["Flow", "Run", "Error", "InvalidFlow"]
