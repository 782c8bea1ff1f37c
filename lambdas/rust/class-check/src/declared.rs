//! What the stock variant declares in runtime.yaml, and which calls set nothing.

use std::{collections::HashSet, error::Error, fs, path::Path};

use yaml_rust2::{Yaml, YamlLoader};

use crate::text;

pub struct Declared {
    settings: Vec<Setting>,
    plain: HashSet<String>,
}

struct Setting {
    what: String,
    code: String,
    has_source: bool,
}

impl Declared {
    pub fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let manifest =
            YamlLoader::load_from_str(&fs::read_to_string(folder.join("runtime.yaml"))?)?;
        let list = manifest
            .first()
            .and_then(|root| root["variants"]["stock"]["settings"].as_vec())
            .ok_or("runtime.yaml: got no settings of stock")?;
        let plain = fs::read_to_string(folder.join("scripts/plain_calls.txt"))?;
        Ok(Self::new(list, &plain))
    }

    fn new(list: &[Yaml], plain: &str) -> Self {
        let lines = plain.lines().filter(|line| !line.starts_with('#'));
        Self {
            settings: list.iter().map(Setting::new).collect(),
            plain: lines
                .flat_map(str::split_whitespace)
                .map(str::to_owned)
                .collect(),
        }
    }

    pub fn sourceless(&self) -> Vec<String> {
        let lacking = self.settings.iter().filter(|setting| !setting.has_source);
        lacking
            .map(|setting| {
                format!(
                    "runtime.yaml: stock has a setting without a source: {}",
                    setting.what
                )
            })
            .collect()
    }

    /// Whether a setting has this code in it, by itself and not as part of a longer word.
    pub fn sets(&self, code: &str) -> bool {
        self.settings
            .iter()
            .any(|setting| text::has(&setting.code, code))
    }

    /// Whether the feature of a library stands beside its name.
    pub fn has_feature(&self, library: &str, feature: &str) -> bool {
        self.settings.iter().any(|setting| {
            setting.what.split_once(library).is_some_and(|(_, rest)| {
                rest.strip_prefix(" features ")
                    .or_else(|| rest.strip_prefix(" feature "))
                    .is_some_and(|list| {
                        list.split(", ")
                            .take_while(|word| !word.contains(" feature"))
                            .any(|word| word == feature)
                    })
            })
        })
    }

    /// Whether a function, method or macro (with its `!`) sets nothing of a library.
    pub fn is_plain(&self, name: &str) -> bool {
        self.plain.contains(name)
    }
}

impl Setting {
    fn new(setting: &Yaml) -> Self {
        let what = setting["what"].as_str().unwrap_or_default().to_owned();
        let source = setting["source"].as_str().unwrap_or_default();
        Self {
            code: text::normal(&what),
            what,
            has_source: source.starts_with("https://"),
        }
    }
}
