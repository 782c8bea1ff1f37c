//! Tells the program which versions it was built with, for `GET /health`.

use std::{env, error::Error, fs, process::Command};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rustc-env=AXUM_VERSION={}", locked("axum")?);
    println!("cargo::rustc-env=RUST_VERSION={}", rust_version()?);
    Ok(())
}

/// The version of a package in Cargo.lock.
fn locked(package: &str) -> Result<String, Box<dyn Error>> {
    let lock = fs::read_to_string("Cargo.lock")?;
    let version = lock
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .ok_or_else(|| format!("Cargo.lock: got no {package}, want its version"))?;
    Ok(version.0.to_owned())
}

/// The compiler's version: "rustc 1.95.0 (…)" gives "1.95.0".
fn rust_version() -> Result<String, Box<dyn Error>> {
    let output = Command::new(env::var("RUSTC")?).arg("--version").output()?;
    let words = String::from_utf8(output.stdout)?;
    let version = words.split_whitespace().nth(1);
    Ok(version.ok_or("rustc --version: got no version")?.to_owned())
}
