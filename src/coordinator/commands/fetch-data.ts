import { fetchDataset } from '../dataset/load-dataset.ts';
import { showDatasetProgress } from '../terminal/dataset-progress.ts';

/** `lockstep fetch-data`: finds or fetches FashionMNIST and verifies it. */
export async function fetchDataCommand(): Promise<void> {
  const progress = showDatasetProgress(process.stderr);
  const fetched = await fetchDataset(progress);
  progress.done();
  const how = fetched.fetchedFrom === undefined ? 'was there already' : `from ${fetched.fetchedFrom}`;
  console.log(`FashionMNIST ${how}, verified: ${fetched.directory}`);
}
