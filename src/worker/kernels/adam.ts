import { add, mul, sub } from './vector.ts';

/**
 * Adam (Kingma and Ba 2015, algorithm 1, in PyTorch's order of operations) over elements [from, to), out of one set of
 * buffers into another.
 * @param from a multiple of 4
 * @param stepSize learning rate / (1 - beta1^step)
 * @param rootBiasCorrection2 √(1 - beta2^step)
 * @param gradientScale what the gradient is multiplied by first: below 1 where it is clipped
 * @param decay 1 - learning rate · weight decay, by which the parameters are multiplied first (Loshchilov and Hutter 2019)
 */
export function adamUpdate(
  meanGradient: usize,
  parameters: usize,
  firstMoments: usize,
  secondMoments: usize,
  newParameters: usize,
  newFirstMoments: usize,
  newSecondMoments: usize,
  from: usize,
  to: usize,
  stepSize: f64,
  rootBiasCorrection2: f64,
  gradientScale: f64,
  decay: f64,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
): void {
  const keep1 = f32x4.splat(<f32>beta1);
  const keep2 = f32x4.splat(<f32>beta2);
  const take1 = f32x4.splat(<f32>(1 - beta1));
  const take2 = f32x4.splat(<f32>(1 - beta2));
  const step = f32x4.splat(<f32>stepSize);
  const correction = f32x4.splat(<f32>rootBiasCorrection2);
  const smallest = f32x4.splat(<f32>epsilon);
  const keep = f32x4.splat(<f32>decay);
  const scale = f32x4.splat(<f32>gradientScale);
  const end: usize = 4 * to;
  let at: usize = 4 * from;
  for (; at + 16 <= end; at += 16) {
    const gradient = mul(scale, v128.load(meanGradient + at));
    const first = add(mul(keep1, v128.load(firstMoments + at)), mul(take1, gradient));
    const second = add(mul(keep2, v128.load(secondMoments + at)), mul(mul(take2, gradient), gradient));
    const denominator = add(f32x4.div(f32x4.sqrt(second), correction), smallest);
    v128.store(newFirstMoments + at, first);
    v128.store(newSecondMoments + at, second);
    const parameter = mul(keep, v128.load(parameters + at));
    v128.store(newParameters + at, sub(parameter, f32x4.div(mul(step, first), denominator)));
  }
  for (; at < end; at += 4) {
    const gradient = <f32>gradientScale * load<f32>(meanGradient + at);
    const first = <f32>beta1 * load<f32>(firstMoments + at) + <f32>(1 - beta1) * gradient;
    const second = <f32>beta2 * load<f32>(secondMoments + at) + <f32>(1 - beta2) * gradient * gradient;
    const denominator = sqrt<f32>(second) / <f32>rootBiasCorrection2 + <f32>epsilon;
    store<f32>(newFirstMoments + at, first);
    store<f32>(newSecondMoments + at, second);
    const parameter = <f32>decay * load<f32>(parameters + at);
    store<f32>(newParameters + at, parameter - (<f32>stepSize * first) / denominator);
  }
}

/**
 * Running statistics over elements [from, to): (1 - momentum) · old + momentum · average over the batch, which stands where other
 * elements have their mean gradient. Their moments are zero.
 */
export function updateStatistics(
  averages: usize,
  statistics: usize,
  newStatistics: usize,
  newFirstMoments: usize,
  newSecondMoments: usize,
  from: usize,
  to: usize,
  momentum: f64,
): void {
  for (let at: usize = 4 * from; at < 4 * to; at += 4) {
    const kept = <f32>(1 - momentum) * load<f32>(statistics + at);
    store<f32>(newStatistics + at, kept + <f32>momentum * load<f32>(averages + at));
    store<f32>(newFirstMoments + at, 0);
    store<f32>(newSecondMoments + at, 0);
  }
}

/** Exponential moving average over elements [from, to): decay · old + (1 - decay) · parameter */
export function averageParameters(
  parameters: usize,
  averages: usize,
  newAverages: usize,
  from: usize,
  to: usize,
  decay: f64,
): void {
  for (let at: usize = 4 * from; at < 4 * to; at += 4) {
    const kept = <f32>decay * load<f32>(averages + at);
    store<f32>(newAverages + at, kept + <f32>(1 - decay) * load<f32>(parameters + at));
  }
}
