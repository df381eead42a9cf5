#!/usr/bin/env bash
# Namespaces that are for the processes in them what the pods of config/cluster/mpijob.yaml are: a network address and a name each,
# processes of their own, the user 1000 without capabilities, and the files that the image and the operator put in place.
#   pods.sh up FOLDER            makes the pods launcher, worker-0 and worker-1 (root; iproute2, openssh)
#   pods.sh run FOLDER POD WORD… runs a command in one, as its first process
#   pods.sh exec FOLDER POD WORD… runs a command in one beside what runs there
#   pods.sh down FOLDER
set -euo pipefail
folder=$2
pods=(launcher worker-0 worker-1)
# Of this folder alone: several tests may run at once.
mark=$(basename "$folder" | tail -c 7)
ssh=$(dirname "${BASH_SOURCE[0]}")/../../config/cluster/ssh
as_user=(setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all)

name_of() { echo "lockstep-$mark-$1"; }

up() {
  mkdir -p "$folder"/{keys,etc-ssh/ssh_config.d,runs}
  chmod 755 "$folder" "$folder/keys"
  chmod 777 "$folder/runs"
  ssh-keygen -q -t rsa -N '' -f "$folder/keys/id_rsa"
  cp "$folder/keys/id_rsa.pub" "$folder/keys/authorized_keys"
  # As the operator's secret is mounted.
  chmod 644 "$folder"/keys/*
  cp "$ssh/client.conf" "$folder/etc-ssh/ssh_config.d/lockstep.conf"
  cp "$ssh/server.conf" "$folder/etc-ssh/lockstep_sshd_config"
  echo 'Include /etc/ssh/ssh_config.d/*.conf' >"$folder/etc-ssh/ssh_config"
  for file in passwd group; do grep -v ':1000:' "/etc/$file" >"$folder/$file"; done
  echo 'node:x:1000:1000::/home/node:/bin/bash' >>"$folder/passwd"
  echo 'node:x:1000:' >>"$folder/group"
  echo '127.0.0.1 localhost' >"$folder/hosts"

  ip netns add "$(name_of switch)"
  ip -n "$(name_of switch)" link add bridge type bridge
  ip -n "$(name_of switch)" link set bridge up
  local number=1
  for pod in "${pods[@]}"; do
    local host=lockstep-$pod.lockstep.default.svc
    echo "10.0.0.$number $host lockstep-$pod" >>"$folder/hosts"
    [ "$pod" = launcher ] || echo "$host slots=1" >>"$folder/hostfile"
    ip netns add "$(name_of "$pod")"
    ip -n "$(name_of switch)" link add "port$number" type veth peer name eth0 netns "$(name_of "$pod")"
    ip -n "$(name_of switch)" link set "port$number" master bridge up
    ip -n "$(name_of "$pod")" addr add "10.0.0.$number/24" dev eth0
    ip -n "$(name_of "$pod")" link set eth0 up
    ip -n "$(name_of "$pod")" link set lo up
    number=$((number + 1))
  done
}

# Inside of the pod's namespaces, still as root.
furnish() {
  hostname "lockstep-$pod"
  for file in passwd group hosts; do mount --bind "$folder/$file" "/etc/$file"; done
  mount --bind "$folder/etc-ssh" /etc/ssh
  mount -t tmpfs none /home
  mkdir -p /home/node/.ssh
  chown 1000:1000 /home/node
  mount --bind "$folder/keys" /home/node/.ssh
  mount -t tmpfs -o mode=1777 none /dev/shm
  cd /home/node
  export HOME=/home/node
  # What mpi-operator 0.8 gives the launcher.
  export OMPI_MCA_orte_keep_fqdn_hostnames=true OMPI_MCA_orte_default_hostfile=$folder/hostfile
  export OMPI_MCA_plm_rsh_args='-o ConnectionAttempts=10' OMPI_MCA_orte_set_default_slots=1
  exec "${as_user[@]}" "$@"
}

case $1 in
  up) up ;;
  run)
    exec ip netns exec "$(name_of "$3")" \
      unshare --mount --uts --pid --fork --kill-child --mount-proc "$0" furnish "${@:2}"
    ;;
  furnish)
    pod=$3
    furnish "${@:4}"
    ;;
  exec)
    # Its first process has the number 1 in it.
    first=$(ip netns pids "$(name_of "$3")" | while read -r id; do
      if grep -qE '^NSpid:.*\s1$' "/proc/$id/status"; then echo "$id"; fi
    done)
    exec nsenter --target "$first" --mount --uts --pid --net "${as_user[@]}" "${@:4}"
    ;;
  down)
    for pod in "${pods[@]}" switch; do
      ip netns pids "$(name_of "$pod")" | xargs --no-run-if-empty kill -KILL || true
      ip netns del "$(name_of "$pod")"
    done
    ;;
esac
