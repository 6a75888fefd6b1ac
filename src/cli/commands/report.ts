/** `adnce report`: the HTML report of a run, made anew from what the run left. */
import { writeFileAtomic } from '../../checkpoint/node.js';
import { checkReport } from '../../report/check.js';
import { headline } from '../../report/headline.js';
import { renderReport } from '../../report/index.js';
import type { ReportData } from '../../report/types.js';
import { RunFolder } from '../../runs/node.js';
import { reportOf } from '../session/measurements.js';
import { answer, type Output, say } from '../terminal.js';

export interface ReportCommand extends Output {
  run: string;
  /** Another place for the file. */
  out: string | undefined;
}

/** @throws E_IO, E_CHECKPOINT, E_DATA when the run is damaged */
export async function report({ run, out, json }: ReportCommand): Promise<void> {
  const folder = await RunFolder.open(run);
  const data = await reportData(folder);
  const page = renderReport(data);
  const path = out ?? folder.paths.report;
  if (out === undefined) await folder.writeReport(page);
  else await writeFileAtomic(out, [new TextEncoder().encode(page)]);
  say({ json }, headline(data));
  say({ json }, `Report: ${path}`);
  answer({ json }, { report: path, data });
}

/** report.json; or, for a run that was cut off before it was written, what configuration and metrics tell. */
async function reportData(folder: RunFolder): Promise<ReportData> {
  if (await folder.has('reportData')) {
    const data: unknown = await folder.readReportData();
    checkReport(data);
    return data;
  }
  const { name, created, adnce, data, encoder, features, train, environment, command } = await folder.readConfig();
  const report: unknown = {
    name,
    created,
    version: adnce,
    settings: { data, encoder, features, train },
    environment,
    command,
    ...reportOf(await folder.readMetrics()),
    stopped: 'the run was cut off before its end',
  };
  checkReport(report);
  return report;
}
