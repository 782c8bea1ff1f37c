use std::time::{Duration, UNIX_EPOCH};

use super::{Fields, Price, is_id, next_token, parse_limit, parse_next_token, timestamp};
use crate::{
    problem::{FieldError, Problem},
    testing::{EXPIRES_SECONDS, ID, fields},
};

fn parse(body: &str) -> Result<Fields, Problem> {
    Fields::parse(body.as_bytes())
}

#[test]
fn reads_fields() {
    let long = "😀".repeat(100);
    for (body, want) in [
        (r#"{"name":"x","price":1}"#.to_owned(), fields("x", "", 1.0)),
        (
            "{\"price\" : 1e2,\r\n\t\"description\":\" d \",\"name\":\" \\t\\r\\na  b\\n \"}".into(),
            fields("a  b", " d ", 100.0),
        ),
        (
            r#"{"name":1,"description":{},"price":[],"description":null,"n\u0061me":"x","price":0.1}"#
                .into(),
            fields("x", "", 0.1),
        ),
        (
            r#"{"name":"\ud83d\ude00\u007f","price":-0.0,"description":"\t\r\n\"\\{["}"#.into(),
            fields("😀\u{7f}", "\t\r\n\"\\{[", 0.0),
        ),
        (format!(r#"{{"name":" {long} ","price":1}}"#), fields(&long, "", 1.0)),
    ] {
        assert_eq!(parse(&body).unwrap(), want, "{body}");
    }
}

#[test]
fn refuses_bodies() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"name":"x","price":1,"description":{open}{close}}}"#)
    };
    for body in [
        "",
        " ",
        "x",
        "null",
        "true",
        "1",
        "\"x\"",
        "[]",
        "{",
        "{}x",
        "{} {}",
        "{,}",
        "{}\0",
        "\u{feff}{}",
        r#"{"name":"x","price":1,}"#,
        r#"{"name":"x","price":NaN}"#,
        r#"{"name":"x","price":01}"#,
        r#"{"name":"x","price":1.}"#,
        r#"{"name":"x","price":+1}"#,
        r#"{"name":"x","price":1d}"#,
        r"{'name':'x'}",
        r#"{name:"x"}"#,
        r#"{"name":"\x41"}"#,
        r#"{"name":"\ud8"}"#,
        "{\"name\":\"\n\"}",
        "{\u{a0}}",
        r#"{"Name":"x"}"#,
        r#"{"":1}"#,
        r#"{"name":"","stock":null}"#,
        r#"{"name":"x","price":1,"\ud800":1}"#,
        r#"{"name":"x","price":1}//"#,
        &nested(32),
        &nested(30_000),
        &"[".repeat(60_000),
    ] {
        assert!(matches!(parse(body), Err(Problem::Body)), "{body:.60}");
    }
    for body in [
        &b"{\"name\":\"\xff\"}"[..],
        b"{\"name\":\"\xed\xa0\x80\"}",
        b"\xff\xfe{\0}\0",
    ] {
        assert!(
            matches!(Fields::parse(body), Err(Problem::Body)),
            "{body:?}"
        );
    }
    // One level less is the fault of the field alone.
    assert!(matches!(parse(&nested(31)), Err(Problem::Fields(_))));
}

