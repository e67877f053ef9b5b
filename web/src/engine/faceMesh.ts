import { type Face, heightOf, widthOf } from "./face";
import { cutToUnit, levelCrop } from "./levelCrop";
import type { Network } from "./network";
import type { Picture } from "./picture";
import { sigmoid } from "./probabilities";
import type { Box } from "./face";

export const MESH_POINTS = 468;
const INPUT_PX = 192;
const SMALLEST_PX = 12;
const LIPS = [13, 14] as const;
const MOUTH_CORNERS = [78, 308] as const;

export interface Mesh {
  /** x, y and depth by turns, pixels of the picture */
  points: Float32Array;
  /** 0..1 */
  presence: number;
}

/** MediaPipe's 468-point network (Kartynnik et al. 2019); as `emopoi/vision/face_landmarks.py`. */
export class FaceMesher {
  constructor(private readonly network: Network) {}

  async mesh(picture: Picture, face: Face): Promise<Mesh | null> {
    if (Math.min(widthOf(face), heightOf(face)) < SMALLEST_PX) return null;
    const toPicture = levelCrop(face.box, face.keypoints, INPUT_PX);
    const output = await this.network.run({ image: cutToUnit(picture, toPicture, INPUT_PX) });
    const found = output.points!;
    const scale = Math.hypot(toPicture[0], toPicture[3]);
    const points = new Float32Array(3 * MESH_POINTS);
    for (let i = 0; i < points.length; i += 3) {
      const [x, y] = [found[i]!, found[i + 1]!];
      points[i] = x * toPicture[0] + y * toPicture[1] + toPicture[2];
      points[i + 1] = x * toPicture[3] + y * toPicture[4] + toPicture[5];
      points[i + 2] = found[i + 2]! * scale;
    }
    return { points, presence: sigmoid(output.presence![0]!) };
  }

  /** Log-odds that there is a face in a box. */
  async presence(picture: Picture, box: Box, points: ArrayLike<number>): Promise<number> {
    const input = cutToUnit(picture, levelCrop(box, points, INPUT_PX), INPUT_PX);
    return (await this.network.run({ image: input })).presence![0]!;
  }
}

/** Distance of the inner lips over the width of the mouth, in space. */
export function mouthOpening(points: Float32Array): number {
  const width = distance(points, ...MOUTH_CORNERS);
  return width > 0 ? distance(points, ...LIPS) / width : 0;
}

function distance(points: Float32Array, first: number, second: number): number {
  let square = 0;
  for (let k = 0; k < 3; k++) square += (points[3 * first + k]! - points[3 * second + k]!) ** 2;
  return Math.sqrt(square);
}
