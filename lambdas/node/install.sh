#!/bin/sh
# Installs node_modules, unless package-lock.json asks for what is there already.
# TOOL_NODE and TOOL_NPM may name the programs.
set -eu
cd "$(dirname "$0")"
installed=node_modules/.installed-lock.json
if cmp -s package-lock.json "$installed"; then exit; fi
if [ -n "${TOOL_NODE:-}" ]; then PATH="$(dirname "$TOOL_NODE"):$PATH"; fi
"${TOOL_NPM:-npm}" ci --ignore-scripts --no-audit --no-fund --loglevel=error
cp package-lock.json "$installed"