#[test]
fn refuses_fields() {
    let name = |json: &str| parse(&format!(r#"{{"name":{json},"price":1}}"#));
    let description =
        |json: &str| parse(&format!(r#"{{"name":"x","description":{json},"price":1}}"#));
    let price = |json: &str| parse(&format!(r#"{{"name":"x","price":{json}}}"#));
    let long = |chars| format!("\"{}\"", "x".repeat(chars));
    let check = |got: Result<Fields, Problem>, want: FieldError, json: &str| match got {
        Err(Problem::Fields(got)) => assert_eq!(got, [want], "{json}"),
        got => panic!("{json}: got {got:?}, want {want:?}"),
    };
    let no_text = [
        "1",
        "1e400",
        "true",
        "[]",
        "{}",
        r#""\ud800""#,
        r#""\udfff\ud800""#,
        r#""\u0000""#,
        r#""\u001b""#,
    ];
    for json in no_text
        .into_iter()
        .chain(["null", r#""""#, r#"" \t""#, &long(101)])
    {
        check(name(json), FieldError::NAME, json);
    }
    for json in no_text.into_iter().chain([long(1001).as_str()]) {
        check(description(json), FieldError::DESCRIPTION, json);
    }
    for json in [
        "-1",
        "-0.01",
        "-5e-324",
        "1000000.01",
        "1000001",
        "19.999",
        "0.005",
        "5e-324",
        "1e-3",
        "0.30000000000000004",
        "1e400",
        "-1e400",
        "1e999999999",
        "1.7976931348623159e308",
        "123456789012345678901234567890",
        "null",
        "true",
        r#""1""#,
        "[1]",
        "{}",
    ] {
        check(price(json), FieldError::PRICE, json);
    }
    assert!(name(&long(100)).is_ok() && description(&long(1000)).is_ok());
    let Err(Problem::Fields(errors)) = parse("{}") else {
        panic!("got no faults of fields")
    };
    assert_eq!(errors, [FieldError::NAME, FieldError::PRICE]);
}

#[test]
fn prices_are_their_shortest_decimals() {
    for (json, want) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0e5", "0"),
        ("0e999999999", "0"),
        ("1e-400", "0"),
        ("0.01", "0.01"),
        ("19.990", "19.99"),
        ("1.0", "1"),
        ("1E+2", "100"),
        ("1e6", "1000000"),
        ("999999.99", "999999.99"),
        ("19.9900000000000001", "19.99"),
        ("1.15", "1.15"),
        ("100000000000000000000e-18", "100"),
    ] {
        let got = parse(&format!(r#"{{"name":"x","price":{json}}}"#))
            .unwrap()
            .price;
        assert_eq!(got.to_string(), want, "{json}");
        assert_eq!(serde_json::to_string(&got).unwrap(), want, "{json}");
        assert_eq!(want.parse(), Ok(got.0), "{json}");
    }
    // Of somebody else's item in the table.
    assert_eq!(serde_json::to_string(&Price(-0.5)).unwrap(), "-0.5");
}

#[test]
fn ids_have_one_form() {
    assert!(is_id(ID) && is_id("00000000-0000-0000-0000-000000000000"));
    for id in [
        "",
        "x",
        &ID.to_uppercase(),
        &ID.replace('-', ""),
        &format!("{{{ID}}}"),
        &ID[1..],
    ] {
        assert!(!is_id(id), "{id}");
    }
}

#[test]
fn limits_are_given_once() {
    let parse =
        |values: &[&str]| parse_limit(&values.iter().map(ToString::to_string).collect::<Vec<_>>());
    for (values, want) in [(&[][..], 20), (&["1"], 1), (&["100"], 100)] {
        assert_eq!(parse(values).unwrap(), want);
    }
    for value in [
        "",
        "0",
        "101",
        "300",
        "-1",
        "+1",
        "01",
        "1.0",
        "1e1",
        " 1",
        "1\n",
        "٣",
        "99999999999",
    ] {
        assert!(matches!(parse(&[value]), Err(Problem::Limit)), "{value}");
    }
    assert!(matches!(parse(&["1", "1"]), Err(Problem::Limit)));
}

#[test]
fn tokens_are_canonical() {
    let parse = |value: &str| parse_next_token(&[value.to_owned()]);
    let token = next_token(ID).unwrap();
    assert_eq!(token.len(), 22);
    assert_eq!(parse(&token).unwrap().as_deref(), Some(ID));
    assert_eq!(parse_next_token(&[]).unwrap(), None);
    for value in [
        "",
        "x",
        "====",
        &token[1..],
        &format!("{token}A"),
        &format!("{token}=="),
        &format!("{}R", &token[..21]),
        "++++++++++++++++++++AA",
    ] {
        assert!(matches!(parse(value), Err(Problem::NextToken)), "{value}");
    }
    let twice = [token.clone(), token];
    assert!(matches!(parse_next_token(&twice), Err(Problem::NextToken)));
    assert!(next_token("x").is_err());
}

#[test]
fn timestamps_have_milliseconds() {
    for (milliseconds, want) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (EXPIRES_SECONDS * 1000 + 7, "2026-11-29T04:05:06.007Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    ] {
        assert_eq!(
            timestamp(UNIX_EPOCH + Duration::from_millis(milliseconds)),
            want
        );
    }
}
