import type { PersonProfile } from "../profile/personProfile";
import type { Mode, PlaceRules, PlaceType, Rule } from "./rules";

export interface EmotionWeight {
  /** -1..1, shrunk by confidence */
  value: number;
  /** the row that added most in the direction of `value` */
  rule: Rule | null;
  /** how far the place has the quality that `rule` speaks of, 0..1 */
  quality: number;
}

const NONE: EmotionWeight = { value: 0, rule: null, quality: 0 };
const LOW_STATES = ["Worried", "Sad", "Exhausted", "Frustrated", "Bored"];

/** What the expression shown adds to one type of place; as `recommender/emotion_prior.py`. */
export function emotionWeight(person: PersonProfile | null, kind: PlaceType, mode: Mode, rules: PlaceRules): EmotionWeight {
  if (!person || person.abstained || mode === "off" || !(person.confidence > 0)) return NONE;
  const { qualities } = kind;
  const share = (state: string): number => person.emopoi8[state] ?? 0;
  let parts: [number, Rule][] = [];
  for (const rule of rules.rules) {
    if (rule.mode === mode && share(rule.state) > 0) {
      parts.push([share(rule.state) * rule.strength * qualities[rule.quality]!, rule]);
    }
  }
  const shown = 1 - share("Neutral");
  if (mode === "lift") {
    const rule = rules.unpleasant_restorative;
    const unpleasant = Math.max(0, -person.valence) * (1 + Math.max(0, person.arousal));
    parts.push([shown * rule.strength * unpleasant * qualities.restorative!, rule]);
  } else {
    const rule = rules.arousal_matched;
    parts.push([shown * rule.strength * person.arousal * (qualities.active! - qualities.quiet!), rule]);
  }
  if ((kind.min_age ?? 0) >= rules.numbers.adult_age_years!) {
    const low = new Set(person.valence < 0 ? [...LOW_STATES, ""] : LOW_STATES);
    parts = parts.map(([part, rule]) => [low.has(rule.state) ? Math.min(part, 0) : part, rule]);
    const lowShown = LOW_STATES.reduce((sum, state) => sum + share(state), 0);
    parts.push([lowShown * rules.alcohol_in_low_mood.strength, rules.alcohol_in_low_mood]);
  }
  const sum = parts.reduce((total, [part]) => total + part, 0);
  const value = Math.min(Math.max(sum, -1), 1) * person.confidence;
  if (value === 0 || !Number.isFinite(value)) return NONE;
  const sign = Math.sign(value);
  const [, leading] = parts.reduce((best, one) => (one[0] * sign > best[0] * sign ? one : best));
  return { value, rule: leading, quality: qualities[leading.quality]! };
}
