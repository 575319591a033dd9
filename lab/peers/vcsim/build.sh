#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the vCenter simulator that the conformance suite runs against, into bin/vcsim. Needs Go >= 1.25.
set -eu
cd "$(dirname "$0")"
mkdir -p bin
CGO_ENABLED=0 go build -trimpath -o bin/vcsim .
