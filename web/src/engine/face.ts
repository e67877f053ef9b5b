export type Box = readonly [number, number, number, number];

/** One face: box xyxy and six points in pixels of the picture. The person's own right eye is the first. */
export interface Face {
  box: Box;
  /** 0..1 */
  score: number;
  /** x, y by turns: right eye, left eye, nose tip, mouth, right ear, left ear */
  keypoints: Float32Array;
}

/** A face with the identity that the tracker gave it. */
export interface TrackedFace {
  id: number;
  face: Face;
  /** in the first frame of the track */
  started: boolean;
  /** the place was carried over */
  predicted: boolean;
  unseenMs: number;
}

export function widthOf(face: Face): number {
  return face.box[2] - face.box[0];
}

export function heightOf(face: Face): number {
  return face.box[3] - face.box[1];
}

export function sizeOf(face: Face): number {
  return Math.max(widthOf(face), heightOf(face), 1e-6);
}

export function largestFirst(faces: Face[]): Face[] {
  return [...faces].sort(
    (a, b) => widthOf(b) * heightOf(b) - widthOf(a) * heightOf(a) || comparedBoxes(a.box, b.box),
  );
}

export function comparedBoxes(a: Box, b: Box): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
