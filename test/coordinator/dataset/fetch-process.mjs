// Fetches the data set in a process of its own: node fetch-process.mjs PLACES_AS_JSON.
import { fetchDataset } from '../../../dist/coordinator/dataset/load-dataset.js';

const { hashes } = await fetchDataset({ places: JSON.parse(process.argv[2]) });
console.log(JSON.stringify(hashes));
