/**
 * The engine for Node, so that tests can compare it with Python: one JSON object on stdin names a check and
 * brings its input, one JSON object goes to stdout.
 */
import { readFileSync } from "node:fs";
import { type InputSpec, cropFace } from "../engine/cropFace";
import { HeadPoseFit } from "../engine/headPose";
import type { Picture } from "../engine/picture";
import type { Reading } from "../engine/reading";
import { shrunk } from "../engine/shrink";
import { FaceTracker, type TrackerSettings } from "../engine/tracker";
import { warped } from "../engine/warp";
import type { Affine } from "../engine/affine";
import { type Place, placesOf } from "../places/place";
import { type Question, allowed, ranked } from "../places/ranking";
import { reasons } from "../places/reasons";
import type { PlaceRules } from "../places/rules";
import { distanceM } from "../places/place";
import type { Facts } from "../profile/facts";
import { type Estimate, ProfileBuilder } from "../profile/profileBuilder";

interface PackedPicture {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  data: string;
}

const CHECKS: Record<string, (input: any) => unknown> = {
  warp: ({ picture, matrix, width, height, edge }: { picture: PackedPicture; matrix: Affine; width: number; height: number; edge: "repeated" | "black" }) =>
    packed(warped(unpacked(picture), matrix, width, height, edge)),
  shrink: ({ picture, width, height }: { picture: PackedPicture; width: number; height: number }) =>
    packed(shrunk(unpacked(picture), width, height).data as Uint8Array),
  crop: ({ picture, keypoints, spec }: { picture: PackedPicture; keypoints: number[]; spec: InputSpec }) =>
    packed(cropFace(unpacked(picture), { box: [0, 0, 1, 1], score: 1, keypoints: Float32Array.from(keypoints) }, spec)),
  pose: ({ layout, keypoints }: { layout: number[][]; keypoints: number[] }) => new HeadPoseFit(layout).fit(Float32Array.from(keypoints)),
  track: ({ settings, frames }: { settings: TrackerSettings; frames: { timeMs: number; faces: { box: [number, number, number, number]; score: number; keypoints: number[] }[] }[] }) => {
    const tracker = new FaceTracker(settings);
    return frames.map(({ timeMs, faces }) => {
      const searched = new Set(tracker.expected(timeMs).map((one) => one.key));
      const found = faces.map((face) => ({ ...face, keypoints: Float32Array.from(face.keypoints) }));
      const people = tracker.update(found, timeMs, searched);
      return { people: people.map((one) => ({ id: one.id, box: one.face.box, started: one.started, predicted: one.predicted })), ended: tracker.popEnded() };
    });
  },
  profile: ({ facts, readings, estimates }: { facts: Facts; readings: Reading[]; estimates: (Estimate & { person: number })[] }) => {
    const builder = new ProfileBuilder(facts);
    for (const reading of readings) builder.add({ ...reading, fer7: Float32Array.from(reading.fer7) });
    for (const estimate of estimates) builder.addEstimate(estimate.person, { ...estimate, age: Float32Array.from(estimate.age) });
    return builder.build("camera");
  },
  places: ({ rules, tiles, question, fromCentre }: { rules: PlaceRules; tiles: Parameters<typeof placesOf>[0][]; question: Question; fromCentre: boolean }) => {
    const near = (place: Place): boolean => distanceM(question.at, [place.lat, place.lon], rules.numbers.earth_radius_m!) <= rules.numbers.around_m!;
    const places = tiles.flatMap(placesOf).filter((place) => near(place) && allowed(place, question, rules));
    places.sort((a, b) => a.row - b.row);
    return ranked(places, question, rules).map((one) => ({
      id: one.place.id,
      score: one.score,
      terms: one.terms,
      distance_m: one.distanceM,
      open: one.open.state,
      reasons: reasons(one, { person: question.person, mode: question.mode, said: question.said[one.place.id], fromCentre }, rules),
    }));
  },
};

function unpacked({ data, ...picture }: PackedPicture): Picture {
  return { ...picture, data: new Uint8Array(Buffer.from(data, "base64")) };
}

function packed(data: Uint8Array): string {
  return Buffer.from(data).toString("base64");
}

const requests = JSON.parse(readFileSync(0, "utf-8")) as { check: string; input: unknown }[];
process.stdout.write(JSON.stringify(requests.map(({ check, input }) => CHECKS[check]!(input))));
