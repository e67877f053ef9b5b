import type { Box } from "../engine/face";
import type { SelfTest } from "../engine/selfTest";
import type { EmotionProfile } from "../profile/personProfile";
import type { Facts } from "../profile/facts";

/** What the page tells the worker. */
export type ToWorker =
  | { type: "load"; wasm: string; models: string; facts: string; webGpu: boolean }
  | { type: "frame"; pixels: ArrayBuffer; width: number; height: number; timeMs: number; sequence: number; mesh: boolean }
  | { type: "restart" };

/** One face as the page draws and lists it. */
export interface ShownFace {
  id: number;
  box: Box;
  /** distribution in the order of the facts' `fer7` */
  fer7: number[];
  label: string;
  confidence: number;
  mesh: Float32Array | null;
}

/** What the worker tells the page. */
export type FromWorker =
  | { type: "progress"; done: number; total: number }
  | { type: "ready"; tests: SelfTest[]; facts: Facts; used: string[] }
  | { type: "failed"; problem: string; tests: SelfTest[] }
  | { type: "result"; sequence: number; timeMs: number; ms: number; faces: ShownFace[]; profile: EmotionProfile | null };
