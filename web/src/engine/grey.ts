import type { Picture } from "./picture";

/** ITU-R BT.601 luma in units of 1/32,768, bit for bit as OpenCV's RGB2GRAY. */
export function grey(picture: Picture): Picture {
  const { width, height, channels, data } = picture;
  if (channels === 1) return picture;
  const result = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < result.length; i++, at += channels) {
    result[i] = (data[at]! * 9798 + data[at + 1]! * 19235 + data[at + 2]! * 3735 + 16384) >> 15;
  }
  return { width, height, channels: 1, data: result };
}
