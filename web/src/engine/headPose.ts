/** Degrees; signs as in `emopoi/types/head_pose.py`. */
export interface HeadPose {
  yaw: number;
  pitch: number;
  roll: number;
}

const SMALLEST_PX = 4;
const WORST_FIT = 0.35;

/** Fits an average head to six keypoints under weak perspective; as `emopoi/vision/head_pose.py`. */
export class HeadPoseFit {
  private readonly centred: number[][];
  private readonly fromPoints: number[][];

  /** @param layout six points of an average head, from the device's facts */
  constructor(layout: number[][]) {
    const mean = [0, 1, 2].map((k) => layout.reduce((sum, point) => sum + point[k]!, 0) / layout.length);
    this.centred = layout.map((point) => point.map((value, k) => value - mean[k]!));
    this.fromPoints = pseudoInverse(this.centred);
  }

  /** @returns null where the points are no head */
  fit(keypoints: ArrayLike<number>): HeadPose | null {
    const points = [0, 1, 2, 3, 4, 5].map((i) => [keypoints[2 * i]!, -keypoints[2 * i + 1]!]);
    if (!points.every((point) => point.every(Number.isFinite))) return null;
    const mean = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k]!, 0) / 6);
    const upward = points.map((point) => point.map((value, k) => value - mean[k]!));
    // The best linear map, rows of x and y.
    const linear = [0, 1].map((axis) =>
      [0, 1, 2].map((k) => upward.reduce((sum, point, i) => sum + this.fromPoints[k]![i]! * point[axis]!, 0)),
    );
    const [rows, scale] = nearestScaledRotation(linear as [number[], number[]]);
    if (scale < SMALLEST_PX) return null;
    let missed = 0;
    this.centred.forEach((point, i) => {
      const at = rows.map((row) => scale * dot(row, point));
      missed += Math.hypot(upward[i]![0]! - at[0]!, upward[i]![1]! - at[1]!);
    });
    if (missed / 6 > WORST_FIT * scale) return null;
    const [first, second] = rows;
    const third = [
      first[1]! * second[2]! - first[2]! * second[1]!,
      first[2]! * second[0]! - first[0]! * second[2]!,
      first[0]! * second[1]! - first[1]! * second[0]!,
    ];
    const degrees = 180 / Math.PI;
    return {
      yaw: Math.atan2(first[2]!, third[2]!) * degrees,
      pitch: Math.asin(Math.min(Math.max(second[2]!, -1), 1)) * degrees,
      roll: Math.atan2(second[0]!, second[1]!) * degrees,
    };
  }
}

/** Polar factor of a 2x3 matrix, and the mean of its singular values. */
function nearestScaledRotation(m: [number[], number[]]): [[number[], number[]], number] {
  const [a, b, c] = [dot(m[0], m[0]), dot(m[0], m[1]), dot(m[1], m[1])];
  const root = Math.hypot((a - c) / 2, b);
  const singular = [Math.sqrt(Math.max((a + c) / 2 + root, 0)), Math.sqrt(Math.max((a + c) / 2 - root, 0))];
  const [s1, s2] = singular as [number, number];
  // (M M')^-1/2 by Cayley-Hamilton: for a 2x2 matrix A, sqrt(A) = (A + s1 s2 I) / (s1 + s2).
  const sum = s1 + s2;
  const product = s1 * s2;
  const [p, q, r] = [(a + product) / sum, b / sum, (c + product) / sum];
  const determinant = p * r - q * q;
  const rows = [
    m[0].map((value, k) => (r * value - q * m[1][k]!) / determinant),
    m[1].map((value, k) => (p * value - q * m[0][k]!) / determinant),
  ];
  return [rows as [number[], number[]], sum / 2];
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0);
}

/** Of a tall matrix with three columns: 3 x N. */
function pseudoInverse(matrix: number[][]): number[][] {
  const square = [0, 1, 2].map((i) => [0, 1, 2].map((j) => matrix.reduce((sum, row) => sum + row[i]! * row[j]!, 0)));
  const [a, b, c] = square[0] as [number, number, number];
  const [, e, f] = square[1] as [number, number, number];
  const i = square[2]![2]!;
  const cofactors = [
    [e * i - f * f, c * f - b * i, b * f - c * e],
    [c * f - b * i, a * i - c * c, b * c - a * f],
    [b * f - c * e, b * c - a * f, a * e - b * b],
  ];
  const determinant = a * cofactors[0]![0]! + b * cofactors[1]![0]! + c * cofactors[2]![0]!;
  return cofactors.map((row) => matrix.map((point) => dot(row, point) / determinant));
}
