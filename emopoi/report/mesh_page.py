"""A mesh to turn in the browser: one page that needs nothing else, no network and no other file."""

from __future__ import annotations

import base64
import html
import json

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError

_MOST_VERTICES = 65_536  # numbers of two bytes


def mesh_page(
    vertices: NDArray[np.floating],
    triangles: NDArray[np.integer],
    title: str,
    colours: NDArray[np.floating] | None = None,
) -> str:
    """The page.

    Args:
        vertices: float (V, 3), x to the right, y up, z to the viewer; any unit.
        triangles: int (F, 3).
        title: shown above.
        colours: float (V, 3), 0..1 RGB; None for one colour.

    Returns:
        HTML. Drag turns, the wheel or two fingers zoom, arrow keys turn too; points, wires and surface can be
        chosen.

    Raises:
        InputError: shapes differ, values are not finite, or there are more than 65,536 vertices.
    """
    vertices, triangles = np.asarray(vertices), np.asarray(triangles)
    if vertices.ndim != 2 or vertices.shape[1] != 3 or not 0 < len(vertices) <= _MOST_VERTICES:
        raise InputError(
            f"vertices: float (V, 3) was expected, V up to {_MOST_VERTICES}, got {vertices.shape}"
        )
    if not np.isfinite(vertices).all():
        raise InputError("vertices: values that are not finite")
    if triangles.ndim != 2 or triangles.shape[1] != 3:
        raise InputError(f"triangles: int (F, 3) was expected, got {triangles.shape}")
    if triangles.size and not (0 <= triangles.min() and triangles.max() < len(vertices)):
        raise InputError(f"triangles: numbers up to {len(vertices) - 1} were expected, got {triangles.max()}")
    if colours is not None and np.shape(colours) != vertices.shape:
        raise InputError(f"colours: float {vertices.shape} was expected, got {np.shape(colours)}")
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    size = float((high - low).max()) or 1.0
    placed = (vertices - (low + high) / 2) / size * 2
    tints = np.full(vertices.shape, (0.78, 0.66, 0.6)) if colours is None else np.clip(colours, 0, 1)
    data = {
        "vertices": _packed(placed, "<f4"),
        "triangles": _packed(triangles, "<u2"),
        "colours": _packed(np.rint(255 * tints), "u1"),
    }
    return (
        _PAGE.replace("@COUNTS@", f"{len(vertices):,} vertices, {len(triangles):,} triangles")
        .replace("@DATA@", json.dumps(data))
        .replace("@TITLE@", html.escape(title))
    )


def _packed(values: NDArray[np.generic], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values).astype(kind).tobytes()).decode()


