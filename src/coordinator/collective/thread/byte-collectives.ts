import type { Mpi } from './mpi.ts';

/** What each rank gives, by rank: any number of bytes each. */
export function gatherBytes(mpi: Mpi, bytes: Uint8Array): Uint8Array[] {
  const lengths = new Int32Array(mpi.size);
  lengths[mpi.rank] = bytes.length;
  mpi.allgatherInPlace(new Uint8Array(lengths.buffer), lengths.BYTES_PER_ELEMENT);
  let next = 0;
  const places = lengths.map((length) => {
    const place = next;
    next += length;
    return place;
  });
  const all = new Uint8Array(next);
  const part = (rank: number) =>
    all.subarray(places[rank] as number, (places[rank] as number) + (lengths[rank] as number));
  part(mpi.rank).set(bytes);
  mpi.allgathervInPlace(all, lengths, places);
  return Array.from(lengths, (_, rank) => part(rank).slice());
}

/** What rank 0 gives. The argument of the others does not matter. */
export function broadcastBytes(mpi: Mpi, bytes: Uint8Array): Uint8Array {
  const length = Int32Array.of(bytes.length);
  mpi.broadcast(new Uint8Array(length.buffer));
  const all = mpi.rank === 0 ? bytes.slice() : new Uint8Array(length[0] as number);
  mpi.broadcast(all);
  return all;
}
