#!/bin/bash
# The Debian package in a bare Debian 12: installed, used as root, as the system user and as its units would, purged.
# Wants root, debootstrap, and Debian's mirror of this machine; what came from there is kept in build/package-cache.
# usage: bare_root.sh BIN_DIR
[[ $EUID -eq 0 ]] || { echo "FAILED: a bare Debian wants root (chroot, mount); run: sudo bash $0 $*" >&2; exit 1; }
[[ -n ${FACEATT_OWN_MOUNTS-} ]] || FACEATT_OWN_MOUNTS=1 exec unshare -m "$BASH" "$0" "$@" # they go with us
cache=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")/build/package-cache
mkdir -p "$cache/archives"
export TMPDIR=$cache
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
for tool in debootstrap zstd apt-get; do
  command -v $tool >/dev/null || { echo "FAILED: $tool is missing: scripts/setup --tests"; exit 1; }
done
root=$work/root
cleanup() {
  umount -l "$root/proc" 2>/dev/null
  rm -rf --one-file-system "$work"
}
# run WANTED_EXIT COMMAND...: of functions, too; ctest looks at the time.
run() {
  local wanted=$1 code=0
  shift
  "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
  same "exit of $* ($(tail -n 3 "$work/err"))" "$wanted" "$code"
}
step() { echo "$(date +%T) $*"; }
must() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; echo "FAILED: $*"; exit 1; }; }

# ---- the packages, and the bare system ----

step "packages"
must "$repo/scripts/package" --no-setup
package=$(cd "$repo/build/package" && echo faceatt_*.deb)
mapfile -t repositories < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 'Origin: Debian' |
  grep -E ' bookworm' | sort -u)
