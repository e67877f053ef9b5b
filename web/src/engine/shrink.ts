import type { Picture } from "./picture";
import { clamp, rint } from "./rounding";

/** Source pixels and their shares for each pixel of one side, as OpenCV's INTER_AREA lays them. */
interface Cells {
  start: Int32Array;
  source: Int32Array;
  share: Float32Array;
}

/**
 * Makes a picture smaller by averaging areas, bit for bit as OpenCV's `resize` with INTER_AREA.
 *
 * @returns a picture with 1 or 3 channels.
 */
export function shrunk(picture: Picture, width: number, height: number): Picture {
  const kept = picture.channels === 1 ? 1 : 3;
  const scaleX = 1 / (width / picture.width);
  const scaleY = 1 / (height / picture.height);
  const wholeX = Math.round(scaleX);
  const wholeY = Math.round(scaleY);
  const data =
    Math.abs(scaleX - wholeX) < Number.EPSILON && Math.abs(scaleY - wholeY) < Number.EPSILON
      ? byWholeCells(picture, width, height, wholeX, wholeY, kept)
      : byShares(picture, width, height, scaleX, scaleY, kept);
  return { width, height, channels: kept, data };
}

function byWholeCells(
  picture: Picture,
  width: number,
  height: number,
  wholeX: number,
  wholeY: number,
  kept: number,
): Uint8Array {
  const { data, channels } = picture;
  const result = new Uint8Array(width * height * kept);
  const scale = Math.fround(1 / (wholeX * wholeY));
  const quarter = wholeX === 2 && wholeY === 2;
  let place = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < kept; c++, place++) {
        let sum = 0;
        for (let dy = 0; dy < wholeY; dy++) {
          let at = ((y * wholeY + dy) * picture.width + x * wholeX) * channels + c;
          for (let dx = 0; dx < wholeX; dx++, at += channels) sum += data[at]!;
        }
        result[place] = quarter ? (sum + 2) >> 2 : rint(Math.fround(sum * scale));
      }
    }
  }
  return result;
}

function byShares(
  picture: Picture,
  width: number,
  height: number,
  scaleX: number,
  scaleY: number,
  kept: number,
): Uint8Array {
  const { data, channels } = picture;
  const columns = cells(picture.width, width, scaleX);
  const rows = cells(picture.height, height, scaleY);
  const result = new Uint8Array(width * height * kept);
  const row = new Float32Array(width * kept);
  const sum = new Float32Array(width * kept);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let j = rows.start[y]!; j < rows.start[y + 1]!; j++) {
      const base = rows.source[j]! * picture.width * channels;
      row.fill(0);
      for (let x = 0; x < width; x++) {
        for (let i = columns.start[x]!; i < columns.start[x + 1]!; i++) {
          const at = base + columns.source[i]! * channels;
          const share = columns.share[i]!;
          for (let c = 0; c < kept; c++) {
            row[x * kept + c] = row[x * kept + c]! + Math.fround(data[at + c]! * share);
          }
        }
      }
      const share = rows.share[j]!;
      for (let k = 0; k < row.length; k++) sum[k] = sum[k]! + Math.fround(row[k]! * share);
    }
    const place = y * width * kept;
    for (let k = 0; k < row.length; k++) result[place + k] = clamp(rint(sum[k]!), 0, 255);
  }
  return result;
}

function cells(from: number, to: number, scale: number): Cells {
  const start = new Int32Array(to + 1);
  const source: number[] = [];
  const share: number[] = [];
  for (let place = 0; place < to; place++) {
    start[place] = source.length;
    const low = place * scale;
    const high = low + scale;
    const width = Math.min(scale, from - low);
    const last = Math.min(Math.floor(high), from - 1);
    const first = Math.min(Math.ceil(low), last);
    if (first - low > 1e-3) {
      source.push(first - 1);
      share.push((first - low) / width);
    }
    for (let whole = first; whole < last; whole++) {
      source.push(whole);
      share.push(1 / width);
    }
    if (high - last > 1e-3) {
      source.push(last);
      share.push(Math.min(Math.min(high - last, 1), width) / width);
    }
  }
  start[to] = source.length;
  return { start, source: Int32Array.from(source), share: Float32Array.from(share) };
}
