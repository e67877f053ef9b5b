/** Builds the engine for Node, so that tests can compare it with Python: web/build/checks.mjs. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = path.dirname(fileURLToPath(import.meta.url));
await build({
  root,
  configFile: false,
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: path.join(root, "build"),
    emptyOutDir: true,
    minify: false,
    target: "node20",
    ssr: path.join(root, "src/checks/main.ts"),
    rollupOptions: { output: { entryFileNames: "checks.mjs" } },
  },
});
