import type { PersonProfile } from "../profile/personProfile";
import { isDay, localTime } from "./localTime";
import { closesSoon } from "./opening";
import type { Ranked, Said } from "./ranking";
import type { Mode, PlaceRules, Rule } from "./rules";

const LEAST_TERM = 0.1;
const LEAST_QUALITY = 0.5;
const WELL_KNOWN = 0.6;
const USUAL_NOW = 0.3;
const GREEN_GROUPS = ["park", "landscape"];

/** Why a place is suggested, in plain words; as `recommender/explanation.py`. It promises no effect. */
export function reasons(
  one: Ranked,
  context: { person: PersonProfile | null; mode: Mode; said: Said | undefined; fromCentre: boolean },
  rules: PlaceRules,
): string[] {
  const away = distanceWords(one.distanceM);
  const told = [context.fromCentre ? `${away} from the centre of the places` : away, openingWords(one, rules)];
  const { rule, quality } = one.emotion;
  if (rule && one.terms.emotion! >= LEAST_TERM && quality >= LEAST_QUALITY) told.push(emotionWords(one, rule, context.mode, rules));
  else if (rule && one.terms.emotion! <= -LEAST_TERM) told.push("the expression shown speaks rather for other places");
  if (context.said?.value === 1) told.push("you liked it");
  if (context.said?.value === -1) told.push("you disliked it");
  if (one.terms.type_hour! >= USUAL_NOW) told.push("a usual time for such places");
  const { place } = one;
  if (place.prominence >= WELL_KNOWN) told.push("well known");
  if (place.price !== null) told.push(`price level ${place.price} of 4`);
  if (place.wheelchair === "yes" || place.wheelchair === "designated") told.push("accessible by wheelchair");
  else if (place.wheelchair === "limited") told.push("partly accessible by wheelchair");
  const limit = place.minAge ?? one.kind.min_age;
  if (limit) {
    const age = context.person?.age;
    if (!age) told.push(`entry may ask for ${limit} years; the age is not known here`);
    else if (age.low90 < limit) told.push(`entry may ask for ${limit} years; the age shown is not sure to be above`);
  }
  return told;
}

export function distanceWords(metres: number): string {
  const minutes = Math.max(1, Math.round(metres / 80));
  if (minutes <= 30) return `${minutes} minute${minutes > 1 ? "s" : ""} on foot`;
  return `${(metres / 1000).toFixed(1)} km away`;
}

function openingWords({ open, arrivalMs, kind }: Ranked, rules: PlaceRules): string {
  const zone = rules.catalogue.timezone;
  const arrival = localTime(arrivalMs, zone);
  if (open.state === "unknown") {
    if (!kind.open_air) return "opening hours not known";
    return `in the open air, opening hours not known${isDay(arrival) ? "" : ", and it is night"}`;
  }
  if (open.untilMs === null) return open.state === "open" ? "always open" : "closed";
  const until = localTime(open.untilMs, zone);
  const clock = `${String(until.hour).padStart(2, "0")}:${String(until.minute).padStart(2, "0")}`;
  const days = until.day - arrival.day;
  const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "long", timeZone: zone || undefined }).format(open.untilMs);
  if (open.state === "open") {
    if (closesSoon(open, arrivalMs)) return `open only until ${clock}`;
    return days <= 1 ? `open until ${clock}` : `open until ${weekday} ${clock}`;
  }
  const day = days === 0 ? "" : days === 1 ? " tomorrow" : ` on ${weekday}`;
  return `closed on arrival, opens${day} at ${clock}`;
}

function emotionWords(one: Ranked, rule: Rule, mode: Mode, rules: PlaceRules): string {
  const shown =
    rules.words.shown[rule.state] ?? (mode === "lift" ? "an unpleasant expression" : "the arousal shown");
  const { plural, group } = one.kind;
  if (mode === "lift" && rule.quality === "restorative" && !GREEN_GROUPS.includes(group)) {
    return `${plural} can be calm places where ${shown} shows`;
  }
  const words = (mode === "lift" ? rules.words.lift : rules.words.match)[rule.quality]!.replace("{shown}", shown);
  return `${plural} ${words}${rule.source === "design" ? "" : ` (${rule.source})`}`;
}
