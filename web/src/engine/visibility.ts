import { type TrackedFace, heightOf, widthOf } from "./face";
import type { HeadPose } from "./headPose";
import { clamp } from "./rounding";

/** How well a face can be read at all, 0..1; as `emopoi/runtime/emotion_reader.py`. */
export function visibility(face: TrackedFace, pose: HeadPose | null): number {
  let seen = ramp(Math.min(widthOf(face.face), heightOf(face.face)), 16, 48);
  if (pose) seen *= 1 - 0.8 * ramp(Math.max(Math.abs(pose.yaw), Math.abs(pose.pitch)), 35, 75);
  return seen * (1 - 0.8 * ramp(face.unseenMs, 150, 500));
}

function ramp(value: number, low: number, high: number): number {
  return clamp((value - low) / (high - low), 0, 1);
}
