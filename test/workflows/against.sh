#!/bin/sh
# Measures another commit and this checkout in turn, on this machine, and says what changed. What
# drifts on the machine is then the same for both.
#
#   BASE=main ROUNDS=4 REGRESSION=5% test/workflows/against.sh [flag of bench local]...
#
# Leaves bin/against/compare.md. Exit code 1 where something got worse by more than REGRESSION whose
# artifact is not the same bytes on both sides, or where something failed now.
set -eu
cd "$(dirname "$0")/../.."
base=${BASE:-main} rounds=${ROUNDS:-4} out=bin/against tree=bin/against/base
case $rounds in 1 | *[!0-9]* | '') echo "error: ROUNDS=$rounds: want a number from 2 on" >&2; exit 2 ;; esac
commit=$(git rev-parse --verify --quiet "$base^{commit}") || { echo "error: BASE=$base: no such commit here" >&2; exit 2; }

git worktree remove --force "$tree" 2>/dev/null || :
rm -rf "$out"
git worktree add --quiet --detach "$tree" "$commit"
trap 'git worktree remove --force "$tree"' EXIT
make --no-print-directory -C "$tree" bin/bench ARGS=

measure() { # SIDE ROUND FLAG...
  side=$1 round=$2; shift 2
  case $side in old) bench=$tree/bin/bench root=$tree ;; new) bench=bin/bench root=. ;; esac
  echo "round $round of $rounds: $side" >&2
  "$bench" -C "$root" local --quick --out "$out/$side-$round" "$@" > /dev/null
}
olds='' news='' round=1
while [ "$round" -le "$rounds" ]; do
  case $((round % 2)) in 1) order='old new' ;; 0) order='new old' ;; esac # who comes second finds a warmer machine
  for side in $order; do measure "$side" "$round" "$@"; done
  olds=$olds,$out/old-$round news=$news,$out/new-$round round=$((round + 1))
done
status=0
bin/bench compare "${olds#,}" "${news#,}" --format markdown --fail-on-regression "${REGRESSION:-5%}" --other-artifacts > "$out/compare.md" || status=$?
cat "$out/compare.md"
exit "$status"
