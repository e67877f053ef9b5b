import type { Box } from "./face";
import type { HeadPose } from "./headPose";

/** The expression shown by one person at one moment; as `emopoi/types/readings.py`. */
export interface Reading {
  person: number;
  timeMs: number;
  box: Box;
  /** distribution in the order of the facts' `fer7` */
  fer7: Float32Array;
  confidence: number;
  pose: HeadPose | null;
  boredom: number;
  frustration: number;
  eyesOpen: number | null;
  mouthOpen: number | null;
}
