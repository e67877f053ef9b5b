import { type BlazeFace, type Candidate, type Region, meanPlace } from "./blazeFace";
import { overlap } from "./boxes";
import type { Box, Face } from "./face";
import type { FaceMesher } from "./faceMesh";
import { eyeAngle } from "./levelCrop";
import type { Picture } from "./picture";

/** What counts as a face; log-odds. From the device's facts. */
export interface SecondLookLimits {
  sure: number;
  agreeing: number;
  presence: number;
}

const CROP_SCALES = [1.6, 2.0, 2.5];
const FLOOR = 0.02;
const SAME_PLACE = 0.4;
const DOUBTFUL = 0.3;

/** Looks twice at something found, before it counts as a face; as `emopoi/vision/second_look.py`. */
export class SecondLook {
  constructor(
    private readonly network: BlazeFace,
    private readonly mesher: FaceMesher,
    private readonly limits: SecondLookLimits,
  ) {}

  async isFace(picture: Picture, face: Face): Promise<boolean> {
    const { sure, agreeing, presence } = this.limits;
    let [mean, seen] = await this.look(picture, face.box, face.keypoints);
    if (mean < agreeing || !seen.length) return false;
    let place = meanPlace(seen);
    if (mean >= sure + DOUBTFUL) return true;
    const first = mean;
    [mean, seen] = await this.look(picture, place.box, place.points);
    mean = (first + mean) / 2;
    if (mean < agreeing || !seen.length) return false;
    if (mean >= sure) return true;
    place = meanPlace(seen);
    return (await this.mesher.presence(picture, place.box, place.points)) >= presence;
  }

  private async look(picture: Picture, box: Box, points: ArrayLike<number>): Promise<[number, Candidate[]]> {
    const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    const size = Math.max(box[2] - box[0], box[3] - box[1]);
    const angle = eyeAngle(points);
    const seen: Candidate[] = [];
    let sum = 0;
    for (const scale of CROP_SCALES) {
      const side = size * scale;
      const region: Region = [x - side / 2, y - side / 2, side];
      for (const mirrored of [false, true]) {
        const found = await this.network.candidates(picture, region, { minimumScore: FLOOR, angle, mirrored });
        const same = found.filter((one) => overlap(one.box, box) > SAME_PLACE);
        const score = same.length ? Math.max(...same.map((one) => one.score)) : FLOOR;
        sum += Math.log(score / (1 - score));
        seen.push(...same.filter((one) => one.score >= 0.5 * score));
      }
    }
    return [sum / (2 * CROP_SCALES.length), seen];
  }
}
