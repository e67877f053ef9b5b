import type { Region } from "./blazeFace";

/** Squares that cover a picture and reach over their neighbours, row by row; as `emopoi/vision/tiles.py`. */
export function tiles(width: number, height: number, side: number, shared = 0.25): Region[] {
  const squares: Region[] = [];
  for (const top of starts(height, side, shared)) {
    for (const left of starts(width, side, shared)) squares.push([left, top, side]);
  }
  return squares;
}

function starts(length: number, side: number, shared: number): number[] {
  if (length <= side) return [(length - side) / 2];
  const gaps = Math.max(1, Math.ceil((length - side) / (side * (1 - shared)) - 1e-9));
  return Array.from({ length: gaps + 1 }, (_, i) => (i * (length - side)) / gaps);
}
