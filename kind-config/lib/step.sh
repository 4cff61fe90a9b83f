# shellcheck shell=bash
# Steps that a person can follow: what is done, how long it took, a tick; evidence when one fails.
# Needs settings.sh. A script that wants evidence defines a function `evidence`.

step_number=0
step_title=''
step_started=0

elapsed() { local ms=$(($(date +%s%3N) - $1)); printf '%d.%ds' $((ms / 1000)) $((ms % 1000 / 100)); }

# step TITLE COMMAND... runs COMMAND in this shell; the EXIT trap below reports a failure.
step() {
  step_title=$1 step_started=$(date +%s%3N) step_number=$((step_number + 1))
  shift
  printf '%s. %s\n' "$step_number" "$step_title"
  "$@"
  printf '   ✓ %s  %s\n' "$step_title" "$(elapsed "$step_started")"
  step_title=''
}

# note TEXT says one thing that the running step does or found.
note() { printf '   · %s\n' "$*"; }

# stop WHAT REMEDY ends the script with one line; the remedy is part of it, and no evidence follows.
stop() {
  step_title=''
  printf '   ✗ %s: %s\n' "$1" "$2" >&2
  exit 1
}

# quietly NAME COMMAND... sends the output to .state/log/NAME.log and shows a sign of life while it runs.
quietly() {
  background "$@"
  attend "$job" "$1"
}

# background NAME COMMAND... starts it with its output in NAME's log, as a process group that an interrupt can end
# whole, and sets $job.
background() {
  local log=$logs/$1.log
  shift
  mkdir -p "$logs"
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  job=$!
  set +m
}

# attend JOB NAME waits for a job of this shell; every 20 s it shows the last line that the job wrote.
attend() {
  local pid=$1 log=$logs/$2.log status=0 shown=$SECONDS begun=$SECONDS
  while kill -0 "$pid" 2>/dev/null; do
    if ((SECONDS - shown >= 20)); then
      shown=$SECONDS
      printf '     … %ds  %s\n' $((SECONDS - begun)) "$(tail -c 400 "$log" | tr '\r' '\n' | grep -v '^ *$' | tail -1 | cut -c1-110)"
    fi
    sleep 0.1
  done
  wait "$pid" || status=$?
  if ((status != 0)); then
    printf '     the last lines of %s:\n' "${log#"$checkout"/}" >&2
    tail -25 "$log" | sed 's/^/     | /' >&2
  fi
  return "$status"
}

# wait_until SECONDS WHAT COMMAND... polls until COMMAND succeeds; a time-out says what was not yet true.
wait_until() {
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= limit)); then
      printf '   ✗ gave up waiting: %s\n' "$what" >&2
      return 1
    fi
    sleep 0.2
  done
}

report_failure() {
  local status=$? left
  for left in $(jobs -p); do kill -- "-$left" 2>/dev/null || true; done
  # An interrupt (130) is no failure to explain.
  if ((status != 0 && status != 130)) && [[ -n $step_title ]]; then
    printf '   ✗ %s failed after %s (status %d)\n' "$step_title" "$(elapsed "$step_started")" "$status" >&2
    if declare -F evidence >/dev/null; then evidence >&2 || true; fi
  fi
  exit "$status"
}
trap report_failure EXIT
