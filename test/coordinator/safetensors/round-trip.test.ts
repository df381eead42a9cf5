import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors } from '../../../src/coordinator/safetensors/reader.ts';
import { encodeSafetensors, type NamedTensor } from '../../../src/coordinator/safetensors/writer.ts';
import { DataError } from '../../../src/shared/errors.ts';

const names = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('__proto__', 'constructor', '0', '\\"', '\0'),
);
const shapes = fc.array(fc.nat(4), { maxLength: 4 });

/** Any bit pattern, not-a-numbers and subnormals among them. */
const tensors: fc.Arbitrary<NamedTensor[]> = fc.uniqueArray(
  fc.record({ name: names, shape: shapes }).chain(({ name, shape }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return fc
      .array(fc.integer({ min: 0, max: 0xffff_ffff }), { minLength: length, maxLength: length })
      .map((words) => ({ name, shape, data: new Float32Array(Uint32Array.from(words).buffer) }));
  }),
  { selector: (tensor) => tensor.name, maxLength: 6 },
);
const metadata = fc.dictionary(names, fc.string({ unit: 'grapheme' }), { noNullPrototype: true });

describe('encodeSafetensors and decodeSafetensors', () => {
  test('give back names, shapes, every bit and the metadata', () => {
    fc.assert(
      fc.property(tensors, metadata, (tensors, metadata) => {
        const decoded = decodeSafetensors(encodeSafetensors(tensors, metadata), 'a');
        expect(new Map(decoded.metadata)).toEqual(new Map(Object.entries(metadata)));
        expect(decoded.tensors.size).toBe(tensors.length);
        for (const { name, shape, data } of tensors) {
          expect(decoded.tensors.get(name)).toEqual({
            elementType: 'F32',
            shape,
            bytes: new Uint8Array(data.buffer),
          });
        }
      }),
    );
  });

  test('notice every cut and every addition', () => {
    const file = encodeSafetensors([{ name: 'a', shape: [2], data: new Float32Array(2) }], { b: 'c' });
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeSafetensors(file.subarray(0, length), 'a')).toThrow(DataError);
    }
    expect(() => decodeSafetensors(Uint8Array.of(...file, 0), 'a')).toThrow(DataError);
  });

  test('a changed byte gives a DataError or a file that covers its bytes exactly, never another error', () => {
    const file = encodeSafetensors(
      [
        { name: 'conv1.weight', shape: [2, 3], data: new Float32Array(6) },
        { name: 'conv1.bias', shape: [2], data: new Float32Array(2) },
      ],
      { format: 'pt' },
    );
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
        const changed = file.slice();
        changed[position] = (changed[position] as number) ^ change;
        try {
          const { tensors } = decodeSafetensors(changed, 'a');
          const total = [...tensors.values()].reduce((sum, tensor) => sum + tensor.bytes.length, 0);
          expect(total).toBe(32);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('encodeSafetensors', () => {
  test('writes the bytes that the reference implementation writes', () => {
    const file = encodeSafetensors(
      [{ name: 'attn0', shape: [1, 1, 2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) }],
      {},
    );
    const header = '{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       ';
    const data = [
      0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0, 0xa0, 0x40,
    ];
    expect([...file]).toEqual([72, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(header), ...data]);
  });

  test('copies the data, so that training may go on', () => {
    const data = new Float32Array(new SharedArrayBuffer(4));
    const file = encodeSafetensors([{ name: 'a', shape: [1], data }], {});
    data[0] = 1;
    expect(decodeSafetensors(file, 'a').tensors.get('a')?.bytes).toEqual(new Uint8Array(4));
  });

  test.each([
    { what: 'a name twice', tensors: ['a', 'a'], problem: 'tensor name "a" is reserved or taken' },
    {
      what: 'the metadata’s name',
      tensors: ['__metadata__'],
      problem: 'tensor name "__metadata__" is reserved',
    },
  ])('refuses $what', ({ tensors, problem }) => {
    const named = tensors.map((name) => ({ name, shape: [1], data: new Float32Array(1) }));
    expect(() => encodeSafetensors(named, {})).toThrow(problem);
  });

  test('refuses data that do not fit the shape', () => {
    const tensor = { name: 'a', shape: [2, 2], data: new Float32Array(3) };
    expect(() => encodeSafetensors([tensor], {})).toThrow('tensor "a" of shape [2, 2] has 3 values');
  });
});
