# Redis servers for the end-to-end scripts of a store: source it after lib.sh. All that it starts listens on 127.0.0.1
# only, lives in $work, and ends with the script.
#
#   want_redis                      skips the script where there is no redis-server
#   start_redis NAME [OPTION...]    then ${redis_port[NAME]}, ${redis_pid[NAME]}; what it has, it keeps when killed
#   start_redis_tls NAME [OPTION...]   with the certificate $work/tls/NAME.crt, see make_certificate
#   stop_redis NAME, kill_redis NAME (-KILL), pause_redis NAME, resume_redis NAME
#   restart_redis NAME              on the same port, with the same data; not running any more before
#   redis NAME WORD...              what it answers redis-cli
#   make_certificate NAME SUBJECT_ALT_NAME [AUTHORITY [DAYS]]   by $work/tls/AUTHORITY.crt (ca), which is made if need be
#   start_sentinels NAME [OPTION...]   master NAME, replicas NAME-1 and NAME-2; $sentinels for the URL; the master is 'NAME'
#   start_cluster NAME              three masters, NAME-0 to NAME-2
#   until_true SECONDS COMMAND...   repeats it; false when the time is over
declare -A redis_port=() redis_pid=() redis_options=() redis_cli_options=() redis_program=()

end_stores() {
  local pid
  for pid in "${redis_pid[@]}"; do kill -KILL "$pid" 2>/dev/null; done
}
trap 'end_stores; cleanup' EXIT

want_redis() {
  command -v redis-server >/dev/null && command -v redis-cli >/dev/null && return
  echo 'skipped: no redis-server; scripts/setup --tests installs it'
  exit 0
}

until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

redis() {
  local name=$1 options
  shift
  read -ra options <<<"${redis_cli_options[$name]}"
  # redis-cli says so when a password comes on the command line; what it says to a terminal is not wanted
  timeout 30 redis-cli -h 127.0.0.1 -p "${redis_port[$name]}" "${options[@]}" --no-auth-warning "$@" </dev/null 2>&1
}

# Whether it answers; a server that wants a password does, too.
answers() {
  [[ $(redis "$1" PING) =~ PONG|NOAUTH|NOPERM && $(redis "$1" INFO persistence) != *loading:1* ]]
}

