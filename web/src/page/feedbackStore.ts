import type { Said } from "../places/ranking";
import { storage } from "./storage";

const NAME = "feedback";

/** What the person said about places, in this browser alone. */
export const feedback = {
  all(): Record<string, Said> {
    return storage.read<Record<string, Said>>(NAME, {});
  },

  say(place: string, said: Said): void {
    const all = this.all();
    if (said.value === 0 && !said.hidden) delete all[place];
    else all[place] = said;
    storage.write(NAME, all);
  },

  clear(): void {
    storage.remove(NAME);
  },
};
