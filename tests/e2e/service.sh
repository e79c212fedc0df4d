#!/bin/bash
# What faceatt-watch tells a service manager: ready, how it goes, that it is alive, settings read again, the end.
# usage: service.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

photo=$(find "$johns/John_Salley" -name '*.jpg' | sort | head -1)
mkdir people && cp "$photo" people/Salley.jpg
ffmpeg -v error -loop 1 -t 4 -i "$photo" -vf 'scale=480:-2' -r 10 -c:v mpeg4 -q:v 3 door.mp4
port=$((20000 + RANDOM % 20000))
serve() {
  /usr/bin/python3 "$here/mjpeg_server.py" "$port" door.mp4 --fps 10 &
  server=$!
  disown $server
  for _ in {1..200}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.05
  done
  fail "no camera on port $port"
}
wait_for() { # PATTERN
  for _ in {1..600}; do
    grep -qE -- "$1" said 2>/dev/null && return
    sleep 0.05
  done
  fail "no '$1' in: $(tail -3 said | xargs)"
}
manager=(/usr/bin/python3 "$here/service_manager.py" said)

cat >environment <<'END'
#!/bin/sh
env | grep -e NOTIFY -e WATCHDOG >>leaked
END
chmod +x environment
serve
# The second camera is never there: it was tried, and that is enough.
"${manager[@]}" "$work/notify" 400000 faceatt-watch --db people --log log.csv --liveness off --exec ./environment --exec-on mark \
  "front=http://127.0.0.1:$port/" back=http://127.0.0.1:1/ >events 2>err2 </dev/null &
job=$!
wait_for '^READY=1$'
wait_for '^STATUS=1 people, 2 sources \(lost: back\), 1 marked$'
for _ in {1..3}; do
  n=$(grep -c WATCHDOG=1 said)
  sleep 0.6
  ok "it says that it is alive" [ "$(grep -c WATCHDOG=1 said)" -gt "$n" ]
done
same "ready once" 1 "$(grep -c '^READY=1$' said)"
# The main loop does not turn: nothing is said, whatever other threads do.
program=$(pgrep -P $job)
kill -STOP "$program"
sleep 0.3
n=$(grep -c WATCHDOG=1 said)
sleep 1
same "nobody answers for it" "$n" "$(grep -c WATCHDOG=1 said)"
kill -CONT "$program"
kill -HUP $job
wait_for '^RELOADING=1 MONOTONIC_USEC=[0-9]+$'
for _ in {1..100}; do
  [[ $(grep -c '^READY=1$' said) -eq 2 ]] && break
  sleep 0.05
done
same "ready again" 2 "$(grep -c '^READY=1$' said)"
kill -KILL $server
wait_for '^STATUS=1 people, 2 sources \(lost: front, back\), 1 marked$'
kill -TERM $job
wait_for '^STOPPING=1$'
code=0
wait $job || code=$?
same "exit of a service that was stopped" 143 $code
ok "the command is not told where the manager listens" [ ! -s leaked ]

# An abstract socket, no watchdog, a clip: ready and over.
"${manager[@]}" "@faceatt-$$" '' faceatt-watch --db people --log log.csv --liveness off door.mp4 >/dev/null 2>&1 </dev/null
same "of a clip" "READY=1 STOPPING=1" "$(grep -v -e STATUS said | xargs)"
finish
