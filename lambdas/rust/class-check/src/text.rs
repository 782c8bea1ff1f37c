//! Code as text in one spelling: without spaces, line ends and commas before a closing
//! bracket, and with the values that names stand for.

use std::collections::HashMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What names stand for, where they stand for one thing only.
#[derive(Default)]
pub struct Values(HashMap<String, Option<TokenStream>>);

impl Values {
    /// A name that is given a second time stands for no value that could be told.
    pub fn add(&mut self, name: &str, value: Option<TokenStream>) {
        self.0
            .entry(name.to_owned())
            .and_modify(|known| *known = None)
            .or_insert(value);
    }

    fn get(&self, name: &str) -> Option<TokenStream> {
        self.0.get(name).cloned().flatten()
    }
}

/// The code with each value in the place of its name; the first lists come first.
pub fn spelled(code: TokenStream, values: &[&Values]) -> String {
    let mut out = String::new();
    write(code, values, 8, &mut out);
    out
}

/// Text that may be code; what is none is left as it is.
pub fn normal(text: &str) -> String {
    text.parse()
        .map_or_else(|_| text.to_owned(), |code| spelled(code, &[]))
}

fn write(code: TokenStream, values: &[&Values], depth: usize, out: &mut String) {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                out.push_str(open);
                write(group.stream(), values, depth, out);
                if out.ends_with(',') {
                    out.pop();
                }
                out.push_str(close);
            }
            TokenTree::Ident(ident) => {
                // A field, a part of a path, or what is called.
                let part_of_more = at > 0
                    && (is_punct(&tokens[at - 1], '.') || is_punct(&tokens[at - 1], ':'))
                    || tokens
                        .get(at + 1)
                        .is_some_and(|next| is_punct(next, ':') || is_call(next));
                let name = ident.to_string();
                match values.iter().find_map(|list| list.get(&name)) {
                    Some(value) if depth > 0 && !part_of_more => {
                        write(value, values, depth - 1, out);
                    }
                    _ => push(&name, out),
                }
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let is_number = text.starts_with(|first: char| first.is_ascii_digit());
                push(
                    &if is_number {
                        text.replace('_', "")
                    } else {
                        text
                    },
                    out,
                );
            }
            TokenTree::Punct(punct) => out.push(punct.as_char()),
        }
    }
}

fn push(word: &str, out: &mut String) {
    if out.ends_with(is_word) && word.starts_with(is_word) {
        out.push(' ');
    }
    out.push_str(word);
}

pub fn is_punct(token: &TokenTree, want: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == want)
}

fn is_call(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `part` is in `whole` as words of its own.
pub fn has(whole: &str, part: &str) -> bool {
    whole.match_indices(part).any(|(at, _)| {
        let before = whole[..at].chars().next_back();
        let after = whole[at + part.len()..].chars().next();
        let longer = |end: bool, beside: Option<char>| end && beside.is_some_and(is_word);
        !longer(part.starts_with(is_word), before) && !longer(part.ends_with(is_word), after)
    })
}
