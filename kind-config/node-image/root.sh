# shellcheck shell=bash
# Shaping the node: kind's own files, Kubernetes' programs and the settings that this version and these hosts need.

shape_node() {
  place_kind_files
  configure_containerd
  configure_kubelet
  configure_systemd
  configure_pod_network
  install -m 755 "$bin/kubelet" "$bin/kubeadm" "$work/client/usr/bin/kubectl" "$node/usr/bin/"
  printf %s "$kubernetes_version" >"$node/kind/version"
  rm -rf "$node"/var/cache/apt/* "$node"/var/lib/apt/lists/* "$node"/usr/share/{doc,man,locale,info}/*
}

place_kind_files() {
  mkdir -p "$node"/kind/{bin,manifests} "$node"/etc/kubernetes/manifests "$node/opt/cni/bin" "$node/etc/cni/net.d"
  cp -r "$kind_files"/etc/. "$node/etc/"
  rm "$node/etc/systemd/system/containerd-fuse-overlayfs.service"
  install -m 755 "$kind_files/usr/local/bin/entrypoint" "$node/usr/local/bin/"
  install -m 755 "$kind_files"/kind/bin/* "$node/kind/bin/"
  # kind looks for them where its own image has them.
  local program
  for program in containerd containerd-shim-runc-v2 ctr; do ln -sf "/usr/bin/$program" "$node/usr/local/bin/"; done
  for program in "$node"/usr/lib/cni/*; do ln -sf "/usr/lib/cni/${program##*/}" "$node/opt/cni/bin/"; done
}

configure_containerd() {
  # Kubernetes before 1.24 drives cgroups itself, and a host without CAP_SYS_RESOURCE may not lower oom_score_adj.
  sed -i -E \
    -e "s#registry.k8s.io/pause:[0-9.]+#$pause_image#" \
    -e 's/SystemdCgroup = true/SystemdCgroup = false/' \
    -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' \
    "$node/etc/containerd/config.toml"
  chroot "$node" ctr oci spec |
    jq '.hooks.createContainer += [{"path": "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' \
      >"$node/etc/containerd/cri-base.json"
}

# The kubelet's check of its cgroup root fails on cgroup v1 hosts that mount cpu and cpuacct apart.
configure_kubelet() {
  echo 'KUBELET_EXTRA_ARGS=--runtime-cgroups=/system.slice/containerd.service --cgroup-root=/ --cgroups-per-qos=false --enforce-node-allocatable=' \
    >"$node/etc/default/kubelet"
}

# As kind's own image has it: nothing starts that wants real hardware.
configure_systemd() {
  local units=$node/lib/systemd/system
  rm -f "$units/sysinit.target.wants/systemd-tmpfiles-setup.service" "$units"/multi-user.target.wants/* \
    "$units"/local-fs.target.wants/* "$units"/sockets.target.wants/*{udev,initctl}* "$units"/basic.target.wants/* \
    "$node"/etc/systemd/system/*.wants/*
  echo 'ReadKMsg=no' >>"$node/etc/systemd/journald.conf"
  chroot "$node" systemctl enable kubelet.service containerd.service undo-mount-hacks.service
  chroot "$node" systemctl mask systemd-binfmt.service
}

# One node, so a fixed range of pod addresses does. kind applies the two manifests; they hold nothing to run.
configure_pod_network() {
  cat >"$node/etc/cni/net.d/10-kindnet.conflist" <<'JSON'
{
  "cniVersion": "0.3.1",
  "name": "kindnet",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": true,
      "mtu": 1500,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni-ipam-state",
        "routes": [{"dst": "0.0.0.0/0"}],
        "ranges": [[{"subnet": "10.244.0.0/24"}]]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
JSON
  local part
  for part in cni storage; do
    printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: default-%s\n  namespace: kube-system\n' $part \
      >"$node/kind/manifests/default-$part.yaml"
  done
}
