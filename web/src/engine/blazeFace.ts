import type { Affine } from "./affine";
import { overlap } from "./boxes";
import { type Box, type Face, largestFirst } from "./face";
import type { Network } from "./network";
import type { Picture } from "./picture";
import { warped } from "./warp";

/** A square of the picture: left, top and side in pixels; may reach outside of the picture. */
export type Region = readonly [number, number, number];

/** A raw find, not merged yet: box and points in pixels of the full picture. */
export interface Candidate {
  box: Box;
  points: Float64Array;
  score: number;
}

export interface Look {
  minimumScore: number;
  /** the square is turned by this angle, clockwise as one sees it */
  angle?: number;
  mirrored?: boolean;
}

const MIRRORED_POINTS = [1, 0, 2, 3, 5, 4];
const TO_UNIT = Math.fround(1 / 127.5);
const LOGIT_LIMIT = 100;
/** Cell size in input pixels and anchors a cell, by input size: as MediaPipe publishes them. */
const LAYERS: Record<number, [number, number][]> = {
  128: [
    [8, 2],
    [16, 6],
  ],
  192: [[4, 1]],
};

/** The smallest square around the whole picture, centred. */
export function wholePicture(picture: Picture): Region {
  const side = Math.max(picture.width, picture.height);
  return [(picture.width - side) / 2, (picture.height - side) / 2, side];
}

/**
 * One of MediaPipe's two face detectors (Bazarevsky et al. 2019, "BlazeFace"); as
 * `emopoi/vision/blazeface_network.py`.
 */
export class BlazeFace {
  private readonly anchors: Float64Array;

  constructor(
    private readonly network: Network,
    readonly inputPx: number,
  ) {
    this.anchors = anchorCentres(inputPx);
  }

  async candidates(picture: Picture, region: Region, look: Look): Promise<Candidate[]> {
    const [left, top, side] = region;
    const size = this.inputPx;
    const step = side / size;
    const centreX = left + side / 2;
    const centreY = top + side / 2;
    const angle = look.angle ?? 0;
    const flip = look.mirrored ? -1 : 1;
    const cosine = Math.cos(angle);
    const sine = Math.sin(angle);
    const axes = [cosine * flip, -sine, sine * flip, cosine] as const;
    const half = side / 2;
    // Pixel 0 of the input lies on the square's corner, as MediaPipe samples it.
    const toPicture: Affine = [
      axes[0] * step,
      axes[1] * step,
      centreX - (axes[0] * half + axes[1] * half),
      axes[2] * step,
      axes[3] * step,
      centreY - (axes[2] * half + axes[3] * half),
    ];
    const crop = warped(picture, toPicture, size, size, "black");
    const input = new Float32Array(crop.length);
    for (let i = 0; i < crop.length; i++) input[i] = Math.fround(crop[i]! * TO_UNIT) - 1;
    const { logits, numbers } = (await this.network.run({ image: input })) as {
      logits: Float32Array;
      numbers: Float32Array;
    };
    const least = Math.log(look.minimumScore / (1 - look.minimumScore));
    const found: Candidate[] = [];
    for (let i = 0; i < logits.length; i++) {
      const logit = logits[i]!;
      if (!(logit >= least)) continue;
      const offsetX = (this.anchors[2 * i]! - 0.5) * side;
      const offsetY = (this.anchors[2 * i + 1]! - 0.5) * side;
      const placed = (k: number): [number, number] => {
        const x = numbers[16 * i + k]! * step + offsetX;
        const y = numbers[16 * i + k + 1]! * step + offsetY;
        return [x * axes[0] + y * axes[1] + centreX, x * axes[2] + y * axes[3] + centreY];
      };
      const [x, y] = placed(0);
      const halfWidth = (numbers[16 * i + 2]! * step) / 2;
      const halfHeight = (numbers[16 * i + 3]! * step) / 2;
      const points = new Float64Array(12);
      for (let point = 0; point < 6; point++) {
        const from = look.mirrored ? MIRRORED_POINTS[point]! : point;
        const [px, py] = placed(4 + 2 * from);
        points[2 * point] = px;
        points[2 * point + 1] = py;
      }
      const limited = Math.min(Math.max(logit, -LOGIT_LIMIT), LOGIT_LIMIT);
      found.push({
        box: [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight],
        points,
        score: 1 / (1 + Math.exp(-limited)),
      });
    }
    return found;
  }
}

/** Centres as shares of the input's side: x, y by turns, in the order of the network's outputs. */
export function anchorCentres(inputPx: number): Float64Array {
  const layers = LAYERS[inputPx];
  if (!layers) throw new Error(`a BlazeFace input of 128 or 192 pixels was expected, got ${inputPx}`);
  const centres: number[] = [];
  for (const [stride, repeats] of layers) {
    const cells = Math.floor(inputPx / stride);
    for (let y = 0; y < cells; y++) {
      for (let x = 0; x < cells; x++) {
        for (let k = 0; k < repeats; k++) centres.push((x + 0.5) / cells, (y + 0.5) / cells);
      }
    }
  }
  return Float64Array.from(centres);
}

/** Merges finds of the same face into their score-weighted mean. */
export function mergedFaces(candidates: Candidate[], minimumOverlap = 0.3): Face[] {
  let rest = [...candidates].sort(
    (a, b) => b.score - a.score || a.box[0] - b.box[0] || a.box[1] - b.box[1],
  );
  const faces: Face[] = [];
  while (rest.length) {
    const best = rest[0]!;
    const group = rest.filter((one) => one === best || overlap(best.box, one.box) > minimumOverlap);
    rest = rest.filter((one) => !group.includes(one));
    const { box, points } = meanPlace(group);
    faces.push({ box, score: best.score, keypoints: Float32Array.from(points) });
  }
  return faces.length > 1 ? largestFirst(faces) : faces;
}

export function meanPlace(group: Candidate[]): { box: Box; points: Float64Array } {
  const total = group.reduce((sum, one) => sum + one.score, 0);
  const box: [number, number, number, number] = [0, 0, 0, 0];
  const points = new Float64Array(12);
  for (const one of group) {
    const weight = one.score / total;
    for (let k = 0; k < 4; k++) box[k]! += weight * one.box[k]!;
    for (let k = 0; k < 12; k++) points[k]! += weight * one.points[k]!;
  }
  return { box, points };
}

