/** Files of a run's folder. */
export const runFiles = {
  config: 'config.yaml',
  history: 'history.csv',
  workers: 'workers.csv',
  best: 'best.safetensors',
  result: 'result.json',
  curves: 'curves',
} as const;
