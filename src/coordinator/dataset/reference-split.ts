/** Of the 60,000 training images of FashionMNIST, as the reference splits them: 80:20. */
export const trainingSamples = 48_000;
export const validationSamples = 12_000;
