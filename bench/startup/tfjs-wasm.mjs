import tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { firstLoss } from './tfjs.mjs';

await firstLoss(tf, 'wasm');
