import { type CompiledModel, Tensor, loadAndCompile } from "@litertjs/core";
import type { ModelFacts } from "./modelFacts";
import type { Network } from "./network";

export type Accelerator = "wasm" | "webgpu";

/** One compiled `.tflite` file, its tensors called by the names of its manifest. */
export class LiteRtNetwork implements Network {
  private constructor(
    private readonly model: CompiledModel,
    private readonly facts: ModelFacts,
    readonly accelerator: Accelerator,
  ) {}

  static async compile(content: Uint8Array, facts: ModelFacts, accelerator: Accelerator): Promise<LiteRtNetwork> {
    return new LiteRtNetwork(await loadAndCompile(content, { accelerator }), facts, accelerator);
  }

  async run(inputs: Record<string, Float32Array>): Promise<Record<string, Float32Array>> {
    const given: Record<string, Tensor> = {};
    let results: Record<string, Tensor> = {};
    try {
      for (const [name, facts] of Object.entries(this.facts.inputs)) {
        given[facts.tensor] = new Tensor(inputs[name]!, facts.shape);
      }
      results = await this.model.run(given);
      const found: Record<string, Float32Array> = {};
      for (const [name, facts] of Object.entries(this.facts.outputs)) {
        // A copy: what a tensor shows is gone with it.
        found[name] = Float32Array.from((await results[facts.tensor]!.data()) as Float32Array);
      }
      return found;
    } finally {
      // Tensors that are not deleted leak.
      for (const tensor of [...Object.values(given), ...Object.values(results)]) tensor.delete();
    }
  }

  delete(): void {
    this.model.delete();
  }
}
