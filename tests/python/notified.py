# SPDX-License-Identifier: MIT
"""notified.py SOCKET COMMAND... - runs a command as a service manager does, and prints what it is told.

SOCKET is a path, or an abstract name after "@". Each datagram is a line, with "; " between its lines.
The command is stopped by SIGTERM once it has said that it is ready, how it goes, and, if it is to,
that it lives. Exits with its status.
"""
import os
import signal
import socket
import subprocess
import sys

name = sys.argv[1]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind("\0" + name[1:] if name.startswith("@") else name)
server.settimeout(0.05)
command = subprocess.Popen(sys.argv[2:], env=dict(os.environ, NOTIFY_SOCKET=name))
wanted = {"READY", "STATUS"} | ({"WATCHDOG"} if "WATCHDOG_USEC" in os.environ else set())
is_stopped = False
while True:
    has_ended = command.poll() is not None
    try:
        told = server.recv(65536).decode()
    except socket.timeout:
        if has_ended:
            break
        continue
    print(told.replace("\n", "; "), flush=True)
    wanted -= {line.split("=")[0] for line in told.split("\n")}
    if not wanted and not is_stopped:
        is_stopped = True
        command.send_signal(signal.SIGTERM)
sys.exit(command.returncode if command.returncode >= 0 else 128 - command.returncode)
