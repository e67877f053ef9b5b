/** Rows of a 2x3 matrix: x' = a x + b y + c, y' = d x + e y + f. */
export type Affine = readonly [number, number, number, number, number, number];

/** The map back. Order of operations as in OpenCV, so that results agree to the last bit. */
export function inverted(m: Affine): Affine {
  const determinant = m[0] * m[4] - m[1] * m[3];
  const scale = determinant !== 0 ? 1 / determinant : 0;
  const a = m[4] * scale;
  const e = m[0] * scale;
  const b = m[1] * -scale;
  const d = m[3] * -scale;
  return [a, b, -a * m[2] - b * m[5], d, e, -d * m[2] - e * m[5]];
}

export function applied(m: Affine, x: number, y: number): [number, number] {
  return [m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]];
}