# Below the ports that the kernel gives to clients, and with room for a cluster's second one, 10000 higher.
free_port() {
  while :; do
    port=$((12000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 0
  done
}

# Runs it on $port; false when the port was taken in between.
launch() {
  local name=$1 options
  mapfile -t options <<<"${redis_options[$name]}"
  [[ ${redis_options[$name]} ]] || options=()
  local at=(--port "$port")
  [[ ${redis_cli_options[$name]} == --tls* ]] && at=(--port 0 --tls-port "$port")
  "${redis_program[$name]}" "$work/redis-$name/redis.conf" "${at[@]}" "${options[@]}" >>"$work/redis-$name/out" 2>&1 &
  redis_pid[$name]=$! redis_port[$name]=$port
  disown $! # or bash tells how it was killed
  local end=$((SECONDS + 30))
  until answers "$name"; do
    kill -0 "${redis_pid[$name]}" 2>/dev/null || return 1
    ((SECONDS < end)) || return 1
    sleep 0.05
  done
  # Somebody else's server on that port would answer, too.
  kill -0 "${redis_pid[$name]}" 2>/dev/null
}

# begin NAME PROGRAM OPTION...: on a free port
begin() {
  local name=$1 port _
  redis_program[$name]=$2
  shift 2
  redis_options[$name]=$(printf '%s\n' "$@")
  mkdir -p "$work/redis-$name"
  for _ in {1..10}; do
    free_port
    printf '%s\n' 'bind 127.0.0.1' "dir $work/redis-$name" 'daemonize no' >"$work/redis-$name/redis.conf"
    [[ ${redis_program[$name]} == *sentinel ]] ||
      printf '%s\n' 'save ""' 'appendonly yes' 'repl-diskless-sync-delay 0' >>"$work/redis-$name/redis.conf"
    launch "$name" && return
    kill -KILL "${redis_pid[$name]}" 2>/dev/null
  done
  echo "FAILED: $name does not start:" "$(tail -n 3 "$work/redis-$name/out")"
  exit 1
}

start_redis() {
  local name=$1
  shift
  redis_cli_options[$name]=${redis_cli_options[$name]-}
  begin "$name" redis-server "$@"
}

start_redis_tls() {
  local name=$1
  shift
  redis_cli_options[$name]="--tls --insecure --cert $work/tls/$name.crt --key $work/tls/$name.key"
  begin "$name" redis-server --tls-cert-file "$work/tls/$name.crt" --tls-key-file "$work/tls/$name.key" \
    --tls-ca-cert-file "$work/tls/ca.crt" --tls-auth-clients no "$@"
}

is_gone() { ! kill -0 "${redis_pid[$1]}" 2>/dev/null; }
stop_redis() {
  kill -TERM "${redis_pid[$1]}"
  until_true 10 is_gone "$1"
}
kill_redis() {
  kill -KILL "${redis_pid[$1]}"
  until_true 10 is_gone "$1"
}
pause_redis() { kill -STOP "${redis_pid[$1]}"; }
resume_redis() { kill -CONT "${redis_pid[$1]}"; }
restart_redis() {
  local port=${redis_port[$1]}
  until_true 30 launch "$1" || {
    echo "FAILED: $1 does not start again:" "$(tail -n 3 "$work/redis-$1/out")"
    exit 1
  }
}

make_certificate() {
  local name=$1 alternative=$2 authority=${3-ca} days=${4-30} tls=$work/tls
  mkdir -p "$tls"
  local key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
  if [[ ! -e $tls/$authority.crt ]]; then
    openssl req -x509 "${key[@]}" -keyout "$tls/$authority.key" -out "$tls/$authority.crt" -days 30 \
      -subj "/CN=Authority $authority" -addext keyUsage=keyCertSign 2>>"$tls/log"
  fi
  openssl req "${key[@]}" -keyout "$tls/$name.key" -out "$tls/$name.csr" -subj "/CN=$name" 2>>"$tls/log"
  # DAYS below 0: it has expired. `openssl x509` makes none that has; `openssl ca` does.
  if ((days < 0)); then
    : >"$tls/index"
    printf '%s\n' '[ca]' 'default_ca=one' '[one]' "database=$tls/index" "new_certs_dir=$tls" "serial=$tls/serial" \
      'default_md=sha256' 'policy=any' '[any]' 'commonName=supplied' '[names]' "subjectAltName=$alternative" >"$tls/ca.cnf"
    openssl ca -batch -notext -config "$tls/ca.cnf" -extensions names -create_serial -cert "$tls/$authority.crt" \
      -keyfile "$tls/$authority.key" -in "$tls/$name.csr" -out "$tls/$name.crt" \
      -startdate 20200101000000Z -enddate 20200201000000Z 2>>"$tls/log"
  else
    openssl x509 -req -in "$tls/$name.csr" -CA "$tls/$authority.crt" -CAkey "$tls/$authority.key" -CAcreateserial \
      -days "$days" -extfile <(echo "subjectAltName=$alternative") -out "$tls/$name.crt" 2>>"$tls/log"
  fi
}

has_replicas() { [[ $(redis "$1" INFO replication) == *connected_slaves:2*state=online*state=online* ]]; }
knows_all() { [[ $(redis "$1" SENTINEL master "$2" | paste -sd' ') == *'num-slaves 2 '*'num-other-sentinels 2 '* ]]; }

start_sentinels() {
  local name=$1 i
  shift
  start_redis "$name" "$@"
  for i in 1 2; do start_redis "$name-$i" --replicaof 127.0.0.1 "${redis_port[$name]}" "$@"; done
  until_true 30 has_replicas "$name" || fail "the replicas of $name"
  sentinels=
  for i in 1 2 3; do
    redis_cli_options[$name-s$i]=
    begin "$name-s$i" redis-sentinel
    local words
    for words in "MONITOR $name 127.0.0.1 ${redis_port[$name]} 2" "SET $name down-after-milliseconds 500" \
      "SET $name failover-timeout 2000"; do
      # shellcheck disable=SC2086
      [[ $(redis "$name-s$i" SENTINEL $words) == OK ]] || fail "a sentinel of $name: $words"
    done
    sentinels+=${sentinels:+,}127.0.0.1:${redis_port[$name-s$i]}
  done
  for i in 1 2 3; do until_true 30 knows_all "$name-s$i" "$name" || fail "sentinel $i of $name"; done
}

cluster_is_up() {
  local i
  for i in 0 1 2; do [[ $(redis "$1-$i" CLUSTER INFO) == *cluster_state:ok*cluster_known_nodes:3* ]] || return 1; done
}

start_cluster() {
  local name=$1 i nodes=()
  for i in 0 1 2; do
    start_redis "$name-$i" --cluster-enabled yes --cluster-node-timeout 2000
    nodes+=("127.0.0.1:${redis_port[$name-$i]}")
  done
  redis "$name-0" --cluster create "${nodes[@]}" --cluster-yes >"$work/redis-$name-0/create" || fail "the cluster $name"
  until_true 30 cluster_is_up "$name" || fail "the cluster $name"
}
