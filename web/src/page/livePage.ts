import { Camera } from "../live/camera";
import { LiveSession } from "../live/liveSession";
import { element } from "./dom";
export function livePage(): HTMLElement {
  const video = element("video", { muted: true, playsInline: true });
  const out = element("pre", {});
  const start = element("button", { onclick: () => void go() }, "Start");
  async function go(): Promise<void> {
    const t0 = performance.now();
    const session = new LiveSession();
    const camera = new Camera(video);
    await Promise.all([session.load(false, () => undefined), camera.start()]);
    out.textContent = JSON.stringify(session.tests, null, 1) + (performance.now() - t0);
    session.listen((result) => {
      window.dispatchEvent(new CustomEvent("emopoi:result", { detail: result }));
    }, (problem) => { out.textContent = problem; });
    camera.pump(() => session.ready, (frame) => session.read(frame, false));
  }
  return element("main", {}, start, video, out);
}
