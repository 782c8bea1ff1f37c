#!/bin/sh
# Keeps a run on a branch of its own, and makes the page of all runs that are kept there.
#
#   BRANCH=benchmark-history test/workflows/keep.sh RUN
#
# RUN is the folder of a run. The branch is made where there is none; nothing is pushed. Leaves
# bin/history/page with index.html and the run's own report, latest.html.
set -eu
cd "$(dirname "$0")/../.."
run=${1:?name the folder of a run} branch=${BRANCH:-benchmark-history} tree=bin/history
[ -f "$run/results.json" ] || { echo "error: $run: no results.json in it" >&2; exit 2; }
git worktree remove --force "$tree" 2>/dev/null || :
rm -rf "$tree"
commit() { git -C "$1" -c user.name=benchmark -c user.email=benchmark@users.noreply.github.com commit --quiet --message "$2"; }
if git rev-parse --verify --quiet "refs/remotes/origin/$branch" > /dev/null; then
  git worktree add --quiet --force -B "$branch" "$tree" "origin/$branch"
elif git rev-parse --verify --quiet "refs/heads/$branch" > /dev/null; then
  git worktree add --quiet --force "$tree" "$branch"
else
  git worktree add --quiet --detach "$tree"
  git -C "$tree" checkout --quiet --orphan "$branch"
  git -C "$tree" rm --quiet -r --force .
fi
id=$(sed -n 's/^ "id": "\(.*\)",$/\1/p' "$run/results.json" | head -n 1)
mkdir -p "$tree/runs" "$tree/page"
cp "$run/results.json" "$tree/runs/$id.json"
git -C "$tree" add runs
git -C "$tree" diff --cached --quiet || commit "$tree" "A run: $id"
bin/bench history "$tree/runs" --format html --out "$tree/page/index.html"
bin/bench report "$run/results.json" --format html --out "$tree/page/latest.html"
echo "kept $id on $branch; the page is $tree/page/index.html" >&2
