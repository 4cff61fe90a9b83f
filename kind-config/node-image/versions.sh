# shellcheck shell=bash
# What the node image is made of. Debian 12 is the last release that carries the whole of Kubernetes, vendored
# sources included; kind's own node files come from the kind source package of Debian 13.

suite=bookworm
kubernetes_version=v1.20.2
kind_suite=trixie
pause_image=k8s.gcr.io/pause:3.2
etcd_image=k8s.gcr.io/etcd:3.4.13-0

# Compiling Kubernetes 1.20 wants the Go of its own release: it happens in a root file system of bookworm.
builder_packages=golang-go,gcc,libc6-dev,make,rsync,dpkg-dev,ca-certificates
node_packages=systemd,systemd-sysv,iptables,nftables,iproute2,conntrack,ethtool,socat,kmod,mount,util-linux,procps
node_packages+=,containerd,runc,containernetworking-plugins,ca-certificates,curl,jq,hostname,bash,tar,gzip
node_packages+=,libseccomp2,ebtables,e2fsprogs
