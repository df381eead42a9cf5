/** What a probing process found out about TensorFlow's addon. */
export interface TensorflowFindings {
  installed: boolean;
  /** What loading the addon failed with: the first line of the message. */
  loadError?: string;
  /** The version of libtensorflow; absent where it does not load. */
  version?: string;
  usesGpu: boolean;
  /** What `setup:cuda` put in place; absent for packages that the user installed. */
  build?: 'cpu' | 'cuda';
  /** What loading the driver's library failed with; absent where it loads. */
  driverError?: string;
  /** The environment variable CUDA_VISIBLE_DEVICES, where it is set. */
  visibleDevices?: string;
}

export interface WebgpuAdapter {
  /** As Dawn calls it: `SwiftShader Device (Subzero)`. */
  name: string;
  /** Whether a program plays the GPU, on the processor's cores. */
  isSoftware: boolean;
  vendor: string;
  architecture: string;
  /** The driver's name and version, as far as it tells: `SwiftShader driver 5.0.0`. */
  driver: string;
}

/** What a probing process found out about WebGPU. */
export interface WebgpuFindings {
  installed: boolean;
  /** What loading Dawn, or asking it for its adapters, failed with. */
  loadError?: string;
  /** What loading the Vulkan loader failed with; absent where it loads, or where the system has another interface. */
  loaderError?: string;
  adapters: readonly WebgpuAdapter[];
}

/** The kinds of devices that a machine can be probed for. */
export type ProbedKind = 'cuda' | 'webgpu';
