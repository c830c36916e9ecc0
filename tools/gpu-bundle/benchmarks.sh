# The benchmarks of persistent kernels against the same by hand in CUDA; a part of
# run.sh, which has the functions and variables that are used here.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A benchmark has sides: the program in a mode on a device (cuda:persistent), or its
# twin in a form (twin:graph). A turn runs each side once, one after the other, so that
# a change of the machine's clock or load hits all of them; ratios are of sides within a
# turn. A sample is the median of a process's runs but the first, which warms up.
# What is called a gain is the baseline's time over Vyre's: above 1, Vyre is faster.
pairs=${PAIRS:-15}
sides=$work/sides comparisons=$work/comparisons
: >"$sides" >"$comparisons"
declare -A dropped  # side -> why it has no samples
# The live queues' programs: runs of a process, items of a run beside the one that starts it.
queue_runs=9 run_items=200

# The middle number of a file, leaving out its first line.
middle_run() { sed 1d "$1" >"$work/runs" && median "$work/runs"; }

# samples_of SIDE KIND: the file of a side's samples, one a line: run, or event; or stats,
# the last run's.
samples_of() { echo "$work/samples.${1//:/-}.$2"; }

# drop BENCHMARK SIDE STATUS REASON: the side takes no further part.
drop() {
  dropped[$2]=$4
  rm -f "$(samples_of "$2" run)"
  note "$3" "$1" "${2%%:*}" "${2#*:}" "$4"
}

# command_of BENCHMARK SIDE: sets `argv` to what runs the side.
command_of() {
  local form=${2#*:}
  case $2 in
    twin:*) argv=("$work/twin-$1" "$form") ;;
    *) argv=(env "VYRE_DEVICE=${2%%:*}" "VYRE_MODE=$form" "VYRE_STATS=$work/stats"
             "$here/benchmarks/$1") ;;
  esac
}

# missing_form BENCHMARK SIDE: prints how a side in mode persistent ran without what the
# benchmark is about; nothing if it ran with it. A forced mode holds where it is legal;
# elsewhere the program runs plain.
missing_form() {
  local kernels items
  [[ $2 == *:persistent ]] || return
  kernels=$(stat_of cooperative_launches) items=$(stat_of queue_items)
  if [ "${kernels:-0}" -eq 0 ]; then
    echo "no persistent kernel ran"
  elif [[ $1 != live-queue-* ]]; then
    [ "${items:-0}" -eq 0 ] || echo "a live queue ran, no persistent kernel"
  elif [ "${items:-0}" -lt $((queue_runs * run_items)) ]; then
    echo "only ${items:-0} items went through a live queue"
  fi
}

# take_sample BENCHMARK SIDE: runs the side once, checks its result, notes its times.
take_sample() {
  local code argv missing
  command_of "$1" "$2"
  once "${argv[@]}"
  code=$?
  if [ $code -eq 77 ] && [[ $2 == twin:* ]]; then
    drop "$1" "$2" skipped "$(tail -n 1 "$work/stderr")"
  elif [ $code -ne 0 ]; then
    drop "$1" "$2" failed "exit code $code: $(tail -n 1 "$work/stderr")"
  elif ! tail -n 1 "$work/stdout" | cmp -s - "$here/benchmarks/$1.hash"; then
    cp "$work/stdout" "$out/$1.${2//:/-}.output"
    drop "$1" "$2" failed "the result differs from the expected one"
  elif missing=$(missing_form "$1" "$2"); [ -n "$missing" ]; then
    drop "$1" "$2" failed "$missing: $(sed -n -E 's/.*"fallbacks":(.*)}/\1/p' "$work/stats")"
  else
    sed '$d' "$work/stdout" >"$work/times"
    middle_run "$work/times" >>"$(samples_of "$2" run)"
    sed -n -E 's/^event_ns ([0-9]+)$/\1/p' "$work/stderr" >>"$(samples_of "$2" event)"
  fi
}

# note_side BENCHMARK SIDE: notes a side's samples and counts for the report.
note_side() {
  local run event name value more=""
  run=$(samples_of "$2" run)
  [ -s "$run" ] || return
  note passed "$1" "${2%%:*}" "${2#*:}" ""
  event=$(samples_of "$2" event)
  [ -s "$event" ] && more=",\"median_event_ns\":$(median "$event")"
  if [[ $2 != twin:* ]]; then
    for name in kernel_launches cooperative_launches graph_launches queue_items; do
      value=$(sed -n -E 's/.*"'$name'":([0-9]+).*/\1/p' "$(samples_of "$2" stats)" 2>/dev/null)
      more+=",\"$name\":${value:-null}"
    done
  fi
  printf '{"benchmark":%s,"side":%s,"samples":%d,"median_ns":%s,"all_ns":[%s]%s}\n' \
    "$(quote "$1")" "$(quote "$2")" "$(wc -l <"$run")" "$(median "$run")" "$(list "$run")" \
    "$more" >>"$sides"
}

