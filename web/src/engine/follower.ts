import { containment, overlap } from "./boxes";
import { type Face, type TrackedFace, comparedBoxes, widthOf } from "./face";
import type { Picture } from "./picture";
import { SceneCut } from "./sceneCut";
import { type ExpectedFace, FaceTracker, type TrackerSettings } from "./tracker";
import type { VideoDetector } from "./videoDetector";

/** When the detector runs, milliseconds. From the device's facts. */
export interface FollowerSettings {
  look_ms: number;
  quick_look_ms: number;
  quick_speed: number;
  looks_per_frame: number;
  crowd_look_ms: number;
  scan_ms: number;
  empty_scan_ms: number;
  distant_ms: number;
  refuse_ms: number;
}

const SAME_OVERLAP = 0.35;
const SAME_INSIDE = 0.65;
const SLACK_MS = 3;
const LOST_MARGIN = 1.5;

/** Finds and follows the faces of a camera's frames; as `emopoi/vision/face_follower.py`. */
export class FaceFollower {
  private readonly tracker: FaceTracker;
  private readonly scene = new SceneCut();
  private lastMs: number | null = null;
  private scannedMs = -Infinity;
  private step = 0;
  private refused: [Face, number][] = [];

  constructor(
    private readonly detector: VideoDetector,
    private readonly settings: FollowerSettings,
    tracker: TrackerSettings,
  ) {
    this.tracker = new FaceTracker(tracker);
  }

  /** The people of the next frame, in the order of their ids. */
  async faces(picture: Picture, timeMs: number): Promise<TrackedFace[]> {
    const cut = this.scene.isCut(picture);
    if (cut) {
      this.tracker.endAll();
      this.refused = [];
    }
    const elapsedMs = this.lastMs === null || cut ? Infinity : timeMs - this.lastMs;
    this.lastMs = timeMs;
    const expected = this.tracker.expected(timeMs);
    const distant = elapsedMs > this.settings.distant_ms;
    const due = distant ? expected : this.due(expected, elapsedMs);
    const near: Face[] = [];
    for (const one of due) {
      const lost = distant || one.unseenMs > 2 * this.settings.look_ms;
      near.push(...(await this.detector.detectNear(picture, one.face, lost ? LOST_MARGIN : 1)));
    }
    const known = near.filter((face) => fits(face, expected));
    const strangers = near.filter((face) => !fits(face, expected));
    if (distant) {
      this.scannedMs = timeMs;
      strangers.push(...(await this.detector.detect(picture)));
      if (this.step % 2 === 0) this.step += 1;
      strangers.push(...(await this.scan(picture)));
    } else {
      const people = expected.some((one) => one.confirmed);
      strangers.push(...(await this.search(picture, timeMs, people)));
    }
    const found = distinct(known);
    for (const face of strangers) {
      const among = isAmong(face, found);
      if (among || (!distant && fits(face, expected))) {
        if (!among) found.push(face);
      } else if (await this.confirmed(picture, face, timeMs)) {
        found.push(face);
      }
    }
    return this.tracker.update(found, timeMs, new Set(due.map((one) => one.key)));
  }

  /** Ids of the people who left since the last call. */
  popEnded(): number[] {
    return this.tracker.popEnded();
  }

  private due(expected: ExpectedFace[], elapsedMs: number): ExpectedFace[] {
    const settings = this.settings;
    const due = expected.filter((one) => {
      let wait = settings.look_ms;
      if (!one.confirmed || one.speed > 3 * settings.quick_speed) wait = 0;
      else if (one.speed > settings.quick_speed) wait = settings.quick_look_ms;
      return one.unseenMs >= wait - SLACK_MS;
    });
    const turns = Math.ceil((expected.length * elapsedMs) / settings.crowd_look_ms);
    return due.slice(0, Math.max(settings.looks_per_frame, turns));
  }

  private async search(picture: Picture, timeMs: number, people: boolean): Promise<Face[]> {
    const found = people ? [] : await this.detector.glance(picture);
    const wait = people ? this.settings.scan_ms : this.settings.empty_scan_ms;
    if (timeMs - this.scannedMs >= wait - SLACK_MS) {
      this.scannedMs = timeMs;
      found.push(...(await this.scan(picture)));
    }
    return found;
  }

  private scan(picture: Picture): Promise<Face[]> {
    return this.detector.scan(picture, this.step++);
  }

  private async confirmed(picture: Picture, face: Face, timeMs: number): Promise<boolean> {
    this.refused = this.refused.filter(([, until]) => until > timeMs);
    if (isAmong(face, this.refused.map(([other]) => other))) return false;
    if (await this.detector.isFace(picture, face)) return true;
    this.refused.push([face, timeMs + this.settings.refuse_ms]);
    return false;
  }
}

function fits(face: Face, expected: ExpectedFace[]): boolean {
  const [x, y] = [(face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2];
  return expected.some((one) => {
    const [x0, y0, x1, y1] = one.face.box;
    const size = Math.max(x1 - x0, y1 - y0, widthOf(face));
    return Math.hypot(x - (x0 + x1) / 2, y - (y0 + y1) / 2) < 0.6 * size;
  });
}

function isAmong(face: Face, others: Face[]): boolean {
  return others.some(
    (other) =>
      overlap(face.box, other.box) > SAME_OVERLAP || containment(face.box, other.box) > SAME_INSIDE,
  );
}

/** Each face once, the best find of it. */
function distinct(faces: Face[]): Face[] {
  const kept: Face[] = [];
  for (const face of [...faces].sort((a, b) => b.score - a.score || comparedBoxes(a.box, b.box))) {
    if (!isAmong(face, kept)) kept.push(face);
  }
  return kept;
}
