#!/bin/bash
# A StoreLink against real servers: commands, passwords, TLS, servers that go away, sentinels, a cluster.
# usage: store_link.sh BIN_DIR HELPER   (HELPER is faceatt-store-link)
helper=$(realpath "${2:-$1/../tests/faceatt-store-link}")
set -- "$1"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/store_servers.sh"
want_redis

end_link() {
  local pid=${link_PID-}
  [[ $pid ]] || return
  exec {link[1]}>&-
  wait "$pid"
  same "exit of the link ($(tail -n 5 "$work/link.err"))" 0 $?
}
# link URL [CONNECT_MS [REPLY_MS]]: `ask` talks to it.
link() {
  end_link
  coproc link { exec "$helper" "$@"; } 2>>"$work/link.err"
}
# ask LINE: $status, $taken (milliseconds), $text
ask() {
  status=none taken=-1 text=
  echo "$1" >&"${link[1]}"
  read -r -t 60 status taken text <&"${link[0]}" || fail "no answer to '$1': $(tail -n 5 "$work/link.err")"
}
# expect LINE STATUS TEXT: TEXT is a pattern
expect() {
  ask "$1"
  # shellcheck disable=SC2053
  ok "'$1' is $2 '$3', not $status '$text'" [ "$status" = "$2" ]
  ok "'$1' says '$3', not '$text'" matches "$text" "$3"
}
# shellcheck disable=SC2053
matches() { [[ $1 == $2 ]]; }
# within LEAST MOST: milliseconds that the last one took; MOST leaves room for a busy machine
within() { ok "$1 to $2 ms, not $taken: $text" test "$taken" -ge "$1" -a "$taken" -le "$2"; }
# Until a command goes through again.
is_back() {
  ask 'call PING'
  [[ $status == ok ]]
}
section() { echo "$((SECONDS)) s: $*"; }

page=$(head -c 20000 /dev/zero | tr '\0' p)
section commands
start_redis one
one=redis://127.0.0.1:${redis_port[one]}
link "$one"
expect connected ok no
expect history ok ''
expect 'call PING' ok PONG
expect connected ok yes
expect history ok '????????????????????????????????????????/????????????????????????????????????????'
expect inherited ok 0
expect 'call SET a 1' ok OK
expect 'call GET a' ok 1
expect 'call GET none' ok nil
expect 'call SET empty %' ok OK
expect 'call GET empty' ok ''
expect 'call INCR a' ok 2
expect 'call LPUSH l x y' ok 2
expect 'call LRANGE l 0 -1' ok '\[y x\]'
expect 'call XADD s 1-1 a b' ok 1-1
expect 'call XRANGE s - +' ok '\[\[1-1 \[a b\]\]\]'
expect 'call LPUSH a x' error "127.0.0.1:*: WRONGTYPE *"
expect 'call NONSENSE' error '*unknown command*'
expect connected ok yes # an error of a command is none of the connection
expect 'call XGROUP CREATE s g 0' ok OK
expect 'call XGROUP CREATE s g 0' error '*BUSYGROUP*' # not BUSY, which passes
expect 'block 1000 XREAD BLOCK 500 STREAMS s $' ok nil
within 450 5000
expect 'pipe 0 PING' ok 0
expect 'pipe 10000 SET key# #' ok '10000 OK'
expect 'pipe 10000 GET key#' ok '10000 9999'
expect 'pipe 3 LPUSH a x' error '*WRONGTYPE*'
expect 'call GET a' ok 2 # and not what was left of the pipe
expect 'big b 50000000' ok same
redis one SET page "$(head -c 1000 /dev/zero | tr '\0' p)" >/dev/null
expect 'pipe 100000 GET page' ok '100000 1000 bytes'
expect 'pipe 2000 SET page# '"$page" ok '2000 OK'
expect 'pipe 2000 GET page#' ok '2000 20000 bytes'
expect close ok ''
expect connected ok no
expect 'call GET a' ok 2

