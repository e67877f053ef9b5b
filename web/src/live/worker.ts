/** The live reader in a thread of its own: a classic worker, since LiteRT's loader needs `importScripts`. */
import { getWebGpuDevice, loadLiteRt } from "@litertjs/core";
import { LiveReader, type Networks, type Seen } from "../engine/liveReader";
import { largest } from "../engine/probabilities";
import type { SelfTest } from "../engine/selfTest";
import type { Facts } from "../profile/facts";
import { loadNetworks } from "./loadNetworks";
import type { FromWorker, ShownFace, ToWorker } from "./messages";

declare const self: DedicatedWorkerGlobalScope & { Module?: unknown };

const PROFILE_EVERY_MS = 250;

let networks: Networks | null = null;
let facts: Facts | null = null;
let reader: LiveReader | null = null;
let toldMs = -Infinity;
let done: Promise<void> = Promise.resolve();

// One after the other: a frame that came while another waits for its networks would get into its tracks.
self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  done = done.then(() => act(data));
};

async function act(message: ToWorker): Promise<void> {
  if (message.type === "load") await load(message);
  else if (message.type === "frame") await read(message);
  else if (networks && facts) {
    reader = new LiveReader(networks, facts);
    toldMs = -Infinity;
  }
}

async function load(message: Extract<ToWorker, { type: "load" }>): Promise<void> {
  const tests: SelfTest[] = [];
  try {
    // LiteRT tells on stderr what it does; only what is wrong belongs in a console.
    const printErr = (line: string): void => (/^(INFO|WARNING|VERBOSE)/.test(line) ? console.debug(line) : console.error(line));
    self.Module = { locateFile: (file: string) => message.wasm + file, printErr };
    const [, told] = await Promise.all([
      loadLiteRt(message.wasm),
      fetch(message.facts).then((response) => response.json() as Promise<Facts>),
    ]);
    facts = told;
    const accelerators = message.webGpu && getWebGpuDevice() !== null ? (["wasm", "webgpu"] as const) : (["wasm"] as const);
    const loaded = await loadNetworks(message.models, [...accelerators], (test, total) => {
      tests.push(test);
      tell({ type: "progress", done: tests.length, total });
    });
    networks = loaded.networks;
    reader = new LiveReader(networks, facts);
    // Which build of LiteRT was taken depends on the browser: the page keeps what was really loaded.
    const fetched = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname);
    tell({ type: "ready", tests, facts, used: [...new Set([...loaded.used, message.facts, ...fetched])] });
  } catch (error) {
    tell({ type: "failed", problem: error instanceof Error ? error.message : String(error), tests });
  }
}

async function read(message: Extract<ToWorker, { type: "frame" }>): Promise<void> {
  if (!reader || !facts) return;
  const { width, height, timeMs, sequence } = message;
  const started = performance.now();
  try {
    const picture = { width, height, channels: 4 as const, data: new Uint8ClampedArray(message.pixels) };
    const seen = await reader.read(picture, timeMs, message.mesh);
    const due = timeMs - toldMs >= PROFILE_EVERY_MS;
    if (due) toldMs = timeMs;
    tell({
      type: "result",
      sequence,
      timeMs,
      ms: performance.now() - started,
      faces: seen.map((one) => shown(one, facts!)),
      profile: due ? reader.profile("camera") : null,
    });
  } catch (error) {
    tell({ type: "failed", problem: error instanceof Error ? error.message : String(error), tests: [] });
  }
}

function shown(seen: Seen, { fer7 }: Facts): ShownFace {
  const { reading } = seen;
  return {
    id: reading.person,
    box: reading.box,
    fer7: Array.from(reading.fer7),
    label: fer7[largest(reading.fer7)]!,
    confidence: reading.confidence,
    mesh: seen.mesh,
  };
}

function tell(message: FromWorker): void {
  self.postMessage(message);
}
