//! Every problem document of this API (RFC 9457). The words are fixed for all
//! runtimes; nothing internal ever enters one.

use std::{error::Error, sync::Arc};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// A boxed error of any kind.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// An error as the caller sees it. Its words are the document's detail; the
/// source is for the log alone.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("The requested resource does not exist.")]
    UnknownPath,
    #[error("The item does not exist.")]
    NoItem,
    #[error("The method is not allowed for this resource.")]
    Method { allow: &'static str },
    #[error("The request body must be application/json without a content encoding.")]
    MediaType,
    #[error("The request body must not exceed 65536 bytes.")]
    BodyTooLarge,
    #[error(
        "The request body must be a JSON object with no other fields than name, description and price."
    )]
    Body,
    #[error("One or more fields are invalid.")]
    Fields(Vec<FieldError>),
    #[error("The limit must be an integer from 1 to 100.")]
    Limit,
    #[error("The nextToken is not valid.")]
    NextToken,
    #[error("The database is not available, try again later.")]
    DatabaseDown(#[source] BoxError),
    #[error("An unexpected error occurred.")]
    Unexpected(#[source] BoxError),
}

/// What a field must be, whichever of its rules was broken.
#[derive(Debug, PartialEq, Serialize)]
pub struct FieldError {
    field: &'static str,
    message: &'static str,
}

impl FieldError {
    pub const NAME: Self = Self {
        field: "name",
        message: "must be a string of 1 to 100 characters",
    };
    pub const DESCRIPTION: Self = Self {
        field: "description",
        message: "must be a string of at most 1000 characters",
    };
    pub const PRICE: Self = Self {
        field: "price",
        message: "must be a number from 0 to 1000000 with at most 2 decimal places",
    };
}

/// What the caller may not see of a problem: an extension of the response, so
/// that whoever knows the request's id can log it.
#[derive(Clone)]
pub struct Cause(pub Arc<str>);

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::UnknownPath | Self::NoItem => (StatusCode::NOT_FOUND, "Not Found"),
            Self::Method { .. } => (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type"),
            // RFC 9110's name; the http crate keeps that of RFC 7231.
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Content Too Large"),
            Self::Body | Self::Fields(_) | Self::Limit | Self::NextToken => {
                (StatusCode::BAD_REQUEST, "Bad Request")
            }
            Self::DatabaseDown(_) => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            Self::Unexpected(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, title) = self.status();
        let document = Document {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            detail: self.to_string(),
            errors: if let Self::Fields(errors) = &self {
                errors
            } else {
                &[]
            },
        };
        // Strings and an integer: this cannot fail.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let content_type = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        match &self {
            Self::Method { allow } => {
                response
                    .headers_mut()
                    .insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            Self::DatabaseDown(_) => {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        if let Some(cause) = self.source() {
            response.extensions_mut().insert(Cause(chain(cause).into()));
        }
        response
    }
}

/// The words of an error and of all that caused it.
pub fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        next = cause.source();
    }
    words
}
