/** What eyes and mouth of one person did. */
export interface EyeSummary {
  measuredS: number;
  perclos: number;
  mouthS: number;
  yawns: number;
}

const BINS = 64;
const BIN = 0.01;

/** PERCLOS and yawns over time, in constant memory; as `emopoi/profile/eyes.py`. */
export class EyesOverTime {
  private readonly seconds = new Float64Array(BINS);
  private eyesMs = -Infinity;
  private mouthMs = -Infinity;
  private lastEyes = 0;
  private mouthS = 0;
  private wideSinceMs: number | null = null;
  private yawnTold = false;
  private yawns = 0;

  /** @param numbers from the device's facts */
  constructor(private readonly numbers: Record<string, number>) {}

  addEyes(timeMs: number, opening: number): void {
    const gapS = (timeMs - this.eyesMs) / 1000;
    if (gapS >= 0 && gapS <= this.numbers.LONGEST_GAP_S!) this.seconds[binOf(this.lastEyes)]! += gapS;
    this.eyesMs = timeMs;
    this.lastEyes = opening;
  }

  addMouth(timeMs: number, opening: number): void {
    const gapS = (timeMs - this.mouthMs) / 1000;
    if (gapS >= 0 && gapS <= 2 * this.numbers.LONGEST_GAP_S!) this.mouthS += gapS;
    else this.wideSinceMs = null;
    if (opening < this.numbers.YAWN_OPEN!) {
      this.wideSinceMs = null;
      this.yawnTold = false;
    } else if (this.wideSinceMs === null) {
      this.wideSinceMs = timeMs;
    } else if (!this.yawnTold && timeMs - this.wideSinceMs >= 1000 * this.numbers.YAWN_S!) {
      this.yawns += 1;
      this.yawnTold = true;
    }
    this.mouthMs = timeMs;
  }

  summary(): EyeSummary {
    const measuredS = this.total();
    const shut = this.numbers.CLOSED_SHARE! * this.openLevel();
    const shutS = this.seconds.reduce((sum, seconds, place) => sum + ((place + 0.5) * BIN < shut ? seconds : 0), 0);
    return { measuredS, perclos: measuredS > 0 ? shutS / measuredS : 0, mouthS: this.mouthS, yawns: this.yawns };
  }

  private total(): number {
    return this.seconds.reduce((sum, seconds) => sum + seconds, 0);
  }

  /** The person's open eye so far. */
  private openLevel(): number {
    const { OPEN_QUANTILE, LEAST_OPEN, MOST_OPEN, USUAL_OPEN } = this.numbers;
    const total = this.total();
    if (total <= 0) return USUAL_OPEN!;
    let above = (1 - OPEN_QUANTILE!) * total;
    for (let place = BINS - 1; place >= 0; place--) {
      above -= this.seconds[place]!;
      if (above <= 0) return Math.min(Math.max((place + 0.5) * BIN, LEAST_OPEN!), MOST_OPEN!);
    }
    return USUAL_OPEN!;
  }
}

function binOf(opening: number): number {
  return Math.min(Math.max(Math.trunc(opening / BIN), 0), BINS - 1);
}
