#!/bin/bash
# The numbers of faceatt-report against those that SQLite works out from the same files, on generated logs with
# corrections, marks taken back, duplicates, people going out, ends of sessions and damaged lines.
# usage: report.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v sqlite3 >/dev/null || { echo "skipped: no sqlite3"; exit 0; }

cat >generate.py <<'PY'
import csv, random, sys
seed, log, roster = int(sys.argv[1]), sys.argv[2], sys.argv[3]
r = random.Random(seed)
people = [f"s{n:02d}" for n in range(r.randint(3, 30))]
names = {p: r.choice(["Ana, \"the\" Ox", "Ben", "李小龍", "Zoë O'Neil", "=1+1"]) + p for p in people}
with open(roster, "w", newline="") as f:
    out = csv.writer(f, lineterminator="\n")
    out.writerow(["id", "name", "groups"])
    for p in people[: r.randint(0, len(people))] + [f"only{n}" for n in range(r.randint(0, 3))]:
        out.writerow([p, names.get(p, p), r.choice(["7a", "7b", "7a;choir", ""])])
days = [f"2026-{m:02d}-{d:02d}" for m in (10, 11, 12) for d in range(1, 29)]
sessions = r.choice([["day"], ["CS101", "CS102"], ["day", "Gym, hall"]])
with open(log, "w", newline="") as f:
    f.write("date,time,id,name,session,status,source,score,liveness,note\n")
    out = csv.writer(f, lineterminator="\n")
    for n in range(r.randint(50, 1500)):
        day, p, session = r.choice(days), r.choice(people), r.choice(sessions)
        clock = f"{day}T{r.randint(7, 17):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}+01:00"
        kind = r.random()
        if kind < 0.03:
            f.write(r.choice(["garbage\n", "\n", "2026-13-01,x,s01,,day,present,door,,,\n", ",,,,,,,,,\n",
                              f"{day},{clock},{p},,{session.split(',')[0]},here,door,,,\n"]))
        elif kind < 0.06:
            out.writerow([day, clock, "*", "", session, r.choice(["ended", "void"]), "manual:eva", "", "", ""])
        elif kind < 0.12:
            out.writerow([day, clock, p, names[p], session, "out", "back", "0.7", "live", ""])
        elif kind < 0.3:
            status = r.choice(["present", "late", "absent", "excused", "void", "void"])
            note = r.choice(["", "doctor, \"ill\"", "undo", "undo: mistaken", "7 min late"])
            out.writerow([day, clock, p, r.choice([names[p], ""]), session, status, "manual:eva", "", "", note])
        else:
            late = r.random() < 0.2
            out.writerow([day, clock, p, names[p], session, "late" if late else "present", "door", "0.7123", "live",
                          f"{r.randint(1, 59)} min late" if late else ""])
PY

# The rows in force, from the rows in the order of the file: after the last row that took everything back, the last one
# by hand, else the first; then who is expected on a day without a row.
cat >in_force.sql <<'SQL'
CREATE TABLE good AS SELECT rowid AS n, * FROM log WHERE date GLOB '20[0-9][0-9]-[01][0-9]-[0-3][0-9]'
  AND date(date) = date AND id NOT IN ('', '*') AND status IN ('present','late','absent','excused','void');
CREATE TABLE outs AS SELECT DISTINCT date, session, id FROM log WHERE status = 'out' AND date(date) = date;
CREATE TABLE resets AS SELECT date, session, id, max(n) AS n FROM good WHERE source LIKE 'manual:%' AND status = 'void'
  AND (note = 'undo' OR note LIKE 'undo:%') GROUP BY 1, 2, 3;
CREATE TABLE counting AS SELECT g.* FROM good g LEFT JOIN resets r USING (date, session, id) WHERE g.n > coalesce(r.n, 0);
CREATE TABLE choice AS SELECT date, session, id,
  coalesce(max(CASE WHEN source LIKE 'manual:%' THEN n END), min(n)) AS n FROM counting GROUP BY 1, 2, 3;
CREATE TABLE force AS SELECT c.* FROM counting c JOIN choice USING (n) WHERE status <> 'void';
CREATE TABLE days AS SELECT DISTINCT date FROM log WHERE session = 'day' AND date(date) = date AND id NOT IN ('', '*')
  AND status IN ('present','late','absent','excused','void','out');
INSERT INTO force (date, session, id, status, note) SELECT d.date, 'day', r.id, 'absent', '' FROM days d, roster r
  WHERE NOT EXISTS (SELECT 1 FROM force f WHERE f.date = d.date AND f.session = 'day' AND f.id = r.id)
    AND NOT EXISTS (SELECT 1 FROM outs o WHERE o.date = d.date AND o.session = 'day' AND o.id = r.id);
CREATE VIEW counts AS SELECT *, status = 'present' AS p, status = 'late' AS l, status = 'absent' AS a, status = 'excused' AS e,
  CASE WHEN status = 'late' AND note LIKE '% min late%' THEN CAST(note AS INTEGER) ELSE 0 END AS m FROM force;
SQL
by() { # KEY EXPRESSION
  sqlite3 -csv numbers.db "SELECT $1, sum(p), sum(l), sum(a), sum(e), sum(m) FROM counts GROUP BY 1 ORDER BY 1" | tr -d '"\r'
}
# The same from the report: key, present, late, absent, excused, minutes late.
told() {
  column_names=$1
  shift
  faceatt-report --format csv log.csv "$@" 2>err | /usr/bin/python3 -c 'import csv, sys
for row in csv.DictReader(sys.stdin):
    print(",".join([row[sys.argv[1]].replace("\"", "")] + [row[k] for k in ("present", "late", "absent", "excused", "minutes_late")]))' "$column_names"
}

mkdir people
for seed in {1..20}; do
  rm -f numbers.db
  /usr/bin/python3 generate.py "$seed" log.csv people/roster.csv
  sqlite3 numbers.db 2>/dev/null <<SQL
.mode csv
.import log.csv log
.import people/roster.csv roster
.read in_force.sql
SQL
  same "log $seed by person" "$(by id)" "$(told id --by person)"
  same "log $seed by day" "$(by date)" "$(told date --by day)"
  same "log $seed by session" "$(by session)" "$(told session --by session)"
  same "log $seed by month" "$(by 'substr(date, 1, 7)')" "$(told month --by month)"
  same "log $seed by week" "$(by "strftime('%Y', date, '-3 days', 'weekday 4') || '-W' || printf('%02d', (strftime('%j', date, '-3 days', 'weekday 4') - 1) / 7 + 1)")" \
    "$(told week --by week)"
  same "log $seed, some days" "$(sqlite3 -csv numbers.db "SELECT id, sum(p), sum(l), sum(a), sum(e), sum(m) FROM counts WHERE date BETWEEN '2026-10-20' AND '2026-11-05' GROUP BY 1 ORDER BY 1")" \
    "$(told id --by person --from 2026-10-20 --to 2026-11-05)"
done
finish
