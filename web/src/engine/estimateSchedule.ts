/** From the device's facts; as `emopoi/runtime/estimate_schedule.py`. */
export interface EstimateSettings {
  first: number;
  first_every_ms: number;
  every_ms: number;
  most: number;
  least_visible: number;
  patience_ms: number;
}

/** Says for each person and moment whether age is looked at: often at first, then now and then. */
export class EstimateSchedule {
  private readonly people = new Map<number, { count: number; lastMs: number }>();

  constructor(private readonly settings: EstimateSettings) {}

  due(person: number, timeMs: number, visible: number): boolean {
    const { first, first_every_ms, every_ms, most, least_visible, patience_ms } = this.settings;
    const known = this.people.get(person) ?? { count: 0, lastMs: timeMs };
    this.people.set(person, known);
    const waitedMs = timeMs - known.lastMs;
    const wantedMs = known.count < first ? first_every_ms : every_ms;
    if (known.count >= most || (known.count && waitedMs < wantedMs)) return false;
    if (visible < least_visible && waitedMs < patience_ms) return false;
    known.count += 1;
    known.lastMs = timeMs;
    return true;
  }

  forget(person: number): void {
    this.people.delete(person);
  }
}
