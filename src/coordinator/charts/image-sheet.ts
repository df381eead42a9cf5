import { PNG } from 'pngjs';
import { imageHeight, imageSize, imageWidth } from '../../shared/model.ts';
import { fontStack, ink, mutedInk } from './theme.ts';

export interface Sheet {
  title: string;
  subtitle: string;
  /** Above each image. */
  columns: readonly string[];
  rows: readonly SheetRow[];
}

/** An image, and what becomes of it. */
interface SheetRow {
  label: string;
  note: string;
  /** uint8[28, 28] each; the first one is the original. */
  images: readonly Uint8Array[];
}

/** Each pixel is drawn as so many in a picture of twice the sheet's units, and so stays sharp. */
const pixelsOfPixel = 4;
const tileSize = (imageWidth * pixelsOfPixel) / 2;
const gap = 4;
/** Between the originals and the rest. */
const originalGap = 20;
const margin = 24;
const labelWidth = 104;
/** Of a sheet with few columns: the subtitle has a line of its own. */
const smallestWidth = 640;
const titleBaseline = 32;
const subtitleBaseline = 52;
const headBaseline = 82;
const firstRow = 92;

/** Draws images beside what becomes of them, as SVG. */
export function drawSheet({ title, subtitle, columns, rows }: Sheet): string {
  const left = (column: number) =>
    margin + labelWidth + column * (tileSize + gap) + (column > 0 ? originalGap - gap : 0);
  const top = (row: number) => firstRow + row * (tileSize + gap);
  const width = Math.max(smallestWidth, left(columns.length) - gap + margin);
  const height = top(rows.length) - gap + margin;
  const parts = [
    text(title, margin, titleBaseline, `font-size="16" font-weight="600" fill="${ink}"`),
    text(subtitle, margin, subtitleBaseline, `font-size="12.5" fill="${mutedInk}"`),
    ...columns.map((head, column) =>
      text(
        head,
        left(column) + tileSize / 2,
        headBaseline,
        `font-size="12" fill="${mutedInk}" text-anchor="middle"`,
      ),
    ),
    ...rows.flatMap(({ label, note, images }, row) => [
      text(label, margin, top(row) + tileSize / 2 - 2, `font-size="13" fill="${ink}"`),
      text(note, margin, top(row) + tileSize / 2 + 14, `font-size="11.5" fill="${mutedInk}"`),
      ...images.map((image, column) => tile(image, left(column), top(row))),
    ]),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontStack.replaceAll("'", '')}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function tile(image: Uint8Array, x: number, y: number): string {
  const data = encodeEnlarged(image).toString('base64');
  return `<image x="${x}" y="${y}" width="${tileSize}" height="${tileSize}" href="data:image/png;base64,${data}"/>`;
}

/** Enlarged here: programs smooth what they enlarge. */
function encodeEnlarged(image: Uint8Array): Buffer {
  if (image.length !== imageSize)
    throw new RangeError(`an image has ${imageSize} pixels, got ${image.length}`);
  const png = new PNG({
    width: imageWidth * pixelsOfPixel,
    height: imageHeight * pixelsOfPixel,
    colorType: 0,
    inputColorType: 0,
    inputHasAlpha: false,
  });
  png.data = Buffer.alloc(png.width * png.height);
  for (let y = 0; y < png.height; y++) {
    for (let x = 0; x < png.width; x++) {
      const at = Math.floor(y / pixelsOfPixel) * imageWidth + Math.floor(x / pixelsOfPixel);
      png.data[y * png.width + x] = image[at] as number;
    }
  }
  return PNG.sync.write(png, { colorType: 0, inputColorType: 0, inputHasAlpha: false });
}

function text(content: string, x: number, y: number, attributes: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}
