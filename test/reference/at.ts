/**
 * The element at `index`, checked: an index error in the reference must not turn into a silent NaN or a lost write.
 * @throws RangeError outside of the array
 */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} outside of ${values.length} values`);
  return value;
}
