import { containment, overlap } from "./boxes";
import { type Face, type TrackedFace, comparedBoxes, sizeOf, widthOf } from "./face";
import { OneEuro } from "./oneEuro";

/** Times of the tracker, milliseconds. From the device's facts. */
export interface TrackerSettings {
  keep_ms: number;
  show_ms: number;
  forget_ms: number;
  confirm: number;
}

/** Where the tracker expects a face. */
export interface ExpectedFace {
  key: number;
  face: Face;
  confirmed: boolean;
  unseenMs: number;
  /** face sizes a second */
  speed: number;
}

const FARTHEST = 0.6;
const FARTHER_PER_S = 2.5;
const FARTHEST_EVER = 1.6;
const SIZE_RATIO = 2;
const SAME_FACE_OVERLAP = 0.35;
const SAME_FACE_INSIDE = 0.65;
const DOUBLE_OVERLAP = 0.6;
const LONGEST_PREDICTION_MS = 150;
const SPEED_MEMORY_MS = 120;

/** Follows faces by place and size, by elapsed time and not by frames; as `emopoi/vision/tracker.py`. */
export class FaceTracker {
  private tracks: Track[] = [];
  private ended: number[] = [];
  private nextKey = 1;
  private nextId = 1;

  constructor(private readonly settings: TrackerSettings) {}

  /** Where each face should be at a time, longest unseen first. */
  expected(timeMs: number): ExpectedFace[] {
    return this.tracks
      .map((track) => ({
        key: track.key,
        face: track.predicted(timeMs),
        confirmed: track.id !== null,
        unseenMs: timeMs - track.seenMs,
        speed: track.speed,
      }))
      .sort((a, b) => b.unseenMs - a.unseenMs || a.key - b.key);
  }

  /** @param searched keys of the tracks that were looked for; the others are carried over */
  update(found: Face[], timeMs: number, searched: Set<number>): TrackedFace[] {
    const faces = [...found].sort((a, b) => comparedBoxes(a.box, b.box) || a.score - b.score);
    const pairs = this.pairs(faces, timeMs);
    for (const [track, face] of pairs) track.see(face, timeMs);
    const paired = new Set(pairs.map(([, face]) => face));
    const seen = new Set(pairs.map(([track]) => track.key));
    this.endLost(seen, searched, timeMs);
    for (const face of faces) {
      if (!paired.has(face) && !this.isKnown(face, timeMs)) {
        this.tracks.push(new Track(this.nextKey++, face, timeMs));
      }
    }
    this.endDoubles();
    return this.people(timeMs);
  }

  /** Ids of the people who left since the last call. */
  popEnded(): number[] {
    const ended = this.ended.sort((a, b) => a - b);
    this.ended = [];
    return ended;
  }

  endAll(): void {
    for (const track of [...this.tracks]) this.end(track);
  }

  private pairs(faces: Face[], timeMs: number): [Track, Face][] {
    const costs: [number, number, number][] = [];
    for (const track of this.tracks) {
      faces.forEach((face, place) => {
        const cost = track.cost(face, timeMs);
        if (cost !== null) costs.push([cost, track.key, place]);
      });
    }
    costs.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    const left = new Map(this.tracks.map((track) => [track.key, track]));
    const taken = new Set<number>();
    const pairs: [Track, Face][] = [];
    for (const [, key, place] of costs) {
      const track = left.get(key);
      if (track && !taken.has(place)) {
        taken.add(place);
        left.delete(key);
        pairs.push([track, faces[place]!]);
      }
    }
    return pairs;
  }

  private endLost(found: Set<number>, searched: Set<number>, timeMs: number): void {
    for (const track of [...this.tracks]) {
      if (found.has(track.key)) continue;
      const unseenMs = timeMs - track.seenMs;
      const missed = searched.has(track.key);
      track.missed ||= missed;
      if (unseenMs > this.settings.forget_ms || (missed && unseenMs > this.settings.keep_ms)) {
        this.end(track);
      } else if (missed && track.id === null && --track.chances <= 0) {
        this.end(track);
      }
    }
  }

  private isKnown(face: Face, timeMs: number): boolean {
    return this.tracks.some((track) => {
      const box = track.predicted(timeMs).box;
      return overlap(face.box, box) > SAME_FACE_OVERLAP || containment(face.box, box) > SAME_FACE_INSIDE;
    });
  }

