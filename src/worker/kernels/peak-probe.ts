/**
 * A module of its own, no part of the kernels: how fast a core multiplies and adds with SIMD128. The loops touch no memory; each
 * holds independent chains x = x · factor + term, enough of them to hide the latency of both instructions. Factor and term are
 * arguments, and a sum of all chains is returned, so that no compiler can leave anything out.
 */

/** Two multiplications and two additions, on four lanes: half as many turns of the loop. */
@inline
function twice(x: v128, factor: v128, term: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(x, factor), term), factor), term);
}

/** Twelve chains, 192 operations an iteration: as many as V8 keeps in the registers of x86-64. */
export function twelveChains(iterations: i32, factor: f32, term: f32): f32 {
  const f = f32x4.splat(factor);
  const t = f32x4.splat(term);
  let a = t;
  let b = f32x4.add(a, t);
  let c = f32x4.add(b, t);
  let d = f32x4.add(c, t);
  let e = f32x4.add(d, t);
  let g = f32x4.add(e, t);
  let h = f32x4.add(g, t);
  let i = f32x4.add(h, t);
  let j = f32x4.add(i, t);
  let k = f32x4.add(j, t);
  let l = f32x4.add(k, t);
  let m = f32x4.add(l, t);
  for (let left = iterations; left > 0; left--) {
    a = twice(a, f, t);
    b = twice(b, f, t);
    c = twice(c, f, t);
    d = twice(d, f, t);
    e = twice(e, f, t);
    g = twice(g, f, t);
    h = twice(h, f, t);
    i = twice(i, f, t);
    j = twice(j, f, t);
    k = twice(k, f, t);
    l = twice(l, f, t);
    m = twice(m, f, t);
  }
  const sum0 = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  const sum1 = f32x4.add(f32x4.add(e, g), f32x4.add(h, i));
  const sum2 = f32x4.add(f32x4.add(j, k), f32x4.add(l, m));
  return f32x4.extract_lane(f32x4.add(sum0, f32x4.add(sum1, sum2)), 0);
}

/** Sixteen chains, 256 operations an iteration, for processors with more registers and more units. */
export function sixteenChains(iterations: i32, factor: f32, term: f32): f32 {
  const f = f32x4.splat(factor);
  const t = f32x4.splat(term);
  let a = t;
  let b = f32x4.add(a, t);
  let c = f32x4.add(b, t);
  let d = f32x4.add(c, t);
  let e = f32x4.add(d, t);
  let g = f32x4.add(e, t);
  let h = f32x4.add(g, t);
  let i = f32x4.add(h, t);
  let j = f32x4.add(i, t);
  let k = f32x4.add(j, t);
  let l = f32x4.add(k, t);
  let m = f32x4.add(l, t);
  let n = f32x4.add(m, t);
  let o = f32x4.add(n, t);
  let p = f32x4.add(o, t);
  let q = f32x4.add(p, t);
  for (let left = iterations; left > 0; left--) {
    a = twice(a, f, t);
    b = twice(b, f, t);
    c = twice(c, f, t);
    d = twice(d, f, t);
    e = twice(e, f, t);
    g = twice(g, f, t);
    h = twice(h, f, t);
    i = twice(i, f, t);
    j = twice(j, f, t);
    k = twice(k, f, t);
    l = twice(l, f, t);
    m = twice(m, f, t);
    n = twice(n, f, t);
    o = twice(o, f, t);
    p = twice(p, f, t);
    q = twice(q, f, t);
  }
  const sum0 = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  const sum1 = f32x4.add(f32x4.add(e, g), f32x4.add(h, i));
  const sum2 = f32x4.add(f32x4.add(j, k), f32x4.add(l, m));
  const sum3 = f32x4.add(f32x4.add(n, o), f32x4.add(p, q));
  return f32x4.extract_lane(f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3)), 0);
}
