#!/bin/bash
# Runs inside the builder: unpacks Kubernetes, generates its code, compiles what a kind node needs into /out.
#   compile-inside.sh VERSION
set -euo pipefail
version=$1
IFS=. read -r major minor _ <<<"${version#v}"
tree=/kubernetes

echo 'unpack the sources'
dpkg-source --no-check -x /sources/kubernetes_*.dsc "$tree"
vendored=$tree/vendor/github.com/modern-go/reflect2
rm -f "$vendored"/*.go "$vendored"/*.s
cp /sources/reflect2/*.go /sources/reflect2/*.s "$vendored/"

echo 'generate code'
cd "$tree"
export KUBE_GIT_VERSION=$version KUBE_GIT_COMMIT=debian KUBE_GIT_TREE_STATE=archive KUBE_GIT_MAJOR=$major KUBE_GIT_MINOR=$minor
export GOGC=400
make generated_files

echo 'compile'
# Static programs without the cloud providers and dockershim, which a kind node never uses: half the time and size.
export GOPATH=$tree/_output/local/go GO111MODULE=off CGO_ENABLED=0
cd "$GOPATH/src/k8s.io/kubernetes"
stamp='-s -w'
for holder in component-base client-go/pkg; do
  for fact in gitVersion="$version" gitMajor="$major" gitMinor="$minor" gitCommit=debian gitTreeState=archive; do
    stamp+=" -X k8s.io/kubernetes/vendor/k8s.io/$holder/version.$fact"
  done
done
mkdir -p /out
go build -v -tags 'providerless dockerless' -trimpath -ldflags "$stamp" -o /out/ \
  k8s.io/kubernetes/cmd/{kube-apiserver,kube-controller-manager,kube-scheduler,kube-proxy,kubelet,kubeadm}
gcc -Os -static -s -DVERSION=3.2 -o /out/pause "$tree/build/pause/linux/pause.c"
