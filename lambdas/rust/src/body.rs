//! The JSON of a request body, as axum and serde read it.

use axum::Json;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    model::{Fields, valid_description, valid_name, valid_price},
    problem::Problem,
};

/// The members that an item may have, of any kind each, so that each can be at
/// fault by itself. An absent one is null.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Draft {
    name: Value,
    description: Value,
    price: Value,
}

pub fn parse(body: &[u8]) -> Result<Fields, Problem> {
    // Through a map: serde's structs take arrays as well, and refuse duplicates.
    let Json(members) = Json::<Map<String, Value>>::from_bytes(body).map_err(|_| Problem::Body)?;
    let draft = Draft::deserialize(Value::Object(members)).map_err(|_| Problem::Body)?;
    Fields::checked(
        draft.name.as_str().and_then(valid_name),
        match draft.description {
            Value::Null => Some(String::new()),
            Value::String(text) => valid_description(text),
            _ => None,
        },
        draft.price.as_f64().and_then(valid_price),
    )
}
