import { type BlazeFace, type Region, mergedFaces, wholePicture } from "./blazeFace";
import type { Face } from "./face";
import type { Picture } from "./picture";
import type { SecondLook } from "./secondLook";
import { tiles } from "./tiles";

const NEAR_SCALE = 2.2;
const TILE_SHARE = 0.5;
const MINIMUM_SCORE = 0.5;

/** Finds faces in frames of a video and in parts of them; as `emopoi/vision/blazeface_detector.py`. */
export class VideoDetector {
  constructor(
    private readonly short: BlazeFace,
    private readonly full: BlazeFace,
    private readonly secondLook: SecondLook,
  ) {}

  /** Both networks on the whole picture. */
  async detect(picture: Picture): Promise<Face[]> {
    const square = wholePicture(picture);
    const look = { minimumScore: MINIMUM_SCORE };
    return mergedFaces([
      ...(await this.short.candidates(picture, square, look)),
      ...(await this.full.candidates(picture, square, look)),
    ]);
  }

  /** The cheapest look at a whole picture. */
  glance(picture: Picture): Promise<Face[]> {
    return this.look(this.short, picture, wholePicture(picture));
  }

  /** For newcomers: the whole picture at even steps, one tile of it at odd ones. */
  scan(picture: Picture, step: number): Promise<Face[]> {
    if (step % 2 === 0) return this.look(this.full, picture, wholePicture(picture));
    const squares = tiles(picture.width, picture.height, TILE_SHARE * Math.max(picture.width, picture.height));
    return this.look(this.full, picture, squares[Math.floor(step / 2) % squares.length]!);
  }

  /** Where a face was a moment ago. */
  detectNear(picture: Picture, face: Face, margin: number): Promise<Face[]> {
    const [x0, y0, x1, y1] = face.box;
    const side = NEAR_SCALE * margin * Math.max(x1 - x0, y1 - y0);
    return this.look(this.short, picture, [(x0 + x1 - side) / 2, (y0 + y1 - side) / 2, side]);
  }

  isFace(picture: Picture, face: Face): Promise<boolean> {
    return this.secondLook.isFace(picture, face);
  }

  private async look(network: BlazeFace, picture: Picture, region: Region): Promise<Face[]> {
    return mergedFaces(await network.candidates(picture, region, { minimumScore: MINIMUM_SCORE }));
  }
}
