// Builds src/ into ../server/static/dist: bundles, notices of what is bundled, and a size check. Run by `npm run build`.
import { cp, mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../server/static/dist");
const BUDGET_KB = { "app.css": 10, "app.js": 12, "viewer.js": 75, "viewer.css": 8 };

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.js", "src/app.css", "src/viewer.js"].filter((file) => process.env.ONLY_APP !== "1" || !file.includes("viewer")),
  outdir: dist,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: "es2021",
  charset: "utf8",
  legalComments: "none",
  loader: { ".svg": "empty", ".woff": "empty", ".woff2": "empty", ".ttf": "empty", ".eot": "empty" },
  logLevel: "warning",
});
await cp(join(here, "src/img"), dist, { recursive: true });
await writeFile(join(dist, "THIRD_PARTY_NOTICES.txt"), await notices(Object.keys(result.metafile.inputs)));
await checkSizes();

// The licence texts of exactly those packages whose files went into a bundle.
async function notices(inputs) {
  const names = new Set();
  for (const input of inputs) {
    const match = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) names.add(input.slice(0, match.index + match[0].length - 1));
  }
  const parts = ["Greengate's browser files contain code of the packages below, under the licences printed with each.\n"];
  for (const folder of [...names].sort()) {
    const about = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    const file = (await readdir(join(here, folder))).sort().find((name) => /^(licen[cs]e|copying)/i.test(name));
    if (!file) throw new Error(`${about.name} has no licence file`);
    const text = (await readFile(join(here, folder, file), "utf8")).replace(/\r\n/g, "\n").trim();
    parts.push(`${"=".repeat(78)}\n${about.name} ${about.version} (${about.license})\n\n${text}\n`);
  }
  return parts.join("\n");
}

async function checkSizes() {
  for (const [name, budget] of Object.entries(BUDGET_KB)) {
    const path = join(dist, name);
    if (!(await stat(path).catch(() => null))) continue;
    const size = gzipSync(await readFile(path), { level: 9 }).length / 1024;
    console.log(`${name}: ${size.toFixed(1)} KB gzipped, budget ${budget}`);
    if (size > budget) throw new Error(`${name} is over its budget`);
  }
}
