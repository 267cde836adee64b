// SPDX-License-Identifier: MIT
// validate.mjs FILE... - compares manifests with the schemas of Kubernetes, as kubernetes-models has
// them, and writes kinds.ts, with which a compiler for TypeScript finds fields that there are not.
// Run it where the packages are installed: tests/export/validate.sh.
import fs from "node:fs";
import yaml from "yaml";

const text = [];
let failed = false;
for (const [i, file] of process.argv.slice(2).entries()) {
	for (const [j, document] of yaml.parseAllDocuments(fs.readFileSync(file, "utf8")).entries()) {
		const object = document.toJS();
		const models = await import(`kubernetes-models/${object.apiVersion}`);
		try {
			new models[object.kind](object).validate();
		} catch (error) {
			console.error(`${file}: ${error.message}`);
			failed = true;
		}
		text.push(`// ${file}`,
			`import {I${object.kind} as T${i}_${j}} from "kubernetes-models/${object.apiVersion}";`,
			`export const v${i}_${j}: T${i}_${j} = ${JSON.stringify(object)};`);
	}
}
fs.writeFileSync("kinds.ts", text.join("\n") + "\n");
process.exit(failed ? 1 : 0);
