# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# exporting.sh - the flows that tests export, and words for what comes of them. Source it after
# harness.sh.
mkdir in made recordings pictures
for number in 1 2 3
do
	ffmpeg -v error -nostdin -f lavfi -i "testsrc2=size=64x48:rate=25" -frames:v $((number * 5)) \
		-c:v mjpeg "in/c$number.mkv" || exit 1
done
ffmpeg -v error -nostdin -i in/c1.mkv -frames:v 1 pictures/1.png || exit 1

cat >film.yaml <<'END'
vflow: 1
vars: {height: 24}
nodes:
  film: {type: video_reader, path: "${input}", threads: 1}
  small: {type: resize, inputs: film, width: 32, height: "${height}"}
  out: {type: video_writer, inputs: small, path: "made/${stem}.mkv", codec: mjpeg}
END

cat >camera.yaml <<'END'
# A camera that is recorded.
vflow: 1
mode: realtime
vars: {size: 640x480, x: ""}
nodes:
  camera: {type: test_source, size: "${size}", live: true}
  found: {type: identity, inputs: camera, gpu: any, gpu_fallback: fail}
  out: {type: video_writer, inputs: found, path: "recordings/{seq:04d}.mp4", segment_time: 60s}
END

cat >gpus.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source}
  a: {type: identity, inputs: numbers, gpu: any}
  b: {type: identity, inputs: a, gpu: 1}
  c: {type: identity, inputs: b, gpu: shared}
  out: {type: void, inputs: c}
END

cat >stream.yaml <<'END'
vflow: 1
nodes:
  camera: {type: video_reader, path: "rtsp://localhost:1/x"}
  out: {type: void, inputs: camera}
END

# exports: prints the golden files, each with the words that `vflow export` prints it for.
exports () {
	while read -r kind ending
	do
		echo "service.$ending --to $kind --image vflow:1 camera.yaml size=1280x720"
	done <<-END
	kubernetes kubernetes.yaml
	compose compose.yaml
	systemd service
	slurm sbatch
	END
	cat <<-'END'
	batch.kubernetes.yaml --to kubernetes --image reg.example.org/vflow:1 --namespace films --shards 3 --grace 60 film.yaml in
	batch.compose.yaml --to compose --image vflow:1 --jobs 2 --gpus 1 film.yaml in
	batch@.service --to systemd --shards 3 film.yaml in
	batch.sbatch --to slurm --shards 3 --pass=--max-errors=2 film.yaml in
	run.kubernetes.yaml --to kubernetes --image vflow:1 --name one film.yaml input=in/c1.mkv stem=one
	END
}

# neutral FILE: prints it without what is of this machine, or of this user.
neutral () {
	sed -e "s|${VFLOW:?}|/usr/bin/vflow|; s|${workdir:?}|/films|g" -e '/^User=/d' "$1"
}

# pod_command FILE FOLDER: prints, for a shell, what the container of a manifest does once Kubernetes
# has expanded its words, in FOLDER in the place of /work; and writes flow.yaml as it is mounted.
pod_command () {
	python3 - "$@" <<-'END'
	import re, shlex, sys
	text = open(sys.argv[1]).read()
	flow = re.search(r"\n  flow.yaml: \|\n((?:    .*\n|\n)+)", text)[1]
	open("mounted.yaml", "w").write(re.sub(r"(?m)^    ", "", flow))
	items = re.search(r"\n +command:\n((?: +- .*\n)+)", text)[1]
	words = [item.split("- ", 1)[1] for item in items.splitlines()]
	words = [eval(word) if word[0] == '"' else word for word in words]
	words = [re.sub(r"\$\$", "$", word) for word in words]
	words = [word.replace("/work", ".").replace("/flow/flow.yaml", "../mounted.yaml") for word in words]
	print("cd", sys.argv[2])
	print('PATH=${VFLOW%/*}:$PATH')
	print(shlex.join(words))
	END
}
