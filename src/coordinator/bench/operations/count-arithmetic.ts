import { readInstruction, simdPrefix } from './wasm-instructions.ts';
import { encodeUnsigned, WasmReader } from './wasm-reader.ts';

/** Operations on floating-point numbers that were executed; one on four lanes is four, whatever the lanes hold. */
export interface OperationCounts {
  multiplications: number;
  /** Subtractions, too. */
  additions: number;
  /** Divisions, square roots, minima and maxima. */
  others: number;
}

const kinds = ['multiplications', 'additions', 'others'] as const satisfies (keyof OperationCounts)[];
type Kind = (typeof kinds)[number];

/** In the order of the opcodes from add on, of scalars and of vectors: pmin and pmax are of vectors alone. */
const kindsFromAdd: readonly Kind[] = [
  'additions',
  'additions',
  'multiplications',
  'others',
  'others',
  'others',
  'others',
  'others',
];
const families = [
  { squareRoot: 0x91, add: 0x92, operations: 6, lanes: 1 },
  { squareRoot: 0x9f, add: 0xa0, operations: 6, lanes: 1 },
  { squareRoot: simdPrefix + 227, add: simdPrefix + 228, operations: 8, lanes: 4 },
  { squareRoot: simdPrefix + 239, add: simdPrefix + 240, operations: 8, lanes: 2 },
];
/** By opcode: what one execution adds to which counter. */
const counted = new Map(
  families.flatMap(({ squareRoot, add, operations, lanes }) => [
    [squareRoot, { kind: 'others' as Kind, lanes }] as const,
    ...kindsFromAdd.slice(0, operations).map((kind, index) => [add + index, { kind, lanes }] as const),
  ]),
);

const sections = { custom: 0, import: 2, global: 6, export: 7, code: 10 } as const;
const exportPrefix = 'count ';

/**
 * Puts a counter behind each arithmetic instruction of a WebAssembly module. What it computes stays the same, to the bit.
 * @returns the binary; instantiated, its `readCounts` tells what was executed
 */
export function countArithmetic(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts = splitSections(binary);
  const globals = parts.find(({ id }) => id === sections.global)?.content;
  const firstCounter =
    importedGlobals(parts) + (globals === undefined ? 0 : new WasmReader(globals).unsigned());
  // A mutable i64 each, 0 at first.
  const counters = kinds.flatMap(() => [0x7e, 0x01, 0x42, 0x00, 0x0b]);
  const exported = kinds.flatMap((kind, index) => {
    const name = new TextEncoder().encode(exportPrefix + kind);
    return [...encodeUnsigned(name.length), ...name, 0x03, ...encodeUnsigned(firstCounter + index)];
  });
  const all = globals === undefined ? [...parts, { id: sections.global, content: Uint8Array.of(0) }] : parts;
  const written = all
    .filter(({ id }) => id !== sections.custom)
    .toSorted((a, b) => placeOf(a.id) - placeOf(b.id))
    .flatMap(({ id, content }) => {
      let changed: ArrayLike<number> = content;
      if (id === sections.global) changed = appendItems(content, kinds.length, counters);
      if (id === sections.export) changed = appendItems(content, kinds.length, exported);
      if (id === sections.code) changed = countInCode(content, firstCounter);
      return [Uint8Array.of(id, ...encodeUnsigned(changed.length)), Uint8Array.from(changed)];
    });
  return new Uint8Array(Buffer.concat([binary.subarray(0, 8), ...written]));
}

/** What an instance of a module from `countArithmetic` has executed since it was made. */
export function readCounts(exports: WebAssembly.Exports): OperationCounts {
  const [multiplications, additions, others] = kinds.map((kind) =>
    Number((exports[exportPrefix + kind] as WebAssembly.Global<'i64'>).value),
  ) as [number, number, number];
  return { multiplications, additions, others };
}

interface Section {
  id: number;
  content: Uint8Array;
}

function splitSections(binary: Uint8Array): Section[] {
  const reader = new WasmReader(binary, 8);
  const found: Section[] = [];
  while (!reader.isAtEnd) found.push({ id: reader.byte(), content: reader.take(reader.unsigned()) });
  return found;
}

/** The section of data counts (12) stands before the code (10), that of tags (13) before the globals. */
function placeOf(id: number): number {
  return id === 12 ? 9.5 : id === 13 ? 5.5 : id;
}

function importedGlobals(parts: readonly Section[]): number {
  const content = parts.find(({ id }) => id === sections.import)?.content;
  if (content === undefined) return 0;
  const reader = new WasmReader(content);
  let globals = 0;
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.skip(reader.unsigned());
    reader.skip(reader.unsigned());
    const kind = reader.byte();
    if (kind === 3) globals++;
    skipImportType(reader, kind);
  }
  return globals;
}

function skipImportType(reader: WasmReader, kind: number): void {
  // A function's type; a table's element type, then its limits; a memory's limits; a global's type and mutability.
  if (kind === 0 || kind === 1) reader.skipIntegers(1);
  if (kind === 1 || kind === 2) reader.skipIntegers((reader.byte() & 1) === 1 ? 2 : 1);
  if (kind === 3) reader.skip(2);
}

/** @param vector a count, and items of which no bytes are changed */
function appendItems(vector: Uint8Array, count: number, items: readonly number[]): number[] {
  const reader = new WasmReader(vector);
  const before = reader.unsigned();
  return [...encodeUnsigned(before + count), ...vector.subarray(reader.position), ...items];
}

function countInCode(content: Uint8Array, firstCounter: number): number[] {
  const reader = new WasmReader(content);
  const functions = reader.unsigned();
  const out = encodeUnsigned(functions);
  for (let left = functions; left > 0; left--) {
    const body = countInFunction(reader.take(reader.unsigned()), firstCounter);
    out.push(...encodeUnsigned(body.length));
    for (const byte of body) out.push(byte);
  }
  return out;
}

function countInFunction(body: Uint8Array, firstCounter: number): number[] {
  const reader = new WasmReader(body);
  // Local variables: runs of one type each.
  for (let left = reader.unsigned(); left > 0; left--) reader.skipIntegers(2);
  const out = [...body.subarray(0, reader.position)];
  while (!reader.isAtEnd) {
    const from = reader.position;
    const operation = counted.get(readInstruction(reader));
    out.push(...body.subarray(from, reader.position));
    if (operation === undefined) continue;
    const counter = encodeUnsigned(firstCounter + kinds.indexOf(operation.kind));
    // global.get, i64.const, i64.add, global.set: they leave the stack as it was.
    out.push(0x23, ...counter, 0x42, operation.lanes, 0x7c, 0x24, ...counter);
  }
  return out;
}
