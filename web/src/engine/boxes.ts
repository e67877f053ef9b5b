import type { Box } from "./face";

function shared(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return Math.max(width, 0) * Math.max(height, 0);
}

function area(box: Box): number {
  return Math.max(box[2] - box[0], 0) * Math.max(box[3] - box[1], 0);
}

/** Intersection over union, 0..1. */
export function overlap(a: Box, b: Box): number {
  const both = shared(a, b);
  const union = area(a) + area(b) - both;
  return union > 0 ? both / union : 0;
}

/** Share of the smaller box that lies in the larger one, 0..1. */
export function containment(a: Box, b: Box): number {
  const smaller = Math.min(area(a), area(b));
  return smaller > 0 ? shared(a, b) / smaller : 0;
}
