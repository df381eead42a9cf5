import { z } from 'zod';

export const whole = (minimum: number, maximum: number) => z.int().min(minimum).max(maximum);
