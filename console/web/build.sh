#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the web page into $1 where Node 20 or newer is found; says so and goes on where it is not.
set -eu
out=$1
cd "$(dirname "$0")"
major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')
if [ "${major:-0}" -lt 20 ] || ! command -v npm >/dev/null 2>&1; then
  echo "WARNING: Node 20 or newer was not found; the web page is left out, the console serves the API only."
  exit 0
fi
sum=$(cat package-lock.json package.json vite.config.js tsconfig.json index.html src/* | cksum)
if [ -f "$out/index.html" ] && [ "$(cat "$out/.built" 2>/dev/null)" = "$sum" ]; then
  exit 0
fi
lock=$(cksum < package-lock.json)
if [ "$(cat node_modules/.installed 2>/dev/null)" != "$lock" ]; then
  npm ci --no-audit --no-fund --loglevel=error
  echo "$lock" > node_modules/.installed
fi
DROVER_WEB_OUT=$out npm run --silent build
echo "$sum" > "$out/.built"
