#!/bin/sh
# SPDX-License-Identifier: MIT
# validate.sh - compares what vflow export prints, the files in tests/golden/export, with the published
# schemas: manifests with those of Kubernetes, files of Compose with the Compose Specification. Needs npm
# and the network; installs what it needs in a folder that is gone afterwards.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
golden=$root/tests/golden/export
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v npm >/dev/null || { echo "validate.sh: npm is missing" >&2; exit 1; }
cp "$root/tests/export/validate.mjs" "$folder"
cd "$folder"
echo '{"private": true, "type": "module"}' >package.json
npm install --silent --no-audit --no-fund kubernetes-models@4 yaml@2 typescript@5 dclint@3
node validate.mjs "$golden"/*.kubernetes.yaml
npx tsc --noEmit --strict --skipLibCheck --module nodenext --moduleResolution nodenext kinds.ts
npx dclint --max-warnings 0 "$golden"/*.compose.yaml
# What is wrong has to be found, or nothing was looked at.
sed 's/backoffLimitPerIndex/backoffPerIndex/' "$golden/batch.kubernetes.yaml" >wrong.yaml
node validate.mjs wrong.yaml
if npx tsc --noEmit --strict --skipLibCheck --module nodenext --moduleResolution nodenext kinds.ts >/dev/null
then
	echo "validate.sh: a field that there is not is not found" >&2
	exit 1
fi
sed 's/read_only/readonly/' "$golden/batch.compose.yaml" >wrong.compose.yaml
if npx dclint wrong.compose.yaml >/dev/null 2>&1
then
	echo "validate.sh: a key that there is not is not found" >&2
	exit 1
fi
echo "all of tests/golden/export fits the schemas"
