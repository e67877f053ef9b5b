import type { Affine } from "./affine";
import type { Picture } from "./picture";
import { clamp, rint } from "./rounding";

/**
 * Resamples a part of a picture, bit for bit as OpenCV's `warpAffine` with INTER_LINEAR does for 8-bit
 * pictures: places in units of 1/32 pixel, weights in units of 1/32,768.
 *
 * @param toPicture maps pixels of the result to pixels of the picture.
 * @param edge what lies outside: the edge repeated, or black.
 * @returns uint8, height x width x (1 or 3).
 */
export function warped(
  picture: Picture,
  toPicture: Affine,
  width: number,
  height: number,
  edge: "repeated" | "black",
): Uint8Array {
  const { data, channels } = picture;
  const kept = channels === 1 ? 1 : 3;
  const right = picture.width - 1;
  const bottom = picture.height - 1;
  const rowStep = picture.width * channels;
  const result = new Uint8Array(width * height * kept);
  const alongX = new Int32Array(width);
  const alongY = new Int32Array(width);
  for (let x = 0; x < width; x++) {
    alongX[x] = rint(toPicture[0] * x * 1024);
    alongY[x] = rint(toPicture[3] * x * 1024);
  }
  let place = 0;
  for (let y = 0; y < height; y++) {
    const startX = rint((toPicture[1] * y + toPicture[2]) * 1024) + 16;
    const startY = rint((toPicture[4] * y + toPicture[5]) * 1024) + 16;
    for (let x = 0; x < width; x++, place += kept) {
      const fineX = (startX + alongX[x]!) >> 5;
      const fineY = (startY + alongY[x]!) >> 5;
      const x0 = fineX >> 5;
      const y0 = fineY >> 5;
      const shareX = fineX & 31;
      const shareY = fineY & 31;
      const w11 = shareX * shareY;
      const w10 = (32 - shareX) * shareY;
      const w01 = shareX * (32 - shareY);
      const w00 = (32 - shareX) * (32 - shareY);
      if (x0 >= 0 && y0 >= 0 && x0 < right && y0 < bottom) {
        const above = y0 * rowStep + x0 * channels;
        const below = above + rowStep;
        for (let c = 0; c < kept; c++) {
          // The weights are multiples of 32 out of 32,768: the same sum with 1/1,024.
          result[place + c] =
            (data[above + c]! * w00 +
              data[above + channels + c]! * w01 +
              data[below + c]! * w10 +
              data[below + channels + c]! * w11 +
              512) >>
            10;
        }
      } else if (edge === "repeated") {
        const left = clamp(x0, 0, right) * channels;
        const next = clamp(x0 + 1, 0, right) * channels;
        const above = clamp(y0, 0, bottom) * rowStep;
        const below = clamp(y0 + 1, 0, bottom) * rowStep;
        for (let c = 0; c < kept; c++) {
          result[place + c] =
            (data[above + left + c]! * w00 +
              data[above + next + c]! * w01 +
              data[below + left + c]! * w10 +
              data[below + next + c]! * w11 +
              512) >>
            10;
        }
      } else if (x0 >= -1 && y0 >= -1 && x0 <= right && y0 <= bottom) {
        for (let c = 0; c < kept; c++) {
          let sum = 512;
          if (y0 >= 0) {
            const row = y0 * rowStep + c;
            if (x0 >= 0) sum += data[row + x0 * channels]! * w00;
            if (x0 < right) sum += data[row + (x0 + 1) * channels]! * w01;
          }
          if (y0 < bottom) {
            const row = (y0 + 1) * rowStep + c;
            if (x0 >= 0) sum += data[row + x0 * channels]! * w10;
            if (x0 < right) sum += data[row + (x0 + 1) * channels]! * w11;
          }
          result[place + c] = sum >> 10;
        }
      }
    }
  }
  return result;
}
