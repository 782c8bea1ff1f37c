//! The sources that are compiled, what names mean in all of them, and which of those
//! names are nobody's to use.

use std::{
    collections::{HashMap, HashSet},
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, visit::Visit};

use crate::{
    declared::Declared,
    reader::Reader,
    text::{self, Values},
};

/// Crates that say that only the SDK is to use them, what `lambda_http` hides from its
/// documentation, and the ways past the compiler.
const PRIVATE: [&str; 16] = [
    "aws_runtime",
    "aws_smithy_runtime",
    "aws_smithy_runtime_api",
    "aws_smithy_http",
    "aws_smithy_json",
    "aws_sigv4",
    "Adapter",
    "LambdaRequest",
    "LambdaResponse",
    "RequestOrigin",
    "TransformResponse",
    "internal",
    "internals",
    "unsafe",
    "extern",
    "macro_rules",
];
pub struct Source {
    pub file: PathBuf,
    pub items: Vec<Item>,
}

pub fn faults(folder: &Path, declared: &Declared) -> Result<Vec<String>, Box<dyn Error>> {
    let mut sources = Vec::new();
    for root in ["src/lib.rs", "src/main.rs"] {
        read(folder, Path::new(root), &mut sources)?;
    }
    let build = syn::parse_file(&fs::read_to_string(folder.join("build.rs"))?)?;
    let mut krate = Names::default();
    for source in &sources {
        krate.collect(source);
    }
    let mut faults = Vec::new();
    private(
        Path::new("build.rs"),
        build.into_token_stream(),
        &mut faults,
    );
    for source in &sources {
        let mut reader = Reader::new(source, declared, &krate);
        for item in &source.items {
            private(&source.file, item.to_token_stream(), &mut reader.faults);
            reader.scan(item.to_token_stream());
            reader.visit_item(item);
        }
        faults.append(&mut reader.faults);
    }
    Ok(faults)
}

/// Reads a file and those that its `mod`s name, without what is compiled for tests only.
fn read(folder: &Path, file: &Path, sources: &mut Vec<Source>) -> Result<(), Box<dyn Error>> {
    let content = fs::read_to_string(folder.join(file))
        .map_err(|error| format!("{}: {error}", file.display()))?;
    let parsed =
        syn::parse_file(&content).map_err(|error| format!("{}: {error}", file.display()))?;
    let below = match file.file_stem().and_then(|stem| stem.to_str()) {
        Some("main" | "lib" | "mod") => file.with_file_name(""),
        _ => file.with_extension(""),
    };
    let mut items = parsed.items;
    let mut files = Vec::new();
    without_tests(&mut items, &below, folder, &mut files);
    // What stands at the head of a file is about all of it.
    if let Some(attribute) = parsed
        .attrs
        .iter()
        .find(|attribute| !attribute.path().is_ident("doc"))
    {
        return Err(format!(
            "{}: got {}, want no attributes of a whole file",
            file.display(),
            flat(attribute)
        )
        .into());
    }
    sources.push(Source {
        file: file.to_owned(),
        items,
    });
    for file in files {
        read(folder, &file, sources)?;
    }
    Ok(())
}

fn without_tests(items: &mut Vec<Item>, below: &Path, folder: &Path, files: &mut Vec<PathBuf>) {
    items.retain(|item| {
        let (Item::Mod(syn::ItemMod { attrs, .. }) | Item::Fn(syn::ItemFn { attrs, .. })) = item
        else {
            return true;
        };
        !attrs
            .iter()
            .any(|attribute| flat(attribute) == "#[cfg(test)]")
    });
    for item in items {
        let Item::Mod(module) = item else { continue };
        let path = below.join(module.ident.to_string());
        if let Some((_, inner)) = &mut module.content {
            without_tests(inner, &path, folder, files);
        } else {
            let file = path.with_extension("rs");
            let exists = folder.join(&file).exists();
            files.push(if exists { file } else { path.join("mod.rs") });
        }
    }
}

fn flat(tokens: &impl ToTokens) -> String {
    text::spelled(tokens.to_token_stream(), &[])
}

fn private(file: &Path, code: TokenStream, faults: &mut Vec<String>) {
    for token in code {
        match token {
            TokenTree::Group(group) => private(file, group.stream(), faults),
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                if PRIVATE.contains(&name.as_str()) || name.starts_with("__") {
                    faults.push(format!(
                        "{}:{}: uses a private name: {name}",
                        file.display(),
                        ident.span().start().line
                    ));
                }
            }
            _ => {}
        }
    }
}

/// What names mean in the whole crate: constants, other names of types, and items of ours.
#[derive(Default)]
pub struct Names {
    pub constants: Values,
    pub aliases: HashMap<String, Vec<String>>,
    pub own: HashSet<String>,
}

impl Names {
    fn collect(&mut self, source: &Source) {
        for item in &source.items {
            self.visit_item(item);
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Const(constant) => self.constants.add(
                &constant.ident.to_string(),
                Some(constant.expr.to_token_stream()),
            ),
            Item::Static(constant) => self.constants.add(&constant.ident.to_string(), None),
            Item::Type(alias) => {
                if let syn::Type::Path(path) = &*alias.ty {
                    let segments = path
                        .path
                        .segments
                        .iter()
                        .map(|segment| segment.ident.to_string());
                    self.aliases
                        .insert(alias.ident.to_string(), segments.collect());
                }
            }
            Item::Struct(item) => drop(self.own.insert(item.ident.to_string())),
            Item::Enum(item) => drop(self.own.insert(item.ident.to_string())),
            Item::Trait(item) => drop(self.own.insert(item.ident.to_string())),
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_impl_item_const(&mut self, constant: &'ast syn::ImplItemConst) {
        self.constants.add(&constant.ident.to_string(), None);
    }
}
