//! Reads the stock function as the compiler does: every file that a `mod` reaches, and
//! Cargo.toml. What sets something of a library has to be in runtime.yaml, spelled the
//! same. It is run in the runtime's folder, and prints what does not hold.

mod declared;
mod manifest;
mod reader;
mod sources;
mod text;

use std::{error::Error, path::Path, process::ExitCode};

use declared::Declared;

fn main() -> ExitCode {
    match check(Path::new(".")) {
        Ok(faults) if faults.is_empty() => ExitCode::SUCCESS,
        Ok(faults) => {
            for fault in faults {
                eprintln!("class: {fault}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn check(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let declared = Declared::read(folder)?;
    let mut faults = declared.sourceless();
    faults.extend(manifest::faults(folder, &declared)?);
    faults.extend(sources::faults(folder, &declared)?);
    Ok(faults)
}
