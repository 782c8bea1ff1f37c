//! The item and its strict validation. Nothing here knows of HTTP or `DynamoDB`.

use std::{collections::BTreeMap, fmt, time::SystemTime};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::problem::{FieldError, Problem};

pub(crate) const MAX_BODY_BYTES: usize = 65_536;
const MAX_DEPTH: usize = 32;
const MAX_NAME_CHARS: usize = 100;
const MAX_DESCRIPTION_CHARS: usize = 1000;
const MAX_PRICE: f64 = 1_000_000.0;
const MAX_PRICE_DECIMALS: usize = 2;
const MAX_LIMIT: u8 = 100;
pub const DEFAULT_LIMIT: u8 = 20;

/// An item as callers see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub id: String,
    pub name: String,
    pub description: String,
    pub price: Price,
    pub runtime: String,
    pub source_ip: String,
    pub created_at: String,
    pub updated_at: String,
}

/// A part of the table and the token of the next part.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    pub items: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A price, which shows as the shortest decimal that gives the same double:
/// 100, not 100.0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price(pub f64);

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // serde_json writes every double with a fraction.
        match self.to_string().parse::<u64>() {
            Ok(whole) => serializer.serialize_u64(whole),
            Err(_) => serializer.serialize_f64(self.0),
        }
    }
}

/// What a caller decides about an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Fields {
    pub name: String,
    pub description: String,
    pub price: Price,
}

impl Fields {
    /// Reads a request body.
    ///
    /// A struct would not do: serde refuses duplicate members, where the last
    /// one should win. Raw values keep what is wrong with a member apart from
    /// what is wrong with the body: `serde_json` itself refuses the whole text
    /// for an escaped lone surrogate or for a number that no double holds.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let text = str::from_utf8(body).map_err(|_| Problem::Body)?;
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(text).map_err(|_| Problem::Body)?;
        let known = |name: &String| matches!(name.as_str(), "name" | "description" | "price");
        if !members.keys().all(known) || depth(text) > MAX_DEPTH {
            return Err(Problem::Body);
        }

        let member = |name| members.get(name).map(|raw| raw.get());
        let name = member("name").and_then(parse_name);
        let description = parse_description(member("description"));
        let price = member("price").and_then(parse_price);
        match (name, description, price) {
            (Some(name), Some(description), Some(price)) => Ok(Self {
                name,
                description,
                price,
            }),
            (name, description, price) => {
                let faults = [
                    (name.is_none(), FieldError::NAME),
                    (description.is_none(), FieldError::DESCRIPTION),
                    (price.is_none(), FieldError::PRICE),
                ];
                let errors = faults
                    .into_iter()
                    .filter_map(|(wrong, error)| wrong.then_some(error));
                Err(Problem::Fields(errors.collect()))
            }
        }
    }
}

fn parse_name(raw: &str) -> Option<String> {
    let text = parse_text(raw)?;
    let name = text.trim_matches(['\t', '\n', '\r', ' ']);
    (!name.is_empty() && name.chars().count() <= MAX_NAME_CHARS).then(|| name.to_owned())
}

fn parse_description(raw: Option<&str>) -> Option<String> {
    match raw {
        None | Some("null") => Some(String::new()),
        Some(raw) => parse_text(raw).filter(|text| text.chars().count() <= MAX_DESCRIPTION_CHARS),
    }
}

/// Reads a JSON string. There is none where `raw` is something else, or has a
/// lone surrogate or a control character other than tab, line feed and
/// carriage return.
fn parse_text(raw: &str) -> Option<String> {
    let text: String = serde_json::from_str(raw).ok()?;
    let is_control = |c| c < ' ' && !matches!(c, '\t' | '\n' | '\r');
    (!text.contains(is_control)).then_some(text)
}

/// Accepts a number in range whose shortest decimal that gives the same double
/// has at most two decimal places.
fn parse_price(raw: &str) -> Option<Price> {
    if !raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    let number: f64 = raw.parse().ok()?; // Infinite where no double holds it.
    if !(0.0..=MAX_PRICE).contains(&number) {
        return None;
    }
    let price = Price(number.abs()); // No -0.
    let decimals = price
        .to_string()
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    (decimals <= MAX_PRICE_DECIMALS).then_some(price)
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

/// Whether `text` is a UUID in its canonical form: lower case, with hyphens,
/// without braces or a prefix.
pub(crate) fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id.to_string() == text)
}

/// Reads the limit's query values; none means the default.
pub(crate) fn parse_limit(values: &[String]) -> Result<u8, Problem> {
    match values {
        [] => Ok(DEFAULT_LIMIT),
        [value] => match value.parse() {
            // The comparison refuses a plus sign and leading zeros.
            Ok(limit @ 1..=MAX_LIMIT) if limit.to_string() == *value => Ok(limit),
            _ => Err(Problem::Limit),
        },
        _ => Err(Problem::Limit),
    }
}

/// Returns the id that the token's query values stand for, if there is a token.
pub(crate) fn parse_next_token(values: &[String]) -> Result<Option<String>, Problem> {
    let value = match values {
        [] => return Ok(None),
        [value] => value,
        _ => return Err(Problem::NextToken),
    };
    // The engine refuses what is not canonical.
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(value)
        .map_err(|_| Problem::NextToken)?;
    let id = Uuid::from_slice(&bytes).map_err(|_| Problem::NextToken)?;
    Ok(Some(id.to_string()))
}

/// The token of the page after the item with this id.
pub(crate) fn next_token(id: &str) -> Result<String, uuid::Error> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(Uuid::try_parse(id)?))
}

/// RFC 3339 in UTC with milliseconds.
pub fn timestamp(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond(),
    )
}

#[cfg(test)]
mod tests;
