import type { IdxKind } from './idx.ts';

export type SplitName = 'train' | 'test';

/** One of the four files as Zalando publishes it, decompressed. */
export interface OfficialFile {
  split: SplitName;
  kind: IdxKind;
  /** File name without `.gz`. */
  name: string;
  count: number;
  /** Bytes with the IDX header. */
  length: number;
  /** Of the decompressed file: the gzip headers differ between the mirror and Debian's package. */
  sha256: string;
}

/** In the order in which they are fetched and read. */
export const officialFiles: readonly OfficialFile[] = [
  {
    split: 'train',
    kind: 'images',
    name: 'train-images-idx3-ubyte',
    count: 60_000,
    length: 47_040_016,
    sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  },
  {
    split: 'train',
    kind: 'labels',
    name: 'train-labels-idx1-ubyte',
    count: 60_000,
    length: 60_008,
    sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
  },
  {
    split: 'test',
    kind: 'images',
    name: 't10k-images-idx3-ubyte',
    count: 10_000,
    length: 7_840_016,
    sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  },
  {
    split: 'test',
    kind: 'labels',
    name: 't10k-labels-idx1-ubyte',
    count: 10_000,
    length: 10_008,
    sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  },
];

/** The mirror that https://github.com/zalandoresearch/fashion-mnist names; it serves `<name>.gz` over plain HTTP only. */
export const officialMirrorUrl = 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/';

/** https://packages.debian.org/dataset-fashion-mnist */
export const debianPackageName = 'dataset-fashion-mnist';

/** Where that package puts its files. */
export const debianDataDirectory = '/usr/share/datasets/fashion-mnist';