section scripts
expect 'add n 2' ok 2
expect 'add n 2' ok 4
same 'scripts that the server has' 1 "$(redis one INFO memory | tr -d '\r' | sed -n 's/^number_of_cached_scripts://p')"
redis one SCRIPT FLUSH >/dev/null
expect 'add n 2' ok 6
redis one SCRIPT FLUSH >/dev/null
expect 'adds 1000 n' ok '1000 1006'
expect 'adds 1000 n' ok '1000 2006'
expect 'add l 1' error '*WRONGTYPE*'

section databases
link "$one/3"
expect 'call GET a' ok nil
expect 'call SET three 3' ok OK
same 'a key in database 3' 3 "$(redis one -n 3 GET three)"
link "$one/99"
expect connect error '*DB index is out of range*'
link "$one/3?site=West"
expect 'call GET three' ok 3
expect url ok "$one/3\?site=West"

section passwords
# shellcheck disable=SC2034
redis_cli_options[locked]='-a hunter2'
start_redis locked --requirepass hunter2
locked=127.0.0.1:${redis_port[locked]}
link "redis://:hunter2@$locked/1"
expect 'call SET a 1' ok OK
link "redis://:wrong@$locked"
expect connect error "$locked: user or password is wrong"
expect connected ok no
link "redis://$locked"
expect connect error "$locked: wants a password*"
redis locked ACL SETUSER ann on '>s/e?c#r@t' '~*' +@all >/dev/null
redis locked ACL SETUSER bob on '>bob' '~*' +info +get +auth >/dev/null
redis locked ACL SETUSER eve on nopass '~*' +@all >/dev/null
link "redis://ann:s%2Fe%3Fc%23r%40t@$locked/1"
expect 'call GET a' ok 1
link "redis://ann:wrong@$locked"
expect connect error "$locked: user or password is wrong"
link "redis://nobody:wrong@$locked"
expect connect error "$locked: user or password is wrong"
link "redis://bob:bob@$locked"
expect 'call GET a' ok nil
expect 'call SET a 1' error '*NOPERM*'
link "redis://eve:@$locked"
expect 'call GET a' ok nil
link "redis://:hunter2@127.0.0.1:${redis_port[one]}"
expect connect error '*AUTH*'
ok 'no password in what is said' matches "$text" '!(*hunter2*)'
start_redis old --rename-command AUTH LOGIN
link "redis://:hunter2@127.0.0.1:${redis_port[old]}"
expect connect error '*does not take AUTH'
stop_redis old

section 'servers that take nothing'
start_redis replica --replicaof 127.0.0.1 1
link "redis://127.0.0.1:${redis_port[replica]}"
expect 'call GET a' ok nil
expect 'call SET a 3' gone '*: takes no writes: it is a replica, or read-only'
expect connected ok no
expect 'add n 1' gone '*: takes no writes: it is a replica*'
expect 'pipe 10 SET a 3' gone '*: takes no writes: it is a replica*'
redis replica CONFIG SET replica-serve-stale-data no >/dev/null
expect 'call GET a' gone '*: is a replica without its master'
stop_redis replica
start_redis full --maxmemory 1mb --maxmemory-policy noeviction
link "redis://127.0.0.1:${redis_port[full]}"
expect "pipe 200 SET page# $page" gone '*: takes no writes: it is out of memory (maxmemory)'
redis full CONFIG SET maxmemory 1000 >/dev/null
expect 'call SET a 1' gone '*: takes no writes: it is out of memory (maxmemory)'
expect 'add a 1' gone '*: takes no writes: it is out of memory*'
stop_redis full
start_redis few --min-replicas-to-write 1
link "redis://127.0.0.1:${redis_port[few]}"
expect 'call SET a 1' gone '*: takes no writes: it has too few replicas'
stop_redis few
start_redis crowd --maxclients 1
(
  exec 3<>"/dev/tcp/127.0.0.1/${redis_port[crowd]}"
  sleep 3
) &
other=$!
sleep 0.5
link "redis://127.0.0.1:${redis_port[crowd]}"
expect connect gone '*max*clients*'
wait "$other"
expect connect ok ''
stop_redis crowd

