import type { Picture } from "./picture";

const SAMPLES = 30;
const LEAST_CHANGE = 28;
const MOST_SHARED = 0.62;

/** Notices that the picture is suddenly another one; as `emopoi/vision/scene_cut.py`. */
export class SceneCut {
  private before: Uint8Array | null = null;
  private beforeSize = "";

  /** To be called once for each picture. */
  isCut(picture: Picture): boolean {
    const sample = sampled(picture);
    const size = `${picture.width}x${picture.height}`;
    const { before, beforeSize } = this;
    this.before = sample;
    this.beforeSize = size;
    if (!before) return false;
    if (size !== beforeSize) return true;
    let change = 0;
    for (let i = 0; i < sample.length; i++) change += Math.abs(sample[i]! - before[i]!);
    if (change < LEAST_CHANGE * sample.length) return false;
    const now = histogram(sample);
    const then = histogram(before);
    return now.reduce((sum, share, i) => sum + Math.min(share, then[i]!), 0) < MOST_SHARED;
  }
}

function sampled(picture: Picture): Uint8Array {
  const { width, height, channels, data } = picture;
  const step = Math.max(1, Math.floor(Math.min(width, height) / SAMPLES));
  const kept: number[] = [];
  for (let y = Math.floor(step / 2); y < height; y += step) {
    for (let x = Math.floor(step / 2); x < width; x += step) {
      const at = (y * width + x) * channels;
      kept.push(data[at]!, data[at + 1]!, data[at + 2]!);
    }
  }
  return Uint8Array.from(kept);
}

/** Shares of 64 colours. */
function histogram(sample: Uint8Array): number[] {
  const counts = new Array<number>(64).fill(0);
  const total = sample.length / 3;
  for (let i = 0; i < sample.length; i += 3) {
    counts[(sample[i]! >> 6) * 16 + (sample[i + 1]! >> 6) * 4 + (sample[i + 2]! >> 6)]! += 1;
  }
  return counts.map((count) => count / total);
}
