// Writes the bundle that the engine evaluates, beside its hash. Same input, same bytes.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const target = new URL("../../server/engine/assets/", import.meta.url);
const options = { bundle: true, minify: true, format: "iife", target: "es2020", legalComments: "none", write: false };
const parts = await Promise.all(
  ["src/shim.js", "src/feel.js"].map((entry) => build({ ...options, entryPoints: [entry] })),
);
const text = parts.map((part) => part.outputFiles[0].text).join("");
writeFileSync(new URL("feel.js", target), text);
writeFileSync(new URL("feel.js.sha256", target), `${createHash("sha256").update(text).digest("hex")}\n`);
const bundled = [
  "feelin", "lezer-feel", "@lezer/common", "@lezer/lr", "@lezer/highlight", "min-dash", "temporal-polyfill",
  "temporal-utils",
];
const versions = bundled.map((name) => {
  const { version, license } = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url)));
  return `${name} ${version} ${license}`;
});
process.stdout.write(`${text.length} characters\n${versions.join("\n")}\n`);
