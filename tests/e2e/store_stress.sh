#!/bin/bash
# Marks while the store is killed, emptied, hung, read-only, out of memory, and while a replica takes its place: what was
# acknowledged is there, once, as soon as the machine that marked it has talked to the store that is there now.
# usage: store_stress.sh BIN_DIR HELPER [ROUNDS]
helper=$(realpath "$2") rounds=${3:-${FACEATT_STRESS_ROUNDS:-20}}
set -- "$1"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/store_servers.sh"
want_redis

# Programs of four machines, two of them on the same one.
start_marking() {
  local url=$1 seconds=$2 i
  markers=()
  for i in 0 1 2 3; do
    "$helper" mark "$url" "$work/spool-$((i / 2 + (i == 3)))" "$((RANDOM * 4 + i))" "$seconds" \
      >>"$work/told-$i" 2>"$work/marker-$i" &
    markers+=($!)
  done
}

finish_marking() {
  local i
  for i in 0 1 2 3; do
    wait "${markers[i]}" || fail "round $round ($trouble): a program that marks failed: $(<"$work/marker-$i")"
    waited=$((waited + $(sed -nE 's/.*rows, ([0-9]+) of.*/\1/p' "$work/marker-$i") + 0))
  done
  ok "round $round ($trouble)" "$helper" check "$1" "$work"/spool-* -- "$work"/told-* >"$work/checked" 2>&1
}

# The server that the sentinels call the master, by name.
master_of() {
  local port name
  port=$(redis "$1-s1" SENTINEL get-master-addr-by-name "$1" | tail -n 1)
  for name in "$1" "$1-1" "$1-2"; do
    [[ ${redis_port[$name]} != "$port" ]] || echo "$name"
  done
}
is_other_master() { [[ $(master_of "$1") != "$2" ]]; }

# With a master that has both replicas: what can fail over.
is_whole() {
  local master
  master=$(master_of "$1")
  [[ $master ]] && has_replicas "$master"
}

# The master dies, a replica takes its place; the dead one comes back as a replica of that.
fail_over() {
  local dead
  dead=$(master_of "$1")
  kill_redis "$dead"
  until_true 30 is_other_master "$1" "$dead" || fail "round $round: no failover"
  restart_redis "$dead"
}

start_redis store
start_sentinels group
waited=0
for ((round = 1; round <= rounds; ++round)); do
  rm -rf "$work"/spool-* "$work"/told-*
  kinds=(kill empty hang read-only memory stop failover)
  trouble=${kinds[round % ${#kinds[@]}]}
  url="redis://127.0.0.1:${redis_port[store]}/0?site=r$round"
  if [[ $trouble == failover ]]; then
    url="redis-sentinel://$sentinels/0?site=r$round#group"
    until_true 60 is_whole group || fail "round $round: the group is not whole"
  fi
  start_marking "$url" 2.5
  sleep 0.7
  case $trouble in
    kill)
      kill_redis store
      sleep 0.3
      restart_redis store
      ;;
    empty) # everything is lost but what the machines kept
      kill_redis store
      rm -rf "$work/redis-store"/appendonlydir "$work/redis-store"/*.rdb
      restart_redis store
      ;;
    stop)
      stop_redis store
      sleep 0.5
      restart_redis store
      ;;
    hang)
      pause_redis store
      sleep 4
      resume_redis store
      ;;
    read-only)
      redis store replicaof 127.0.0.1 1 >/dev/null
      sleep 0.7
      redis store replicaof no one >/dev/null
      ;;
    memory)
      redis store config set maxmemory 1mb >/dev/null
      sleep 0.7
      redis store config set maxmemory 0 >/dev/null
      ;;
    failover)
      fail_over group
      ;;
  esac
  finish_marking "$url"
  echo "round $round, $trouble: $(<"$work/checked")"
done
[[ $waited -gt 0 ]] || fail 'no mark ever waited: there was no trouble'
echo "$rounds rounds; $waited marks waited for a store"
finish
