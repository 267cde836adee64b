# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# models.sh - models for tests, and what runs them: a stand-in for ONNX Runtime, which every machine
# can have, and the library itself where there is one. Source it after harness.sh.
#
# The library is the one that VFLOW_TEST_ONNXRUNTIME names, or that `make deps-test` has fetched.
fake_runtime=${workdir:?source harness.sh first}/libfake.so
"${CC:-cc}" -I"${root:?}" -D_GNU_SOURCE -shared -fPIC -o "$fake_runtime" \
	"$root/tests/cli/fake_onnxruntime.c" || exit 1
real_runtime=${VFLOW_TEST_ONNXRUNTIME:-$root/build/onnxruntime/libonnxruntime.so}
test -e "$real_runtime" || real_runtime=
# shellcheck disable=SC2034 # for those who source this
text_model=$root/build/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx

# fake_model FILE LINE...: writes a model for the stand-in.
fake_model () {
	model=$1
	shift
	printf '%s\n' fake "$@" >"$model"
}

# take_runtime fake|real: has what follows run by it.
take_runtime () {
	case $1 in
	fake) VFLOW_ONNXRUNTIME=$fake_runtime ;;
	*) VFLOW_ONNXRUNTIME=$real_runtime ;;
	esac
	export VFLOW_ONNXRUNTIME
}

# models_of_flows: writes the models that flows of pipelines/ want, for the stand-in: any.onnx finds
# bright squares, det.onnx lines of text, and rec.onnx reads them with keys.txt.
models_of_flows () {
	take_runtime fake
	fake_model any.onnx "input images float32 -1 3 64 64" "output output0 float32 -1 6 64" "tells columns"
	echo "{family: yolo, score: 0.5}" >any.onnx.yaml
	fake_model det.onnx "input x float32 -1 3 -1 -1" "output maps float32 -1 1 -1 -1"
	fake_model rec.onnx "input x float32 -1 3 48 -1" "output softmax float32 -1 -1 4" "tells bars"
	printf "%s\n" a b c >keys.txt
}
