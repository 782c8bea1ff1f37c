//! Items in a `DynamoDB` table, and which errors of its client mean what. The
//! client is made on first use, once per process.

use std::{
    collections::HashMap,
    error::Error,
    pin::Pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeValue, ReturnValue},
};
use tokio::{sync::OnceCell, time::timeout};
use uuid::Uuid;

use crate::{
    model::{Fields, Item, Price},
    problem::{BoxError, Problem, chain},
    settings::Settings,
};

const MAX_ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Leaves the rest of Lambda's init phase of 10 s to a function whose database
/// does not answer.
const PRIME_TIMEOUT: Duration = Duration::from_secs(5);
const MUST_EXIST: &str = "attribute_exists(id)";
const THROTTLED: [&str; 3] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
];

type Attributes = HashMap<String, AttributeValue>;

/// What the app needs of a store.
pub trait Store: Send + Sync + 'static {
    fn get(&self, id: &str) -> impl Future<Output = Result<Item, StoreError>> + Send;

    /// Up to `limit` items after the one with the id `after`, and the id to go
    /// on after, which is `None` at the end of the table.
    fn list(
        &self,
        limit: u8,
        after: Option<&str>,
    ) -> impl Future<Output = Result<(Vec<Item>, Option<String>), StoreError>> + Send;

    /// Writes a new item.
    fn put(
        &self,
        item: &Item,
        expires: SystemTime,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Replaces what a caller decides about an item, and returns the whole of
    /// it. It never creates one.
    fn update(
        &self,
        id: &str,
        fields: &Fields,
        updated_at: &str,
    ) -> impl Future<Output = Result<Item, StoreError>> + Send;

    fn delete(&self, id: &str) -> impl Future<Output = Result<(), StoreError>> + Send;
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("item not found")]
    NotFound,
    /// The database throttled the call or could not be reached, even after the
    /// SDK's own retries.
    #[error("{doing}: database unavailable")]
    Unavailable {
        doing: &'static str,
        source: BoxError,
    },
    #[error("{doing}")]
    Unexpected {
        doing: &'static str,
        source: BoxError,
    },
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NoItem,
            StoreError::Unavailable { .. } => Self::DatabaseDown(error.into()),
            StoreError::Unexpected { .. } => Self::Unexpected(error.into()),
        }
    }
}

/// A client in the making.
pub type Connecting = Pin<Box<dyn Future<Output = Client> + Send>>;

/// The retries that every client has.
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS)
}

/// The timeouts that every client has: three attempts fit into the function's own.
pub fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .build()
}

/// Keeps items in a `DynamoDB` table.
pub struct DynamoStore {
    table: String,
    attempt_timeout: Duration,
    connect: Box<dyn Fn(Duration) -> Connecting + Send + Sync>,
    client: OnceCell<Client>,
}

impl DynamoStore {
    /// A store whose client `connect` makes, from the timeout of an attempt.
    pub fn new(
        settings: &Settings,
        connect: impl Fn(Duration) -> Connecting + Send + Sync + 'static,
    ) -> Self {
        Self {
            table: settings.table.clone(),
            attempt_timeout: settings.attempt_timeout,
            connect: Box::new(connect),
            client: OnceCell::new(),
        }
    }

    /// Makes the client and warms it: TLS, connection, one read. The first request
    /// will try again, so a failure only costs its warmth.
    pub async fn prime(&self) {
        let nobody = Uuid::nil().to_string();
        let error = match timeout(PRIME_TIMEOUT, self.get(&nobody)).await {
            Ok(Ok(_) | Err(StoreError::NotFound)) => return,
            Ok(Err(error)) => chain(&error),
            Err(late) => chain(&late),
        };
        tracing::warn!(error, "the store could not be primed");
    }

    pub async fn client(&self) -> &Client {
        let connect = || (self.connect)(self.attempt_timeout);
        self.client.get_or_init(connect).await
    }
}

impl Store for DynamoStore {
    /// Reads with strong consistency.
    async fn get(&self, id: &str) -> Result<Item, StoreError> {
        let doing = "get item";
        let output = self
            .client()
            .await
            .get_item()
            .table_name(&self.table)
            .key("id", text(id))
            .consistent_read(true)
            .send()
            .await
            .map_err(classify(doing))?;
        match output.item {
            Some(attributes) => from_attributes(&attributes).map_err(unexpected(doing)),
            None => Err(StoreError::NotFound),
        }
    }

    async fn list(
        &self,
        limit: u8,
        after: Option<&str>,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let doing = "scan items";
        let start = after.map(|id| HashMap::from([("id".to_owned(), text(id))]));
        let output = self
            .client()
            .await
            .scan()
            .table_name(&self.table)
            .limit(limit.into())
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(classify(doing))?;
        let items: Result<_, _> = output.items().iter().map(from_attributes).collect();
        let next = output
            .last_evaluated_key()
            .map(|key| read_text(key, "id"))
            .transpose();
        Ok((
            items.map_err(unexpected(doing))?,
            next.map_err(unexpected(doing))?,
        ))
    }