section 'servers that go away'
link "$one" 1500 1000
expect 'call SET a 1' ok OK
ask history
before=$text
kill_redis one
expect 'call GET a' gone '*: the server closed the connection'
expect connected ok no
expect 'call GET a' gone '*: Connection refused'
within 0 3500
restart_redis one
until_true 20 is_back
expect 'call GET a' ok 1
ask history
ok "another history than $before: $text" test "$text" != "$before"
# In the middle of a command.
(
  sleep 0.3
  kill_redis one
) &
expect 'block 10000 BLPOP none 10' gone '*: the server closed the connection'
within 200 5000
wait $!
restart_redis one
# Without a word in between: the connection is broken, and nobody has noticed.
expect 'call PING' ok PONG
kill_redis one
restart_redis one
expect 'call PING' gone '*: the server closed the connection'
expect 'call PING' ok PONG
pause_redis one
expect 'call GET a' gone '*: no reply in time'
within 900 4500
expect 'call GET a' gone '*: no reply in time' # the kernel still takes connections
within 900 4500
expect 'pipe 5000 SET page# '"$page" gone '*: no reply in time'
within 900 5500
resume_redis one
expect 'call GET a' ok 1
expect 'call DEBUG SLEEP 0' error '*DEBUG*'
redis one CLIENT KILL TYPE normal >/dev/null
expect 'call GET a' gone '*: the server closed the connection'
expect 'call GET a' ok 1

section 'what is no Redis server'
link redis://no-such-host.invalid
expect connect gone 'no-such-host.invalid:6379: *'
free_port
link "redis://127.0.0.1:$port"
expect connect gone "127.0.0.1:$port: Connection refused"
link redis://192.0.2.1:6379 700 # an address for documentation: nobody is there
expect connect gone '192.0.2.1:6379: *'
within 0 4500
cat >strange.py <<'PY'
import socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    client, _ = server.accept()
    if sys.argv[1] == "silent":
        time.sleep(100)
    client.recv(100)
    client.sendall({"http": b"HTTP/1.1 400 Bad Request\r\n\r\n", "closes": b"", "half": b"$100\r\nhalf",
                    "deep": b"*1\r\n" * 100000, "huge": b"*2000000000\r\n"}[sys.argv[1]])
    client.close()
PY
for kind in http:'does not speak as Redis does' closes:'the server closed the connection; if it wants TLS, write rediss://' silent:'no reply in time' \
  half:'*' deep:'does not speak as Redis does' huge:'*'; do
  exec {strange}< <(exec /usr/bin/python3 strange.py "${kind%%:*}" 2>/dev/null)
  strange_pid=$!
  read -r port <&"$strange"
  for scheme in redis rediss; do
    link "$scheme://127.0.0.1:$port" 700 700
    if [[ $scheme == redis ]]; then
      expect connect gone "127.0.0.1:$port: ${kind#*:}"
    elif [[ $kind == silent* ]]; then
      expect connect gone "127.0.0.1:$port: no answer to TLS in time; does it speak TLS\?"
    else
      expect connect gone "127.0.0.1:$port: *"
    fi
    within 0 4500
    [[ $kind != silent* ]] || { kill -KILL "$strange_pid"; break; }
  done
  kill -KILL "$strange_pid" 2>/dev/null
  exec {strange}<&-
done

section TLS
make_certificate good DNS:localhost,IP:127.0.0.1
make_certificate named DNS:store.example
make_certificate old DNS:localhost,IP:127.0.0.1 ca -1
make_certificate strange DNS:localhost,IP:127.0.0.1 other
ca=$work/tls/ca.crt
start_redis_tls good --requirepass hunter2
good=127.0.0.1:${redis_port[good]}
link "rediss://:hunter2@$good/2?ca=$ca"
expect 'call SET a 1' ok OK
expect 'call GET a' ok 1
expect inherited ok 0
expect 'pipe 10000 SET key# #' ok '10000 OK'
expect 'big b 50000000' ok same
expect "call SET page $(head -c 1000 /dev/zero | tr '\0' p)" ok OK
expect 'pipe 100000 GET page' ok '100000 1000 bytes'
expect 'pipe 2000 SET page# '"$page" ok '2000 OK'
expect 'pipe 2000 GET page#' ok '2000 20000 bytes'
expect 'add n 2' ok 2
expect 'block 1000 XREAD BLOCK 500 STREAMS s $' ok nil
for i in {1..20}; do
  expect close ok ''
  expect 'call GET a' ok 1
