import type { Affine } from "./affine";
import { type TrackedFace } from "./face";
import { type FaceMesher, type Mesh, mouthOpening } from "./faceMesh";
import type { HeadPose } from "./headPose";
import { cutToUnit } from "./levelCrop";
import type { Network } from "./network";
import type { Picture } from "./picture";

/** From the device's facts; as `emopoi/vision/lid_reader.py`. */
export interface LidSettings {
  eyes_every_ms: number;
  low_every_ms: number;
  low: number;
  mouth_every_ms: number;
  most_unseen_ms: number;
}

export interface Lids {
  eyesOpen: number | null;
  mouthOpen: number | null;
}

const SIZE = 64;
const CORNERS = [0, 8] as const;
const LIDS = [
  [11, 3],
  [12, 4],
  [13, 5],
] as const;
const SMALLEST_PX = 16;
const EARLY_MS = 5;
const TURNED_DEG = 12;
const RIGHT = 0;
const LEFT = 1;

/** Looks at the eye nearer to the camera and at the mouth, now and then; its points as in `emopoi/vision/eye_landmarks.py`. */
export class LidReader {
  private readonly people = new Map<number, { eyesMs: number; mouthMs: number; eye: number }>();

  constructor(
    private readonly eyes: Network,
    private readonly mesher: FaceMesher,
    private readonly settings: LidSettings,
  ) {}

  /** @param mesh of this very frame where it was placed already */
  async read(picture: Picture, face: TrackedFace, timeMs: number, pose: HeadPose | null, mesh: Mesh | null): Promise<Lids> {
    const settings = this.settings;
    const result: Lids = { eyesOpen: null, mouthOpen: null };
    if (face.unseenMs > settings.most_unseen_ms) return result;
    const looks = this.people.get(face.id) ?? { eyesMs: -Infinity, mouthMs: -Infinity, eye: RIGHT };
    this.people.set(face.id, looks);
    if (timeMs + EARLY_MS >= looks.eyesMs) {
      if (pose && Math.abs(pose.yaw) > TURNED_DEG) looks.eye = pose.yaw < 0 ? LEFT : RIGHT;
      result.eyesOpen = await this.opening(picture, face.face.keypoints, looks.eye);
      const low = result.eyesOpen !== null && result.eyesOpen < settings.low;
      looks.eyesMs = timeMs + (low ? settings.low_every_ms : settings.eyes_every_ms);
    }
    const waitsMs = result.eyesOpen === null ? 0 : settings.eyes_every_ms;
    if (timeMs + EARLY_MS >= looks.mouthMs + waitsMs) {
      const placed = mesh ?? (await this.mesher.mesh(picture, face.face));
      if (placed && placed.presence >= 0.5) result.mouthOpen = mouthOpening(placed.points);
      looks.mouthMs = timeMs + settings.mouth_every_ms;
    }
    return result;
  }

  forget(person: number): void {
    this.people.delete(person);
  }

  /** Distance of the lids over the width of the eye, null where the eyes are too close together. */
  private async opening(picture: Picture, keypoints: Float32Array, eye: number): Promise<number | null> {
    const [acrossX, acrossY] = [keypoints[2]! - keypoints[0]!, keypoints[3]! - keypoints[1]!];
    const distance = Math.hypot(acrossX, acrossY);
    if (!(distance >= SMALLEST_PX && distance < Infinity)) return null;
    const toPicture = eyeCrop(keypoints[2 * eye]!, keypoints[2 * eye + 1]!, acrossX / distance, acrossY / distance, distance, eye === LEFT);
    const points = (await this.eyes.run({ image: cutToUnit(picture, toPicture, SIZE) })).lids!;
    const gap = (first: number, second: number): number =>
      Math.hypot(points[3 * first]! - points[3 * second]!, points[3 * first + 1]! - points[3 * second + 1]!);
    const width = gap(...CORNERS);
    return width > 0 ? LIDS.reduce((sum, [upper, lower]) => sum + gap(upper, lower), 0) / LIDS.length / width : 0;
  }
}

/** From crop pixels to picture pixels; the network knows right eyes alone. */
function eyeCrop(x: number, y: number, alongX: number, alongY: number, side: number, mirrored: boolean): Affine {
  const step = side / SIZE;
  const flip = mirrored ? -1 : 1;
  const [a, b, d, e] = [alongX * step * flip, -alongY * step, alongY * step * flip, alongX * step];
  const half = SIZE / 2 - 0.5;
  return [a, b, x - (a * half + b * half), d, e, y - (d * half + e * half)];
}
