//! What one file sets: every call, function handed on, attribute, macro and literal of a
//! library's type that is not known to be plain.

use std::{collections::HashMap, path::Path};

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, ExprStruct, UseTree, visit::Visit};

use crate::{
    declared::Declared,
    sources::{Names, Source},
    text::{self, Values, is_punct},
};

const ATTRIBUTES: [&str; 5] = ["doc", "derive", "error", "from", "source"];
const OF_SERDE: [&str; 6] = [
    "default",
    "deny_unknown_fields",
    "rename",
    "rename_all",
    "skip_serializing_if",
    "tag",
];

pub struct Reader<'a> {
    file: &'a Path,
    declared: &'a Declared,
    krate: &'a Names,
    /// Names of this file that `use` gives, with all that each may mean.
    imports: HashMap<String, Vec<Vec<String>>>,
    variables: Values,
    pub faults: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a Source, declared: &'a Declared, krate: &'a Names) -> Self {
        let mut reader = Self {
            file: &source.file,
            declared,
            krate,
            imports: HashMap::new(),
            variables: Values::default(),
            faults: Vec::new(),
        };
        let mut locals = Locals(&mut reader);
        for item in &source.items {
            locals.visit_item(item);
        }
        reader
    }

    fn fault(&mut self, fault: &str) {
        self.faults
            .push(format!("{}: {fault}", self.file.display()));
    }

    fn import(&mut self, tree: &UseTree, before: &[String], public: bool) {
        let path = |ident: &Ident| [before, &[ident.to_string()]].concat();
        let (name, path) = match tree {
            UseTree::Path(part) => return self.import(&part.tree, &path(&part.ident), public),
            UseTree::Group(group) => {
                return group
                    .items
                    .iter()
                    .for_each(|tree| self.import(tree, before, public));
            }
            UseTree::Glob(_) => {
                return self.fault(&format!(
                    "{}::* hides where its names are from",
                    before.join("::")
                ));
            }
            UseTree::Name(name) if name.ident == "self" => {
                (before.last().cloned().unwrap_or_default(), before.to_vec())
            }
            UseTree::Name(name) => (name.ident.to_string(), path(&name.ident)),
            UseTree::Rename(rename) if rename.ident == "self" => {
                (rename.rename.to_string(), before.to_vec())
            }
            UseTree::Rename(rename) => (rename.rename.to_string(), path(&rename.ident)),
        };
        if public && !is_ours(&path[0]) {
            self.fault(&format!(
                "{} gets another name for the whole crate",
                path.join("::")
            ));
        }
        self.imports.entry(name).or_default().push(path);
    }

    /// All that a path may be in full; nothing where it is ours.
    fn meanings(&self, path: &[String]) -> Vec<Vec<String>> {
        let first = &path[0];
        let paths = match self.imports.get(first) {
            Some(paths) => paths
                .iter()
                .map(|import| [import, &path[1..]].concat())
                .collect(),
            None if path.len() == 1 || self.krate.own.contains(first) => Vec::new(),
            None => vec![path.to_vec()],
        };
        let unaliased = paths.into_iter().map(|path| match path.split_last() {
            Some((last, front)) => match front.last().and_then(|name| self.krate.aliases.get(name))
            {
                Some(alias) => [alias.as_slice(), std::slice::from_ref(last)].concat(),
                None => path,
            },
            None => path,
        });
        unaliased.filter(|path| !is_ours(&path[0])).collect()
    }

    fn spelled(&self, code: TokenStream) -> String {
        text::spelled(code, &[&self.variables, &self.krate.constants])
    }

    pub fn scan(&mut self, code: TokenStream) {
        let tokens: Vec<TokenTree> = code.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    at += usize::from(tokens.get(at + 1).is_some_and(|next| is_punct(next, '!')));
                    if let Some(TokenTree::Group(group)) = tokens.get(at + 1)
                        && group.delimiter() == Delimiter::Bracket
                    {
                        self.attribute(group.stream());
                        at += 1;
                    }
                }
                TokenTree::Ident(ident)
                    if ident == "use"
                        && !tokens.get(at + 1).is_some_and(|next| is_punct(next, '<')) =>
                {
                    at += tokens[at..]
                        .iter()
                        .position(|token| is_punct(token, ';'))
                        .unwrap_or(0);
                }
                TokenTree::Ident(ident) if ident == "fn" || ident == "mod" => at += 1,
                TokenTree::Ident(_) => at = self.name(&tokens, at),
                _ => {}
            }
            at += 1;
        }
    }

    /// A name in the tokens, with all of its path; returns where its last token is.
    fn name(&mut self, tokens: &[TokenTree], start: usize) -> usize {
        let is = |at: usize, want| tokens.get(at).is_some_and(|token| is_punct(token, want));
        let mut path = Vec::new();
        let mut at = start;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(ident)) => path.push(ident.to_string()),
                Some(_) if is(at, '<') => at = end_of_generics(tokens, at),
                _ => return at - 1,
            }
            if !(is(at + 1, ':') && is(at + 2, ':')) {
                break;
            }
            at += 3;
        }
        // `1..name(x)` is no method, and `<T as Trait>::name(x)` is none of a known type.
        let is_before = |back: usize, want| start >= back && is_punct(&tokens[start - back], want);
        let is_method = is_before(1, '.') && !is_before(2, '.');
        let after_type = is_before(1, ':') && is_before(2, ':') && is_before(3, '>');
        let arguments = match tokens.get(at + 1) {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                Some(group.stream())
            }
            _ => None,
        };
        let last = path[path.len() - 1].clone();
        if last == "if" || last == "while" {
            // `if !(…)` is no macro.
        } else if is(at + 1, '!') && matches!(tokens.get(at + 2), Some(TokenTree::Group(_))) {
            for path in self.named(&path) {
                self.require(&format!("{path}!"), &format!("{path}!"));
            }
        } else if is_method || after_type {
            if let Some(arguments) = arguments {
                let code = format!("{last}({})", self.arguments(arguments));
                self.require(&last, &code);
            }
        } else if last.starts_with(|first: char| first.is_ascii_lowercase()) {
            for path in self.meanings(&path) {
                let short = path[path.len().saturating_sub(2)..].join("::");
                let code = match &arguments {
                    Some(arguments) => format!("{short}({})", self.arguments(arguments.clone())),
                    None => short,
                };
                self.require(&path.join("::"), &code);
            }
        }
        at
    }

    fn named(&self, path: &[String]) -> Vec<String> {
        let known = self.meanings(path);
        if known.is_empty() {
            vec![path.join("::")]
        } else {
            known.iter().map(|path| path.join("::")).collect()
        }
    }

    fn arguments(&self, code: TokenStream) -> String {
        let text = self.spelled(code);
        text.strip_suffix(',').map_or(text.clone(), str::to_owned)
    }

    fn require(&mut self, name: &str, code: &str) {
        if !self.declared.is_plain(name) && !self.declared.sets(code) {
            self.fault(&format!("{code} is a setting that stock does not declare, or {name} is missing in scripts/plain_calls.txt"));
        }
    }

    fn attribute(&mut self, code: TokenStream) {
        let text = text::spelled(code.clone(), &[]);
        let name = text.split(['(', '=']).next().unwrap_or_default();
        let is_plain = ATTRIBUTES.contains(&name)
            || text == "tokio::main"
            || name == "cfg" && text.starts_with("cfg(feature=")
            || name == "allow" && text.starts_with("allow(clippy::")
            || name == "serde"
                && serde_keys(code)
                    .iter()
                    .all(|key| OF_SERDE.contains(&key.as_str()));
        if !is_plain {
            self.fault(&format!(
                "#[{text}] is a setting that stock does not declare"
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    /// A library's struct with its fields is as much of a setting as a call.
    fn visit_expr_struct(&mut self, literal: &'ast ExprStruct) {
        let path: Vec<String> = literal
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let is_self = path[0] == "Self";
        for path in self.meanings(&path).iter().filter(|_| !is_self) {
            let name = path.join("::");
            let code = self.spelled(literal.to_token_stream());
            self.require(&name, &code);
        }
        syn::visit::visit_expr_struct(self, literal);
    }
}

/// What one file calls things.
struct Locals<'b, 'a>(&'b mut Reader<'a>);

impl<'ast> Visit<'ast> for Locals<'_, '_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let public = !matches!(item.vis, syn::Visibility::Inherited);
        self.0.import(&item.tree, &[], public);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let (syn::Pat::Ident(name), Some(value)) = (&local.pat, &local.init) {
            let value = name
                .mutability
                .is_none()
                .then(|| value.expr.to_token_stream());
            self.0.variables.add(&name.ident.to_string(), value);
            if let Some(value) = &local.init {
                syn::visit::visit_expr(self, &value.expr);
            }
        } else {
            syn::visit::visit_local(self, local);
        }
    }

    /// A name in any other pattern, such as a parameter, has a value that is not told.
    fn visit_pat_ident(&mut self, name: &'ast syn::PatIdent) {
        self.0.variables.add(&name.ident.to_string(), None);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

fn is_ours(first: &str) -> bool {
    matches!(first, "crate" | "self" | "super" | "items" | "Self")
}

/// Where the list that `<` opens ends; an arrow in it ends nothing.
fn end_of_generics(tokens: &[TokenTree], start: usize) -> usize {
    let mut depth = 0;
    for at in start..tokens.len() {
        let is_arrow = at > 0 && (is_punct(&tokens[at - 1], '-') || is_punct(&tokens[at - 1], '='));
        if is_punct(&tokens[at], '<') {
            depth += 1;
        } else if is_punct(&tokens[at], '>') && !is_arrow {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len() - 1
}

/// The names that `#[serde(…)]` gives values to, or that stand by themselves.
fn serde_keys(code: TokenStream) -> Vec<String> {
    let Some(TokenTree::Group(list)) = code.into_iter().nth(1) else {
        return vec![String::new()];
    };
    let idents = list.stream().into_iter();
    idents
        .filter_map(|token| match token {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        })
        .collect()
}
