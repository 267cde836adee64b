#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
unset CUDA_VISIBLE_DEVICES

cat >flow.yaml <<'END'
vflow: 1
vars: {fallback: cpu}
nodes:
  numbers: {type: int_source, end: 3}
  detect:  {type: identity, inputs: numbers, gpu: any}
  track:   {type: identity, inputs: detect, gpu: any, gpu_fallback: "${fallback}"}
  out:     {type: void, inputs: track}
END

# What stands first on LD_LIBRARY_PATH under this name, and is no library, keeps NVML out.
mkdir bin no_library
: >no_library/libnvidia-ml.so.1
cat >bin/nvidia-smi <<'END'
#!/bin/sh
test "$*" = -L || exit 1
test ! -e listing || cat listing
echo asked >>asked
END
chmod +x bin/nvidia-smi
PATH=$PWD/bin:$PATH
LD_LIBRARY_PATH=$PWD/no_library
export PATH LD_LIBRARY_PATH

# gpus NUMBER: nvidia-smi lists so many.
gpus () {
	i=0
	: >listing
	while test $i -lt "$1"
	do
		echo "GPU $i: NVIDIA H200 (UUID: GPU-$i$i$i$i-abcd)" >>listing
		i=$((i + 1))
	done
}

# maps ID TASKS: passes when `explain` said that the GPU has just these tasks.
maps () {
	grep -E "^$1 +.*  $2\$" out
}

it 'asks nvidia-smi and gives each task the next GPU' '
	gpus 2
	expect 0 "$VFLOW" explain --internals flow.yaml
	maps 0 detect
	maps 1 track
	grep "NVIDIA H200" out
	test ! -s err
'

it 'runs tasks that get none on the CPU, and says so' '
	gpus 1
	expect 0 "$VFLOW" run flow.yaml
	says err "vflow: warning: no GPU is available for track: it runs on the CPU"
	expect 0 "$VFLOW" explain --internals flow.yaml
	maps 0 detect
	maps cpu track
'

it 'does not start a flow without the GPU that it needs' '
	gpus 1
	expect 69 "$VFLOW" run --var fallback=fail flow.yaml
	says err "vflow: No GPU available to allocate track"
	expect 69 "$VFLOW" explain --internals --var fallback=fail flow.yaml
'

it 'refuses a number that is not there' '
	gpus 2
	expect 69 "$VFLOW" run -s nodes.detect.gpu=5 flow.yaml
	says err "vflow: detect asks for GPU 5, which is not there; there is: 0, 1"
'

it 'honours CUDA_VISIBLE_DEVICES, in its order' '
	gpus 4
	expect 0 env CUDA_VISIBLE_DEVICES=3,GPU-11 "$VFLOW" explain --internals flow.yaml
	maps 3 detect
	maps 1 track
	expect 0 env CUDA_VISIBLE_DEVICES=2,9,0 "$VFLOW" explain --internals flow.yaml
	maps 2 detect
	maps cpu track
	expect 69 env CUDA_VISIBLE_DEVICES= "$VFLOW" run --var fallback=fail flow.yaml
'

it 'takes the GPUs that --gpus names, without looking for any' '
	gpus 0
	rm -f asked
	expect 0 "$VFLOW" explain --internals --gpus 6,GPU-77 flow.yaml
	maps 6 detect
	maps GPU-77 track
	expect 69 "$VFLOW" run --gpus none --var fallback=fail flow.yaml
	test ! -e asked
	expect 2 "$VFLOW" run --gpus 0,zero flow.yaml
	says err "vflow: \"zero\" names no GPU; give numbers or UUIDs: 0,1"
'

it 'looks for none when no task asks for one' '
	rm -f asked
	sed "s/, gpu: any.*}/}/" flow.yaml >plain.yaml
	expect 0 "$VFLOW" run plain.yaml
	expect 0 "$VFLOW" explain --internals plain.yaml
	! grep gpu out
	test ! -e asked
'

it 'works where there is neither library nor program' '
	mkdir -p empty
	expect 0 env PATH="$PWD/empty" "$VFLOW" run flow.yaml
	test "$(grep -c "runs on the CPU" err)" -eq 2
'

it 'asks NVML first, and counts instances by themselves' '
	mkdir -p nvml
	"${CC:-cc}" -shared -fPIC -o nvml/libnvidia-ml.so.1 "$root/tests/cli/fake_nvml.c"
	LD_LIBRARY_PATH=$PWD/nvml
	gpus 4
	rm -f asked
	expect 0 "$VFLOW" explain --internals flow.yaml
	maps 0 detect
	maps MIG-0 track
	maps MIG-1 -
	grep "Fake (with brackets)" out
	test ! -e asked
	expect 0 env CUDA_VISIBLE_DEVICES=MIG-1,GPU-0 "$VFLOW" explain --internals flow.yaml
	maps MIG-1 detect
	maps 0 track
'

cat >endless.yaml <<'END'
vflow: 1
vars: {input: "", gpu: any}
nodes:
  numbers: {type: int_source, fps: 50}
  same: {type: identity, inputs: numbers, gpu: "${gpu}"}
  out: {type: file_append, inputs: same, path: "${input}.lines"}
END

# batch WORD...: starts a batch of three endless runs in the background, and waits for them.
batch () {
	rm -f ./*.lines
	"$VFLOW" batch --jobs 3 "$@" endless.yaml a b c >out.txt 2>err &
	started $!
	await 'test -s a.lines && test -s b.lines && test -s c.lines'
}

# given LIST: prints how many runs of the batch were told to use these GPUs.
given () {
	pgrep -c -f -P "$flow" -- "--gpus $1( |\$)" || true
}

it 'spreads the runs of a batch over the GPUs' '
	batch --gpus 0,1
	test "$(given 0,1) $(given 1,0)" = "2 1"
	kill -TERM "$flow"
	ends 143
	batch --gpus 0,1 gpu=1
	test "$(given 0,1) $(given 1,0)" = "3 0"
	kill -TERM "$flow"
	ends 143
	leaves_nothing
'

it 'looks for the GPUs of a batch, and for none where none is asked for' '
	LD_LIBRARY_PATH=$PWD/no_library
	gpus 3
	batch
	test "$(given 0,1,2) $(given 1,2,0) $(given 2,0,1)" = "1 1 1"
	kill -TERM "$flow"
	ends 143
	rm -f asked
	expect 0 "$VFLOW" batch -s "nodes.same={type: identity, inputs: numbers}" -s nodes.numbers.end=3 -s nodes.numbers.fps=0 endless.yaml a b
	test ! -e asked
	leaves_nothing
'

done_testing
