//! Items in a `DynamoDB` table: the client's settings, and which of its errors
//! mean what. The client is made on first use, once per process.

use std::{
    collections::HashMap,
    error::Error,
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_sdk_dynamodb::{
    Client, Config,
    config::{
        BehaviorVersion, Builder, Credentials, Region, SharedHttpClient,
        StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeValue, ReturnValue},
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use uuid::Uuid;

use crate::{
    app::{Store, StoreError},
    model::{Fields, Item, Price},
};

const MAX_ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const MUST_EXIST: &str = "attribute_exists(id)";

type Attributes = HashMap<String, AttributeValue>;

/// The store's environment variables.
#[derive(Clone, Debug)]
pub struct Settings {
    pub table: String,
    pub region: String,
    /// `None` is the service's own endpoint in the region.
    pub endpoint: Option<String>,
    pub attempt_timeout: Duration,
    pub credentials: Option<Credentials>,
}

/// Keeps items in a `DynamoDB` table.
pub struct DynamoStore {
    settings: Settings,
    configure: fn(Builder) -> Builder,
    client: OnceLock<Client>,
}

impl DynamoStore {
    pub fn new(settings: Settings) -> Self {
        Self::configured(settings, |config| config)
    }

    /// A store whose client's settings can be changed last, so that a test can
    /// shorten the back-off.
    pub(crate) fn configured(settings: Settings, configure: fn(Builder) -> Builder) -> Self {
        Self {
            settings,
            configure,
            client: OnceLock::new(),
        }
    }

    /// Makes the client and warms it: TLS, connection, one read.
    pub(crate) async fn prime(&self) -> Result<(), StoreError> {
        match self.get(&Uuid::nil().to_string()).await {
            Ok(_) | Err(StoreError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The client is configured from what Lambda always sets: environment
    /// variables. The aws-config crate would look into shared files as well and
    /// link the clients of SSO, STS and instance metadata, which no function of
    /// ours ever calls.
    fn client(&self) -> Result<&Client, StoreError> {
        let Some(credentials) = &self.settings.credentials else {
            return Err(StoreError::Unexpected {
                doing: "make the DynamoDB client",
                source: "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".into(),
            });
        };
        Ok(self.client.get_or_init(|| {
            let mut config = Config::builder();
            config.set_endpoint_url(self.settings.endpoint.clone());
            let config = config
                .behavior_version(BehaviorVersion::v2026_01_12())
                .region(Region::new(self.settings.region.clone()))
                // They stay the same for the whole life of a Lambda environment.
                .credentials_provider(credentials.clone())
                .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
                .timeout_config(
                    TimeoutConfig::builder()
                        .connect_timeout(CONNECT_TIMEOUT)
                        .operation_attempt_timeout(self.settings.attempt_timeout)
                        .build(),
                )
                // The attempt's timeout covers the body too.
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .http_client(self.http_client());
            Client::from_conf((self.configure)(config).build())
        }))
    }

    /// Reading the system's root certificates takes milliseconds, which a plain
    /// endpoint does not need.
    fn http_client(&self) -> SharedHttpClient {
        let builder = aws_smithy_http_client::Builder::new();
        match &self.settings.endpoint {
            Some(endpoint) if endpoint.starts_with("http://") => builder.build_http(),
            _ => builder
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build_https(),
        }
    }
}

impl Store for DynamoStore {
    /// Reads with strong consistency.
    async fn get(&self, id: &str) -> Result<Item, StoreError> {
        let doing = "get item";
        let output = self
            .client()?
            .get_item()
            .table_name(&self.settings.table)
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
            .client()?
            .scan()
            .table_name(&self.settings.table)
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
        self.client()?
            .put_item()
            .table_name(&self.settings.table)
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
            .client()?
            .update_item()
            .table_name(&self.settings.table)
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
        self.client()?
            .delete_item()
            .table_name(&self.settings.table)
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
        } else if THROTTLING_ERRORS.contains(&code) || is_unreached(&error) {
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

#[cfg(test)]
mod tests;
