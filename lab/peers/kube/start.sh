#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs etcd and the kube-apiserver that build.sh made, on free ports of loopback, until its standard input closes or it is told to end.
#   start.sh WORK_FOLDER [CRD_FOLDER]
# Prints "ready KUBECONFIG" once everything is served. WORK_FOLDER must be empty; logs, keys and tokens are left in it. The kubeconfig has the
# contexts lab (may do everything) and limited (may do nothing until a role is bound to the user lab-limited).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: start.sh WORK_FOLDER [CRD_FOLDER]" >&2; exit 2; }
mkdir -p "$1"
work=$(cd "$1" && pwd)
crds=${2:+$(cd "$2" && pwd)}
[ -z "$(ls -A "$work")" ] || { echo "start.sh: $work is not empty" >&2; exit 2; }
for tool in openssl curl kubectl; do
  command -v "$tool" >/dev/null || { echo "start.sh: no $tool found" >&2; exit 2; }
done
for program in etcd kube-apiserver; do
  [ -x "$here/bin/$program" ] || { echo "start.sh: no $program in $here/bin; run build.sh" >&2; exit 2; }
done
cd "$work"
umask 077

# A port that nobody listens on, below the range from which the kernel gives out its own.
free_port() {
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}
store=$(free_port) peer=$(free_port) secure=$(free_port)
admin_token=$(openssl rand -hex 16) limited_token=$(openssl rand -hex 16)

openssl genrsa -out service-account.key 2048 2>/dev/null
cat >tokens.csv <<CSV
$admin_token,lab-admin,lab-admin,system:masters
$limited_token,lab-limited,lab-limited,
CSV

etcd_pid='' api_pid='' manager_pid=''
stop() {
  trap - EXIT TERM INT
  # An API server whose etcd is gone does not end on SIGTERM: it goes first.
  for pid in $manager_pid $api_pid $etcd_pid; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}
trap stop EXIT
trap 'exit 143' TERM INT

"$here/bin/etcd" --data-dir etcd --listen-client-urls "http://127.0.0.1:$store" --advertise-client-urls "http://127.0.0.1:$store" \
  --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
  --initial-cluster "default=http://127.0.0.1:$peer" >etcd.log 2>&1 &
etcd_pid=$!
# The ServiceAccount plugin wants a token controller for every pod: here nothing runs as a pod.
"$here/bin/kube-apiserver" --etcd-servers="http://127.0.0.1:$store" --bind-address=127.0.0.1 --secure-port="$secure" --cert-dir=certs \
  --token-auth-file=tokens.csv --authorization-mode=RBAC --service-account-issuer=https://kubernetes.default.svc \
  --service-account-key-file=service-account.key --service-account-signing-key-file=service-account.key \
  --service-cluster-ip-range=10.96.0.0/24 --disable-admission-plugins=ServiceAccount --endpoint-reconciler-type=none >api.log 2>&1 &
api_pid=$!

cat >kubeconfig <<YAML
apiVersion: v1
kind: Config
clusters:
- {name: lab, cluster: {server: "https://127.0.0.1:$secure", certificate-authority: "$work/certs/apiserver.crt"}}
users:
- {name: lab, user: {token: "$admin_token"}}
- {name: limited, user: {token: "$limited_token"}}
contexts:
- {name: lab, context: {cluster: lab, user: lab}}
- {name: limited, context: {cluster: lab, user: limited}}
current-context: lab
YAML

ready=no
for _ in $(seq 240); do
  kill -0 "$api_pid" 2>/dev/null || { echo "start.sh: the API server ended; the end of $work/api.log says:" >&2; tail -5 api.log >&2; exit 1; }
  if curl -sk --max-time 2 -H "Authorization: Bearer $admin_token" "https://127.0.0.1:$secure/readyz" | grep -q '^ok'; then ready=yes; break; fi
  sleep 0.25
done
[ "$ready" = yes ] || { echo "start.sh: the API server was not ready within a minute; see $work/api.log" >&2; exit 1; }

export KUBECONFIG="$work/kubeconfig"
if [ -n "$crds" ]; then
  kubectl apply --server-side -f "$crds" >crds.log
  kubectl wait --for=condition=Established --timeout=60s -f "$crds" >>crds.log
fi
kubectl apply --server-side -f "$here/admission.yaml" >>crds.log

# The server reads policies and their bindings when it gets round to it: until it does, whatever they forbid is taken. So each is tried, without
# effect, until it refuses: a VM that says twice whether it runs, a DataVolume whose source changes.
refused() {
  expected=$1
  shift
  for _ in $(seq 240); do
    if said=$("$@" 2>&1); then sleep 0.25; continue; fi
    case $said in *"$expected"*) return 0 ;; esac
    sleep 0.25
  done
  echo "start.sh: the policies of admission.yaml were not in force within a minute; the last answer was: ${said:-a consent}" >&2
  exit 1
}
if [ -n "$crds" ]; then
  kubectl wait --for=create --timeout=60s namespace/default >>crds.log
  cat >twice.yaml <<'YAML'
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: says-twice, namespace: default}
spec: {running: false, runStrategy: Halted, template: {spec: {domain: {devices: {}}}}}
YAML
  kubectl apply -f - >>crds.log <<'YAML'
apiVersion: cdi.kubevirt.io/v1beta1
kind: DataVolume
metadata: {name: stays, namespace: default}
spec: {source: {blank: {}}, storage: {resources: {requests: {storage: 1Mi}}}}
YAML
  refused 'mutually exclusive' kubectl create --dry-run=server -f twice.yaml
  refused 'Cannot update DataVolume Spec' \
    kubectl patch datavolume stays --dry-run=server --type=merge -p '{"spec":{"source":{"blank":null,"http":{"url":"http://localhost/"}}}}'
  kubectl delete datavolume stays --wait=true >>crds.log
fi

if [ -x "$here/bin/kube-controller-manager" ]; then
  # Only what cleans up: volumes, jobs and pods are played by whoever uses this cluster.
  "$here/bin/kube-controller-manager" --kubeconfig=kubeconfig --leader-elect=false --secure-port=0 \
    --controllers=garbage-collector-controller,namespace-controller,persistentvolumeclaim-protection-controller,persistentvolume-protection-controller,resourcequota-controller \
    >manager.log 2>&1 &
  manager_pid=$!
fi

echo "ready $work/kubeconfig"
# Whoever started us holds our standard input; when they are gone we go too. In the background, because a shell that runs a command in the
# foreground hears no signal.
exec 4<&0
cat <&4 >/dev/null &
wait $!
