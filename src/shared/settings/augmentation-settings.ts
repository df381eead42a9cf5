import { z } from 'zod';
import type { FieldMeta } from '../setting-field.ts';
import { whole } from './whole.ts';

/** What is done to the training images. */
export const augmentationSettings = {
  augmentFlip: z
    .boolean()
    .default(false)
    .meta({
      expected: 'true or false',
      description: 'mirror half of the training images',
      kind: 'switch',
    } satisfies FieldMeta),
  augmentShift: whole(0, 14)
    .default(0)
    .meta({
      expected: 'a whole number from 0 to 14',
      description: 'shift training images by up to so many pixels along each axis',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  augmentRotation: z
    .number()
    .min(0)
    .max(45)
    .default(0)
    .meta({
      expected: 'a number of degrees from 0 to 45',
      description: 'turn training images by up to so many degrees',
      value: 'd',
      kind: 'number',
    } satisfies FieldMeta),
  augmentErasing: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta({
      expected: 'a number from 0 to 1',
      description: 'probability that a rectangle of a training image is blackened',
      value: 'p',
      kind: 'number',
    } satisfies FieldMeta),
};
