import type { Place } from "./place";

export interface OpenState {
  state: "open" | "closed" | "unknown";
  /** time of the next change, null where there is none or it is not known */
  untilMs: number | null;
}

const A_VISIT_MS = 30 * 60_000;

/** Whether a place is open at a moment; unknown is never closed. */
export function openState(place: Place, atMs: number): OpenState {
  if (place.open === null || atMs < place.knownFromMs || atMs > place.knownToMs) return { state: "unknown", untilMs: null };
  for (const [fromMs, toMs] of place.open) {
    if (atMs < fromMs) return { state: "closed", untilMs: fromMs };
    if (toMs === null || atMs < toMs) return { state: "open", untilMs: toMs };
  }
  return { state: "closed", untilMs: null };
}

/** What opening hours take from a score: log odds <= 0; as `recommender/ranking/opening_term.py`. */
export function openingTerm(
  state: OpenState,
  openAir: boolean,
  arrivalMs: number,
  isDay: boolean,
  numbers: Record<string, number>,
): number {
  if (state.state === "open") return closesSoon(state, arrivalMs) ? numbers.closes_soon! : 0;
  if (state.state === "closed") return numbers.closed!;
  if (openAir) return isDay ? 0 : numbers.closed! / 3;
  return isDay ? numbers.closed! / 10 : numbers.closed! / 2;
}

export function closesSoon(state: OpenState, arrivalMs: number): boolean {
  return state.state === "open" && state.untilMs !== null && state.untilMs - arrivalMs < A_VISIT_MS;
}
