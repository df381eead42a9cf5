import { describe, expect, test } from 'vitest';
import { referenceModel } from '../../../src/shared/model-options.ts';
import { parameterLayout } from '../../../src/shared/parameters.ts';
import { DeviceLayout } from '../../../src/worker/tfjs/device-layout.ts';

const model = { ...referenceModel, batchNorm: true };
const { tensors, length } = parameterLayout(model);
const layout = new DeviceLayout(model);
/** Every value is its own position in the vector. */
const positions = Float32Array.from({ length }, (_, index) => index);
const device = layout.toDevice(positions);

/** The element of a device tensor at an index with one number for each of its axes. */
function at(name: string, ...index: number[]): number | undefined {
  const tensor = layout.tensors.find((each) => each.name === name);
  const within = (tensor?.shape ?? []).reduce((sum, size, axis) => sum * size + (index[axis] as number), 0);
  return device[(tensor?.offset ?? Number.NaN) + within];
}

function positionOf(name: string, within: number): number {
  return (tensors.find((each) => each.name === name)?.offset ?? Number.NaN) + within;
}

describe('DeviceLayout', () => {
  test('has the shapes that TensorFlow.js takes', () => {
    const shapes = (each: DeviceLayout) =>
      each.tensors.map(({ name, shape }) => `${name} ${shape.join('×')}`);
    const reference = [
      'conv1.weight 5×5×1×6',
      'conv1.bias 6',
      'conv2.weight 5×5×6×16',
      'conv2.bias 16',
      'f5.weight 400×120',
      'f5.bias 120',
      'f6.weight 120×84',
      'f6.bias 84',
      'f7.weight 84×10',
      'f7.bias 10',
    ];
    expect(shapes(new DeviceLayout(referenceModel))).toEqual(reference);
    const normalization = ['weight', 'bias', 'running_mean', 'running_var'];
    expect(shapes(layout)).toEqual([
      ...reference.slice(0, 2),
      ...normalization.map((name) => `bn1.${name} 6`),
      ...reference.slice(2, 4),
      ...normalization.map((name) => `bn2.${name} 16`),
      ...reference.slice(4),
    ]);
  });

  test('moves the output and input channels of a kernel behind its rows and columns', () => {
    const [row, column, input, output] = [1, 3, 4, 11];
    expect(at('conv2.weight', row, column, input, output)).toBe(
      positionOf('conv2.weight', ((output * 6 + input) * 5 + row) * 5 + column),
    );
  });

  test('takes the inputs behind a picture channel by channel within each pixel', () => {
    const [row, column, channel, output] = [2, 4, 9, 77];
    expect(at('f5.weight', (row * 5 + column) * 16 + channel, output)).toBe(
      positionOf('f5.weight', output * 400 + (channel * 5 + row) * 5 + column),
    );
    expect(at('f6.weight', 100, 50)).toBe(positionOf('f6.weight', 50 * 120 + 100));
    expect(at('f7.bias', 9)).toBe(positionOf('f7.bias', 9));
  });

  test('finds the statistics behind all that is trained', () => {
    expect(at('bn2.running_var', 15)).toBe(length - 1);
    expect(at('bn1.weight', 0)).toBe(61_706);
  });

  test('there and back is the same, and zero between the tensors', () => {
    const isOfTensor = (index: number) =>
      tensors.some((tensor) => index >= tensor.offset && index < tensor.offset + tensor.length);
    expect(layout.fromDevice(device)).toEqual(positions.map((index) => (isOfTensor(index) ? index : 0)));
    expect(new Set(device).size).toBe(61_706 + 88);
  });
});
