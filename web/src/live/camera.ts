/** One picture of the camera, RGBA rows. */
export interface CameraFrame {
  pixels: ArrayBuffer;
  width: number;
  height: number;
  timeMs: number;
}

type VideoFrameMetadata = { mediaTime: number };

/** Shows the camera in a video element and hands out its pictures; they stay in memory. */
export class Camera {
  private stream: MediaStream | null = null;
  private readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d", { willReadFrequently: true })!;
  private running = false;
  private starts = 0;

  constructor(private readonly video: HTMLVideoElement) {}

  /**
   * Whoever calls `stop` meanwhile gets no camera.
   *
   * @throws DOMException where there is no camera or it was refused
   */
  async start(deviceId?: string): Promise<void> {
    const turn = ++this.starts;
    const wanted: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
    if (deviceId) wanted.deviceId = { exact: deviceId };
    else wanted.facingMode = "user";
    const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    if (turn !== this.starts) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    this.stream = stream;
    this.video.srcObject = stream;
    await this.video.play().catch((error: unknown) => {
      if (turn === this.starts) throw error;
    });
    this.running = turn === this.starts;
  }

  get on(): boolean {
    return this.running;
  }

  stop(): void {
    this.starts += 1;
    this.running = false;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  /** Whether the picture is of the person who holds the phone, and is shown as in a mirror. */
  get facesUser(): boolean {
    const mode = this.stream?.getVideoTracks()[0]?.getSettings().facingMode;
    return mode === undefined || mode === "user";
  }

  /** Calls back with every picture for which `ready` says yes, until `stop`. */
  pump(ready: () => boolean, onFrame: (frame: CameraFrame) => void): void {
    const next = (timeMs: number): void => {
      if (!this.running) return;
      this.schedule(next);
      if (!ready()) return;
      const frame = this.grabbed(timeMs);
      if (frame) onFrame(frame);
    };
    this.schedule(next);
  }

  private schedule(next: (timeMs: number) => void): void {
    if ("requestVideoFrameCallback" in this.video) {
      this.video.requestVideoFrameCallback((_now: number, metadata: VideoFrameMetadata) => next(metadata.mediaTime * 1000));
    } else {
      requestAnimationFrame((now) => next(now));
    }
  }

  private grabbed(timeMs: number): CameraFrame | null {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width || !height) return null;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.context.drawImage(this.video, 0, 0);
    const { data } = this.context.getImageData(0, 0, width, height);
    return { pixels: data.buffer as ArrayBuffer, width, height, timeMs };
  }
}
