/** All rooms and the core in one file, for a page's `<script type="module">`. */
import { usePlatform } from '../engine/platform.js';
import { inline } from '../engine/platforms/inline.js';

usePlatform(inline);

export * as data from '../data/index.js';
export * as dro from '../dro/index.js';
export * as evaluate from '../evaluate/index.js';
export * from '../index.js';
export * as mi from '../mi/index.js';
export * as storage from '../runs/browser/open.js';
export * as runs from '../runs/index.js';
export * as train from '../train/index.js';
