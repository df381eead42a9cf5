/** A part of the document. */
export interface Section {
  title: string;
  markdown: string;
  /** SVG by the name of its file in docs/images, without suffix. */
  pictures: ReadonlyMap<string, string>;
}
