/** One array of a NumPy file. */
export interface NumpyArray {
  dtype: string;
  shape: number[];
  data: Float32Array | Float64Array | Uint8Array | Int32Array;
}

const CENTRAL_ENTRY = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;

/** Reads a `.npz` file: a zip of `.npy` arrays, stored or deflated. */
export async function readNpz(content: ArrayBuffer): Promise<Record<string, NumpyArray>> {
  const view = new DataView(content);
  const arrays: Record<string, NumpyArray> = {};
  let at = directoryStart(view);
  while (at + 4 <= content.byteLength && view.getUint32(at, true) === CENTRAL_ENTRY) {
    const method = view.getUint16(at + 10, true);
    const packed = view.getUint32(at + 20, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = text(content, at + 46, nameLength);
    const header = view.getUint32(at + 42, true);
    const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    const bytes = content.slice(start, start + packed);
    arrays[name.replace(/\.npy$/, "")] = readNpy(method === 0 ? bytes : await inflated(bytes));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return arrays;
}

export function readNpy(content: ArrayBuffer): NumpyArray {
  const view = new DataView(content);
  const wide = view.getUint8(6) > 1;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (wide ? 12 : 10) + length;
  const header = text(content, wide ? 12 : 10, length);
  const dtype = /'descr': '([^']+)'/.exec(header)?.[1] ?? "";
  const shape = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? "").split(",").filter((part) => part.trim()).map(Number);
  const body = content.slice(start);
  switch (dtype) {
    case "<f4":
      return { dtype, shape, data: new Float32Array(body) };
    case "<f8":
      return { dtype, shape, data: new Float64Array(body) };
    case "<i4":
      return { dtype, shape, data: new Int32Array(body) };
    case "|u1":
      return { dtype, shape, data: new Uint8Array(body) };
    default:
      throw new Error(`npz: arrays of float32, float64, int32 or uint8 were expected, got ${dtype}`);
  }
}

function directoryStart(view: DataView): number {
  for (let at = view.byteLength - 22; at >= 0; at--) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return view.getUint32(at + 16, true);
  }
  throw new Error("npz: not a zip file");
}

async function inflated(bytes: ArrayBuffer): Promise<ArrayBuffer> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}

function text(content: ArrayBuffer, start: number, length: number): string {
  return new TextDecoder("latin1").decode(new Uint8Array(content, start, length));
}
