/** Smooths jitter without lagging behind quick motion (Casiez, Roussel & Vogel 2012); as `emopoi/smoothing.py`. */
export class OneEuro {
  private value: Float64Array | null = null;
  private speed = new Float64Array(0);

  constructor(
    private readonly stillHz = 2,
    private readonly perSpeed = 8,
    private readonly speedHz = 2,
  ) {}

  /** @param unit speeds are counted in this many pixels */
  update(measured: Float64Array, elapsedMs: number, unit = 1): Float64Array {
    if (!this.value) {
      this.value = Float64Array.from(measured);
      this.speed = new Float64Array(measured.length);
      return Float64Array.from(measured);
    }
    const seconds = Math.max(elapsedMs, 1e-3) / 1000;
    const smooth = share(this.speedHz, seconds);
    for (let i = 0; i < measured.length; i++) {
      const speed = (measured[i]! - this.value[i]!) / (seconds * Math.max(unit, 1e-6));
      this.speed[i] = this.speed[i]! + smooth * (speed - this.speed[i]!);
      const cutoff = this.stillHz + this.perSpeed * Math.abs(this.speed[i]!);
      this.value[i] = this.value[i]! + share(cutoff, seconds) * (measured[i]! - this.value[i]!);
    }
    return Float64Array.from(this.value);
  }
}

function share(cutoffHz: number, seconds: number): number {
  const turned = 2 * Math.PI * cutoffHz * seconds;
  return turned / (1 + turned);
}
