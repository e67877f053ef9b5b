/** Softmax of `logits / temperature`, in single precision as the device does. */
export function softmax(logits: ArrayLike<number>, temperature = 1): Float32Array {
  const result = new Float32Array(logits.length);
  const by = Math.fround(temperature);
  let highest = -Infinity;
  for (let i = 0; i < result.length; i++) {
    result[i] = Math.fround(logits[i]!) / by;
    highest = Math.max(highest, result[i]!);
  }
  let sum = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = Math.exp(Math.fround(result[i]! - highest));
    sum = Math.fround(sum + result[i]!);
  }
  for (let i = 0; i < result.length; i++) result[i] = result[i]! / sum;
  return result;
}

export function sigmoid(logit: number): number {
  return 0.5 * (1 + Math.tanh(0.5 * logit));
}

export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
