import tf from '@tensorflow/tfjs';
import { firstLoss } from './tfjs.mjs';

await firstLoss(tf, 'cpu');
