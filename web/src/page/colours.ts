import type { Facts } from "../profile/facts";

type Colours = Facts["colours"];

let known: Promise<Colours> | null = null;

/** One colour per expression and state, from the server's facts; grey where they can not be had. */
export function colours(): Promise<Colours> {
  known ??= fetch("/device/facts.json")
    .then(async (response) => ((await response.json()) as Facts).colours)
    .catch(() => {
      known = null;
      return { fer7: {}, emopoi8: {} };
    });
  return known;
}
