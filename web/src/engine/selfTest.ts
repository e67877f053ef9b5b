import { cropFace, faceToInput } from "./cropFace";
import type { ModelFacts } from "./modelFacts";
import type { Network } from "./network";
import type { NumpyArray } from "./npz";

/** How a model did on its golden bytes. */
export interface SelfTest {
  name: string;
  passed: boolean;
  /** largest difference from the golden outputs, over the largest of them */
  difference: number;
  /** of one run, milliseconds */
  ms: number;
  accelerator: string;
  /** what went wrong, for people to read */
  problem: string;
}

/** int8 steps and half floats differ by less between runtimes; garbage differs by more. */
const TOLERANCE = 0.02;
const TIMED_RUNS = 3;

/**
 * A known answer before a model is trusted: operations that a runtime does not know give garbage without a
 * word. Models that read faces are given the golden picture, so that the way there is tested too.
 */
export async function selfTest(
  network: Network,
  facts: ModelFacts,
  golden: Record<string, NumpyArray>,
  accelerator: string,
): Promise<SelfTest> {
  const result: SelfTest = { name: facts.name, passed: false, difference: Infinity, ms: 0, accelerator, problem: "" };
  try {
    const inputs = goldenInputs(facts, golden);
    const output = await network.run(inputs);
    result.difference = 0;
    for (const name of Object.keys(facts.outputs)) {
      const wanted = golden[`${facts.variant}.${name}`]!.data as Float32Array;
      const found = output[name]!;
      if (found.length !== wanted.length) throw new Error(`${name}: ${wanted.length} numbers expected, got ${found.length}`);
      let scale = 1e-6;
      for (const value of wanted) scale = Math.max(scale, Math.abs(value));
      for (let i = 0; i < wanted.length; i++) {
        const difference = Math.abs(found[i]! - wanted[i]!) / scale;
        // NaN must not pass.
        if (!(difference <= result.difference)) result.difference = difference;
      }
    }
    const started = performance.now();
    for (let run = 0; run < TIMED_RUNS; run++) await network.run(inputs);
    result.ms = (performance.now() - started) / TIMED_RUNS;
    result.passed = result.difference <= TOLERANCE;
    if (!result.passed) result.problem = `differs from its golden bytes by ${(100 * result.difference).toFixed(1)} %`;
  } catch (error) {
    result.problem = String(error);
  }
  return result;
}

function goldenInputs(facts: ModelFacts, golden: Record<string, NumpyArray>): Record<string, Float32Array> {
  if (!facts.input || !golden.picture) {
    return Object.fromEntries(Object.keys(facts.inputs).map((name) => [name, golden[name]!.data as Float32Array]));
  }
  const [height, width] = golden.picture.shape as [number, number, number];
  const picture = { width, height, channels: 3 as const, data: golden.picture.data as Uint8Array };
  const keypoints = golden.keypoints!.data as Float32Array;
  const crop = cropFace(picture, { box: [0, 0, width, height], score: 1, keypoints }, facts.input);
  const wanted = golden.crop!.data as Uint8Array;
  if (crop.length !== wanted.length || crop.some((value, i) => value !== wanted[i])) {
    throw new Error("the face is cut differently from the golden crop");
  }
  const face = faceToInput(crop, facts.input);
  const pinned = golden.face!.data as Float32Array;
  if (face.some((value, i) => value !== pinned[i])) throw new Error("the input differs from the golden one");
  return { face };
}
