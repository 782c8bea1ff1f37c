//! What several tests share: an app with a store in memory and a clock that stands
//! still.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{Router, body::to_bytes, extract::Request, http::Response};
use items::{
    app::{App, router},
    body,
    metrics::Metrics,
    model::{Fields, Item, Price},
    observe::Caller,
    store::{Store, StoreError},
};
use tower::ServiceExt;

pub const ID: &str = "576e85e6-60a5-45e3-88c6-be8ce5f871fc";
pub const NOW: &str = "2026-11-22T04:05:06.789Z";
pub const EXPIRES_SECONDS: u64 = 1_795_925_106; // 7 days after NOW
pub const ITEM: &str = r#"{"id":"576e85e6-60a5-45e3-88c6-be8ce5f871fc","name":"Widget","description":"<b>","price":19.99,"runtime":"rust","sourceIp":"192.0.2.1","createdAt":"2026-11-22T04:05:06.789Z","updatedAt":"2026-11-22T04:05:06.789Z"}"#;

pub fn item() -> Item {
    Item {
        id: ID.into(),
        name: "Widget".into(),
        description: "<b>".into(),
        price: Price(19.99),
        runtime: "rust".into(),
        source_ip: "192.0.2.1".into(),
        created_at: NOW.into(),
        updated_at: NOW.into(),
    }
}

pub fn fields(name: &str, description: &str, price: f64) -> Fields {
    Fields {
        name: name.into(),
        description: description.into(),
        price: Price(price),
    }
}

pub fn expires() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(EXPIRES_SECONDS)
}

/// Keeps items in memory, or fails whatever it is asked.
#[derive(Clone, Default)]
pub struct FakeStore {
    pub items: Arc<Mutex<BTreeMap<String, (Item, SystemTime)>>>,
    pub asked: Arc<Mutex<Vec<String>>>,
    pub failure: Option<fn() -> StoreError>,
}

impl FakeStore {
    pub fn with(items: impl IntoIterator<Item = Item>) -> Self {
        let items = items
            .into_iter()
            .map(|item| (item.id.clone(), (item, expires())));
        Self {
            items: Arc::new(Mutex::new(items.collect())),
            ..Self::default()
        }
    }

    pub fn failing(failure: fn() -> StoreError) -> Self {
        Self {
            failure: Some(failure),
            ..Self::default()
        }
    }

    /// Another store with the same items.
    pub fn clone_of(other: &Self) -> Self {
        let items = other.items.lock().unwrap().clone();
        Self {
            items: Arc::new(Mutex::new(items)),
            ..Self::default()
        }
    }

    fn ask(&self, what: String) -> Result<(), StoreError> {
        self.asked.lock().unwrap().push(what);
        self.failure.map_or(Ok(()), |failure| Err(failure()))
    }
}

impl Store for FakeStore {
    async fn get(&self, id: &str) -> Result<Item, StoreError> {
        self.ask(format!("get {id}"))?;
        let items = self.items.lock().unwrap();
        let (item, _) = items.get(id).ok_or(StoreError::NotFound)?;
        Ok(item.clone())
    }

    async fn list(
        &self,
        limit: u8,
        after: Option<&str>,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        self.ask(format!("list {limit} after {after:?}"))?;
        let items = self.items.lock().unwrap();
        let later = items
            .values()
            .filter(|(item, _)| after.is_none_or(|id| item.id.as_str() > id));
        let page: Vec<_> = later
            .take(limit.into())
            .map(|(item, _)| item.clone())
            .collect();
        let next = page.last().filter(|_| page.len() == usize::from(limit));
        let next = next.map(|item| item.id.clone());
        Ok((page, next))
    }

    async fn put(&self, item: &Item, expires: SystemTime) -> Result<(), StoreError> {
        self.ask(format!("put {}", item.id))?;
        self.items
            .lock()
            .unwrap()
            .insert(item.id.clone(), (item.clone(), expires));
        Ok(())
    }

    async fn update(
        &self,
        id: &str,
        fields: &Fields,
        updated_at: &str,
    ) -> Result<Item, StoreError> {
        self.ask(format!("update {id}"))?;
        let mut items = self.items.lock().unwrap();
        let (item, _) = items.get_mut(id).ok_or(StoreError::NotFound)?;
        item.name.clone_from(&fields.name);
        item.description.clone_from(&fields.description);
        item.price = fields.price;
        item.updated_at = updated_at.into();
        Ok(item.clone())
    }

    async fn delete(&self, id: &str) -> Result<(), StoreError> {
        self.ask(format!("delete {id}"))?;
        let removed = self.items.lock().unwrap().remove(id);
        removed.map(|_| ()).ok_or(StoreError::NotFound)
    }
}

/// What was logged.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub fn json(&self) -> Vec<serde_json::Value> {
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// An app whose ids are all [`ID`], at [`NOW`].
pub fn test_app(store: impl Store) -> Router {
    router(App {
        store,
        parse: body::parse,
        metrics: Arc::new(Metrics::new(Instant::now(), 1769)),
        new_id: || ID.into(),
        now: || expires() - Duration::from_hours(7 * 24) + Duration::from_millis(789),
        item_ttl: Duration::from_hours(7 * 24),
        version: "1.2.3".into(),
        memory_limit_mb: 1769,
    })
}

/// What a caller got.
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub head: Response<()>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    }
}

/// Sends a request of the form "POST /items" with a body of JSON, if there is one.
pub async fn call(router: &Router, target: &str, body: &str) -> Answer {
    let json: &[_] = if body.is_empty() {
        &[]
    } else {
        &[("content-type", "application/json")]
    };
    call_with(router, target, body.to_owned(), json).await
}

pub async fn call_with(
    router: &Router,
    target: &str,
    body: impl Into<axum::body::Body>,
    headers: &[(&str, &str)],
) -> Answer {
    let (method, uri) = target.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body.into()).unwrap();
    request.extensions_mut().insert(Caller {
        source_ip: "192.0.2.1".into(),
        ..Caller::default()
    });
    send(router, request).await
}

pub async fn send(router: &Router, request: Request) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        body: String::from_utf8(body.into()).unwrap(),
        head: Response::from_parts(parts, ()),
    }
}

/// A problem document without errors.
pub fn problem(status: u16, title: &str, detail: &str) -> String {
    format!(r#"{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}"}}"#)
}
