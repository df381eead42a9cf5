import { at } from './at.ts';

/**
 * Estimates ∂f/∂x[index] by central differences of fourth order:
 * (8·(f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h, whose truncation error falls with h⁴ (Fornberg 1988, table 1).
 * @param x left as it was found
 */
export function centralDifference(f: () => number, x: Float64Array, index: number, h = 1e-3): number {
  const original = at(x, index);
  const shifted = (distance: number) => {
    x[index] = original + distance;
    const value = f();
    x[index] = original;
    return value;
  };
  return (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h);
}

/** Every partial derivative of `f` with respect to `x`. */
export function numericGradient(f: () => number, x: Float64Array): Float64Array {
  return Float64Array.from({ length: x.length }, (_, index) => centralDifference(f, x, index));
}