# draw_medians COUNT FILE: the medians of COUNT draws from a file's numbers, with a
# generator of its own: the same numbers give the same medians. COUNT 0: the median of
# the numbers themselves.
draw_medians() {
  awk -v count="$1" '
    function middle(   i, j, value) {
      for (i = 2; i <= NR; i++) {
        value = drawn[i]
        for (j = i - 1; j > 0 && drawn[j] > value; j--)
          drawn[j + 1] = drawn[j]
        drawn[j + 1] = value
      }
      return NR % 2 ? drawn[(NR + 1) / 2] : (drawn[NR / 2] + drawn[NR / 2 + 1]) / 2
    }
    { x[NR] = drawn[NR] = $1 }
    END {
      if (count == 0)
        printf "%.6g\n", middle()
      state = 1
      for (; count > 0; count--) {
        for (i = 1; i <= NR; i++) {
          state = (state * 16807) % 2147483647  # Park and Miller, exact in a double
          drawn[i] = x[int(state / 2147483647 * NR) + 1]
        }
        printf "%.6g\n", middle()
      }
    }' "$2"
}

# bootstrap FILE: the median of a file's numbers and its 95 % bootstrap interval.
bootstrap() {
  draw_medians 2000 "$1" | sort -g >"$work/draws"
  echo "$(draw_medians 0 "$1") $(sed -n 51p "$work/draws") $(sed -n 1950p "$work/draws")"
}

# compare BENCHMARK WHAT OURS BASELINE TARGET FILE BOUND: notes the numbers of a file,
# one a turn. A target (empty: none) is missed only if the whole interval lies beyond
# it: under it where BOUND is `least`, over it where BOUND is `most`.
compare() {
  local middle low high met=null
  read -r middle low high < <(bootstrap "$6")
  if [ -n "$5" ]; then
    met=$(awk -v low="$low" -v high="$high" -v target="$5" -v bound="$7" \
      'BEGIN { print (bound == "least" ? high >= target : low <= target) ? "true" : "false" }')
  fi
  printf '{"benchmark":%s,"what":%s,"ours":%s,"baseline":%s,"turns":%d,"median":%s,"interval":[%s,%s],"target":%s,"target_is":%s,"met":%s}\n' \
    "$(quote "$1")" "$(quote "$2")" "$(quote "$3")" "$(quote "$4")" "$(wc -l <"$6")" "$middle" \
    "$low" "$high" "${5:-null}" "$([ -n "$5" ] && quote "$7" || echo null)" "$met" >>"$comparisons"
  printf '%-8s %-16s %s of %s%s: %s [%s, %s]%s\n' "measured" "$1" "$2" "$3" "${4:+ over $4}" \
    "$middle" "$low" "$high" "${5:+, target at $7 $5: $([ "$met" = true ] && echo met || echo missed)}"
}

# skip_comparison BENCHMARK WHAT OURS BASELINE TARGET REASON
skip_comparison() {
  printf '{"benchmark":%s,"what":%s,"ours":%s,"baseline":%s,"target":%s,"met":null,"skipped":%s}\n' \
    "$(quote "$1")" "$(quote "$2")" "$(quote "$3")" "$(quote "$4")" "${5:-null}" "$(quote "$6")" \
    >>"$comparisons"
}

# gain BENCHMARK OURS BASELINE [TARGET]: how many times as long the baseline takes.
gain() {
  local side
  for side in "$2" "$3"; do
    if [ -n "${dropped[$side]-}" ] || [ ! -s "$(samples_of "$side" run)" ]; then
      skip_comparison "$1" gain "$2" "$3" "${4-}" "$side: ${dropped[$side]-no such side}"
      return
    fi
  done
  paste "$(samples_of "$2" run)" "$(samples_of "$3" run)" | awk '{ print $2 / $1 }' >"$work/ratios"
  compare "$1" gain "$2" "$3" "${4-}" "$work/ratios" least
}

