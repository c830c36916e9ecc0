#!/bin/bash
# Checks and measures the programs of this folder on this machine, and writes
# OUTDIR/results.json. Needs a shell and the usual text tools; for the cuda runs an
# NVIDIA driver; for the baselines nvcc. What cannot run is listed with the reason.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: run.sh OUTDIR        REPEATS=5 timed runs each; TIMEOUT=60 seconds a run;
#                             PAIRS=15 turns of the benchmarks (benchmarks.sh);
#                             NVCC=nvcc the CUDA compiler
# Exit code: 0 all that could run agreed; 1 something failed; 2 usage.
set -u
export LC_ALL=C

if [ $# -ne 1 ]; then
  echo "usage: run.sh OUTDIR" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" || exit 2
out=$(cd "$1" && pwd)
repeats=${REPEATS:-5}
limit=${TIMEOUT:-60}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=$work/checks timings=$work/timings
: >"$checks" >"$timings"
passed=0 failed=0 skipped=0
# Nobody's settings or tuning results take part.
unset ${!VYRE_@}
export VYRE_STORE=$work/store.toml

# Writes its argument as a JSON string.
quote() {
  local text=${1//[$'\n\t']/ }
  text=${text//[[:cntrl:]]/}
  text=${text//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# note STATUS PROGRAM DEVICE MODE REASON: one line of checks.
note() {
  case $1 in
    passed) passed=$((passed + 1)) ;;
    failed) failed=$((failed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
  esac
  printf '{"program":%s,"device":%s,"mode":%s,"status":%s,"reason":%s}\n' "$(quote "$2")" \
    "$(quote "$3")" "$(quote "$4")" "$(quote "$1")" "$(quote "$5")" >>"$checks"
  printf '%-8s %-24s %-5s %-10s %s\n' "$1" "$2" "$3" "$4" "$5"
}

# Reads one number of a stats file; nothing if it has none.
stat_of() { sed -n -E 's/.*"'"$1"'":([0-9]+).*/\1/p' "$work/stats" 2>/dev/null | head -n 1; }

# The middle number of a file, one number a line.
median() { sort -n "$1" | awk '{v[NR] = $1} END {if (NR) print v[int((NR + 1) / 2)]; else print "null"}'; }

list() { paste -s -d , "$1"; }

# once COMMAND...: runs it, leaving stdout, stderr and the time in $work.
once() {
  rm -f "$work/stats"
  local start end
  start=$(date +%s%N)
  timeout "$limit" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null
  local code=$?
  end=$(date +%s%N)
  process_ns=$((end - start))
  return $code
}

# measure PROGRAM DEVICE MODE EXPECTED COMMAND...: checks the output of each of the
# runs and notes the times of those that agree.
measure() {
  local program=$1 device=$2 mode=$3 expected=$4 code run
  shift 4
  : >"$work/process" >"$work/inner"
  for ((run = 0; run < repeats; ++run)); do
    once "$@"
    code=$?
    if [ $code -ne 0 ]; then
      note failed "$program" "$device" "$mode" "exit code $code: $(tail -n 1 "$work/stderr")"
      return
    fi
    if ! sed -E 's/base@ = 0x[0-9a-f]+/base@ = ADDR/' "$work/stdout" | cmp -s - "$expected"; then
      note failed "$program" "$device" "$mode" "the output differs from the expected one"
      cp "$work/stdout" "$out/$program.$device.$mode.output"
      return
    fi
    echo $process_ns >>"$work/process"
    local inner
    inner=$(stat_of wall_ns)
    [ -z "$inner" ] && inner=$(sed -n -E 's/^loop_ns ([0-9]+)$/\1/p' "$work/stderr")
    [ -n "$inner" ] && echo "$inner" >>"$work/inner"
  done
  note passed "$program" "$device" "$mode" ""
  local counts="" name value
  for name in kernel_launches cooperative_launches graph_launches host_syncs h2d_bytes d2h_bytes; do
    value=$(stat_of $name)
    counts+=",\"$name\":${value:-null}"
  done
  printf '{"program":%s,"device":%s,"mode":%s,"runs":%d,"median_ns":%s,"median_process_ns":%s,"all_ns":[%s],"all_process_ns":[%s]%s}\n' \
    "$(quote "$program")" "$(quote "$device")" "$(quote "$mode")" "$repeats" \
    "$(median "$work/inner")" "$(median "$work/process")" "$(list "$work/inner")" \
    "$(list "$work/process")" "$counts" >>"$timings"
}

# ---- The machine -----------------------------------------------------------
gpu="" driver="" no_gpu=""
if command -v nvidia-smi >/dev/null; then
  gpu=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -n 1)
  driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -n 1)
fi
if [ -z "$gpu" ] && ! compgen -G '/dev/nvidia[0-9]*' >/dev/null && [ ! -e /dev/dxg ]; then
  no_gpu="no NVIDIA GPU on this machine"
fi
nvcc=$(command -v "${NVCC:-nvcc}" || true)
[ -z "$nvcc" ] && [ -z "${NVCC:-}" ] && [ -x /usr/local/cuda/bin/nvcc ] &&
  nvcc=/usr/local/cuda/bin/nvcc
sanitizer=$(command -v compute-sanitizer || true)
[ -z "$sanitizer" ] && [ -x /usr/local/cuda/bin/compute-sanitizer ] &&
  sanitizer=/usr/local/cuda/bin/compute-sanitizer
cpu=$(sed -n -E 's/^model name[^:]*: (.*)/\1/p' /proc/cpuinfo | head -n 1)

# ---- The programs ----------------------------------------------------------
for expected in "$here"/programs/*.expected; do
  program=$(basename "$expected" .expected)
  for device in host cuda; do
    for mode in plain graph persistent auto; do
      if [ $device = cuda ] && [ -n "$no_gpu" ]; then
        note skipped "$program" $device $mode "$no_gpu"
      else
        measure "$program" $device $mode "$expected" env VYRE_DEVICE=$device VYRE_MODE=$mode \
          VYRE_STATS="$work/stats" "$here/programs/$program"
      fi
    done
  done
done

# ---- The programs under NVIDIA's checkers ------------------------------------
for expected in "$here"/programs/*.expected; do
  program=$(basename "$expected" .expected)
  for tool in memcheck synccheck; do
    if [ -n "$no_gpu" ] || [ -z "$sanitizer" ]; then
      note skipped "$program" cuda $tool "${no_gpu:-no compute-sanitizer on this machine}"
    elif once env VYRE_DEVICE=cuda VYRE_MODE=persistent "$sanitizer" --tool $tool \
      --error-exitcode 1 "$here/programs/$program"; then
      note passed "$program" cuda $tool ""
    else
      cat "$work/stdout" "$work/stderr" >"$out/$program.$tool.log"
      note failed "$program" cuda $tool "see $program.$tool.log"
    fi
  done
done

# ---- Programs written in CUDA by hand --------------------------------------
for source in "$here"/baselines/*.cu; do
  program=$(basename "$source" .cu)
  binary=$work/$program
  reason=""
  arch=native
  [ -n "$no_gpu" ] && arch=sm_90
  if [ -z "$nvcc" ]; then
    reason="no nvcc on this machine"
  elif ! "$nvcc" -O3 -fmad=false -arch=$arch -o "$binary" "$source" >"$out/$program.nvcc.log" 2>&1; then
    note failed "$program-baseline" cuda compile "nvcc failed: see $program.nvcc.log"
    continue
  else
    note passed "$program-baseline" cuda compile ""
    reason=$no_gpu
  fi
  for mode in plain graph persistent; do
    if [ -n "$reason" ]; then
      note skipped "$program-baseline" cuda $mode "$reason"
    else
      measure "$program-baseline" cuda $mode "$here/programs/$program.expected" "$binary" $mode
    fi
  done
done

# ---- The benchmarks of persistent kernels ------------------------------------
. "$here/benchmarks.sh"

# ---- The report ------------------------------------------------------------
{
  printf '{"version":1,\n"machine":{"gpu":%s,"driver":%s,"cpu":%s,"cpus":%d,"nvcc":%s},\n' \
    "$(quote "$gpu")" "$(quote "$driver")" "$(quote "$cpu")" "$(nproc)" "$(quote "$nvcc")"
  printf '"repeats":%d,\n"summary":{"passed":%d,"failed":%d,"skipped":%d},\n' "$repeats" \
    $passed $failed $skipped
  printf '"checks":[\n%s],\n' "$(sed '$!s/$/,/' "$checks")"
  printf '"timings":[\n%s],\n' "$(sed '$!s/$/,/' "$timings")"
  printf '"pairs":%d,\n"sides":[\n%s],\n' "$pairs" "$(sed '$!s/$/,/' "$sides")"
  printf '"comparisons":[\n%s],\n' "$(sed '$!s/$/,/' "$comparisons")"
  printf '"ptx":%s}\n' "$(quote "$(head -n 1 "$here/ptx/checked" 2>/dev/null || echo "not checked")")"
} >"$work/results.json"
mv "$work/results.json" "$out/results.json"
echo "run.sh: $passed passed, $failed failed, $skipped skipped; see $out/results.json"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
