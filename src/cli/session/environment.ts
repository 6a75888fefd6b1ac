/** On what a run ran: goes into its configuration and its report. */
import { availableParallelism, cpus } from 'node:os';
import type { Engine } from '../../engine/index.js';
import type { ReportEnvironment } from '../../report/types.js';

/** `Node 20.11.0`, `Bun 1.2.3` or `Deno 2.4.0`. */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions as NodeJS.ProcessVersions & { deno?: string };
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`;
}

export function environmentOf(engine: Engine): ReportEnvironment {
  const cpu = cpus()[0]?.model.trim();
  return {
    runtime: runtimeName(),
    platform: `${process.platform} ${process.arch}`,
    build: engine.build,
    threads: engine.threads,
    cores: availableParallelism(),
    ...(cpu === undefined || cpu === '' ? {} : { cpu }),
  };
}
