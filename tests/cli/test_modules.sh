#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/cascades.sh"

# A flow of the core alone, one that scales pictures, and one that reads a file.
cat >core.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 3}
  same:    {type: identity, inputs: numbers}
  end:     {type: print, inputs: same}
END
cat >picture.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 3}
  small:   {type: resize, width: 64, inputs: numbers}
  end:     {type: void, inputs: small}
END
cat >container.yaml <<'END'
vflow: 1
nodes:
  file: {type: video_reader, path: core.yaml}
  end:  {type: void, inputs: file.video}
END

# loads COMMAND...: runs it, and leaves the names of the libraries that it loaded in `loaded`.
loads () {
	rm -f trace.*
	LD_DEBUG=files LD_DEBUG_OUTPUT=trace "$@" >out 2>err || true
	sed -nE 's,.*calling init: .*/([^/]+)$,\1,p' trace.* | sort -u >loaded
	grep -q "^libc\.so" loaded
}

# alone FOLDER [MODULE...]: puts the program into FOLDER, with none but these modules.
alone () {
	folder=$1
	shift
	mkdir -p "$folder/modules"
	cp "$VFLOW" "$folder/vflow"
	for module
	do
		cp "${VFLOW%/*}/modules/$module.so" "$folder/modules/"
	done
}

it 'loads nothing of libav for a flow of the core' '
	loads "$VFLOW" run core.yaml
	says out 3
	lacks loaded "^lib(av|sw|curl|mosquitto|nats|opencv)"
	lacks loaded "^(picture|codec|container|guard|h264|lz4|http|mqtt|nats|cascade|opencv|plugin)\.so$"
'

it 'loads the modules of the nodes that a flow names, and no others' '
	loads "$VFLOW" check picture.yaml
	grep "^libswscale\." loaded
	lacks loaded "^libav(codec|format|filter|device)"
	loads "$VFLOW" check container.yaml
	grep "^libavformat\." loaded
	lacks loaded "^libav(filter|device)"
'

it 'loads what encodes for a test source only when its sound is read' '
	loads "$VFLOW" run --chain "test_source frames=1 size=64x64 ! resize width=32 ! void"
	grep "^libswscale\." loaded
	lacks loaded "^libavcodec"
	cat >sound.yaml <<-END
	vflow: 1
	nodes:
	  tone: {type: test_source, size: 64x64, frames: 5}
	  end:  {type: void, inputs: tone.audio}
	END
	expect 0 "$VFLOW" run sound.yaml
	loads "$VFLOW" run sound.yaml
	grep "^libavcodec\." loaded
'

it 'loads libzmq for sockets alone' '
	loads "$VFLOW" run core.yaml
	lacks loaded "^(libzmq|libstdc|wire\.so)"
	for transport in ipc tcp
	do
		loads "$VFLOW" run --transport $transport core.yaml
		says out 3
		grep "^libzmq\." loaded
	done
	loads "$VFLOW" inspect zmq_in
	grep "^libzmq\." loaded
	alone wireless guard
	expect 70 wireless/vflow run --transport ipc core.yaml
	grep "the module wire, for ipc and TCP, cannot be loaded: " err
'

it 'loads what opens files only for those programs that have a form' '
	cat >program.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 3}
	  step: {type: process, command: [cat], inputs: numbers, outputs: {out: value}}
	  end:  {type: void, inputs: step}
	END
	loads "$VFLOW" check program.yaml
	lacks loaded "^libav(codec|format|filter|device)"
	loads "$VFLOW" check -s nodes.step.form=jsonl program.yaml
	grep "^libavformat\." loaded
	alone without picture
	expect 78 without/vflow check -s nodes.step.form=jsonl program.yaml
	grep "form: the module container, for pipes, cannot be loaded" err
	expect 0 without/vflow check program.yaml
'

