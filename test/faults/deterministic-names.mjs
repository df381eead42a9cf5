// Preloaded: temporary files get names that a system call tracer can be told beforehand.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const randomBytes = crypto.randomBytes;
const temporaryNameBytes = 6;
crypto.randomBytes = (size, ...rest) =>
  size === temporaryNameBytes ? Buffer.alloc(size) : randomBytes(size, ...rest);
syncBuiltinESMExports();