done
link "rediss://:hunter2@localhost:${redis_port[good]}/2?ca=$ca" # localhost may be ::1 first, where nobody listens
expect 'call GET a' ok 1
link "rediss://:hunter2@$good/2?ca=$work/tls/good.crt" # the server's own certificate will do
expect 'call GET a' ok 1
SSL_CERT_FILE=$ca link "rediss://:hunter2@$good/2" # the system's
expect 'call GET a' ok 1
link "rediss://:hunter2@$good/2"
expect connect gone "$good: certificate is signed by nobody we trust; give &ca=FILE"
link "rediss://:hunter2@$good/2?ca=$work/tls/other.crt"
expect connect gone "$good: certificate is not signed by those in $work/tls/other.crt"
link "rediss://:hunter2@$good/2?ca=$work/none.crt"
expect connect error "$work/none.crt: cannot be read, or has no certificate (PEM)"
link "rediss://:hunter2@$good/2?ca=$work/tls/good.key"
expect connect error "*good.key: cannot be read, or has no certificate (PEM)"
link "rediss://:wrong@$good/2?ca=$ca"
expect connect error "$good: user or password is wrong"
for name in named old strange; do start_redis_tls $name; done
link "rediss://127.0.0.1:${redis_port[named]}?ca=$ca"
expect connect gone '127.0.0.1:*: certificate is for another name'
link "rediss://localhost:${redis_port[named]}?ca=$ca"
expect connect gone 'localhost:*: certificate is for another name'
link "rediss://127.0.0.1:${redis_port[old]}?ca=$ca"
expect connect gone '*: certificate has expired'
link "rediss://127.0.0.1:${redis_port[strange]}?ca=$ca"
expect connect gone "*: certificate is not signed by those in $ca"
for name in named old strange; do stop_redis $name; done
link "rediss://127.0.0.1:${redis_port[one]}?ca=$ca" 1000 1000
expect connect gone '127.0.0.1:*TLS*'
within 0 4500
link "redis://:hunter2@$good" 1000 1000
expect connect gone "$good: *TLS*write rediss://"
within 0 4500

section 'TLS servers that go away'
link "rediss://:hunter2@$good/2?ca=$ca" 1500 1000
expect 'call GET a' ok 1
ask history
before=$text
kill_redis good
expect 'call GET a' gone "$good: the server closed the connection"
expect 'call GET a' gone "$good: Connection refused"
restart_redis good
expect 'call GET a' ok 1
ask history
ok "another history than $before: $text" test "$text" != "$before"
(
  sleep 0.3
  kill_redis good
) &
expect 'block 10000 BLPOP none 10' gone "$good: *"
within 200 5000
wait $!
restart_redis good
expect 'call GET a' ok 1
pause_redis good
expect 'call GET a' gone "$good: no reply in time"
within 900 4500
expect 'call GET a' gone "$good: no answer to TLS in time; does it speak TLS\?"
within 1400 5000
resume_redis good
expect 'call GET a' ok 1
pause_redis good
expect 'pipe 5000 SET page# '"$page" gone "$good: no reply in time"
within 900 5500
resume_redis good
expect 'call GET a' ok 1
stop_redis good


section 'TLS that wants to know its clients'
make_certificate strict DNS:localhost,IP:127.0.0.1
start_redis_tls strict --tls-auth-clients yes
link "rediss://127.0.0.1:${redis_port[strict]}?ca=$ca"
expect connect gone '*: wants a certificate of its clients*'
stop_redis strict