  /** Two tracks on one face: the older one stays. */
  private endDoubles(): void {
    const tracks = [...this.tracks];
    for (let younger = tracks.length - 1; younger > 0; younger--) {
      const box = tracks[younger]!.face.box;
      if (tracks.slice(0, younger).some((older) => overlap(older.face.box, box) > DOUBLE_OVERLAP)) {
        this.end(tracks[younger]!);
      }
    }
  }

  private end(track: Track): void {
    this.tracks.splice(this.tracks.indexOf(track), 1);
    if (track.id !== null) this.ended.push(track.id);
  }

  private people(timeMs: number): TrackedFace[] {
    const bySize = [...this.tracks].sort(
      (a, b) => widthOf(b.face) - widthOf(a.face) || comparedBoxes(a.face.box, b.face.box),
    );
    for (const track of bySize) {
      if (track.id === null && track.detections >= this.settings.confirm) track.id = this.nextId++;
    }
    const people: TrackedFace[] = [];
    for (const track of this.tracks) {
      const unseenMs = timeMs - track.seenMs;
      if (track.id === null || (track.missed && unseenMs > this.settings.show_ms)) continue;
      const started = !track.announced;
      track.announced = true;
      people.push({
        id: track.id,
        face: track.predicted(timeMs),
        started,
        predicted: unseenMs > 0,
        unseenMs: Math.max(unseenMs, 0),
      });
    }
    return people.sort((a, b) => a.id - b.id);
  }
}

class Track {
  id: number | null = null;
  detections = 1;
  chances = 2;
  missed = false;
  announced = false;
  private velocity: [number, number] = [0, 0];
  private centre: [number, number];
  private readonly filter = new OneEuro();

  constructor(
    readonly key: number,
    public face: Face,
    public seenMs: number,
  ) {
    this.centre = centreOf(face);
    this.filter.update(coordinates(face), 0);
  }

  get speed(): number {
    return (Math.hypot(...this.velocity) * 1000) / sizeOf(this.face);
  }

  see(face: Face, timeMs: number): void {
    const elapsedMs = timeMs - this.seenMs;
    const centre = centreOf(face);
    if (elapsedMs > 0) {
      const share = elapsedMs / (elapsedMs + SPEED_MEMORY_MS);
      for (const k of [0, 1] as const) {
        this.velocity[k] += share * ((centre[k] - this.centre[k]) / elapsedMs - this.velocity[k]);
      }
    }
    this.centre = centre;
    const smooth = this.filter.update(coordinates(face), Math.max(elapsedMs, 1e-3), sizeOf(face));
    this.face = {
      box: [smooth[0]!, smooth[1]!, smooth[2]!, smooth[3]!],
      score: face.score,
      keypoints: Float32Array.from(smooth.subarray(4)),
    };
    this.seenMs = timeMs;
    this.detections += 1;
    this.chances = 2;
    this.missed = false;
  }

  /** Moved on in a straight line for a short while. */
  predicted(timeMs: number): Face {
    const elapsedMs = Math.min(timeMs - this.seenMs, LONGEST_PREDICTION_MS);
    if (elapsedMs <= 0) return this.face;
    const [right, down] = [this.velocity[0] * elapsedMs, this.velocity[1] * elapsedMs];
    const [x0, y0, x1, y1] = this.face.box;
    const shift = [Math.fround(right), Math.fround(down)];
    return {
      box: [x0 + right, y0 + down, x1 + right, y1 + down],
      score: this.face.score,
      keypoints: this.face.keypoints.map((value, k) => value + shift[k % 2]!),
    };
  }

  /** How badly a face fits, null where it can not be this one. */
  cost(face: Face, timeMs: number): number | null {
    const unseenS = Math.max(timeMs - this.seenMs, 0) / 1000;
    const [size, other] = [sizeOf(this.face), sizeOf(face)];
    const ratio = Math.max(size, other) / Math.max(Math.min(size, other), 1e-6);
    if (ratio > SIZE_RATIO) return null;
    const [x, y] = centreOf(face);
    const [expectedX, expectedY] = centreOf(this.predicted(timeMs));
    const distance = Math.hypot(x - expectedX, y - expectedY) / Math.max(size, other);
    if (distance > Math.min(FARTHEST + FARTHER_PER_S * unseenS, FARTHEST_EVER)) return null;
    return distance + 0.5 * Math.log(ratio);
  }
}

function centreOf(face: Face): [number, number] {
  const [x0, y0, x1, y1] = face.box;
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}

function coordinates(face: Face): Float64Array {
  return Float64Array.from([...face.box, ...face.keypoints]);
}
