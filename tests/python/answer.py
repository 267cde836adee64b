# SPDX-License-Identifier: MIT
"""Answers the frames of a zmq_out node with their numbers, as JSON, in ways that a test asks for.

    answer.py FRAMES ANSWERS [WAY...]

WAY: jumbled   answer three at a time, the last one first, or what there is when no more come
     thinned   leave every fifth out, and say so
     silent    leave every fifth out, and say nothing
     twice     answer each again with the next one, and one that was never sent
     bare      the first answer has no number
     nameless  no answer has a number
     stuck=N   say "stuck" after N answers, and wait for the end
     meet=N    begin when N programs that were told so are connected, and have said so by a file
"""

import json
import os
import pathlib
import signal
import sys
import time

import zmq
from zmq.utils.monitor import recv_monitor_message


def answer(socket, number, has_number=True):
    socket.send_json({"number": number} if has_number else {"dtype": "|u1"}, zmq.SNDMORE)
    socket.send_json(number)


def number_of(ways, name):
    return next((int(way.split("=")[1]) for way in ways if way.startswith(name + "=")), None)


def meet(monitors, count):
    for monitor in monitors:
        recv_monitor_message(monitor)
    pathlib.Path(f"met-{os.getpid()}").touch()
    while len(list(pathlib.Path().glob("met-*"))) < count:
        time.sleep(0.01)


def main(source, target, *ways):
    context = zmq.Context()
    frames, answers = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    sockets = frames, answers
    monitors = [socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED) for socket in sockets]
    frames.connect(source)
    answers.connect(target)
    patience = number_of(ways, "stuck")
    if number_of(ways, "meet"):
        meet(monitors, number_of(ways, "meet"))
    for socket in sockets:
        socket.disable_monitor()
    held = []
    count = 0
    if "bare" in ways:
        answers.send_json({"dtype": "uint8"}, zmq.SNDMORE)
        answers.send_json(0)
    while True:
        while held and not frames.poll(200):    # the others have the rest, and wait for these
            answer(answers, held.pop())
        parts = frames.recv_multipart()
        if parts == [b"bye"]:
            break
        number = json.loads(parts[0])["number"]
        if count == patience:
            print("stuck", flush=True)
            signal.pause()
        count += 1
        if number % 5 == 0 and "thinned" in ways:
            answers.send_json({"number": number})
        elif number % 5 or "silent" not in ways:
            held.append(number)
        if len(held) == (3 if "jumbled" in ways else 1):
            if "twice" in ways and number > 1:
                answer(answers, number - 1)
                answer(answers, 1000000)
            while held:
                answer(answers, held.pop(), "nameless" not in ways)
    while held:
        answer(answers, held.pop())
    context.destroy()


main(*sys.argv[1:])
