/** The package's main entry in workerd. */
import { usePlatform } from '../engine/platform.js';
import { workerd } from '../engine/platforms/workerd.js';

usePlatform(workerd);

export * from '../index.js';
