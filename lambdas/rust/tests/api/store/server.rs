//! An HTTP server that answers what a test says, or breaks off.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::Value;

pub struct Server {
    pub url: String,
    connections: Arc<AtomicUsize>,
}

#[derive(Clone)]
pub struct Request {
    headers: HashMap<String, String>,
    pub body: String,
}

pub enum Reply {
    Whole {
        status: u16,
        body: String,
    },
    /// Sends these bytes and closes the connection.
    HangUp(&'static str),
    /// Sends these bytes and no others until the client has gone.
    Hold(&'static str),
}

impl Server {
    /// Serves on a free port; its threads end with the test's process.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::Relaxed);
                let answer = Arc::clone(&answer);
                thread::spawn(move || serve(&stream.unwrap(), answer.as_ref()));
            }
        });
        Self { url, connections }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        &self.headers[name]
    }

    /// Reads a request; there is none where the client has gone.
    fn read(reader: &mut impl BufRead) -> Option<Self> {
        let mut headers = HashMap::new();
        let mut lines = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            if lines > 0 {
                let (name, value) = line.split_once(':').unwrap();
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
            lines += 1;
        }
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).unwrap();
        Some(Self { headers, body })
    }
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub fn text(status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::Whole { status, body }
    }
}

fn serve(stream: &TcpStream, answer: &impl Fn(&Request) -> Reply) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(request) = Request::read(&mut reader) {
        match answer(&request) {
            Reply::Whole { status, body } => {
                let kind = "Content-Type: application/x-amz-json-1.0";
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status} X\r\n{kind}\r\nContent-Length: {length}\r\n\r\n");
                if writer.write_all((head + &body).as_bytes()).is_err() {
                    return;
                }
            }
            Reply::HangUp(bytes) => {
                let _ = writer.write_all(bytes.as_bytes());
                return;
            }
            Reply::Hold(bytes) => {
                let _ = writer.write_all(bytes.as_bytes());
                let _ = reader.read(&mut [0]);
                return;
            }
        }
    }
}
