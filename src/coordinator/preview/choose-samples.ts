import { classCount } from '../../shared/model.ts';

/**
 * Chooses samples of all classes in turn: the first of each, then the second of each.
 * @param candidates positions in the training file
 * @param labels of the whole file
 * @returns at most `count` of the candidates, fewer where there are no more
 */
export function chooseSamples(
  candidates: Uint32Array,
  labels: Uint8Array,
  count: number,
): Uint32Array<ArrayBuffer> {
  const queues = Array.from({ length: classCount }, (_, label) =>
    candidates.filter((sample) => labels[sample] === label).values(),
  );
  const chosen: number[] = [];
  while (queues.length > 0 && chosen.length < count) {
    for (const queue of [...queues]) {
      const { value, done } = queue.next();
      if (done) queues.splice(queues.indexOf(queue), 1);
      else if (chosen.length < count) chosen.push(value);
    }
  }
  return Uint32Array.from(chosen);
}
