#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the real kube-apiserver with its etcd (and with "all" the kube-controller-manager) into bin/, for the conformance suites.
# Needs Go >= 1.26. From empty caches about 10 CPU minutes; with Go's build cache warm a few seconds.
set -eu
cd "$(dirname "$0")"
command -v go >/dev/null || { echo "build.sh: no Go found; install Go 1.26 or newer and put it on the PATH" >&2; exit 2; }
export CGO_ENABLED=0 GOTOOLCHAIN=local

release=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
minor=$(echo "$release" | cut -d. -f2)
# Without these the server reports v0.0.0 and refuses to compare itself with its own API lifecycle.
stamp=k8s.io/component-base/version
flags="-s -w -X $stamp.gitVersion=$release -X $stamp.gitMajor=1 -X $stamp.gitMinor=$minor -X $stamp.gitTreeState=clean"

commands=kube-apiserver
[ "${1:-}" = all ] && commands="$commands kube-controller-manager"
mkdir -p bin
# An etcd of the API server's own age: with the 3.4 that Debian has, a watch without a resourceVersion waits for ever.
echo "build.sh: etcd"
go build -trimpath -ldflags "-s -w" -o bin/etcd go.etcd.io/etcd/server/v3
for command in $commands; do
  echo "build.sh: $command $release"
  go build -trimpath -ldflags "$flags" -o bin/ "k8s.io/kubernetes/cmd/$command"
done
