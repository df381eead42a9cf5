import { at } from './at.ts';

/** A two-dimensional convolution with stride 1 over one sample. */
export interface ConvolutionShape {
  inputChannels: number;
  outputChannels: number;
  /** Height and width of the input without padding. */
  height: number;
  width: number;
  kernelSize: number;
  /** Rows and columns of zeros around the input. */
  padding: number;
}

/**
 * y[o, r, c] = bias[o] + Σ_{i, u, v} weight[o, i, u, v] · x[i, r + u - padding, c + v - padding], zero outside of x.
 * This is the cross-correlation that deep learning calls convolution (Goodfellow et al. 2016, equation 9.6).
 * @param input float64[inputChannels, height, width]
 * @param weight float64[outputChannels, inputChannels, kernelSize, kernelSize]
 * @param bias float64[outputChannels]
 * @returns float64[outputChannels, height + 2·padding - kernelSize + 1, width + 2·padding - kernelSize + 1]
 */
export function convolutionForward(
  shape: ConvolutionShape,
  input: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
): Float64Array {
  const output = new Float64Array(bias.length * outputHeight(shape) * outputWidth(shape));
  const area = outputHeight(shape) * outputWidth(shape);
  for (let channel = 0; channel < shape.outputChannels; channel++) {
    output.fill(at(bias, channel), channel * area, (channel + 1) * area);
  }
  forEachProduct(shape, (inputIndex, weightIndex, outputIndex) => {
    const product = (weight[weightIndex] as number) * (input[inputIndex] as number);
    output[outputIndex] = (output[outputIndex] as number) + product;
  });
  return output;
}

/**
 * The chain rule over the same products: each y += w · x gives ∂w += x · ∂y and ∂x += w · ∂y; each bias gets Σ ∂y.
 * @param outputGradient ∂loss/∂y, float64 of the output's shape
 * @returns ∂loss/∂x, ∂loss/∂weight, ∂loss/∂bias in the shapes of x, weight and bias
 */
export function convolutionBackward(
  shape: ConvolutionShape,
  input: Float64Array,
  weight: Float64Array,
  outputGradient: Float64Array,
): { input: Float64Array; weight: Float64Array; bias: Float64Array } {
  const inputGradient = new Float64Array(input.length);
  const weightGradient = new Float64Array(weight.length);
  const biasGradient = new Float64Array(shape.outputChannels);
  const area = outputHeight(shape) * outputWidth(shape);
  for (let channel = 0; channel < shape.outputChannels; channel++) {
    for (let position = 0; position < area; position++) {
      biasGradient[channel] = at(biasGradient, channel) + at(outputGradient, channel * area + position);
    }
  }
  forEachProduct(shape, (inputIndex, weightIndex, outputIndex) => {
    const gradient = outputGradient[outputIndex] as number;
    const forWeight = (input[inputIndex] as number) * gradient;
    const forInput = (weight[weightIndex] as number) * gradient;
    weightGradient[weightIndex] = (weightGradient[weightIndex] as number) + forWeight;
    inputGradient[inputIndex] = (inputGradient[inputIndex] as number) + forInput;
  });
  return { input: inputGradient, weight: weightGradient, bias: biasGradient };
}

/**
 * Visits every product of a weight with an input element that lies inside of the image. The visitors index without a
 * check: the checked access takes four times as long here, and an index that is wrong makes a NaN that no test passes.
 */
function forEachProduct(
  shape: ConvolutionShape,
  visit: (inputIndex: number, weightIndex: number, outputIndex: number) => void,
): void {
  const { inputChannels, outputChannels, height, width, kernelSize, padding } = shape;
  for (let o = 0; o < outputChannels; o++) {
    for (let r = 0; r < outputHeight(shape); r++) {
      for (let c = 0; c < outputWidth(shape); c++) {
        const outputIndex = (o * outputHeight(shape) + r) * outputWidth(shape) + c;
        for (let i = 0; i < inputChannels; i++) {
          for (let u = 0; u < kernelSize; u++) {
            for (let v = 0; v < kernelSize; v++) {
              const row = r + u - padding;
              const column = c + v - padding;
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              const inputIndex = (i * height + row) * width + column;
              const weightIndex = ((o * inputChannels + i) * kernelSize + u) * kernelSize + v;
              visit(inputIndex, weightIndex, outputIndex);
            }
          }
        }
      }
    }
  }
}

function outputHeight(shape: ConvolutionShape): number {
  return shape.height + 2 * shape.padding - shape.kernelSize + 1;
}

function outputWidth(shape: ConvolutionShape): number {
  return shape.width + 2 * shape.padding - shape.kernelSize + 1;
}
