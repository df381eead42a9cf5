import { curves } from '../panels.ts';
import { ofRun, query, rateOf } from '../queries.ts';

const memory = curves({
  title: 'Memory',
  description:
    'Resident: of the whole process, with the shared memory of all workers. Heap: of the coordinator’s JavaScript. Steady growth over epochs is a leak.',
  unit: 'bytes',
  width: 8,
  queries: [
    query(ofRun('process_resident_memory_bytes'), 'resident'),
    query(ofRun('nodejs_heap_size_used_bytes'), 'heap used'),
    query(ofRun('nodejs_external_memory_bytes'), 'outside of the heap'),
  ],
}).min(0);

const eventLoopLag = curves({
  title: 'Event-loop lag',
  description:
    'By how much the coordinator’s timers are late. It trains nothing itself: a lag slows checkpoints and this page, not the steps. Above some 100 ms the machine has too few processors.',
  unit: 's',
  width: 8,
  queries: [
    query(ofRun('nodejs_eventloop_lag_p50_seconds'), 'median'),
    query(ofRun('nodejs_eventloop_lag_p99_seconds'), '99th percentile'),
  ],
}).min(0);

const processors = curves({
  title: 'Processors in use',
  description:
    'Of the whole process. Fewer than there are workers: they wait, or share processors with something else.',
  unit: 'none',
  width: 8,
  queries: [
    query(rateOf('process_cpu_user_seconds_total'), 'user'),
    query(rateOf('process_cpu_system_seconds_total'), 'system'),
  ],
})
  .decimals(1)
  .min(0);

/** Has it what it needs of the machine? */
export const processRow = { title: 'Process', panels: [memory, eventLoopLag, processors] };
