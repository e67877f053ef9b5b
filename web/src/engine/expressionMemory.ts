import type { TrackedFace } from "./face";
import type { Network } from "./network";
import { softmax } from "./probabilities";

const STEP_MS = 40;
const MOST_STEPS = 12;

type State = Record<string, Float32Array>;

/** The LSTM in its step form: one state for each followed face; as `emopoi/runtime/expression_memory.py`. */
export class ExpressionMemory {
  private readonly states = new Map<number, { state: State; timeMs: number }>();

  /**
   * @param sizes of the state's parts, by name
   * @param temperature that the logits are divided by
   */
  constructor(
    private readonly network: Network,
    private readonly sizes: Record<string, number>,
    private readonly temperature: number,
  ) {}

  /** What the LSTM makes of this frame after those before it: float32 (7,). */
  async recall(face: TrackedFace, timeMs: number, logits: Float32Array, embedding: Float32Array): Promise<Float32Array> {
    const before = face.started ? undefined : this.states.get(face.id);
    let state = before?.state ?? this.zeros();
    const steps = before ? Math.min(Math.max(Math.round((timeMs - before.timeMs) / STEP_MS), 1), MOST_STEPS) : 1;
    let output: Record<string, Float32Array> = {};
    for (let step = 0; step < steps; step++) {
      output = await this.network.run({ embedding, frame_logits: logits, ...state });
      state = Object.fromEntries(Object.keys(this.sizes).map((name) => [name, output[`next_${name}`]!]));
    }
    this.states.set(face.id, { state, timeMs });
    return softmax(output.fer7!, this.temperature);
  }

  forget(person: number): void {
    this.states.delete(person);
  }

  private zeros(): State {
    return Object.fromEntries(Object.entries(this.sizes).map(([name, size]) => [name, new Float32Array(size)]));
  }
}
