//! The item and the rules of its fields. Nothing here knows of HTTP, JSON's text or
//! `DynamoDB`.

use std::{fmt, time::SystemTime};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::problem::{FieldError, Problem};

pub const MAX_BODY_BYTES: usize = 65_536;
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
pub struct Page {
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
    /// The fields, or a problem that names those without a value.
    pub fn checked(
        name: Option<String>,
        description: Option<String>,
        price: Option<Price>,
    ) -> Result<Self, Problem> {
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

pub fn valid_name(text: &str) -> Option<String> {
    let name = text.trim_matches(['\t', '\n', '\r', ' ']);
    (!name.is_empty() && is_text(name, MAX_NAME_CHARS)).then(|| name.to_owned())
}

pub fn valid_description(text: String) -> Option<String> {
    is_text(&text, MAX_DESCRIPTION_CHARS).then_some(text)
}

/// Whether a text is short enough and without control characters other than tab,
/// line feed and carriage return.
fn is_text(text: &str, max_chars: usize) -> bool {
    let is_control = |c| c < ' ' && !matches!(c, '\t' | '\n' | '\r');
    text.chars().count() <= max_chars && !text.contains(is_control)
}

/// Accepts a number in range whose shortest decimal that gives the same double
/// has at most two decimal places.
pub fn valid_price(number: f64) -> Option<Price> {
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

/// Whether `text` is a UUID in its canonical form: lower case, with hyphens,
/// without braces or a prefix.
pub fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id.to_string() == text)
}

/// Reads the limit's query values; none means the default.
pub fn parse_limit(values: &[&str]) -> Result<u8, Problem> {
    match values {
        [] => Ok(DEFAULT_LIMIT),
        [value] => match value.parse() {
            // The comparison refuses a plus sign and leading zeros.
            Ok(limit @ 1..=MAX_LIMIT) if limit.to_string() == **value => Ok(limit),
            _ => Err(Problem::Limit),
        },
        _ => Err(Problem::Limit),
    }
}

/// Returns the id that the token's query values stand for, if there is a token.
pub fn parse_next_token(values: &[&str]) -> Result<Option<String>, Problem> {
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
pub fn next_token(id: &str) -> Result<String, uuid::Error> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(Uuid::try_parse(id)?))
}

/// RFC 3339 in UTC with milliseconds.
pub fn timestamp(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}
