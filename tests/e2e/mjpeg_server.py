#!/usr/bin/python3
"""A network camera: serves a clip over and over as HTTP/MJPEG on the loopback interface.

usage: mjpeg_server.py PORT CLIP [--fps N] [--cut EVERY] [--freeze-after N] [--stall-after N]

Every request, of any path, gets the clip from its beginning; ends with SIGTERM. --cut K sends only half of every K-th
JPEG, --freeze-after N repeats the N-th picture for ever, --stall-after N sends nothing after the N-th.
"""
import argparse
import http.server
import subprocess
import time

options = argparse.ArgumentParser()
options.add_argument("port", type=int)
options.add_argument("clip")
options.add_argument("--fps", type=float, default=25)
options.add_argument("--cut", type=int, default=0)
options.add_argument("--freeze-after", type=int, default=0)
options.add_argument("--stall-after", type=int, default=0)
options = options.parse_args()


def jpegs():
    command = ["ffmpeg", "-v", "error", "-i", options.clip, "-an", "-q:v", "3", "-f", "mpjpeg", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as ffmpeg:
        while line := ffmpeg.stdout.readline():
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
                ffmpeg.stdout.readline()
                yield ffmpeg.stdout.read(size)


class Camera(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace;boundary=frame")
        self.end_headers()
        due = time.monotonic()
        try:
            count = 0
            while True:
                count += 1
                if not options.freeze_after or count <= options.freeze_after:
                    picture = PICTURES[(count - 1) % len(PICTURES)]
                if options.stall_after and count > options.stall_after:
                    time.sleep(3600)
                cut = options.cut and count % options.cut == 0
                data = picture[: len(picture) // 2] if cut else picture
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode() + data + b"\r\n")
                due += 1 / options.fps
                time.sleep(max(0, due - time.monotonic()))
        except (BrokenPipeError, ConnectionResetError):
            pass

    def log_message(self, *_):
        pass


PICTURES = list(jpegs())
http.server.ThreadingHTTPServer.daemon_threads = True
http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Camera).serve_forever()
