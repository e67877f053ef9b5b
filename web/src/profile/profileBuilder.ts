import type { Reading } from "../engine/reading";
import { EyesOverTime } from "./eyesOverTime";
import type { Facts } from "./facts";
import { HoldingTime } from "./holdingTime";
import type { EmotionProfile, PersonProfile } from "./personProfile";
import { type Signals, courseSignals, exhaustionSignal, logOdds, stateShares } from "./states";

const TURNED_DEG = 35;
const LOOKS_DOWN_DEG = -20;
const HEADS = ["boredom", "frustration"] as const;

/** What the age model read off one crop. */
export interface Estimate {
  /** distribution over whole years */
  age: Float32Array;
  female: number;
  weight: number;
}

interface Sums {
  seconds: number;
  weight: number;
  confidence: number;
  entropy: number;
  shares: number[];
  nats: Record<string, number>;
}

interface Moment {
  shares: number[];
  confidence: number;
  nats: Record<string, number>;
}

/** Adds up readings as they come; only sums are kept. As `emopoi/profile/builder.py` for a camera. */
export class ProfileBuilder {
  private readonly people = new Map<number, PersonSums>();

  constructor(private readonly facts: Facts) {}

  add(reading: Reading): void {
    this.sumsOf(reading.person).add(reading);
  }

  addEstimate(person: number, estimate: Estimate): void {
    if (estimate.weight > 0) this.sumsOf(person).addEstimate(estimate);
  }

  /** Of everybody seen for long enough, in the order of their ids. */
  build(source: string): EmotionProfile {
    const people = [...this.people.entries()]
      .sort(([a], [b]) => a - b)
      .map(([id, sums]) => sums.profile(id))
      .filter((person): person is PersonProfile => person !== null);
    return { schema: 1, source, modalities: ["face"], people };
  }

  private sumsOf(person: number): PersonSums {
    const known = this.people.get(person) ?? new PersonSums(this.facts);
    this.people.set(person, known);
    return known;
  }
}

class PersonSums {
  private readonly holding: HoldingTime;
  private readonly eyes: EyesOverTime;
  private eyesSeen = false;
  private sums: Sums;
  private latest: Moment | null = null;
  private readings = 0;
  private age: Float64Array | null = null;
  private female = 0;
  private ageWeight = 0;

  constructor(private readonly facts: Facts) {
    this.holding = new HoldingTime(facts.profile);
    this.eyes = new EyesOverTime(facts.eyes);
    this.sums = { seconds: 0, weight: 0, confidence: 0, entropy: 0, shares: facts.fer7.map(() => 0), nats: {} };
  }

  add(reading: Reading): void {
    const heldS = this.holding.next(reading.timeMs);
    if (heldS !== null && this.latest) this.sums = this.added(this.latest, heldS);
    const total = reading.fer7.reduce((sum, share) => sum + share, 0);
    const shares = Array.from(reading.fer7, (share) => (share > 0 ? share / total : 0));
    this.latest = {
      shares,
      confidence: Math.min(Math.max(reading.confidence, 0), 1),
      nats: { boredom: logOdds(reading.boredom), frustration: logOdds(reading.frustration) },
    };
    this.readings += 1;
    this.look(reading, shares);
  }

  addEstimate({ age, female, weight }: Estimate): void {
    this.age ??= new Float64Array(age.length);
    const total = age.reduce((sum, share) => sum + share, 0);
    for (let year = 0; year < age.length; year++) this.age[year]! += (weight * age[year]!) / total;
    this.female += weight * female;
    this.ageWeight += weight;
  }

