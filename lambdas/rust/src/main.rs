//! The Rust implementation of the Items API, a Lambda function behind API
//! Gateway. It answers REST proxy events where `AWS_LAMBDA_RUNTIME_API` is set,
//! and is a plain HTTP server on 127.0.0.1 where it is not. It refuses other
//! kinds of events, and takes no flags: everything is in environment variables.
//!
//! ```sh
//! PORT=8080 AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 cargo run
//! ```

fn main() -> std::process::ExitCode {
    items::api::main()
}
