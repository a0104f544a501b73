#!/bin/sh
# Measures, and prints each figure beside the floor of the same run.
#
#	tests/bench/run.sh [quick]
#
# Builds the release preset if need be, makes its corpora under build/bench,
# needs wrk and python3. Fails only where a ratio is over 3. quick takes fewer
# reports and seconds.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
count=50000 seconds=6 rounds=5
if [ "${1:-}" = quick ]; then
	count=5000 seconds=2 rounds=3
fi
command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 77; }
cmake --preset release >/dev/null
cmake --build --preset release -j "$(nproc)" --target bench_stages bench_sink tlsrpt-collector tlsrpt-exporter >/dev/null
bin=$root/build/release
mkdir -p build/bench
cd build/bench
rm -rf ./bench.* store
mkdir store
make_pack() {
	[ -s "$1.pack" ] || python3 "$root/tests/bench/corpus.py" "$1.pack" "$2" --mix "$3" --seed "$4"
}
make_pack "B$count" "$count" B 1
make_pack "S$count" "$count" S 2
make_pack "H$count" "$((count * 6))" B 3

echo "== stages, CPU a report, mix B"
"$bin/tests/bench/bench_stages" "B$count.pack" $rounds >stages.B
cat stages.B
echo "== stages, CPU a report, success only"
"$bin/tests/bench/bench_stages" "S$count.pack" $rounds >stages.S
cat stages.S

echo "== bytes on disk a report, raw bytes not kept"
for mix in B S; do
	folder=$(sed -n 's/^stores are in //p' "stages.$mix")
	bytes=$(stat -c %s "$folder/ours0.db")
	echo "mix $mix: $((bytes / count))"
done
rm -rf ./bench.*

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null
cat >conf <<CONF
store = $PWD/store/tlsrpt.db
domains = *
domains_file = $PWD/domains
log_level = warning
[collector]
listen = 127.0.0.1:28443
listen_plain = 127.0.0.1:28080
certificate = $PWD/cert.pem
key = $PWD/key.pem
rate_per_minute = 0
connections_per_address = 0
allow_root = yes
CONF
python3 - "H$count.pack" >domains <<'PY'
import gzip, json, struct, sys
data, at, names = open(sys.argv[1], "rb").read(), 0, set()
while at < len(data):
    n = struct.unpack("<I", data[at:at + 4])[0]
    names.update(p["policy"]["policy-domain"] for p in json.loads(gzip.decompress(data[at + 8:at + 8 + n]))["policies"])
    at += 8 + n
print("\n".join(sorted(names)))
PY

echo "== import of $count files, mix B"
sed "s,^store = .*,store = $PWD/store/import.db," conf >import.conf
sed -i 's,^domains_file = .*,domains_file = '"$PWD"'/import.domains,' import.conf
python3 - "B$count.pack" stages.B "$bin/collector/tlsrpt-collector" <<'PY'
import gzip, json, os, re, resource, shutil, struct, subprocess, sys, time
data, at, n, names = open(sys.argv[1], "rb").read(), 0, 0, set()
shutil.rmtree("files", ignore_errors=True)
while at < len(data):
    size = struct.unpack("<I", data[at:at + 4])[0]
    packed = data[at + 8:at + 8 + size]
    names.update(p["policy"]["policy-domain"] for p in json.loads(gzip.decompress(packed))["policies"])
    os.makedirs(f"files/{n // 1000:03}", exist_ok=True)
    with open(f"files/{n // 1000:03}/{n}.json.gz", "wb") as f:
        f.write(packed)
    at, n = at + 8 + size, n + 1
with open("import.domains", "w") as f:
    f.write("\n".join(sorted(names)) + "\n")
start = time.monotonic()
subprocess.run([sys.argv[3], "-c", "import.conf", "import", "files"], check=True, stdout=subprocess.DEVNULL)
took, used = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = (used.ru_utime + used.ru_stime) * 1e6 / n
floor = float(re.search(r"floors together +([0-9.]+)", open(sys.argv[2]).read())[1])
print(f"floors of the stages together: {floor:.1f} us CPU a report")
print(f"import: {n / took:.0f}/s, {cpu:.1f} us CPU a report, ratio {cpu / floor:.2f}; start, opening the files and syncs included")
shutil.rmtree("files")
PY

# cpu PID: its user and system time in clock ticks.
cpu() {
	sed 's/.*) //' "/proc/$1/stat" | awk '{print $12 + $13}'
}

# load LABEL URL PID CONNECTIONS CLOSE: prints requests a second, CPU, latency.
load() {
	before=$(cpu "$3")
	PACK=H$count.pack CLOSE=$5 SKIP=$skip wrk -t1 -c"$4" -d"$seconds" --latency -s "$root/tests/bench/post.lua" "$2" >wrk.out
	after=$(cpu "$3")
	requests=$(awk '/requests in/ {print $1}' wrk.out)
	skip=$((skip + requests))
	awk -v label="$1" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" -v n="$requests" \
		'/Requests\/sec/ {r = $2} $1 == "50%" {p50 = $2} $1 == "99%" {p99 = $2} /Non-2xx/ {bad = " " $0}
		END {printf "%-44s %8.0f/s %8.1f us CPU  p50 %s p99 %s%s\n", label, r, ticks * 1e6 / hz / n, p50, p99, bad}' wrk.out
}

skip=0
echo "== HTTP, two threads, client on the same machine"
"$bin/tests/bench/bench_sink" 28081 & sink=$!
"$bin/tests/bench/bench_sink" 28444 cert.pem key.pem & tls=$!
"$bin/collector/tlsrpt-collector" -c conf & collector=$!
trap 'kill $sink $tls $collector 2>/dev/null || true' EXIT
sleep 1
echo "idle: $(awk '/VmRSS/ {print int($2 / 1024)}' /proc/$collector/status) MiB resident"
for connections in 1 8 64; do
	load "floor: sink, keep-alive x$connections" http://127.0.0.1:28081/tlsrpt $sink $connections 0
	load "collector, keep-alive x$connections" http://127.0.0.1:28080/tlsrpt $collector $connections 0
	load "floor: TLS sink, keep-alive x$connections" https://127.0.0.1:28444/tlsrpt $tls $connections 0
	load "collector, HTTPS keep-alive x$connections" https://127.0.0.1:28443/tlsrpt $collector $connections 0
done
echo "with 64 clients: $(awk '/VmHWM/ {print int($2 / 1024)}' /proc/$collector/status) MiB resident at most"
load "floor: TLS sink, new connection each x32" https://127.0.0.1:28444/tlsrpt $tls 32 1
load "collector, HTTPS new connection each x32" https://127.0.0.1:28443/tlsrpt $collector 32 1
kill $sink $tls $collector
wait
trap - EXIT

echo "== the exporter with fleets"
if [ "${1:-}" = quick ]; then
	python3 "$root/tests/bench/bench_fleet.py" "$bin" 10 1000
else
	python3 "$root/tests/bench/bench_fleet.py" "$bin"
fi

ratio=$(sed -n 's/^ratio //p' stages.B)
awk -v r="$ratio" 'BEGIN {exit !(r > 3)}' && { echo "the ratio of import to its floors is $ratio, over 3" >&2; exit 1; }
exit 0
