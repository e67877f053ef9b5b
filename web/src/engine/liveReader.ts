import type { Facts } from "../profile/facts";
import { ProfileBuilder } from "../profile/profileBuilder";
import type { EmotionProfile } from "../profile/personProfile";
import { BlazeFace } from "./blazeFace";
import { cropFace, faceToInput } from "./cropFace";
import { EstimateSchedule } from "./estimateSchedule";
import { ExpressionMemory } from "./expressionMemory";
import type { TrackedFace } from "./face";
import { FaceMesher } from "./faceMesh";
import { FaceFollower } from "./follower";
import { HeadPoseFit } from "./headPose";
import { LidReader } from "./lidReader";
import type { ModelFacts, ModelName } from "./modelFacts";
import type { Network } from "./network";
import type { Picture } from "./picture";
import { sigmoid, softmax } from "./probabilities";
import type { Reading } from "./reading";
import { SecondLook } from "./secondLook";
import { VideoDetector } from "./videoDetector";
import { visibility } from "./visibility";

export type Networks = Record<ModelName, { network: Network; facts: ModelFacts }>;

/** What was seen of one face in one frame. */
export interface Seen {
  face: TrackedFace;
  reading: Reading;
  /** float32 (468 x 3), null where it was not asked for or not placed */
  mesh: Float32Array | null;
}

/** Joins the stages, as `emopoi/pipeline/stages.py` does: camera frames in, readings and a profile out. */
export class LiveReader {
  private readonly follower: FaceFollower;
  private readonly mesher: FaceMesher;
  private readonly memory: ExpressionMemory;
  private readonly lids: LidReader;
  private readonly schedule: EstimateSchedule;
  private readonly pose: HeadPoseFit;
  private readonly builder: ProfileBuilder;

  constructor(
    private readonly networks: Networks,
    facts: Facts,
  ) {
    const short = new BlazeFace(networks.detector_short.network, 128);
    const full = new BlazeFace(networks.detector_full.network, 192);
    this.mesher = new FaceMesher(networks.face_mesh.network);
    const secondLook = new SecondLook(short, this.mesher, facts.second_look);
    this.follower = new FaceFollower(new VideoDetector(short, full, secondLook), facts.follower, facts.tracker);
    const time = networks.emotion_time;
    const parts = Object.entries(time.facts.inputs).filter(([name]) => `next_${name}` in time.facts.outputs);
    const sizes = Object.fromEntries(parts.map(([name, tensor]) => [name, tensor.shape.reduce((a, b) => a * b, 1)]));
    this.memory = new ExpressionMemory(time.network, sizes, time.facts.temperature);
    this.lids = new LidReader(networks.eye_lids.network, this.mesher, facts.lids);
    this.schedule = new EstimateSchedule(facts.estimates);
    this.pose = new HeadPoseFit(facts.head_layout);
    this.builder = new ProfileBuilder(facts);
  }

  /** Frames come in the order of their times. */
  async read(picture: Picture, timeMs: number, withMesh: boolean): Promise<Seen[]> {
    const faces = await this.follower.faces(picture, timeMs);
    for (const ended of this.follower.popEnded()) this.forget(ended);
    const seen: Seen[] = [];
    for (const face of faces) seen.push(await this.readFace(picture, face, timeMs, withMesh));
    return seen;
  }

  profile(source: string): EmotionProfile {
    return this.builder.build(source);
  }

  private async readFace(picture: Picture, face: TrackedFace, timeMs: number, withMesh: boolean): Promise<Seen> {
    const { emotion, states } = this.networks;
    const pose = this.pose.fit(face.face.keypoints);
    const seen = visibility(face, pose);
    const output = await emotion.network.run({ face: this.input(picture, face, emotion.facts) });
    const fer7 = await this.memory.recall(face, timeMs, output.fer7!, output.embedding!);
    const heads = (await states.network.run({ embedding: output.embedding! })).states!;
    const labels = states.facts.outputs.states!.labels ?? [];
    const chance = (name: string): number => sigmoid(heads[labels.indexOf(name)]!);
    const mesh = withMesh ? await this.mesher.mesh(picture, face.face) : null;
    const lids = await this.lids.read(picture, face, timeMs, pose, mesh);
    const reading: Reading = {
      person: face.id,
      timeMs,
      box: face.face.box,
      fer7,
      confidence: Math.max(...fer7) * seen,
      pose,
      boredom: chance("boredom"),
      frustration: chance("frustration"),
      ...lids,
    };
    this.builder.add(reading);
    if (!face.predicted && this.schedule.due(face.id, timeMs, seen)) await this.estimate(picture, face, seen);
    return { face, reading, mesh: mesh && mesh.presence >= 0.5 ? mesh.points : null };
  }

  private async estimate(picture: Picture, face: TrackedFace, weight: number): Promise<void> {
    const { network, facts } = this.networks.age_gender;
    const output = await network.run({ face: this.input(picture, face, facts) });
    this.builder.addEstimate(face.id, {
      age: softmax(output.age!, facts.age_temperature),
      female: sigmoid(output.female![0]!),
      weight,
    });
  }

  private input(picture: Picture, face: TrackedFace, facts: ModelFacts): Float32Array {
    return faceToInput(cropFace(picture, face.face, facts.input!), facts.input!);
  }

  private forget(person: number): void {
    this.memory.forget(person);
    this.lids.forget(person);
    this.schedule.forget(person);
  }
}

