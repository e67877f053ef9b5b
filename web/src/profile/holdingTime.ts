import type { ProfileSettings } from "./facts";

/** Turns one person's reading times into the seconds that each reading counts; as `emopoi/profile/holding.py`. */
export class HoldingTime {
  private lastMs = 0;
  private paceS: number | null = null;
  private readings = 0;

  constructor(private readonly settings: ProfileSettings) {}

  /** Seconds that the reading before held, null where it is the first. */
  next(timeMs: number): number | null {
    const previousMs = this.lastMs;
    this.lastMs = timeMs;
    this.readings += 1;
    if (this.readings === 1) return null;
    const gapS = (timeMs - previousMs) / 1000;
    if (gapS >= 0 && gapS <= this.settings.max_gap_s) {
      if (gapS > 0) this.paceS = gapS;
      return gapS;
    }
    return this.paceS ?? this.settings.max_gap_s;
  }

  /** Seconds that the latest reading counts if none follows. */
  last(): number {
    if (this.paceS !== null) return this.paceS;
    return this.readings === 1 ? this.settings.lone_reading_s : this.settings.max_gap_s;
  }
}
