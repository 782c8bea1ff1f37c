//! The JSON of a request body, read so that what is wrong with a member stays apart
//! from what is wrong with the body: `serde_json` by itself refuses the whole text
//! for an escaped lone surrogate or for a number that no double holds.

use std::collections::BTreeMap;

use items::{
    model::{Fields, Price, valid_description, valid_name, valid_price},
    problem::Problem,
};
use serde_json::value::RawValue;

const MAX_DEPTH: usize = 32;

/// Reads a request body. Of a duplicate member the last one counts.
pub fn parse(body: &[u8]) -> Result<Fields, Problem> {
    let text = str::from_utf8(body).map_err(|_| Problem::Body)?;
    let members: BTreeMap<String, &RawValue> =
        serde_json::from_str(text).map_err(|_| Problem::Body)?;
    let known = |name: &String| matches!(name.as_str(), "name" | "description" | "price");
    if !members.keys().all(known) || depth(text) > MAX_DEPTH {
        return Err(Problem::Body);
    }
    let member = |name| members.get(name).map(|raw| raw.get());
    Fields::checked(
        member("name")
            .and_then(text_of)
            .as_deref()
            .and_then(valid_name),
        match member("description") {
            None | Some("null") => Some(String::new()),
            Some(raw) => text_of(raw).and_then(valid_description),
        },
        member("price").and_then(price_of),
    )
}

/// A JSON string without lone surrogates.
fn text_of(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

/// A JSON number; infinite where no double holds it, and so out of range.
fn price_of(raw: &str) -> Option<Price> {
    let is_number = raw.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    valid_price(is_number.then(|| raw.parse().ok())??)
}

/// How deep a valid JSON text is nested. A loop, so that no stack overflows.
fn depth(text: &str) -> usize {
    let (mut deepest, mut depth, mut in_string) = (0, 0_usize, false);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next(); // Only strings have backslashes.
            }
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    deepest
}
