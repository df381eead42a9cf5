/** Sizes of LeNet-5's layers: channels, rows and columns (all square) of the convolutions, features of the dense layers. */
export const C1_CHANNELS: usize = 6;
export const C1_SIZE: usize = 28;
export const S2_SIZE: usize = 14;
export const C3_CHANNELS: usize = 16;
export const C3_SIZE: usize = 10;
export const S4_SIZE: usize = 5;
/** S4 flattened: channel, row, column. */
export const S4_FEATURES: usize = 400;
export const C5_FEATURES: usize = 120;
export const F6_FEATURES: usize = 84;
export const CLASSES: usize = 10;
