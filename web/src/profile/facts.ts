import type { EstimateSettings } from "../engine/estimateSchedule";
import type { FollowerSettings } from "../engine/follower";
import type { LidSettings } from "../engine/lidReader";
import type { SecondLookLimits } from "../engine/secondLook";
import type { TrackerSettings } from "../engine/tracker";

/** One line of the table that moves shares between states. */
export interface Evidence {
  signal: string;
  expression: string;
  state: string;
  weight: number;
  bound: number;
  odds: number | null;
}

export interface ProfileSettings {
  max_gap_s: number;
  lone_reading_s: number;
  min_track_s: number;
  min_observed_s: number;
  min_confidence: number;
  half_time_s: number;
  half_readings: number;
  weight_floor: number;
  min_gender_age_years: number;
}

/**
 * What Python says of labels, maps and settings (`emopoi/serve/device_facts.py`): nothing of it is repeated here. The
 * numbers inside of a single step stand beside the step, and `tests/serve/test_ported_constants.py` holds them to Python's.
 */
export interface Facts {
  fer7: string[];
  emopoi8: string[];
  fer7_to_emopoi8: number[][];
  coordinates: Record<string, [number, number]>;
  evidence: Evidence[];
  states: Record<string, number>;
  eyes: Record<string, number>;
  profile: ProfileSettings;
  follower: FollowerSettings;
  tracker: TrackerSettings;
  second_look: SecondLookLimits;
  estimates: EstimateSettings;
  lids: LidSettings;
  head_layout: number[][];
  colours: { fer7: Record<string, string>; emopoi8: Record<string, string> };
}
