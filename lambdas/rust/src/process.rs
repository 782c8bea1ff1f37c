//! What the running process uses. It says 0 for what the system does not tell,
//! as where there is no `/proc`.

use std::{fs, os::unix::fs::FileExt, time::Duration};

use nix::{
    sys::{
        resource::{UsageWho, getrusage},
        time::{TimeVal, TimeValLike},
    },
    unistd::{SysconfVar, sysconf},
};

use crate::metrics::Meter;

/// The running process.
pub struct Process {
    page_bytes: u64,
    statm: Option<fs::File>, // Stays open, since every request reads it.
}

impl Process {
    pub fn this() -> Self {
        let page_bytes = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
        Self {
            page_bytes: page_bytes
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(0),
            statm: fs::File::open("/proc/self/statm").ok(),
        }
    }
}

impl Meter for Process {
    fn cpu(&self) -> (Duration, Duration) {
        let duration = |time: TimeVal| {
            Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or(0))
        };
        getrusage(UsageWho::RUSAGE_SELF).map_or_else(
            |_| (Duration::ZERO, Duration::ZERO),
            |usage| (duration(usage.user_time()), duration(usage.system_time())),
        )
    }

    fn rss(&self) -> u64 {
        let mut text = [0; 128];
        let Some(Ok(length)) = self.statm.as_ref().map(|file| file.read_at(&mut text, 0)) else {
            return 0;
        };
        // "size resident shared …", in pages
        let resident = text[..length].split(|&byte| byte == b' ').nth(1);
        resident.map_or(0, leading_int) * self.page_bytes
    }

    /// `VmHWM`, since getrusage's maximum includes what the process was before
    /// its exec.
    fn peak_rss(&self) -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        // "VmHWM:	   23456 kB"
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.map_or(0, |kilobytes| {
            leading_int(kilobytes.trim_start().as_bytes()) * 1024
        })
    }
}

/// The number that the text begins with, 0 if there is none.
fn leading_int(text: &[u8]) -> u64 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_this_process_uses() {
        let process = Process::this();
        let rss = process.rss();
        assert!(rss > 100_000 && process.peak_rss() >= rss / 2, "{rss}");
        let (user, system) = process.cpu();
        assert!(user + system > Duration::ZERO);
    }

    #[test]
    fn is_silent_about_what_it_cannot_know() {
        assert_eq!(
            Process {
                page_bytes: 4096,
                statm: None
            }
            .rss(),
            0
        );
        assert_eq!(leading_int(b"x1"), 0);
        assert_eq!(leading_int(b"23456 kB"), 23456);
    }
}
