import { droppedLayers } from '../../shared/dropout.ts';
import { ConfigError } from '../../shared/errors.ts';
import { type Layer, modelLayers } from '../../shared/model.ts';
import { layerCost } from '../../shared/model-costs.ts';
import type { ModelOptions } from '../../shared/model-options.ts';
import { readEnvironment, readFlags, readPreset, type SettingKey } from '../config/config-sources.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { formatTable } from '../terminal/table.ts';
import { readWeights } from '../weights-file.ts';
import { configOf, modelOf } from '../weights-model.ts';
import { findWeights } from './find-weights.ts';

/** Settings that change the model. */
export const modelKeys: readonly SettingKey[] = ['activation', 'pooling', 'batchNorm', 'dropout'];

interface SummarizedModel {
  model: ModelOptions;
  dropout: number;
}

/**
 * `lockstep summary [RUN_OR_FILE]`: prints each layer's output shape, parameters, units and multiply-adds, and the totals.
 * @param runOrFile whose model to show; undefined: that of the settings
 * @param flags texts by config key; a preset as `config`
 * @throws ConfigError when both are given
 */
export async function summaryCommand(
  runOrFile: string | undefined,
  flags: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const { model, dropout } =
    runOrFile === undefined ? modelOfSettings(flags, environment) : await modelOfRun(runOrFile, flags);
  printModel(modelLayers(model), dropout);
}

function modelOfSettings(
  flags: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv,
): SummarizedModel {
  const sources = [readFlags(flags), readEnvironment(environment)];
  if (typeof flags['config'] === 'string') sources.push(readPreset(flags['config']));
  const { activation, pooling, batchNorm, dropout } = resolveConfig(sources, 1);
  return { model: { activation, pooling, batchNorm }, dropout };
}

async function modelOfRun(
  runOrFile: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<SummarizedModel> {
  const given = Object.keys(flags);
  if (given.length > 0) {
    throw new ConfigError(
      [
        `summary shows the model of a run or that of settings, got both: ${runOrFile} and ${given.join(', ')}.`,
      ],
      'Leave out one of them.',
    );
  }
  const weights = await readWeights(await findWeights(runOrFile));
  return { model: modelOf(weights), dropout: configOf(weights)?.dropout ?? 0 };
}

function printModel(layers: readonly Layer[], dropout: number): void {
  const costs = layers.map((layer, index) => layerCost(layer, index === 0));
  const rows = layers.map((layer, index) => {
    const cost = costs[index] as (typeof costs)[number];
    return [
      `${layer.name.padEnd(7)} ${describeLayer(layer, dropout)}`,
      layer.output.join('×'),
      cost.parameters,
      cost.units,
      cost.forward,
      cost.training,
    ];
  });
  const total = (key: keyof (typeof costs)[number]) => costs.reduce((sum, cost) => sum + cost[key], 0);
  console.log(
    formatTable(
      ['LeNet-5, input 1×28×28', 'output', 'parameters', 'units', 'multiply-adds', 'in training'],
      [...rows, ['total', '', total('parameters'), total('units'), total('forward'), total('training')]],
    ),
  );
  const statistics = total('statistics');
  if (statistics > 0) {
    console.log(
      `\nBeside its parameters, batch normalization keeps ${statistics} running means and variances, which are not trained.`,
    );
  }
  console.log(
    '\nMultiply-adds are those of the direct algorithm for one sample: of the forward pass, and in training of forward,',
  );
  console.log('weight gradients and activation gradients together.');
}

function describeLayer({ name, description }: Layer, dropout: number): string {
  const isDropped = dropout > 0 && droppedLayers.some((layer) => layer.name === name);
  return isDropped ? `${description}, dropout ${dropout}` : description;
}