  /** null where the track is too short for a profile */
  profile(id: number): PersonProfile | null {
    if (!this.latest) return null;
    const { facts } = this;
    const settings = facts.profile;
    const sums = this.added(this.latest, this.holding.last());
    if (sums.seconds < settings.min_track_s - 1e-6) return null;
    const mean = sums.shares.map((share) => share / sums.weight);
    const whole = mean.reduce((sum, share) => sum + share, 0);
    const fer7 = mean.map((share) => share / whole);
    const variability = variabilityOf(fer7, sums.entropy / sums.weight);
    const signals: Signals = { ...courseSignals(facts, fer7, variability) };
    for (const head of HEADS) signals[head] = sums.nats[head]! / sums.weight;
    if (this.eyesSeen) signals.exhaustion = exhaustionSignal(facts, this.eyes.summary());
    const place = ([0, 1] as const).map((axis) =>
      fer7.reduce((sum, share, i) => sum + share * facts.coordinates[facts.fer7[i]!]![axis], 0),
    ) as [number, number];
    const confidence = Math.min(
      Math.max(
        ((sums.confidence / sums.seconds) * this.readings * sums.seconds) /
          ((this.readings + settings.half_readings) * (sums.seconds + settings.half_time_s)),
        0,
      ),
      1,
    );
    const age = this.ageRange();
    const told = age !== null && age.median >= settings.min_gender_age_years;
    return {
      id,
      observed_s: rounded(sums.seconds, 3),
      fer7: roundedShares(facts.fer7, fer7),
      emopoi8: roundedShares(facts.emopoi8, stateShares(facts, fer7, signals)),
      valence: rounded(place[0], 4),
      arousal: rounded(place[1], 4),
      variability: rounded(variability, 4),
      confidence: rounded(confidence, 4),
      abstained: sums.seconds < settings.min_observed_s - 1e-6 || rounded(confidence, 4) < settings.min_confidence,
      age,
      gender: told ? { female: rounded(this.female / this.ageWeight, 4) } : null,
    };
  }

  private look(reading: Reading, shares: number[]): void {
    if (reading.mouthOpen !== null) {
      this.eyes.addMouth(reading.timeMs, reading.mouthOpen);
      this.eyesSeen = true;
    }
    if (reading.eyesOpen === null) return;
    this.eyesSeen = true;
    const { pose } = reading;
    const turned = pose !== null && (Math.abs(pose.yaw) > TURNED_DEG || pose.pitch < LOOKS_DOWN_DEG);
    const laughs = shares[this.facts.fer7.indexOf("happy")]! > 0.5;
    if (!turned && !laughs) this.eyes.addEyes(reading.timeMs, reading.eyesOpen);
  }

  private added(moment: Moment, seconds: number): Sums {
    const weight = seconds * Math.max(moment.confidence, this.facts.profile.weight_floor);
    const { sums } = this;
    const entropy = -moment.shares.reduce((sum, share) => (share > 0 ? sum + share * Math.log(share) : sum), 0);
    return {
      seconds: sums.seconds + seconds,
      weight: sums.weight + weight,
      confidence: sums.confidence + seconds * moment.confidence,
      entropy: sums.entropy + weight * entropy,
      shares: sums.shares.map((total, i) => total + weight * moment.shares[i]!),
      nats: Object.fromEntries(HEADS.map((head) => [head, (sums.nats[head] ?? 0) + weight * moment.nats[head]!])),
    };
  }

  /** Median and central 90 % of the mean of the distributions. */
  private ageRange(): PersonProfile["age"] {
    const age = this.age;
    if (!age) return null;
    const total = age.reduce((sum, share) => sum + share, 0);
    const at = (quantile: number): number => {
      let sum = 0;
      for (let year = 0; year < age.length; year++) {
        sum += age[year]! / total;
        if (sum >= quantile) return year;
      }
      return age.length - 1;
    };
    return { median: at(0.5), low90: at(0.05), high90: at(0.95) };
  }
}

/** Jensen-Shannon distance of the moments from their mean, over its greatest value (Lin 1991). */
function variabilityOf(mean: number[], meanEntropy: number): number {
  const entropy = -mean.reduce((sum, share) => (share > 0 ? sum + share * Math.log(share) : sum), 0);
  return Math.sqrt(Math.min(Math.max((entropy - meanEntropy) / Math.log(mean.length), 0), 1));
}

function rounded(value: number, places: number): number {
  return Math.round(value * 10 ** places) / 10 ** places + 0;
}

/** Four places that still sum to one: what is lost goes to the largest remainders. */
function roundedShares(labels: string[], shares: number[]): Record<string, number> {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const scaled = shares.map((share) => (share / total) * 10_000);
  const whole = scaled.map(Math.floor);
  const missing = Math.round(10_000 - whole.reduce((sum, count) => sum + count, 0));
  const order = scaled.map((_, i) => i).sort((a, b) => whole[a]! - scaled[a]! - (whole[b]! - scaled[b]!) || a - b);
  for (const i of order.slice(0, missing)) whole[i]! += 1;
  return Object.fromEntries(labels.map((label, i) => [label, whole[i]! / 10_000]));
}
