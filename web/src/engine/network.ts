/** A network that is ready to run. Tensors go by the names of its manifest, never by their order. */
export interface Network {
  run(inputs: Record<string, Float32Array>): Promise<Record<string, Float32Array>>;
}
