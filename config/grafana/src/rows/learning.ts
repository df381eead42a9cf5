import { curves } from '../panels.ts';
import { ofRun, query } from '../queries.ts';
import { fixedColor, seriesColors } from '../series-colors.ts';

const loss = curves({
  title: 'Loss',
  description:
    'Mean cross-entropy, in nats: of the last step, which is noisy, and of each validation. Guessing gives 2.3. A validation that rises while training falls is overfitting.',
  unit: 'none',
  width: 12,
  queries: [
    query(ofRun('lockstep_loss', 'split="train"'), 'train'),
    query(ofRun('lockstep_loss', 'split="validation"'), 'validation'),
  ],
})
  .decimals(3)
  .axisSoftMin(0)
  .overrideByName('train', fixedColor(seriesColors.train))
  .overrideByName('validation', fixedColor(seriesColors.validation));

const accuracy = curves({
  title: 'Accuracy',
  description:
    'Correct predictions: in the last step, which is noisy, in each validation, and the best validation so far.',
  unit: 'percentunit',
  width: 12,
  queries: [
    query(ofRun('lockstep_accuracy_ratio', 'split="train"'), 'train'),
    query(ofRun('lockstep_accuracy_ratio', 'split="validation"'), 'validation'),
    query(ofRun('lockstep_best_validation_accuracy_ratio'), 'best validation'),
  ],
})
  .decimals(1)
  .min(0)
  .max(1)
  .overrideByName('train', fixedColor(seriesColors.train))
  .overrideByName('validation', fixedColor(seriesColors.validation))
  .overrideByName('best validation', fixedColor(seriesColors.best));

const gradientNorm = curves({
  title: 'Gradient norm',
  description:
    'Euclidean norm of the mean gradient over all parameters. A rise of some orders of magnitude precedes a loss that is not finite.',
  unit: 'none',
  width: 12,
  queries: [query(ofRun('lockstep_gradient_norm'), 'gradient norm')],
}).axisSoftMin(0);

const learningRate = curves({
  title: 'Learning rate',
  description: 'Of the last step.',
  unit: 'sci',
  width: 12,
  queries: [query(ofRun('lockstep_learning_rate'), 'learning rate')],
}).axisSoftMin(0);

/** Does it learn? */
export const learningRow = { title: 'Learning', panels: [loss, accuracy, gradientNorm, learningRate] };
