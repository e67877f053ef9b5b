import type { SelfTest } from "../engine/selfTest";
import type { Facts } from "../profile/facts";
import type { EmotionProfile } from "../profile/personProfile";
import type { CameraFrame } from "./camera";
import type { FromWorker, ShownFace, ToWorker } from "./messages";

declare const __WASM__: string;
declare const __WORKER__: string;

const MOST_WAITING = 2;

export interface LiveResult {
  sequence: number;
  timeMs: number;
  /** computing, without the wait */
  ms: number;
  faces: ShownFace[];
  profile: EmotionProfile | null;
}

/** The worker that reads frames; frames go to it and to nobody else. */
export class LiveSession {
  private readonly worker = new Worker(__WORKER__);
  private waiting = 0;
  private sequence = 0;
  private onResult: (result: LiveResult) => void = () => undefined;
  private onProblem: (problem: string) => void = () => undefined;
  tests: SelfTest[] = [];
  facts: Facts | null = null;

  /** @throws Error where a model is missing, damaged or fails its self-test */
  load(webGpu: boolean, onProgress: (done: number, total: number) => void): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.worker.onerror = (event) => reject(new Error(event.message || "the reader could not be started"));
      this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "progress") onProgress(data.done, data.total);
        else if (data.type === "ready") {
          this.tests = data.tests;
          this.facts = data.facts;
          this.worker.onmessage = (event: MessageEvent<FromWorker>) => this.take(event.data);
          resolve(data.used);
        } else if (data.type === "failed") {
          this.tests = data.tests;
          reject(new Error(data.problem));
        }
      };
      this.send({ type: "load", wasm: __WASM__, models: "/device/models.json", facts: "/device/facts.json", webGpu });
    });
  }

  get ready(): boolean {
    return this.facts !== null && this.waiting < MOST_WAITING;
  }

  listen(onResult: (result: LiveResult) => void, onProblem: (problem: string) => void): void {
    this.onResult = onResult;
    this.onProblem = onProblem;
  }

  /** The pixels are handed over, not copied. */
  read(frame: CameraFrame, mesh: boolean): void {
    this.waiting += 1;
    this.worker.postMessage({ type: "frame", ...frame, sequence: this.sequence++, mesh } satisfies ToWorker, [frame.pixels]);
  }

  /** Forgets everybody seen so far. */
  restart(): void {
    this.send({ type: "restart" });
  }

  close(): void {
    this.worker.terminate();
  }

  private take(message: FromWorker): void {
    // Either of them answers one frame.
    this.waiting -= 1;
    if (message.type === "result") this.onResult(message);
    else if (message.type === "failed") this.onProblem(message.problem);
  }

  private send(message: ToWorker): void {
    this.worker.postMessage(message);
  }
}