section sentinels
start_sentinels group
link "redis-sentinel://127.0.0.1:1,$sentinels/1?site=West#group" 1500 1000
expect 'call SET a 1' ok OK
ask history
before=$text
expect url ok "redis-sentinel://127.0.0.1:1,$sentinels/1\?site=West#group"
kill_redis group
expect 'call SET a 2' gone '*: the server closed the connection'
ask 'call SET a 2' # the sentinels still name the one that is dead
same 'before the failover' gone "$status"
ok 'the sentinels take over' until_true 30 is_back
expect 'call SET a 3' ok OK
ask history
ok "another history than $before: $text" test "$text" != "$before"
restart_redis group
expect close ok '' # the old master still takes itself for one; the sentinels do not
expect 'call GET a' ok 3
# A planned one: the old master tells its clients nothing; writes are refused there.
can_fail_over() { [[ $(redis group-s1 SENTINEL failover group) == OK ]]; }
ok 'a planned failover' until_true 30 can_fail_over
has_new_master() {
  ask 'call SET a 4'
  [[ $status == ok ]]
}
ok 'the planned failover' until_true 30 has_new_master
link "redis-sentinel://$sentinels#nobody"
expect connect gone "sentinel 127.0.0.1:*: knows no master 'nobody'"
for i in 1 2 3; do pause_redis group-s$i; done
link "redis-sentinel://$sentinels#group" 300 300
expect connect gone 'sentinel 127.0.0.1:*: no reply in time'
within 850 4500
for i in 1 2 3; do kill_redis group-s$i; done
expect connect gone 'sentinel 127.0.0.1:*: Connection refused'
link "redis-sentinel://127.0.0.1:${redis_port[one]}#group"
expect connect gone 'sentinel 127.0.0.1:*: ERR unknown command*'
for name in group group-1 group-2; do kill_redis $name; done

section cluster
start_cluster nodes
for i in 0 1 2; do
  link "redis://127.0.0.1:${redis_port[nodes-$i]}" 1500 1000
  expect 'call SET {main}a 1' ok OK
  expect 'call GET {main}a' ok 1
  expect 'pipe 1000 INCR {main}n'$i ok '1000 1000'
  expect 'adds 1000 {main}m'$i ok '1000 1000'
  expect 'pipe 2 SET #{main} #' ok '2 OK'
done
slot=$(redis nodes-0 CLUSTER KEYSLOT '{main}a')
from='' to=''
for i in 0 1 2; do
  if [[ $(redis nodes-$i GET '{main}a') == 1 ]]; then from=$i; else to=$i; fi
done
link "redis://127.0.0.1:${redis_port[nodes-$to]}" 1500 1000
expect connect ok ''
ask history
before=$text
expect 'call GET {main}a' ok 1
ask history
ok 'the link says that it went to another node' test "$text" != "$before"
link "redis://127.0.0.1:${redis_port[nodes-$from]}/1"
expect connect error '*SELECT is not allowed in cluster mode*'
link "redis://127.0.0.1:${redis_port[nodes-$from]}" 1500 1000
expect 'call MGET {main}a {other}b' error '*CROSSSLOT*'
# While the slot moves: keys that are there still, keys that are new, scripts that the new node has never seen.
id_of() { redis "nodes-$1" CLUSTER MYID; }
from_id=$(id_of "$from") to_id=$(id_of "$to")
redis "nodes-$to" CLUSTER SETSLOT "$slot" IMPORTING "$from_id" >/dev/null
redis "nodes-$from" CLUSTER SETSLOT "$slot" MIGRATING "$to_id" >/dev/null
redis "nodes-$to" SCRIPT FLUSH >/dev/null
expect 'call GET {main}a' ok 1
expect 'call SET {main}new 1' ok OK
expect 'call GET {main}new' ok 1
expect 'pipe 1000 INCR {main}newer' ok '1000 1000'
expect 'add {main}newest 5' ok 5
expect 'adds 100 {main}newest' ok '100 105'
expect 'call MGET {main}a {main}new' gone '*: is moving the keys to another node'
same 'the new node has the key' 1 "$(redis "nodes-$to" -c GET '{main}new')"
redis "nodes-$from" MIGRATE 127.0.0.1 "${redis_port[nodes-$to]}" '' 0 5000 KEYS '{main}a' >/dev/null
expect 'call GET {main}a' ok 1
for i in "$to" "$from"; do redis "nodes-$i" CLUSTER SETSLOT "$slot" NODE "$to_id" >/dev/null; done
expect 'call GET {main}a' ok 1
expect 'adds 100 {main}newest' ok '100 205'
same 'the slot has moved' 1 "$(redis "nodes-$to" GET '{main}a')"
kill_redis "nodes-$to"
expect 'call GET {main}a' gone '*'
cluster_is_down() {
  ask 'call GET {main}a'
  [[ $text == *'the cluster is down' ]]
}
ok 'a cluster without one of its nodes' until_true 20 cluster_is_down

end_link
finish
