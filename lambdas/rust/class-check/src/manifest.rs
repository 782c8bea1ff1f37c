//! Cargo.toml, and the other files that cargo takes settings from.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use toml::{Table, Value};

use crate::{declared::Declared, text};

/// The tables that a manifest may have, and their keys where those are few. What is in
/// none of them is a setting that nobody has thought of.
const TABLES: [(&str, &[&str]); 8] = [
    ("bin", &["name", "path", "required-features"]),
    ("dependencies", &[]),
    ("dev-dependencies", &[]),
    ("features", &[]),
    ("lints", &["workspace"]),
    (
        "package",
        &[
            "name",
            "description",
            "version",
            "edition",
            "rust-version",
            "license",
            "publish",
            "default-run",
        ],
    ),
    ("profile", &[]),
    ("workspace", &["members", "package", "lints"]),
];
/// What cargo may be told about its surroundings without changing what it compiles.
const CONFIG: [&str; 6] = ["http", "net", "registries", "registry", "term", "cache"];

pub fn faults(folder: &Path, declared: &Declared) -> Result<Vec<String>, Box<dyn Error>> {
    let manifest: Table = fs::read_to_string(folder.join("Cargo.toml"))?.parse()?;
    let mut faults = tables(&manifest);
    faults.extend(dependencies(&manifest, declared, &resolved(folder)?));
    faults.extend(features(&manifest, declared));
    faults.extend(profile(&manifest, declared));
    faults.extend(surroundings(folder)?);
    Ok(faults)
}

fn undeclared(what: &str) -> String {
    format!("Cargo.toml: {what} is a setting that stock does not declare")
}

fn tables(manifest: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, value) in manifest {
        let Some((_, keys)) = TABLES.iter().find(|(known, _)| known == name) else {
            faults.push(undeclared(&format!("[{name}]")));
            continue;
        };
        let list = value
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![value.clone()]);
        for key in list
            .iter()
            .filter_map(Value::as_table)
            .flat_map(Table::keys)
        {
            if !keys.is_empty() && !keys.contains(&key.as_str()) {
                faults.push(undeclared(&format!("{name}.{key}")));
            }
        }
    }
    let programs = manifest.get("bin").and_then(Value::as_array);
    if programs.is_none_or(|list| {
        list.len() != 1 || list[0].get("path").and_then(Value::as_str) != Some("src/main.rs")
    }) {
        faults.push("Cargo.toml: the program is not src/main.rs alone".to_owned());
    }
    faults
}

/// A package with its features.
type Package = (String, Vec<String>);

/// The direct dependencies of the program with the features that cargo compiles each with.
fn resolved(folder: &Path) -> Result<Vec<Package>, Box<dyn Error>> {
    let output = Command::new(env::var("TOOL_CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args([
            "tree",
            "--locked",
            "--package",
            "items",
            "--edges",
            "normal",
            "--depth",
            "1",
        ])
        .args(["--prefix", "none", "--format", "{p} {f}"])
        .current_dir(folder)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let words = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    Ok(words
        .map(|words| {
            let features = words.last().map_or("", |last| last);
            (
                words[0].to_owned(),
                features.split(',').map(str::to_owned).collect(),
            )
        })
        .collect())
}

fn dependencies(manifest: &Table, declared: &Declared, resolved: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, value) in table(manifest, "dependencies") {
        let Some(keys) = value.as_table() else {
            continue;
        };
        for (key, value) in keys {
            match key.as_str() {
                "version" | "optional" => {}
                "default-features" if value.as_bool() == Some(true) => {}
                "default-features" => {
                    let has_default = |(package, features): &Package| {
                        package == name && features.iter().any(|feature| feature == "default")
                    };
                    let without = text::normal(&format!("{name} default-features = false"));
                    if !resolved.iter().any(has_default) && !declared.sets(&without) {
                        faults.push(format!(
                            "Cargo.toml: {name} is without its default features"
                        ));
                    }
                }
                "features" => {
                    for feature in value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                    {
                        if !declared.has_feature(name, feature) {
                            faults.push(undeclared(&format!("the feature {feature} of {name}")));
                        }
                    }
                }
                _ => faults.push(undeclared(&format!("{key} of {name}"))),
            }
        }
    }
    faults
}

/// Our own features may turn on those of libraries, too.
fn features(manifest: &Table, declared: &Declared) -> Vec<String> {
    let lists = table(manifest, "features")
        .into_iter()
        .filter_map(|(_, list)| list.as_array());
    let switches = lists
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|switch| switch.split_once('/'));
    switches
        .filter(|(_, feature)| *feature != "default")
        .filter(|(library, feature)| !declared.has_feature(library.trim_end_matches('?'), feature))
        .map(|(library, feature)| undeclared(&format!("the feature {feature} of {library}")))
        .collect()
}

fn profile(manifest: &Table, declared: &Declared) -> Vec<String> {
    let release = manifest
        .get("profile")
        .and_then(|profiles| profiles.get("release"));
    let settings = release.and_then(Value::as_table).into_iter().flatten();
    settings
        .map(|(name, value)| format!("{name} = {value}"))
        .filter(|setting| !declared.sets(&text::normal(setting)))
        .map(|setting| undeclared(&format!("profile.release: {setting}")))
        .collect()
}

/// The files that cargo and rustup look for from here up to the root, and at home.
fn surroundings(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let folder = folder.canonicalize()?;
    let mut faults = Vec::new();
    let mut configs: Vec<PathBuf> = folder
        .ancestors()
        .map(|above| above.join(".cargo"))
        .collect();
    configs.extend(env::var_os("CARGO_HOME").map(PathBuf::from));
    for file in configs
        .iter()
        .flat_map(|home| ["config.toml", "config"].map(|name| home.join(name)))
    {
        if !file.exists() {
            continue;
        }
        let config: Table = fs::read_to_string(&file)?.parse()?;
        for name in config
            .keys()
            .filter(|name| !CONFIG.contains(&name.as_str()))
        {
            faults.push(format!(
                "{}: [{name}] changes what cargo compiles",
                file.display()
            ));
        }
    }
    for above in folder.ancestors() {
        for file in ["rust-toolchain", "rust-toolchain.toml"].map(|name| above.join(name)) {
            if file.exists() {
                faults.push(format!("{}: chooses another compiler", file.display()));
            }
        }
    }
    Ok(faults)
}

fn table<'a>(manifest: &'a Table, name: &str) -> Vec<(&'a String, &'a Value)> {
    manifest
        .get(name)
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
        .collect()
}