# best_of SIDE...: the side with the smallest median; nothing if none has samples.
best_of() {
  local side
  for side; do
    [ -s "$(samples_of "$side" run)" ] && echo "$(median "$(samples_of "$side" run)") $side"
  done | sort -n | head -n 1 | cut -d ' ' -f 2
}

# each_item BENCHMARK SIDE [TARGET]: nanoseconds for one item of a live queue.
each_item() {
  local run
  run=$(samples_of "$2" run)
  if [ -s "$run" ]; then
    awk -v items=$run_items '{ print $1 / items }' "$run" >"$work/items"
    compare "$1" item_ns "$2" "" "${3-}" "$work/items" most
  else
    skip_comparison "$1" item_ns "$2" "" "${3-}" "$2: ${dropped[$2]-no such side}"
  fi
}

# compile_twin BENCHMARK: sets `no_twin` to why the twin cannot run, or to nothing.
compile_twin() {
  local arch=native
  [ -n "$no_gpu" ] && arch=sm_90
  no_twin=$no_gpu
  if [ -z "$nvcc" ]; then
    no_twin="no nvcc on this machine"
  elif "$nvcc" -O3 -std=c++17 -fmad=false -arch=$arch -o "$work/twin-$1" \
    "$here/benchmarks/$1.cu" >"$out/$1.nvcc.log" 2>&1; then
    note passed "$1" twin compile ""
  else
    note failed "$1" twin compile "nvcc failed: see $1.nvcc.log"
    no_twin="the twin does not compile"
  fi
}

# run_benchmark BENCHMARK SIDE...: takes the samples of all sides, in turns.
run_benchmark() {
  local benchmark=$1 side turn
  shift
  dropped=()
  rm -f "$work"/samples.*
  compile_twin "$benchmark"
  for side; do
    case $side in
      cuda:*) [ -z "$no_gpu" ] || drop "$benchmark" "$side" skipped "$no_gpu" ;;
      twin:*) [ -z "$no_twin" ] || drop "$benchmark" "$side" skipped "$no_twin" ;;
    esac
  done
  for ((turn = 0; turn < pairs; ++turn)); do
    for side; do
      [ -n "${dropped[$side]-}" ] && continue
      take_sample "$benchmark" "$side"
      [ -f "$work/stats" ] && mv "$work/stats" "$(samples_of "$side" stats)"
    done
  done
  for side; do
    note_side "$benchmark" "$side"
  done
}

# The host device runs too: without a GPU it shows that programs and script work.
of_program="host:plain host:persistent cuda:plain cuda:graph cuda:persistent"

run_benchmark chain-1000 $of_program \
  twin:plain twin:graph twin:graph-pdl twin:while twin:cooperative twin:registers
gain chain-1000 host:persistent host:plain
gain chain-1000 cuda:persistent cuda:plain
gain chain-1000 cuda:persistent twin:plain 20
gain chain-1000 cuda:persistent twin:graph 5
for form in graph-pdl while cooperative registers; do
  gain chain-1000 cuda:persistent twin:$form
done

run_benchmark batch-10000 $of_program twin:plain twin:streams twin:graph twin:one-launch
gain batch-10000 host:persistent host:plain
gain batch-10000 cuda:persistent cuda:plain
gain batch-10000 cuda:persistent twin:plain 100
for form in streams graph one-launch; do
  gain batch-10000 cuda:persistent twin:$form
done

forms="twin:graph twin:graph-pdl twin:while twin:cooperative twin:neighbours"
run_benchmark stencil-256 $of_program twin:plain $forms
gain stencil-256 host:persistent host:plain
gain stencil-256 cuda:persistent cuda:plain
best=$(best_of twin:graph twin:graph-pdl twin:while twin:cooperative)
gain stencil-256 cuda:persistent "${best:-twin:graph}" 1
for form in plain graph graph-pdl while cooperative neighbours; do
  gain stencil-256 cuda:persistent twin:$form
done

of_queue="host:plain host:persistent cuda:plain cuda:persistent twin:plain twin:queue"
for benchmark in live-queue-submit live-queue-trip; do
  run_benchmark $benchmark $of_queue
  target=""
  [ $benchmark = live-queue-submit ] && target=200
  for side in $of_queue; do
    each_item $benchmark $side "$([ $side = cuda:persistent ] && echo $target)"
  done
  gain $benchmark host:persistent host:plain
  for baseline in cuda:plain twin:plain twin:queue; do
    gain $benchmark cuda:persistent $baseline
  done
done
