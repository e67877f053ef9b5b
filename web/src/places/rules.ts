export type Mode = "lift" | "match" | "off";

export interface PlaceType {
  name: string;
  group: string;
  words: string;
  plural: string;
  min_age: number | null;
  open_air: boolean;
  qualities: Record<string, number>;
}

/** One row of the table from states to qualities of places. */
export interface Rule {
  mode: Mode;
  state: string;
  quality: string;
  strength: number;
  source: string;
}

/** What Python says of types, the table of emotions and learned weights (`emopoi/serve/place_rules.py`). */
export interface PlaceRules {
  catalogue: { name: string; attribution: string; timezone: string; dated: string; centre: [number, number] };
  resolution: number;
  types: PlaceType[];
  groups: Record<string, string>;
  rules: Rule[];
  unpleasant_restorative: Rule;
  arousal_matched: Rule;
  alcohol_in_low_mood: Rule;
  sources: Record<string, string>;
  learned: { weights: Record<string, number>; type_hour: number[][] };
  numbers: Record<string, number>;
  words: { shown: Record<string, string>; lift: Record<string, string>; match: Record<string, string> };
}
