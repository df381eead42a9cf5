/** What is known of a device of this machine, or of a kind of devices of which it has none. */
export interface DeviceReport {
  /** What `--device` calls it: `cuda:0`, `webgpu:llvmpipe`; or `cuda`, for want of any. */
  name: string;
  /** What it is, for people: `NVIDIA H100 80GB HBM3`; empty where that is unknown. */
  model: string;
  /** Whose, and of which family, as WebGPU tells: `nvidia` and `ampere`. */
  vendor?: string;
  architecture?: string;
  /** Its own memory; absent where it has none, or does not tell. */
  memoryBytes?: number;
  /** The driver's name and version, as far as they are known. */
  driver?: string;
  /** Whether a program plays it, on the processor's cores. */
  isSoftware: boolean;
  /** Why it cannot be used: a sentence. Undefined for a device that can. */
  problem: string | undefined;
  /** The command or step that would mend that. */
  nextStep: string | undefined;
}