# A canvas and the painter's order suffice for a few thousand triangles, and run where WebGL does not.
_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>@TITLE@</title>
<style>
html,body{margin:0;height:100%;background:#f4f3f1;color:#222;font:15px/1.4 system-ui,sans-serif}
body{display:flex;flex-direction:column}
header{padding:.6em 1em;display:flex;flex-wrap:wrap;gap:.3em 1.2em;align-items:baseline}
h1{font-size:1.1em;margin:0}
canvas{flex:1;width:100%;min-height:0;touch-action:none;cursor:grab;outline-offset:-3px}
label{margin-right:.8em}
@media (prefers-color-scheme:dark){html,body{background:#1b1b1d;color:#ddd}}
</style></head><body>
<header><h1>@TITLE@</h1><span>@COUNTS@</span>
<span role="group" aria-label="drawn as">
<label><input type="radio" name="as" value="surface" checked> surface</label>
<label><input type="radio" name="as" value="wires"> wires</label>
<label><input type="radio" name="as" value="points"> points</label></span>
<span>drag or arrow keys turn, wheel or + and - zoom, double click starts over</span></header>
<canvas id="view" tabindex="0" role="img" aria-label="@TITLE@, a mesh that can be turned"></canvas>
<script>
"use strict";
const data = @DATA@;
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;
const vertices = new Float32Array(bytes(data.vertices));
const triangles = new Uint16Array(bytes(data.triangles));
const colours = new Uint8Array(bytes(data.colours));
const canvas = document.getElementById("view"), pen = canvas.getContext("2d");
const start = {yaw: 0.35, pitch: -0.1, zoom: 1};
let look = {...start}, shape = "surface", waiting = false;
const seen = new Float32Array(vertices.length);
const count = triangles.length / 3, depth = new Float32Array(count);
const order = Array.from({length: count}, (_, i) => i);

function place() {
  const cy = Math.cos(look.yaw), sy = Math.sin(look.yaw);
  const cx = Math.cos(look.pitch), sx = Math.sin(look.pitch);
  for (let i = 0; i < vertices.length; i += 3) {
    const x = vertices[i], y = vertices[i + 1], z = vertices[i + 2];
    const across = cy * x + sy * z, ahead = cy * z - sy * x;
    seen[i] = across; seen[i + 1] = cx * y + sx * ahead; seen[i + 2] = cx * ahead - sx * y;
  }
}
function draw() {
  waiting = false;
  const scale = devicePixelRatio || 1, box = canvas.getBoundingClientRect();
  canvas.width = Math.max(1, box.width * scale); canvas.height = Math.max(1, box.height * scale);
  place();
  const size = 0.42 * look.zoom * Math.min(canvas.width, canvas.height);
  const midX = canvas.width / 2, midY = canvas.height / 2;
  const X = i => midX + size * seen[3 * i], Y = i => midY - size * seen[3 * i + 1];
  const ink = getComputedStyle(document.body).color;
  if (shape === "points" || !count) {
    for (let i = 0; i < vertices.length / 3; i++) {
      const near = Math.min(1, Math.max(0.25, 0.6 + seen[3 * i + 2]));
      pen.fillStyle = ink; pen.globalAlpha = near;
      pen.beginPath(); pen.arc(X(i), Y(i), 2 * scale * near, 0, 7); pen.fill();
    }
    pen.globalAlpha = 1;
    return;
  }
  if (shape === "wires") {
    pen.strokeStyle = ink; pen.lineWidth = 0.6 * scale; pen.beginPath();
    for (let t = 0; t < count; t++) {
      const a = triangles[3 * t], b = triangles[3 * t + 1], c = triangles[3 * t + 2];
      pen.moveTo(X(a), Y(a)); pen.lineTo(X(b), Y(b)); pen.lineTo(X(c), Y(c)); pen.closePath();
    }
    pen.stroke();
    return;
  }
  for (let t = 0; t < count; t++) {
    depth[t] = 0;
    for (let k = 0; k < 3; k++) depth[t] += seen[3 * triangles[3 * t + k] + 2];
  }
  order.sort((a, b) => depth[a] - depth[b]);
  pen.lineWidth = 0.7 * scale; pen.lineJoin = "round";
  for (const t of order) {
    const a = triangles[3 * t], b = triangles[3 * t + 1], c = triangles[3 * t + 2];
    const [ux, uy, uz] = [0, 1, 2].map(k => seen[3 * b + k] - seen[3 * a + k]);
    const [vx, vy, vz] = [0, 1, 2].map(k => seen[3 * c + k] - seen[3 * a + k]);
    const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
    const long = Math.hypot(nx, ny, nz) || 1, side = nz < 0 ? -1 : 1;
    // Light from above the viewer's left shoulder; backs are drawn as well, darker.
    let light = side * (-0.3 * nx + 0.45 * ny + 0.84 * nz) / long;
    light = (side < 0 ? 0.55 : 1) * (0.35 + 0.7 * Math.max(0, light));
    const tint = k => (colours[3 * a + k] + colours[3 * b + k] + colours[3 * c + k]) / 3;
    const mix = k => Math.min(255, light * tint(k)) | 0;
    pen.fillStyle = pen.strokeStyle = `rgb(${mix(0)},${mix(1)},${mix(2)})`;
    pen.beginPath(); pen.moveTo(X(a), Y(a)); pen.lineTo(X(b), Y(b)); pen.lineTo(X(c), Y(c));
    pen.closePath(); pen.fill(); pen.stroke();
  }
}
function soon() { if (!waiting) { waiting = true; requestAnimationFrame(draw); } }
function turn(x, y) {
  look.yaw += x; look.pitch = Math.max(-1.5, Math.min(1.5, look.pitch + y)); soon();
}
function zoom(by) { look.zoom = Math.max(0.3, Math.min(8, look.zoom * by)); soon(); }
const fingers = new Map(); let apart = 0;
canvas.addEventListener("pointerdown", e => {
  fingers.set(e.pointerId, e); canvas.setPointerCapture(e.pointerId); apart = 0;
});
canvas.addEventListener("pointermove", e => {
  const before = fingers.get(e.pointerId);
  if (!before) return;
  fingers.set(e.pointerId, e);
  if (fingers.size === 1) {
    turn((e.clientX - before.clientX) / 150, -(e.clientY - before.clientY) / 150);
    return;
  }
  const [a, b] = [...fingers.values()];
  const now = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  if (apart) zoom(now / apart);
  apart = now;
});
for (const over of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(over, e => { fingers.delete(e.pointerId); apart = 0; });
}
canvas.addEventListener("wheel", e => {
  e.preventDefault(); zoom(Math.exp(-e.deltaY / 500));
}, {passive: false});
canvas.addEventListener("dblclick", () => { look = {...start}; soon(); });
canvas.addEventListener("keydown", e => {
  const moves = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};
  const zooms = {"+": 1.1, "-": 1 / 1.1};
  if (moves[e.key]) turn(0.08 * moves[e.key][0], 0.08 * moves[e.key][1]);
  else if (zooms[e.key]) zoom(zooms[e.key]);
  else return;
  e.preventDefault();
});
for (const choice of document.getElementsByName("as")) {
  choice.addEventListener("change", () => { shape = choice.value; soon(); });
}
addEventListener("resize", soon);
soon();
</script></body></html>
"""
