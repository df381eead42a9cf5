// JPEG's markers: ITU-T T.81, annex B. EXIF: CIPA DC-008, section 4.

interface JpegHeader {
  width: number;
  height: number;
  /** How the camera was held, 1 to 8 as EXIF counts; 1 is upright. */
  orientation: number;
}

const startOfScan = 0xda;
const application1 = 0xe1;
const orientationTag = 0x0112;

/** Reads what stands before the picture's data. @throws Error when that is damaged or cut off */
export function readJpegHeader(bytes: Buffer): JpegHeader {
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes.readUInt8(at + 1);
    // A marker may be preceded by any number of fill bytes.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === startOfScan) break;
    const segment = bytes.subarray(at + 4, at + 2 + bytes.readUInt16BE(at + 2));
    if (isStartOfFrame(marker) && segment.length >= 5) {
      return { height: segment.readUInt16BE(1), width: segment.readUInt16BE(3), orientation };
    }
    if (marker === application1) orientation = readOrientation(segment) ?? orientation;
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  throw new Error('it has no frame header');
}

/** SOF0 to SOF15, between which other markers lie. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Of an APP1 segment; undefined where it tells none. */
function readOrientation(segment: Buffer): number | undefined {
  if (segment.toString('latin1', 0, 6) !== 'Exif\0\0') return undefined;
  const tiff = segment.subarray(6);
  if (tiff.length < 10) return undefined;
  const littleEndian = tiff.toString('latin1', 0, 2) === 'II';
  const short = (at: number) => (littleEndian ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = littleEndian ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return undefined;
  const entries = short(directory);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > tiff.length) return undefined;
    if (short(at) !== orientationTag) continue;
    const value = short(at + 8);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}
