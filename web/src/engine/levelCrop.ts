import type { Affine } from "./affine";
import type { Box } from "./face";
import type { Picture } from "./picture";
import { warped } from "./warp";

/** Side of the square over the longer side of the box, as MediaPipe's landmark network was trained. */
const FACE_SCALE = 1.5;
const TO_UNIT = Math.fround(1 / 255);

/** From pixels of a square crop, its eyes level, to pixels of the picture; as `emopoi/vision/level_crop.py`. */
export function levelCrop(box: Box, points: ArrayLike<number>, size: number): Affine {
  const angle = eyeAngle(points);
  const step = (FACE_SCALE * Math.max(box[2] - box[0], box[3] - box[1])) / size;
  const [cosine, sine] = [Math.cos(angle) * step, Math.sin(angle) * step];
  const half = size / 2 - 0.5;
  const [centreX, centreY] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  return [
    cosine,
    -sine,
    centreX - (cosine * half - sine * half) - 0.5,
    sine,
    cosine,
    centreY - (sine * half + cosine * half) - 0.5,
  ];
}

/** Tilt of the line from the person's right eye to the left one, clockwise as one sees it. */
export function eyeAngle(points: ArrayLike<number>): number {
  return Math.atan2(points[3]! - points[1]!, points[2]! - points[0]!);
}

/** Resamples a crop into 0..1: float32 (1, S, S, 3). */
export function cutToUnit(picture: Picture, toPicture: Affine, size: number): Float32Array {
  const crop = warped(picture, toPicture, size, size, "black");
  const result = new Float32Array(crop.length);
  for (let i = 0; i < crop.length; i++) result[i] = crop[i]! * TO_UNIT;
  return result;
}