    /// The id is fresh, so that a retry does no harm.
    async fn put(&self, item: &Item, expires: SystemTime) -> Result<(), StoreError> {
        self.client()
            .await
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_attributes(item, expires)))
            .send()
            .await
            .map_err(classify("put item"))?;
        Ok(())
    }

    async fn update(
        &self,
        id: &str,
        fields: &Fields,
        updated_at: &str,
    ) -> Result<Item, StoreError> {
        let doing = "update item";
        let output = self
            .client()
            .await
            .update_item()
            .table_name(&self.table)
            .key("id", text(id))
            .condition_expression(MUST_EXIST)
            .update_expression(
                "SET #name = :name, description = :description, price = :price, updatedAt = :updatedAt",
            )
            .expression_attribute_names("#name", "name") // A reserved word.
            .expression_attribute_values(":name", text(&fields.name))
            .expression_attribute_values(":description", text(&fields.description))
            .expression_attribute_values(":price", number(&fields.price))
            .expression_attribute_values(":updatedAt", text(updated_at))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(classify(doing))?;
        from_attributes(&output.attributes.unwrap_or_default()).map_err(unexpected(doing))
    }

    async fn delete(&self, id: &str) -> Result<(), StoreError> {
        self.client()
            .await
            .delete_item()
            .table_name(&self.table)
            .key("id", text(id))
            .condition_expression(MUST_EXIST)
            .send()
            .await
            .map_err(classify("delete item"))?;
        Ok(())
    }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: &impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn to_attributes(item: &Item, expires: SystemTime) -> Attributes {
    let expires = expires
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    [
        ("id", text(&item.id)),
        ("name", text(&item.name)),
        ("description", text(&item.description)),
        ("price", number(&item.price)),
        ("runtime", text(&item.runtime)),
        ("sourceIp", text(&item.source_ip)),
        ("createdAt", text(&item.created_at)),
        ("updatedAt", text(&item.updated_at)),
        ("expiresAt", number(&expires)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// An attribute of the table is not what this API writes.
#[derive(Debug, thiserror::Error)]
#[error("attribute {name}: got {got}, want a {want}")]
struct AttributeError {
    name: &'static str,
    want: &'static str,
    got: &'static str,
}

fn from_attributes(attributes: &Attributes) -> Result<Item, AttributeError> {
    let text = |name| read_text(attributes, name);
    Ok(Item {
        id: text("id")?,
        name: text("name")?,
        description: text("description")?,
        price: read_price(attributes, "price")?,
        runtime: text("runtime")?,
        source_ip: text("sourceIp")?,
        created_at: text("createdAt")?,
        updated_at: text("updatedAt")?,
    })
}

fn read_text(attributes: &Attributes, name: &'static str) -> Result<String, AttributeError> {
    match attributes.get(name) {
        Some(AttributeValue::S(value)) => Ok(value.clone()),
        other => Err(AttributeError {
            name,
            want: "string",
            got: kind(other),
        }),
    }
}

fn read_price(attributes: &Attributes, name: &'static str) -> Result<Price, AttributeError> {
    let wrong = |got| AttributeError {
        name,
        want: "number",
        got,
    };
    match attributes.get(name) {
        Some(AttributeValue::N(value)) => {
            let number = value.parse().map_err(|_| wrong("no number"))?;
            Ok(Price(number))
        }
        other => Err(wrong(kind(other))),
    }
}

fn kind(value: Option<&AttributeValue>) -> &'static str {
    match value {
        None => "nothing",
        Some(AttributeValue::S(_)) => "a string",
        Some(AttributeValue::N(_)) => "a number",
        Some(_) => "another type",
    }
}

fn unexpected(doing: &'static str) -> impl Fn(AttributeError) -> StoreError {
    move |error| StoreError::Unexpected {
        doing,
        source: error.into(),
    }
}

/// Tells what an error of the SDK means for the caller.
fn classify<E>(doing: &'static str) -> impl Fn(SdkError<E>) -> StoreError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    move |error| {
        let code = error.code().unwrap_or_default();
        if code == "ConditionalCheckFailedException" {
            StoreError::NotFound
        } else if THROTTLED.contains(&code) || is_unreached(&error) {
            StoreError::Unavailable {
                doing,
                source: error.into(),
            }
        } else {
            StoreError::Unexpected {
                doing,
                source: error.into(),
            }
        }
    }
}

/// Whether no answer of `DynamoDB` arrived in time, be it for the network or for
/// a proxy on the way.
fn is_unreached<E>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::DispatchFailure(failure) => !failure.is_user(),
        SdkError::ServiceError(answer) => matches!(answer.raw().status().as_u16(), 502..=504),
        _ => false,
    }
}
