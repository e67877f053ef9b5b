/** A picture in memory: 8-bit rows from top to bottom, RGB first. A fourth channel is never looked at. */
export interface Picture {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  data: Uint8Array | Uint8ClampedArray;
}