it 'loads OpenCV for a flow that finds by cascades alone' '
	loads "$VFLOW" inspect cascade
	grep "^cascade\.so$" loaded
	lacks loaded "^(libopencv|opencv)"
	test -n "$has_opencv" || exit 0
	cascade_files frontalface_default
	loads "$VFLOW" check --chain "video_reader $VFLOW ! cascade frontalface ! void"
	grep "^libopencv_objdetect\." loaded
	grep "^opencv\.so$" loaded
'

it 'loads nothing to name the node that was probably meant' '
	sed "s/resize/resise/" picture.yaml >typo.yaml
	loads "$VFLOW" check typo.yaml
	grep "unknown type \"resise\"; did you mean \"resize\"?" err
	lacks loaded "^lib(av|sw)"
'

it 'runs what the core can without any module' '
	alone bare
	expect 0 bare/vflow run core.yaml
	says out 3
	expect 0 bare/vflow inspect identity
'

it 'says which module is missing, once, and where it should be' '
	alone bare
	echo "  big: {type: resize, width: 640, inputs: small}" >>picture.yaml
	for command in run check explain
	do
		expect 70 bare/vflow $command picture.yaml
		test "$(grep -c "resize is in the module picture, which cannot be loaded: " err)" = 1
		grep -F "$PWD/bare/../lib/vflow/picture.so: cannot open" err
		lacks err "unknown type"
	done
'

it 'says of other nodes what there is to say when a module is missing' '
	alone bare
	expect 70 bare/vflow list
	grep "^  identity " out
	expect 70 bare/vflow inspect resize
	lacks err "there is no node"
	expect 70 bare/vflow schema
	test ! -s out
	expect 2 bare/vflow inspect resise
	grep "did you mean \"resize\"" err
'

it 'says what a module lacks' '
	alone broken
	echo nothing >broken/modules/picture.so
	expect 70 broken/vflow check picture.yaml
	grep "module picture, which cannot be loaded: .*/broken/modules/picture.so: " err
	alone halved codec
	expect 70 halved/vflow inspect image_writer
	grep "module codec, which cannot be loaded: picture.so: cannot open" err
'

it 'loads what makes keys for TCP alone' '
	loads "$VFLOW" run core.yaml
	lacks loaded "^(libczmq|guard\.so)"
	alone bare
	expect 70 bare/vflow run --transport tcp core.yaml
	grep "the module guard, for TCP, cannot be loaded: " err
'

it 'loads what compresses only for a flow that asks for it and has sockets' '
	loads "$VFLOW" run --transport ipc core.yaml
	lacks loaded "^(liblz4|lz4\.so)"
	loads "$VFLOW" run -s defaults.wire=lz4 core.yaml
	lacks loaded "^(liblz4|lz4\.so)"
	loads "$VFLOW" run --transport ipc -s defaults.wire=lz4 core.yaml
	grep "^lz4\.so" loaded
	alone bare
	expect 70 bare/vflow run --transport ipc -s defaults.wire=lz4 core.yaml
	grep "the module lz4, for wire: lz4, cannot be loaded: " err
	loads "$VFLOW" run -s defaults.wire=h264 core.yaml
	lacks loaded "^(h264|lz4)\.so"
	loads "$VFLOW" run --transport ipc -s defaults.wire=lz4 core.yaml
	lacks loaded "^h264\.so"
	loads "$VFLOW" run --transport ipc -s defaults.wire=h264 core.yaml
	grep "^lz4\.so" loaded
	grep "^h264\.so" loaded
	expect 70 bare/vflow run --transport ipc -s defaults.wire=h264 core.yaml
	grep "the module h264, for wire: h264, cannot be loaded: " err
'

it 'finds modules where they are installed' '
	mkdir -p prefix/bin prefix/lib/vflow
	cp "$VFLOW" prefix/bin/vflow
	cp "${VFLOW%/*}"/modules/*.so prefix/lib/vflow/
	ln -s prefix/bin/vflow by_link
	"$VFLOW" list >wanted
	./by_link list | cmp - wanted
'

done_testing
