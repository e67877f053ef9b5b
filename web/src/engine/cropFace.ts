import { type Affine, applied, inverted } from "./affine";
import type { Face } from "./face";
import { grey } from "./grey";
import type { Picture } from "./picture";
import { clamp, rint } from "./rounding";
import { shrunk } from "./shrink";
import { warped } from "./warp";

/** Where a square crop has the face, in fractions of its side. From a model's manifest. */
export interface CropLayout {
  eyes_y: number;
  mouth_y: number;
  eye_distance: number;
}

/** What a face model wants to be fed. From a model's manifest. */
export interface InputSpec {
  size: number;
  colour: "grey" | "rgb";
  mean: number;
  std: number;
  layout: CropLayout;
}

/** From picture to crop; as `emopoi/preprocess/crop.py`. */
export function cropMatrix(keypoints: Float32Array, layout: CropLayout, size: number): Affine {
  const [rightX, rightY, leftX, leftY] = [keypoints[0]!, keypoints[1]!, keypoints[2]!, keypoints[3]!];
  const [mouthX, mouthY] = [keypoints[6]!, keypoints[7]!];
  const [eyesX, eyesY] = [(rightX + leftX) / 2, (rightY + leftY) / 2];
  const [acrossX, acrossY] = [leftX - rightX, leftY - rightY];
  const [downX, downY] = [mouthX - eyesX, mouthY - eyesY];
  let directionX = acrossX + downY;
  let directionY = acrossY - downX;
  let length = Math.hypot(directionX, directionY);
  if (length < 1e-6) [directionX, directionY, length] = [1, 0, 1];
  const cosine = directionX / length;
  const sine = directionY / length;
  const side = Math.max(
    Math.hypot(acrossX, acrossY) / layout.eye_distance,
    Math.hypot(downX, downY) / (layout.mouth_y - layout.eyes_y),
    1,
  );
  const scale = size / side;
  const anchorX = (eyesX + mouthX) / 2;
  const anchorY = (eyesY + mouthY) / 2;
  const targetX = 0.5 * size - 0.5;
  const targetY = ((layout.eyes_y + layout.mouth_y) / 2) * size - 0.5;
  const [a, b, d, e] = [scale * cosine, scale * sine, scale * -sine, scale * cosine];
  return [a, b, targetX - (a * anchorX + b * anchorY), d, e, targetY - (d * anchorX + e * anchorY)];
}

/** Cuts one aligned face; bit for bit as the models were trained and measured on. */
export function cropFace(picture: Picture, face: Face, spec: InputSpec): Uint8Array {
  const { size } = spec;
  let matrix = cropMatrix(face.keypoints, spec.layout, size);
  const scale = Math.hypot(matrix[0], matrix[1]);
  let part: Picture;
  [part, matrix] = region(picture, matrix, size);
  if (scale < 0.5 && Math.min(part.width, part.height) > 4) {
    const factor = Math.min(2 * scale, 1);
    const width = Math.max(4, rint(part.width * factor));
    const height = Math.max(4, rint(part.height * factor));
    const ratioX = part.width / width;
    const ratioY = part.height / height;
    const [a, b, c, d, e, f] = matrix;
    matrix = [
      a * ratioX,
      b * ratioY,
      c + ((a * (ratioX - 1)) / 2 + (b * (ratioY - 1)) / 2),
      d * ratioX,
      e * ratioY,
      f + ((d * (ratioX - 1)) / 2 + (e * (ratioY - 1)) / 2),
    ];
    part = shrunk(part, width, height);
  }
  if (spec.colour === "grey") part = grey(part);
  return warped(part, inverted(matrix), size, size, "repeated");
}

/** float32 (1, S, S, C): `(crop - mean) / std`. */
export function faceToInput(crop: Uint8Array, spec: InputSpec): Float32Array {
  const result = new Float32Array(crop.length);
  const scale = Math.fround(1 / spec.std);
  const mean = Math.fround(spec.mean);
  for (let i = 0; i < crop.length; i++) result[i] = Math.fround(crop[i]! - mean) * scale;
  return result;
}

/** The part of the picture that the crop can touch, so that colour and size work stays small. */
function region(picture: Picture, matrix: Affine, size: number): [Picture, Affine] {
  const back = inverted(matrix);
  const corners = [applied(back, -1, -1), applied(back, size, -1), applied(back, -1, size), applied(back, size, size)];
  const xs = corners.map((corner) => corner[0]);
  const ys = corners.map((corner) => corner[1]);
  const x0 = clamp(Math.floor(Math.min(...xs)) - 1, 0, picture.width - 1);
  const y0 = clamp(Math.floor(Math.min(...ys)) - 1, 0, picture.height - 1);
  const x1 = clamp(Math.ceil(Math.max(...xs)) + 2, x0 + 1, picture.width);
  const y1 = clamp(Math.ceil(Math.max(...ys)) + 2, y0 + 1, picture.height);
  const { channels, data } = picture;
  const row = (x1 - x0) * channels;
  const part = new Uint8Array(row * (y1 - y0));
  for (let y = y0; y < y1; y++) {
    const from = (y * picture.width + x0) * channels;
    part.set(data.subarray(from, from + row), (y - y0) * row);
  }
  const [a, b, c, d, e, f] = matrix;
  return [
    { width: x1 - x0, height: y1 - y0, channels, data: part },
    [a, b, c + (a * x0 + b * y0), d, e, f + (d * x0 + e * y0)],
  ];
}
