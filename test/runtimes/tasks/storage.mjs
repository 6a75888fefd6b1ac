/** Tries a storage of the runtime: `{ kind }` → complaints. `kind` is its class; the usual one if left out. */
import * as storages from 'adnce/storage';
import { complaintsOf } from './storage-contract.mjs';

export default async function storage({ kind }) {
  const probe = await storages.openStorage('probe');
  const Kind = kind === undefined ? probe.constructor : Reflect.get(storages, kind);
  return await complaintsOf((path) => new Kind(path));
}
