import type { KernelExports } from '../shared/kernel-exports.ts';
import type { MemoryLayout } from '../shared/memory-layout.ts';

/**
 * Adds up the gradients of a task's micro-shards, one after another, in the order of the tree over all micro-shards: neighbours
 * that are sums over equally many are added as soon as both are there. Like the digits of a counter, few are kept at a time.
 */
export class ShardGroup {
  readonly #kernels: KernelExports;
  readonly #layout: MemoryLayout;
  /** The task's slot, and the worker's spare ones. */
  readonly #slots: readonly number[];
  /** Micro-shards in each of the first slots that hold a sum. */
  readonly #sizes: number[] = [];

  constructor(kernels: KernelExports, layout: MemoryLayout, worker: number, slot: number) {
    const { slots, spareSlotsPerWorker } = layout.needs;
    const firstSpare = slots + worker * spareSlotsPerWorker;
    this.#kernels = kernels;
    this.#layout = layout;
    this.#slots = [slot, ...Array.from({ length: spareSlotsPerWorker }, (_, index) => firstSpare + index)];
  }

  /** Where the next micro-shard's gradient goes. */
  get nextSlot(): number {
    return this.#slots[this.#sizes.length] as number;
  }

  /** To be called when it is there. */
  added(): void {
    this.#sizes.push(1);
    while (this.#sizes.length > 1 && this.#sizes.at(-1) === this.#sizes.at(-2)) this.#addLast();
  }

  /** To be called after the last one: the task's slot then holds the sum. */
  finish(): void {
    while (this.#sizes.length > 1) this.#addLast();
  }

  #addLast(): void {
    const size = this.#sizes.pop() as number;
    const last = this.#sizes.length;
    this.#sizes[last - 1] = (this.#sizes[last - 1] as number) + size;
    const { gradientSlots, slotStride, needs } = this.#layout;
    const address = (slot: number | undefined) => gradientSlots + (slot as number) * slotStride;
    this.#kernels.addGradients(address(this.#slots[last - 1]), address(this.#slots[last]), needs.parameters);
  }
}
