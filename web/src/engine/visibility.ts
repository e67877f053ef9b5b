import { type TrackedFace, heightOf, widthOf } from "./face";
import type { HeadPose } from "./headPose";
import { clamp } from "./rounding";

const FULL_DETAIL_PX = 48;
const NO_DETAIL_PX = 16;
const FRONTAL_DEG = 35;
const PROFILE_DEG = 75;
const STILL_SURE_MS = 150;
const GONE_MS = 500;

/** How well a face can be read at all, 0..1; as `emopoi/runtime/emotion_reader.py`. */
export function visibility(face: TrackedFace, pose: HeadPose | null): number {
  let seen = ramp(Math.min(widthOf(face.face), heightOf(face.face)), NO_DETAIL_PX, FULL_DETAIL_PX);
  if (pose) seen *= 1 - 0.8 * ramp(Math.max(Math.abs(pose.yaw), Math.abs(pose.pitch)), FRONTAL_DEG, PROFILE_DEG);
  return seen * (1 - 0.8 * ramp(face.unseenMs, STILL_SURE_MS, GONE_MS));
}

function ramp(value: number, low: number, high: number): number {
  return clamp((value - low) / (high - low), 0, 1);
}