[[ ${#repositories[@]} -gt 0 ]] || { echo "FAILED: no mirror of Debian 12 in /etc/apt"; exit 1; }
main=$(printf '%s\n' "${repositories[@]}" | sed -n 's/ bookworm$//p' | head -1)
if [[ ! -e $cache/base.tar.zst ]]; then
  step "debootstrap from $main"
  must debootstrap --variant=minbase --cache-dir="$cache/archives" bookworm "$work/base" "$main"
  printf 'deb %s main\n' "${repositories[@]}" >"$work/base/etc/apt/sources.list"
  rm -rf "$work/base/var/cache/apt/archives/"*.deb
  must tar -C "$work/base" --zstd -cf "$work/base.tar.zst" .
  mv "$work/base.tar.zst" "$cache/base.tar.zst"
  rm -rf "$work/base"
fi
step "unpacking"
mkdir "$root"
chmod 755 "$work" "$root"
must tar -C "$root" --zstd -xpf "$cache/base.tar.zst"
mount -t proc proc "$root/proc" || { echo "FAILED: /proc cannot be mounted: run this where mount is allowed"; exit 1; }
cp /etc/resolv.conf "$root/etc/"
apt-config dump | grep -i '::proxy' >"$root/etc/apt/apt.conf.d/99proxy" || true
echo 'Binary::apt::APT::Keep-Downloaded-Packages "true"; APT::Install-Recommends "false";' >"$root/etc/apt/apt.conf.d/99test"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/test"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cp -al "$cache"/archives/*.deb "$root/var/cache/apt/archives/" 2>/dev/null ||
  cp "$cache"/archives/*.deb "$root/var/cache/apt/archives/" 2>/dev/null || true

# inside COMMAND...: in the bare system, as root
inside() {
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TZ=UTC LC_ALL=C.UTF-8 TERM=dumb \
    DEBIAN_FRONTEND=noninteractive /usr/sbin/chroot "$root" "$@"
}
as_faceatt() { inside runuser -u faceatt -- env HOME=/var/lib/faceatt "$@"; }
files() { inside find / -xdev \( -path /proc -o -path /run -o -path /tmp -o -path /root -o -path /var/lib/apt -o -path /var/cache/apt \) -prune -o -print | sort; }

step "dependencies"
inside apt-get -qq update >log 2>&1 || { cat log; echo "note: no new lists of packages; going on with those at hand"; }
must inside apt-get -y satisfy "$(dpkg-deb -f "$repo/build/package/$package" Depends)"
must inside apt-get -y install man-db bash-completion systemd
cp -n "$root"/var/cache/apt/archives/*.deb "$cache/archives/"
files >before

# ---- installed, as people do it ----

step "apt install ./$package"
cp "$repo/build/package/$package" "$root/tmp/"
run 0 inside apt install -y "./tmp/$package"
ok "nothing else was wanted: $(grep newly out)" grep -q '^0 upgraded, 1 newly installed, 0 to remove' out
version=$(sed -nE 's/^project\(faceatt VERSION ([0-9.]+) .*/\1/p' "$repo/CMakeLists.txt")
same "version" "$version" "$(inside dpkg-query -W -f '${Version}' faceatt)"
same "units that are enabled" "" "$(inside find /etc/systemd -name 'faceatt*')"
same "modes" "faceatt:faceatt 700" "$(inside stat -c '%U:%G %a' /var/lib/faceatt)"
same "modes of /etc/faceatt" "root:faceatt 750" "$(inside stat -c '%U:%G %a' /etc/faceatt)"
ok "the user may use cameras" grep -qE '^video:.*\bfaceatt\b' "$root/etc/group"

# ---- as root ----

step "photos, a clip, reports"
ok "demo pictures" "$repo/samples/make-demo" "$work/demo"
cp -r "$work/demo" "$root/root/demo"
at() { inside sh -c 'cd /root && "$@"' - "$@"; }
run 0 at faceatt-enroll -q demo/enrol
run 0 at faceatt-mark-photo -q --format csv --at 2026-11-21T08:00 --annotate seen demo/class.jpg
same "marked" 5 "$(column name | grep -c John)"
ok "annotated" test -s "$root/root/seen/class.jpg"
run 1 at faceatt-watch --log Door.csv demo/held-up.mp4
ok "the picture is one" grep -q spoof out
run 0 at faceatt-mark John_Simm --status excused --date 2026-11-21
run 0 at faceatt-report --by person --format csv
same "in the report" 5 "$(column name | grep -c John)"
run 4 at faceatt-report --store rediss://127.0.0.1:1
ok "TLS is there: $(cat err)" bash -c '! grep -q libssl err'
for tool in enroll mark-photo watch mark report; do
  same "version of faceatt-$tool" "faceatt-$tool (faceatt) $version" "$(inside faceatt-$tool --version | head -1)"
  if [[ -d $repo/docs/man ]]; then
    run 0 inside man -P cat "faceatt-$tool"
    ok "man faceatt-$tool" grep -q "faceatt-$tool" out
  fi
done

run 0 inside bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader faceatt-watch; complete -p faceatt-watch
  COMP_WORDS=(faceatt-watch --liveness ch) COMP_CWORD=2; _faceatt; echo "${COMPREPLY[@]}"'
same "completion" "complete -o bashdefault -o default -F _faceatt faceatt-watch challenge" "$(xargs <out)"

# ---- units, and the system user ----

step "units"
mapfile -t units < <(cd "$root/usr/lib/systemd/system" && ls -- faceatt-*)
same "units" 5 "${#units[@]}"
for unit in "${units[@]}"; do
  run 0 inside systemd-analyze verify --man=no "/usr/lib/systemd/system/${unit/@/@door}" 
  same "verify $unit" "" "$(cat out err)"
  [[ $unit == *.service ]] || continue
  run 0 inside systemd-analyze security --offline=true "/usr/lib/systemd/system/$unit" --no-pager
  grep Overall out
  score=$(sed -nE 's/.*level for .*: ([0-9.]+) .*/\1/p' out)
  ok "$unit: exposure ${score:-unknown}" awk -v s="${score:-10}" 'BEGIN { exit !(s <= 3.0) }'
done

# unit NAME [INSTANCE]: its commands, as its user, with its variables; no systemd runs here that could do it.
unit() {
  local file=$root/usr/lib/systemd/system/$1 i=${2-}
  inside runuser -u faceatt -- env -i PATH=/usr/bin:/bin HOME=/var/lib/faceatt TZ=UTC sh -e -c "
    cd /var/lib/faceatt; set -a
    $(sed -n 's/^Environment=//p' "$file" | xargs -n 1)
    $(sed -nE "s|%i|$i|g; s|^EnvironmentFile=-?(.*)|if [ -e \1 ]; then . \1; fi|p" "$file")
    set +a
    $(sed -z 's/\\\n//g' "$file" | sed -n "s/%i/$i/g; s/^ExecStart=//p")"
}
state=$root/var/lib/faceatt
cp -r "$work/demo/enrol/." "$state/people/"
cp "$work/demo/class.jpg" "$state/inbox/"
touch -d 2026-11-20T08:00 "$state/inbox/class.jpg"
ffmpeg -v error -loop 1 -i "$(ls "$work"/demo/others/John_Salley/*.jpg | head -1)" -t 3 -r 10 -vf scale=640:-2 -pix_fmt yuv420p "$state/clip.mp4"
sed -E 's|^SOURCE=.*|SOURCE=/var/lib/faceatt/clip.mp4|; s|^OPTIONS=$|OPTIONS="--liveness off"|' "$root/usr/share/doc/faceatt/examples/door.conf" \
  >"$root/etc/faceatt/door.conf"
inside chown -R faceatt: /var/lib/faceatt
run 0 as_faceatt faceatt-enroll --list --db /var/lib/faceatt/people
same "people of the user" 5 "$(grep -c John out)"
run 0 unit faceatt-watch@.service door
same "marked at the door" 1 "$(grep -c ',John Salley,day,present,door,' "$state/Attendance.csv")"
echo 'OPTIONS="--settle 0"' >"$root/etc/faceatt/mark-photo.conf"
run 0 unit faceatt-mark-photo.service
same "marked in the photo" 5 "$(grep -c '^2026-11-20,.*,class.jpg,' "$state/Attendance.csv")"
ok "photo is done" test -e "$state/done/class.jpg"

mkdir "$state/strangers"
touch -d 2026-01-01 "$state/strangers/old.jpg" "$state/strangers/old.json" "$state/strangers/.last_group"
touch "$state/strangers/new.jpg"
inside chown -R faceatt: /var/lib/faceatt/strangers
run 0 unit faceatt-retention.service
same "strangers that are kept" ".last_group new.jpg" "$(find "$state/strangers" -type f -printf '%f\n' | sort | xargs)"
ok "a photo that came just now is kept, whatever its time" test -e "$state/done/class.jpg"
echo KEEP_DAYS=-1 >"$root/etc/faceatt/retention.conf" # as if days had gone by
run 0 unit faceatt-retention.service
ok "photos go" test ! -e "$state/done/class.jpg"
same "whose the state is" "faceatt" "$(inside find /var/lib/faceatt -printf '%u\n' | sort -u)"

# ---- purged ----

step "purge"
run 0 inside systemctl enable faceatt-watch@door.service faceatt-mark-photo.timer
ok "enabled" test -L "$root/etc/systemd/system/multi-user.target.wants/faceatt-watch@door.service"
run 0 inside apt purge -y faceatt
said "/var/lib/faceatt has people's data and stays"
files >after
# Lists of what is installed, and copies of /etc/passwd that its tools keep, are not ours.
comm -13 before after | grep -vE '^(/var/lib/dpkg/|/var/log/|/var/cache/man/|/etc/(passwd|group|shadow|gshadow)-$|/var/lib/faceatt)' >left
same "left behind" "" "$(cat left)"
same "gone with it" "" "$(comm -23 before after)"
for name in people/John_Simm Attendance.csv strangers/new.jpg clip.mp4; do ok "$name stays" test -e "$state/$name"; done

step "installed and purged again, with nothing in it"
rm -rf "$state"
run 0 inside apt install -y "./tmp/$package"
run 0 inside apt purge -y faceatt
files >after
same "left behind" "" "$(comm -13 before after | grep -vE '^(/var/lib/dpkg/|/var/log/|/var/cache/man/|/etc/(passwd|group|shadow|gshadow)-$)')"
ok "the user is gone" bash -c '! grep -q faceatt "$1"/etc/passwd "$1"/etc/group' - "$root"
shopt -s nullglob
pages=("$repo"/docs/quickstart-*.md)
shopt -u nullglob
if [[ ${#pages[@]} -gt 0 ]]; then
  step "quick starts, word by word"
  ok "quick starts" "$repo/tests/docs/bare" "$bin" "$root" "${pages[@]}"
fi
step "done"
finish
