# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# cluster.sh - a Slurm cluster on this machine, for tests that enter.sh runs. Source it after
# harness.sh.
#
# munged, slurmctld and a slurmd for each node, with files, keys and sockets below $workdir/cluster. A
# node has a network and a table of processes of its own, so it can be killed as a power cut does it:
# node_kill. Nodes share the file system, as those of a cluster do.
: "${workdir:?source harness.sh first}" "${limit:?}"
cluster=$workdir/cluster
SLURM_CONF=$cluster/slurm.conf
export SLURM_CONF
limit=$((4 * limit)) # jobs are started, ended and requeued by programs that look every few seconds
trap 'cluster_stop; rm -rf "$workdir"' EXIT
trap '' XFSZ # which ends a shell that is the first process of its table

# cluster_start COUNT [LINE...]: starts a cluster of the nodes n1, n2 and so on, 20 cores each, and
# waits until they are ready. LINEs are added to slurm.conf.
cluster_start () {
	nodes=$1
	shift
	mkdir -p "$cluster/state" "$cluster/spool" "$cluster/log" "$cluster/nodes" "$cluster/munge"
	chmod 711 "$cluster/munge"
	head -c 1024 /dev/urandom >"$cluster/munge/key"
	chmod 600 "$cluster/munge/key"
	cluster_configure "$@"
	ip link set lo up &&
		ip link add vflow0 type bridge &&
		ip address add 10.77.0.254/24 dev vflow0 &&
		ip link set vflow0 up || return
	munged --foreground --force --num-threads=2 --socket="$cluster/munge/socket" \
		--key-file="$cluster/munge/key" --pid-file="$cluster/munge/pid" \
		--seed-file="$cluster/munge/seed" --log-file="$cluster/log/munged" \
		>"$cluster/log/munged.out" 2>&1 &
	echo $! >"$cluster/munged"
	await "test -S '$cluster/munge/socket'" || return
	slurmctld -D >"$cluster/log/slurmctld.out" 2>&1 &
	echo $! >"$cluster/slurmctld"
	for node in $(seq "$nodes")
	do
		node_start "n$node" || return
	done
	for node in $(seq "$nodes")
	do
		node_is "n$node" idle || return
	done
}

cluster_configure () {
	cat >"$SLURM_CONF" <<-END
	ClusterName=vflow
	SlurmctldHost=localhost(10.77.0.254)
	SlurmUser=root
	AuthType=auth/munge
	AuthInfo=socket=$cluster/munge/socket
	CredType=cred/munge
	StateSaveLocation=$cluster/state
	SlurmdSpoolDir=$cluster/spool/%n
	SlurmctldPidFile=$cluster/slurmctld.pid
	SlurmdPidFile=$cluster/slurmd-%n.pid
	SlurmctldLogFile=$cluster/log/slurmctld
	SlurmdLogFile=$cluster/log/slurmd-%n
	MailProg=/bin/true
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	JobAcctGatherType=jobacct_gather/none
	AccountingStorageType=accounting_storage/none
	MpiDefault=none
	SwitchType=switch/none
	SelectType=select/cons_tres
	SelectTypeParameters=CR_Core_Memory
	SlurmdParameters=config_overrides
	SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0,batch_sched_delay=0
	ReturnToService=2
	SlurmdTimeout=300
	KillWait=10
	MessageTimeout=60
	$(printf '%s\n' "$@")
	GresTypes=gpu
	PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
	PartitionName=gpu Nodes=ALL MaxTime=INFINITE State=UP
	END
	# Nothing is behind these GPUs: Slurm only counts them.
	mknod "$cluster/gpu0" c 1 3
	mknod "$cluster/gpu1" c 1 3
	echo "Name=gpu File=$cluster/gpu[0-1]" >"$cluster/gres.conf"
	for node in $(seq "$nodes")
	do
		echo "NodeName=n$node NodeAddr=10.77.0.$node CPUs=20 RealMemory=8000 Gres=gpu:2 State=UNKNOWN"
	done >>"$SLURM_CONF"
}

# node_start NODE: switches a node on.
node_start () {
	mkdir -p "$cluster/spool/$1"
	# shellcheck disable=SC2016 # that is for the shell on the node
	unshare --pid --fork --kill-child=KILL --mount-proc --net sh -c '
		ip link set lo up
		until ip link show eth0 >/dev/null 2>&1
		do
			sleep 0.02
		done
		ip address add "10.77.0.${1#n}/24" dev eth0
		ip link set eth0 up
		slurmd -D -N "$1" &
		wait' sh "$1" >>"$cluster/log/$1.out" 2>&1 &
	echo $! >"$cluster/nodes/$1"
	await 'pgrep -P "$1" >"$2.first"' "$!" "$cluster/nodes/$1" &&
		await 'test "$(readlink "/proc/$(cat "$1.first")/ns/net")" != "$(readlink /proc/1/ns/net)"' \
			"$cluster/nodes/$1" &&
		ip link add "vflow${1#n}" type veth peer name eth0 \
			address "02:00:00:00:00:0${1#n}" netns "$(cat "$cluster/nodes/$1.first")" &&
		ip link set "vflow${1#n}" master vflow0 up
}

# node_kill NODE: kills all processes of a node at once, as a power cut does.
node_kill () {
	kill -9 "$(cat "$cluster/nodes/$1")" # the kernel kills the first process of the node, and so all
	gone "$(cat "$cluster/nodes/$1")" && gone "$(cat "$cluster/nodes/$1.first")" || return
	rm -f "$cluster/nodes/$1" "$cluster/nodes/$1.first"
	ip link delete "vflow${1#n}" 2>/dev/null || true
}

# node_is NODE STATE: waits until Slurm has a node in a state, such as idle.
node_is () {
	await 'test "$(sinfo -h -N -p all -n "$1" -o %T 2>/dev/null)" = "$2"' "$1" "$2" && return
	tail -n 20 "$cluster/log/slurmctld" "$cluster/log/$1.out"
	return 1
}

# node_down NODE: says that a node is lost, as its watcher does after a while.
node_down () {
	scontrol update nodename="$1" state=down reason=killed
}

# job_is JOB STATE: waits until a job, or an element such as 7_3, is in a state, such as RUNNING.
job_is () {
	await 'scontrol show job "$1" 2>/dev/null | grep -q "JobState=$2"' "$1" "$2" && return
	scontrol show job "$1"
	tail -n 20 "$cluster/log/slurmctld"
	return 1
}

# hurry: has all that was requeued start now, not after the minutes that Slurm lets pass.
hurry () {
	for element in $(squeue -h -r -t PENDING -o '%i %r' | sed -n 's/ BeginTime$//p')
	do
		scontrol update jobid="$element" starttime=now || true # it may just have started
	done
}

# over JOB...: waits until jobs have ended, those that are requeued, too.
over () {
	for job
	do
		until test -z "$(squeue -h -j "$job" -o %i 2>/dev/null)"
		do
			hurry
			sleep 0.5
		done
	done
}

# job_says JOB KEY: prints what Slurm says of a job, such as ExitCode.
job_says () {
	scontrol show job "$1" | tr ' ' '\n' | sed -n "s/^$2=//p" | head -n 1
}

# cluster_stop: ends all of it, by the numbers of its processes.
cluster_stop () {
	for record in "$cluster"/nodes/n? "$cluster/slurmctld" "$cluster/munged"
	do
		test -s "$record" || continue
		kill -9 "$(cat "$record")" 2>/dev/null
		gone "$(cat "$record")"
		rm -f "$record"
	done
}
