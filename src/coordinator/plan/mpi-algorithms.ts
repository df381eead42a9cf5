import { type Algorithm, allgatherSeconds, type Exchange, type Network } from './allgather-cost.ts';

/** The two exchanges of a step. */
export interface StepExchanges {
  /** MPI_Allgather: a message of each rank, all of one size. */
  messages: Exchange;
  /** MPI_Allgatherv: the block sums. */
  sums: Exchange;
}

/** How an MPI library would do it by itself. */
export interface PredictedGather {
  library: 'Open MPI' | 'MPICH';
  messages: Algorithm;
  sums: Algorithm;
  seconds: number;
}

/** What Open MPI takes for so few ranks: the first algorithm whose limit is above a rank's mean contribution in bytes. */
type Choice = readonly (readonly [algorithm: Algorithm, below: number])[];

const always = Number.POSITIVE_INFINITY;

/**
 * Open MPI 4.1 and 5.0, coll_tuned_decision_fixed.c: for fewer ranks than the first number. What differs only for sizes that a
 * step does not have (a message of one rank is shorter than 128 KiB, all sums are longer than 240 KiB) is left out.
 */
const openMpiAllgather: readonly (readonly [ranksBelow: number, Choice])[] = [
  [3, [['direct', always]]],
  [32, [['doubling', always]]],
  [
    64,
    [
      ['doubling', 1024],
      ['neighbour exchange', 65_536],
      ['ring', always],
    ],
  ],
  [
    128,
    [
      ['doubling', 512],
      ['neighbour exchange', 65_536],
      ['ring', always],
    ],
  ],
  [
    256,
    [
      ['doubling', 512],
      ['neighbour exchange', always],
    ],
  ],
  [
    512,
    [
      ['doubling', 1024],
      ['neighbour exchange', always],
    ],
  ],
  [
    1024,
    [
      ['doubling', 2048],
      ['neighbour exchange', always],
    ],
  ],
  [
    always,
    [
      ['doubling', 4096],
      ['neighbour exchange', always],
    ],
  ],
];
const openMpiAllgatherv: readonly (readonly [ranksBelow: number, Choice])[] = [
  [3, [['direct', always]]],
  [
    8,
    [
      ['doubling', 262_144],
      ['neighbour exchange', always],
    ],
  ],
  [16, [['doubling', always]]],
  [
    32,
    [
      ['doubling', 262_144],
      ['ring', always],
    ],
  ],
  [
    64,
    [
      ['doubling', 8192],
      ['ring', always],
    ],
  ],
  [
    128,
    [
      ['doubling', 4096],
      ['ring', always],
    ],
  ],
  [
    256,
    [
      ['doubling', 1024],
      ['neighbour exchange', 65_536],
      ['ring', always],
    ],
  ],
  [
    512,
    [
      ['doubling', 1024],
      ['ring', always],
    ],
  ],
  [
    1024,
    [
      ['doubling', 4096],
      ['neighbour exchange', 1_048_576],
      ['ring', always],
    ],
  ],
  [
    always,
    [
      ['doubling', 4096],
      ['neighbour exchange', always],
    ],
  ],
];

/** MPICH 4: below this, all contributions together, ranks that are a power of two double (MPIR_CVAR_ALLGATHER_LONG_MSG_SIZE). */
const mpichLongBytes = 524_288;
/** The same for other numbers of ranks (MPIR_CVAR_ALLGATHER_SHORT_MSG_SIZE). */
const mpichShortBytes = 81_920;

/** The gather of a step with the library that would be quicker with the algorithms that it chooses by default. */
export function predictGather(exchanges: StepExchanges, network: Network): PredictedGather {
  const { messages, sums } = exchanges;
  const openMpi = {
    library: 'Open MPI',
    messages: chooseOpenMpi(openMpiAllgather, messages),
    sums: chooseOpenMpi(openMpiAllgatherv, sums),
  } as const;
  const mpich = {
    library: 'MPICH',
    messages: chooseMpich(messages, 'ring'),
    sums: chooseMpich(sums, 'pipelined ring'),
  } as const;
  const [first, second] = [openMpi, mpich].map((choice) => ({
    ...choice,
    seconds:
      allgatherSeconds(choice.messages, messages, network) + allgatherSeconds(choice.sums, sums, network),
  })) as [PredictedGather, PredictedGather];
  return second.seconds < first.seconds ? second : first;
}

function chooseOpenMpi(table: typeof openMpiAllgather, { ranks, blocks, blockBytes }: Exchange): Algorithm {
  const meanBytes = (blocks * blockBytes) / ranks;
  const [, choice] = table.find(([ranksBelow]) => ranks < ranksBelow) as (typeof table)[number];
  const [algorithm] = choice.find(([, below]) => meanBytes < below) as Choice[number];
  return algorithm;
}

function chooseMpich({ ranks, blocks, blockBytes }: Exchange, long: Algorithm): Algorithm {
  const isPowerOfTwo = (ranks & (ranks - 1)) === 0;
  const shortBytes = isPowerOfTwo ? mpichLongBytes : mpichShortBytes;
  return blocks * blockBytes < shortBytes ? 'doubling' : long;
}
