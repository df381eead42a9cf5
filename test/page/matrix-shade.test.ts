import { describe, expect, test } from 'vitest';
import { contrast, shadeOf } from '../../src/page/sections/matrix-shade.ts';

const channels = (css: string) => css.match(/\d+/g)?.map(Number) as unknown as [number, number, number];

describe('the shades of the confusion matrix', () => {
  test.each([false, true])('leave the count readable whatever the share (dark: %s)', (isDark) => {
    for (let percent = 0; percent <= 100; percent++) {
      const { background, ink } = shadeOf(percent / 100, isDark);
      expect(contrast(channels(background), channels(ink)), `${percent} %`).toBeGreaterThan(4.3);
    }
  });

  test('grow darker with the share on light ground, and lighter on dark ground', () => {
    const white = [255, 255, 255] as const;
    for (let percent = 1; percent <= 100; percent++) {
      const distance = (isDark: boolean, at: number) =>
        contrast(channels(shadeOf(at / 100, isDark).background), white);
      expect(distance(false, percent)).toBeGreaterThanOrEqual(distance(false, percent - 1));
      expect(distance(true, percent)).toBeLessThanOrEqual(distance(true, percent - 1));
    }
  });

  test('are measured as WCAG does: black on white is 21', () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
  });
});
