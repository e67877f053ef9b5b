import type { InputSpec } from "./cropFace";

/** One input or output of a model. */
export interface TensorFacts {
  tensor: string;
  shape: number[];
  labels?: string[];
}

/** What the server tells of a model: its manifest's facts, and where file and golden bytes lie. */
export interface ModelFacts {
  name: string;
  variant: string;
  url: string;
  golden: string;
  bytes: number;
  sha256: string;
  inputs: Record<string, TensorFacts>;
  outputs: Record<string, TensorFacts>;
  input: InputSpec | null;
  temperature: number;
  age_temperature: number;
}

/** The models that the page runs, by the name that the code uses. */
export const MODEL_NAMES = [
  "detector_short",
  "detector_full",
  "face_mesh",
  "eye_lids",
  "emotion",
  "emotion_time",
  "states",
  "age_gender",
] as const;
export type ModelName = (typeof MODEL_NAMES)[number];
