/** Builds everything into emopoi/serve/pages: `npm run build`, or `make web` from the project's folder. */
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const root = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(root, "../emopoi/serve/pages");
const partial = `${target}.part`;
const require = createRequire(import.meta.url);

// The compat build is taken by browsers without relaxed SIMD.
const WASM_BUILDS = ["litert_wasm_internal", "litert_wasm_compat_internal"];
const COMPRESSED = /\.(js|mjs|css|html|svg|json|wasm|webmanifest|txt)$/;

/** A classic script in one file: LiteRT's loader and service workers need that. */
async function classicScript(entry, name, define = {}) {
  const result = await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    define: { "process.env.NODE_ENV": '"production"', ...define },
    build: {
      write: false,
      target: "es2022",
      lib: { entry: path.join(root, entry), formats: ["iife"], name, fileName: name },
    },
  });
  return (Array.isArray(result) ? result[0] : result).output[0].code;
}

async function filesIn(folder, below = "") {
  const found = [];
  for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
    const name = path.posix.join(below, entry.name);
    if (entry.isDirectory()) found.push(...(await filesIn(folder, name)));
    else found.push(name);
  }
  return found.sort();
}

function hashOf(content) {
  return createHash("sha256").update(content).digest("hex").slice(0, 10);
}

async function wasm() {
  const folder = path.dirname(require.resolve("@litertjs/core/package.json"));
  const { version } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf-8"));
  const name = `litert-${version}`;
  await mkdir(path.join(partial, name), { recursive: true });
  for (const file of WASM_BUILDS.flatMap((one) => [`${one}.js`, `${one}.wasm`])) {
    await cp(path.join(folder, "wasm", file), path.join(partial, name, file));
  }
  return `/${name}/`;
}

async function notices() {
  const lock = JSON.parse(await readFile(path.join(root, "package-lock.json"), "utf-8"));
  const parts = [];
  for (const [place, facts] of Object.entries(lock.packages)) {
    if (!place || facts.dev || facts.optional) continue;
    const folder = path.join(root, place);
    const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
    const text = file ? await readFile(path.join(folder, file), "utf-8") : `Licence: ${facts.license}`;
    parts.push(`${place.replace(/^node_modules\//, "")} ${facts.version} (${facts.license})\n\n${text.trim()}\n`);
  }
  return parts.join(`\n${"-".repeat(78)}\n\n`);
}

await rm(partial, { recursive: true, force: true });
await mkdir(path.join(partial, "assets"), { recursive: true });
const wasmPath = await wasm();
const worker = await classicScript("src/live/worker.ts", "emopoiLive");
const workerPath = `/assets/live-${hashOf(worker)}.js`;
await build({
  root,
  configFile: false,
  logLevel: "warn",
  define: { __WASM__: JSON.stringify(wasmPath), __WORKER__: JSON.stringify(workerPath) },
  build: { outDir: partial, emptyOutDir: false, target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
});
await writeFile(path.join(partial, workerPath), worker);
await writeFile(path.join(partial, "notices.txt"), await notices());

const kept = (await filesIn(partial)).filter((name) => !name.startsWith("litert-") && !name.endsWith(".map"));
const contents = await Promise.all(kept.map((name) => readFile(path.join(partial, name))));
const version = hashOf(contents.map(hashOf).join());
const pages = kept.map((name) => (name === "index.html" ? "/" : `/${name}`));
await writeFile(
  path.join(partial, "service-worker.js"),
  await classicScript("src/offline/serviceWorker.ts", "emopoiOffline", {
    __PAGES__: JSON.stringify(pages),
    __VERSION__: JSON.stringify(version),
  }),
);

for (const name of await filesIn(partial)) {
  if (!COMPRESSED.test(name)) continue;
  const file = path.join(partial, name);
  const content = await readFile(file);
  await writeFile(`${file}.gz`, gzipSync(content, { level: 9 }));
  // The server unpacks it for the rare browser that wants it plain.
  if (name.endsWith(".wasm")) await rm(file);
}
await rm(target, { recursive: true, force: true });
await rename(partial, target);
console.log(`${target}: ${(await filesIn(target)).length} files, version ${version}`);
