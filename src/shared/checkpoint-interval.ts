/** How often checkpoints are taken. */
export interface CheckpointInterval {
  count: number;
  unit: 'steps' | 'epochs';
}

export const checkpointIntervalPattern = /^([1-9]\d{0,8}) ?(step|epoch)s?$/;

/** Parses "1 epoch", "500steps". @throws RangeError for a text that does not match `checkpointIntervalPattern` */
export function parseCheckpointInterval(text: string): CheckpointInterval {
  const [, count, unit] = checkpointIntervalPattern.exec(text) ?? [];
  if (count === undefined) throw new RangeError(`no checkpoint interval: ${text}`);
  return { count: Number(count), unit: unit === 'step' ? 'steps' : 'epochs' };
}
