/** What the numbers were measured on. */
import { cpus, totalmem } from 'node:os';

export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  platform: string;
  runtime: string;
  /** ISO 8601. */
  date: string;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    processor: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    runtime: `Node ${process.versions.node} (V8 ${process.versions.v8})`,
    date: new Date().toISOString(),
  };
}

/** The machine in one line. */
export function machineText({ processor, cores, memoryGiB, platform, runtime, date }: Machine): string {
  return `${processor}, ${cores} cores, ${memoryGiB} GiB, ${platform}, ${runtime}, ${date.slice(0, 10)}`;
}
