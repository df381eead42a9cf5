import type { WasmReader } from './wasm-reader.ts';

/** What several instructions of one prefix share: 0xfd01 is the second of those of SIMD. */
export const simdPrefix = 0xfd00;
const miscellaneousPrefix = 0xfc00;
const atomicPrefix = 0xfe00;
const prefixes = [miscellaneousPrefix, simdPrefix, atomicPrefix];

/**
 * Reads one instruction with its immediates (WebAssembly Core Specification 2.0, section 5.4, and the threads proposal).
 * @returns its opcode; one behind a prefix as prefix · 256 + number
 * @throws Error for an instruction of other proposals
 */
export function readInstruction(reader: WasmReader): number {
  const first = reader.byte();
  const prefix = prefixes.find((each) => each >> 8 === first);
  const opcode = prefix === undefined ? first : prefix + reader.unsigned();
  if (prefix === undefined) skipImmediates(reader, opcode);
  else if (prefix === simdPrefix) skipSimdImmediates(reader, opcode - simdPrefix);
  else if (prefix === miscellaneousPrefix)
    reader.skipIntegers(miscellaneousImmediates[opcode - prefix] ?? unknown(opcode));
  // The fence's is one byte of zero; all others have an alignment and an offset.
  else reader.skipIntegers(opcode === atomicPrefix + 3 ? 1 : 2);
  return opcode;
}

/** Saturating conversions; memory.init, data.drop, memory.copy, memory.fill; the same of tables. */
const miscellaneousImmediates = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

function skipImmediates(reader: WasmReader, opcode: number): void {
  const isBetween = (first: number, last: number) => opcode >= first && opcode <= last;
  // br_table: a vector of labels, and the default.
  if (opcode === 0x0e) reader.skipIntegers(reader.unsigned() + 1);
  else if (opcode === 0x11) reader.skipIntegers(2);
  // select with types.
  else if (opcode === 0x1c) reader.skipIntegers(reader.unsigned());
  // Loads and stores: alignment and offset.
  else if (isBetween(0x28, 0x3e)) reader.skipIntegers(2);
  else if (opcode === 0x43) reader.skip(4);
  else if (opcode === 0x44) reader.skip(8);
  // Blocks, branches, calls, variables, memory.size and .grow, integer constants, references.
  else if (isBetween(0x02, 0x04) || opcode === 0x0c || opcode === 0x0d || opcode === 0x10)
    reader.skipIntegers(1);
  else if (isBetween(0x20, 0x26) || isBetween(0x3f, 0x42) || opcode === 0xd0 || opcode === 0xd2)
    reader.skipIntegers(1);
  else if (!isKnownWithout(opcode)) unknown(opcode);
}

/** unreachable, nop, else, end, return, drop, select, ref.is_null, and all comparisons and arithmetic of scalars. */
function isKnownWithout(opcode: number): boolean {
  return (
    [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(opcode) || (opcode >= 0x45 && opcode <= 0xc4)
  );
}

function skipSimdImmediates(reader: WasmReader, number: number): void {
  // Those of relaxed SIMD, which do what a processor likes best.
  if (number > 255) unknown(simdPrefix + number);
  const loadsOrStores = number <= 11 || number === 92 || number === 93;
  const ofOneLane = number >= 84 && number <= 91;
  if (loadsOrStores || ofOneLane) reader.skipIntegers(2);
  // v128.const and i8x16.shuffle.
  if (number === 12 || number === 13) reader.skip(16);
  // Lanes: extract, replace, and loads and stores of one.
  if ((number >= 21 && number <= 34) || ofOneLane) reader.skip(1);
}

function unknown(opcode: number): never {
  throw new Error(`the operations of a WebAssembly instruction 0x${opcode.toString(16)} cannot be counted`);
}
