import { element } from "./dom";

const COLUMNS = 240;
const COLUMN_MS = 250;

/** The last minute as stacked colours, a column each quarter of a second. */
export class CourseStrip {
  readonly canvas: HTMLCanvasElement;
  private readonly columns: number[][] = [];
  private lastMs = -Infinity;

  constructor(
    private readonly labels: string[],
    private readonly colours: Record<string, string>,
    name: string,
  ) {
    this.canvas = element("canvas", { class: "strip", width: COLUMNS * 2, height: 64, role: "img", "aria-label": name });
  }

  add(shares: number[], timeMs: number): void {
    if (timeMs >= this.lastMs && timeMs - this.lastMs < COLUMN_MS) return;
    this.lastMs = timeMs;
    this.columns.push(shares);
    if (this.columns.length > COLUMNS) this.columns.shift();
    this.draw();
  }

  clear(): void {
    this.columns.length = 0;
    this.lastMs = -Infinity;
    this.draw();
  }

  private draw(): void {
    const { canvas } = this;
    const context = canvas.getContext("2d")!;
    context.clearRect(0, 0, canvas.width, canvas.height);
    const start = COLUMNS - this.columns.length;
    this.columns.forEach((shares, column) => {
      let bottom = canvas.height;
      shares.forEach((share, i) => {
        const height = share * canvas.height;
        context.fillStyle = this.colours[this.labels[i]!] ?? "#888";
        context.fillRect((start + column) * 2, bottom - height, 2, height + 0.5);
        bottom -= height;
      });
    });
  }
}
