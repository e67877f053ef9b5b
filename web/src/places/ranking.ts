import type { PersonProfile } from "../profile/personProfile";
import { type EmotionWeight, emotionWeight } from "./emotionWeight";
import { isDay, localTime, partOfWeek } from "./localTime";
import { type OpenState, openState, openingTerm } from "./opening";
import { type Place, distanceM } from "./place";
import type { Mode, PlaceRules, PlaceType } from "./rules";

/** What the person said about a place; kept in this browser alone. */
export interface Said {
  /** -1 disliked, 0 nothing, 1 liked */
  value: -1 | 0 | 1;
  hidden: boolean;
}

export interface Question {
  at: readonly [number, number];
  whenMs: number;
  person: PersonProfile | null;
  mode: Mode;
  top: number;
  said: Record<string, Said>;
}

export interface Ranked {
  place: Place;
  kind: PlaceType;
  distanceM: number;
  arrivalMs: number;
  open: OpenState;
  /** log odds by term; the score is their sum */
  terms: Record<string, number>;
  score: number;
  emotion: EmotionWeight;
}

/**
 * The best places, best first: a sum of terms in log odds, each of which can be read and told. As
 * `recommender/ranking/place_ranking.py` for somebody whose visits are not known.
 *
 * @param places in the order of their rows; those that may be suggested
 */
export function ranked(places: Place[], question: Question, rules: PlaceRules): Ranked[] {
  const { numbers, learned } = rules;
  const kinds = new Map(rules.types.map((kind, code) => [kind.name, { kind, code }]));
  const zone = rules.catalogue.timezone;
  const part = partOfWeek(localTime(question.whenMs, zone));
  const weights = new Map(rules.types.map((kind) => [kind.name, emotionWeight(question.person, kind, question.mode, rules)]));
  const popular = popularity(places, numbers.by_map!);
  const left = places.map((place, i): Ranked => {
    const { kind, code } = kinds.get(place.type)!;
    const away = distanceM(question.at, [place.lat, place.lon], numbers.earth_radius_m!);
    const minutes = Math.min(away / numbers.walking_m_per_minute!, numbers.longest_way_minutes!);
    const arrivalMs = question.whenMs + minutes * 60_000;
    const open = openState(place, arrivalMs);
    const said = question.said[place.id]?.value ?? 0;
    const emotion = weights.get(place.type)!;
    const usual = Math.min(Math.max(learned.type_hour[part]![code]!, -numbers.unusual!), numbers.unusual!);
    const terms = {
      popularity: learned.weights.popularity! * popular[i]!,
      distance: learned.weights.distance! * Math.log1p(Math.max(away, numbers.near_m!) / 300),
      type_hour: learned.weights.type_hour! * usual,
      // Where the person has spoken about the place, the expression is not asked.
      emotion: said ? 0 : numbers.emotion! * emotion.value,
      feedback: said > 0 ? numbers.liked! : said < 0 ? numbers.disliked! : 0,
      opening: openingTerm(open, kind.open_air, arrivalMs, isDay(localTime(arrivalMs, zone)), numbers),
      diversity: 0,
    };
    const score = Object.values(terms).reduce((sum, term) => sum + term, 0);
    return { place, kind, distanceM: away, arrivalMs, open, terms, score, emotion };
  });
  return picked(left, question.top, numbers);
}

/** Which places are out of the question: age limits hold always. */
export function allowed(place: Place, question: Question, rules: PlaceRules): boolean {
  if (question.said[place.id]?.hidden) return false;
  const age = question.person?.age;
  if (!age) return true;
  const limit = place.minAge || (rules.types.find((kind) => kind.name === place.type)?.min_age ?? 0);
  return limit <= age.median;
}

/** One by one, each place set back by those of its kind picked before. */
function picked(left: Ranked[], top: number, numbers: Record<string, number>): Ranked[] {
  const groups = new Map<string, number>();
  const types = new Map<string, number>();
  const chosen: Ranked[] = [];
  const waiting = [...left];
  while (chosen.length < top && waiting.length) {
    let best = -1;
    let bestScore = -Infinity;
    waiting.forEach((one, i) => {
      const setback = (groups.get(one.kind.group) ?? 0) + (types.get(one.kind.name) ?? 0);
      const score = one.score + setback;
      if (score > bestScore || (score === bestScore && one.place.row < waiting[best]!.place.row)) {
        best = i;
        bestScore = score;
      }
    });
    const [one] = waiting.splice(best, 1) as [Ranked];
    const { group, name } = one.kind;
    one.terms.diversity = bestScore - one.score;
    one.score = bestScore;
    groups.set(group, (groups.get(group) ?? 0) + numbers.same_group!);
    types.set(name, (types.get(name) ?? 0) + numbers.same_type!);
    chosen.push(one);
  }
  return chosen;
}

/** Prominence, half of it against the other places of the type. */
function popularity(places: Place[], byMap: number): number[] {
  const ofType = new Map<string, number[]>();
  for (const { type, prominence } of places) {
    const known = ofType.get(type) ?? [];
    known.push(prominence);
    ofType.set(type, known);
  }
  return places.map(({ type, prominence }) => {
    const all = ofType.get(type)!;
    let below = 0;
    let same = 0;
    for (const other of all) {
      if (other < prominence) below += 1;
      else if (other === prominence) same += 1;
    }
    return (byMap * (prominence + (below + same / 2) / all.length)) / 2;
  });
}
