import { layers } from '../../shared/model.ts';
import { layerCost } from '../../shared/model-costs.ts';
import { formatTable } from '../terminal/table.ts';

/** Prints the model: each layer's output shape, parameters, units and multiply-adds, and the totals. */
export function summary(): void {
  const costs = layers.map((layer, index) => layerCost(layer, index === 0));
  const rows = layers.map((layer, index) => {
    const cost = costs[index] as (typeof costs)[number];
    const shape = layer.output.join('×');
    return [
      `${layer.name.padEnd(7)} ${layer.description}`,
      shape,
      cost.parameters,
      cost.units,
      cost.forward,
      cost.training,
    ];
  });
  const total = (key: 'parameters' | 'units' | 'forward' | 'training') =>
    costs.reduce((sum, cost) => sum + cost[key], 0);
  console.log(
    formatTable(
      ['LeNet-5, input 1×28×28', 'output', 'parameters', 'units', 'multiply-adds', 'in training'],
      [...rows, ['total', '', total('parameters'), total('units'), total('forward'), total('training')]],
    ),
  );
  console.log(
    '\nMultiply-adds are those of the direct algorithm for one sample: of the forward pass, and in training of forward,',
  );
  console.log('weight gradients and activation gradients together.');
}
