import type { ShownFace } from "../live/messages";
import { texts } from "./texts";

/** Draws boxes, names and points over the camera's picture. */
export function drawOverlay(
  canvas: HTMLCanvasElement,
  size: { width: number; height: number },
  faces: ShownFace[],
  options: { mirrored: boolean; sure: number; colours: Record<string, string> },
): void {
  if (canvas.width !== size.width || canvas.height !== size.height) {
    canvas.width = size.width;
    canvas.height = size.height;
  }
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, size.width, size.height);
  const x = (value: number): number => (options.mirrored ? size.width - value : value);
  const thick = Math.max(2, size.width / 260);
  context.font = `600 ${Math.round(Math.max(14, size.width / 34))}px system-ui, sans-serif`;
  context.textBaseline = "bottom";
  for (const face of faces) {
    const [x0, y0, x1, y1] = face.box;
    const left = Math.min(x(x0), x(x1));
    const colour = options.colours[face.label] ?? "#fff";
    context.lineWidth = thick;
    context.strokeStyle = colour;
    context.strokeRect(left, y0, x1 - x0, y1 - y0);
    if (face.mesh) {
      context.fillStyle = "rgb(255 255 255 / 80%)";
      const dot = Math.max(1, (x1 - x0) / 160);
      for (let i = 0; i < face.mesh.length; i += 3) context.fillRect(x(face.mesh[i]!), face.mesh[i + 1]!, dot, dot);
    }
    const name = face.confidence >= options.sure ? texts.expressions[face.label]! : texts.live.unsure;
    const label = `${face.id} · ${name}`;
    const width = context.measureText(label).width + 12;
    const height = Number.parseInt(context.font.split(" ")[1]!, 10) + 8;
    const top = Math.max(height, y0);
    context.fillStyle = "rgb(13 17 16 / 82%)";
    context.fillRect(left - thick / 2, top - height, width, height);
    context.fillStyle = "#fff";
    context.fillText(label, left + 6 - thick / 2, top - 3);
  }
}
