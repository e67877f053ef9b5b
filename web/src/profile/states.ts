import type { EyeSummary } from "./eyesOverTime";
import type { Facts } from "./facts";

/** What is known beyond the shares of expressions; missing is not known. Names as in the facts' evidence. */
export type Signals = Record<string, number | null>;

const LEAST_CHANCE = 0.02;

/** Shares of the eight states; as `emopoi/profile/states.py`. */
export function stateShares(facts: Facts, fer7: ArrayLike<number>, signals: Signals): number[] {
  const rows = facts.fer7_to_emopoi8.map((row) => [...row]);
  for (const evidence of facts.evidence) {
    const signal = signals[evidence.signal];
    if (signal === null || signal === undefined) continue;
    const row = rows[facts.fer7.indexOf(evidence.expression)]!;
    const column = facts.emopoi8.indexOf(evidence.state);
    if (evidence.odds !== null) {
      const original = facts.fer7_to_emopoi8[facts.fer7.indexOf(evidence.expression)]!;
      row[column] = evidence.odds * original.reduce((sum, share) => sum + share, 0);
    }
    const nats = Math.min(Math.max(evidence.weight * signal, -evidence.bound), evidence.bound);
    row[column]! *= Math.exp(nats);
  }
  const shares = new Array<number>(facts.emopoi8.length).fill(0);
  rows.forEach((row, i) => {
    const total = row.reduce((sum, share) => sum + share, 0);
    row.forEach((share, k) => (shares[k]! += (fer7[i]! * share) / total));
  });
  return shares;
}

export function logOdds(chance: number): number {
  const limited = Math.min(Math.max(chance, LEAST_CHANCE), 1 - LEAST_CHANCE);
  return Math.log(limited / (1 - limited));
}

/** Nats for exhaustion from lids and yawns; null where the eyes were hardly measured. */
export function exhaustionSignal(facts: Facts, eyes: EyeSummary): number | null {
  const n = facts.states;
  if (eyes.measuredS < n.LEAST_EYES_S!) return null;
  const perclos = (eyes.perclos * eyes.measuredS + n.USUAL_PERCLOS! * n.USUAL_S!) / (eyes.measuredS + n.USUAL_S!);
  const nats = ((perclos - n.AWAKE_PERCLOS!) / (n.DROWSY_PERCLOS! - n.AWAKE_PERCLOS!)) * n.NATS_TO_DROWSY!;
  const rare = Math.min(1, n.YAWN_WINDOW_S! / Math.max(eyes.mouthS, 1));
  return nats + Math.min(n.NATS_A_YAWN! * eyes.yawns * rare, n.MOST_YAWN_NATS!);
}

/** The signals that the expressions over time themselves give. */
export function courseSignals(facts: Facts, fer7: number[], variability: number): Signals {
  const arousal = fer7.reduce((sum, share, i) => sum + share * facts.coordinates[facts.fer7[i]!]![1], 0);
  const without = (left: string, axis: 0 | 1): number => {
    let total = 0;
    let sum = 0;
    facts.fer7.forEach((label, i) => {
      if (label === left) return;
      total += fer7[i]!;
      sum += fer7[i]! * facts.coordinates[label]![axis];
    });
    return total > 0 ? sum / total : 0;
  };
  return {
    arousal: arousal - facts.states.AROUSAL_AT!,
    change: variability - facts.states.CHANGE_AT!,
    company: without("surprise", 0),
    company_arousal: without("sad", 1),
  };
}
