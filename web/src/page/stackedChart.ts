import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface StackedData {
  /** seconds since 1970, or seconds of a video, rising */
  x: number[];
  labels: string[];
  /** a list for each label */
  shares: number[][];
}

export interface StackedOptions {
  colours: Record<string, string>;
  names: (label: string) => string;
  /** x are dates */
  dates: boolean;
  height: number;
  onClick?: (x: number) => void;
}

/** Shares that add up to one as stacked areas; follows the width of its parent. */
export class StackedChart {
  private readonly plot: uPlot;
  private readonly observer: ResizeObserver;

  constructor(
    private readonly parent: HTMLElement,
    data: StackedData,
    options: StackedOptions,
  ) {
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--soft").trim();
    const grid = style.getPropertyValue("--line").trim();
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const tops = stacked(data);
    // The last area lies below all others, so that each shows its own share.
    const series = data.labels.map((label, i) => ({
      label: options.names(label),
      fill: options.colours[label] ?? "#888",
      stroke: options.colours[label] ?? "#888",
      width: 0,
      points: { show: false },
      value: (_: uPlot, __: number, ___: number, index: number | null) =>
        index === null ? "–" : `${Math.round(100 * (data.shares[i]![index] ?? 0))} %`,
    }));
    this.plot = new uPlot(
      {
        width: Math.max(parent.clientWidth, 200),
        height: options.height,
        scales: { x: { time: options.dates }, y: { range: [0, 1] } },
        axes: [
          { ...axis, values: options.dates ? undefined : (_, ticks) => ticks.map((tick) => `${tick} s`) },
          { ...axis, values: (_, ticks) => ticks.map((tick) => `${Math.round(100 * tick)} %`) },
        ],
        series: [{ label: options.dates ? "Day" : "Time", value: (_, x) => (x === null ? "–" : options.dates ? new Date(x * 1000).toLocaleDateString() : `${x.toFixed(2)} s`) }, ...series.reverse()],
        cursor: { drag: { x: false, y: false } },
        legend: { live: true },
      },
      [data.x, ...tops.reverse()] as uPlot.AlignedData,
      parent,
    );
    if (options.onClick) {
      const click = options.onClick;
      this.plot.over.addEventListener("click", () => {
        const { left } = this.plot.cursor;
        if (left !== undefined && left !== null && left >= 0) click(this.plot.posToVal(left, "x"));
      });
    }
    this.observer = new ResizeObserver(() => this.resize(options.height));
    this.observer.observe(parent);
  }

  /** Moves the cursor, as a video that plays does. */
  show(x: number): void {
    this.plot.setCursor({ left: this.plot.valToPos(x, "x"), top: 10 });
  }

  close(): void {
    this.observer.disconnect();
    this.plot.destroy();
  }

  private resize(height: number): void {
    const width = Math.max(this.parent.clientWidth, 200);
    if (width !== this.plot.width) this.plot.setSize({ width, height });
  }
}

function stacked(data: StackedData): number[][] {
  const sums = data.x.map(() => 0);
  return data.shares.map((shares) => shares.map((share, i) => (sums[i]! += share)));
}
