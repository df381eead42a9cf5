import {
  debianDataDirectory,
  debianPackageName,
  officialMirrorUrl,
  type SplitName,
} from './fashion-mnist.ts';

/** How far the download or decompression of one file has come. */
export interface DatasetProgress {
  /** A directory, `official mirror` or `Debian package <name>`. */
  source: string;
  file: string;
  /** Bytes as they come from the source: compressed. */
  receivedBytes: number;
  /** Undefined where the source does not say. */
  totalBytes: number | undefined;
}

/** Where the data set is looked for; the defaults are right for everybody but tests and closed networks. */
export interface DatasetPlaces {
  /** Defaults to `fashion-mnist` in the user's cache directory for lockstep. */
  cacheDirectory: string;
  systemDirectory: string;
  /** Serves `<name>.gz` of the four files. */
  mirrorUrl: string;
  debianPackage: string;
  /** Until the mirror answers. */
  connectTimeoutMs: number;
  /** Without one byte from the mirror. */
  stallTimeoutMs: number;
}

export interface DatasetOptions<Split extends SplitName = SplitName> {
  /**
   * A directory of the user's with the four files, plain or `.gz`, and of any sample counts. It is then the only place
   * that is looked at.
   */
  directory?: string | undefined;
  /** What is to be read; both by default. */
  splits?: readonly Split[] | undefined;
  onProgress?: ((progress: DatasetProgress) => void) | undefined;
  /** Called with one line for the user, when something went another way than expected and the work goes on. */
  onNotice?: ((text: string) => void) | undefined;
  /** Aborting stops a download and removes what it has written so far. */
  signal?: AbortSignal | undefined;
  places?: Partial<DatasetPlaces> | undefined;
}

export const defaultPlaces: Omit<DatasetPlaces, 'cacheDirectory'> = {
  systemDirectory: debianDataDirectory,
  mirrorUrl: officialMirrorUrl,
  debianPackage: debianPackageName,
  connectTimeoutMs: 10_000,
  stallTimeoutMs: 30_000,
};
