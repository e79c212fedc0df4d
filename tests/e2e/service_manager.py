#!/usr/bin/python3
"""In place of systemd: listens on NOTIFY_SOCKET, runs a program, and writes what it says, one message per line.

usage: service_manager.py LOG ADDRESS WATCHDOG_USEC PROGRAM...      ADDRESS: a path, or @NAME
"""
import os
import signal
import socket
import subprocess
import sys

log, address, watchdog, *command = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("\0" + address[1:] if address.startswith("@") else address)
if not address.startswith("@"):
    os.chmod(address, 0o777)
listener.settimeout(0.2)
environment = dict(os.environ, NOTIFY_SOCKET=address, WATCHDOG_USEC=watchdog)
program = subprocess.Popen(command, env=environment)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, frame: program.send_signal(number))
with open(log, "w", buffering=1) as lines:
    while True:
        ended = program.poll() is not None
        try:
            lines.write(listener.recv(65536).decode().replace("\n", " ") + "\n")
        except TimeoutError:
            if ended:
                sys.exit(program.returncode if program.returncode >= 0 else 128 - program.returncode)
