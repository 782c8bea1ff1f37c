import { readFileSync } from "node:fs";

/** CPU time in microseconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** What the process uses. */
export interface Meter {
  cpu(): CpuTime;
  rssBytes(): number;
  peakRssBytes(): number;
}

export const processMeter: Meter = {
  cpu: () => process.cpuUsage(),
  rssBytes: () => process.memoryUsage.rss(),
  // VmHWM and not getrusage's maximum, which includes what the process was
  // before its exec. 0 where there is no /proc.
  peakRssBytes: () => {
    try {
      const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"));
      return Number(peak?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  },
};
