import { type Accelerator, LiteRtNetwork } from "../engine/liteRtNetwork";
import type { Networks } from "../engine/liveReader";
import { MODEL_NAMES, type ModelFacts, type ModelName } from "../engine/modelFacts";
import { readNpz } from "../engine/npz";
import { type SelfTest, selfTest } from "../engine/selfTest";

interface Loaded {
  name: ModelName;
  network: LiteRtNetwork;
  facts: ModelFacts;
  test: SelfTest;
}

/**
 * Fetches every model, checks its hash, compiles it and runs its golden bytes.
 *
 * @param accelerators what is tried; the quickest that passes is kept
 * @param onTested called after each model
 * @throws where a model is missing or fails
 */
export async function loadNetworks(
  listUrl: string,
  accelerators: Accelerator[],
  onTested: (test: SelfTest, total: number) => void,
): Promise<{ networks: Networks; used: string[] }> {
  const list = (await (await fetched(listUrl)).json()) as { models: ModelFacts[] };
  const byName = new Map(list.models.map((model) => [model.name, model]));
  const used = [listUrl];
  // All downloads start at once; compiling goes in turn, since there is one thread.
  const downloads = MODEL_NAMES.map((name) => {
    const facts = byName.get(name);
    if (!facts) throw new Error(`the server has no model ${name}`);
    used.push(facts.url, facts.golden);
    return { name, facts, content: contentOf(facts.url), golden: contentOf(facts.golden) };
  });
  const networks: Partial<Networks> = {};
  for (const { name, facts, content, golden } of downloads) {
    const bytes = await content;
    await checkHash(bytes, facts);
    const arrays = await readNpz(await golden);
    const loaded: Loaded[] = [];
    for (const accelerator of accelerators) {
      const one = await tried(name, facts, new Uint8Array(bytes), arrays, accelerator);
      if (one) loaded.push(one);
    }
    const passed = loaded.filter((one) => one.test.passed).sort((a, b) => a.test.ms - b.test.ms);
    for (const one of loaded) if (one !== passed[0]) one.network.delete();
    const best = passed[0];
    const test = best?.test ?? loaded[0]?.test ?? missing(name);
    onTested(test, MODEL_NAMES.length);
    if (!best) throw new Error(`${name}: ${test.problem}`);
    networks[name] = { network: best.network, facts };
  }
  return { networks: networks as Networks, used };
}

async function tried(
  name: ModelName,
  facts: ModelFacts,
  content: Uint8Array,
  golden: Awaited<ReturnType<typeof readNpz>>,
  accelerator: Accelerator,
): Promise<Loaded | null> {
  try {
    const network = await LiteRtNetwork.compile(content, facts, accelerator);
    return { name, network, facts, test: await selfTest(network, facts, golden, accelerator) };
  } catch (error) {
    // A graphics chip that can not is no reason to fail: the processor can.
    if (accelerator === "webgpu") return null;
    throw error;
  }
}

function missing(name: string): SelfTest {
  return { name, passed: false, difference: Infinity, ms: 0, accelerator: "", problem: "could not be compiled" };
}

async function checkHash(content: ArrayBuffer, facts: ModelFacts): Promise<void> {
  // Only pages from HTTPS or localhost have a digest; others have no camera either.
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== facts.sha256) throw new Error(`${facts.name}: the file is damaged`);
}

async function contentOf(url: string): Promise<ArrayBuffer> {
  return (await fetched(url)).arrayBuffer();
}

async function fetched(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response;
}
