use items::{
    model::Fields,
    problem::{FieldError, Problem},
};

use crate::testing::fields;

type Parse = fn(&[u8]) -> Result<Fields, Problem>;

const STOCK: Parse = items::body::parse;
const TUNED: Parse = tuned::body::parse;

fn nested(depth: usize) -> String {
    let (open, close) = ("[".repeat(depth), "]".repeat(depth));
    format!(r#"{{"name":"x","price":1,"description":{open}{close}}}"#)
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
        for parse in [STOCK, TUNED] {
            assert_eq!(parse(body.as_bytes()).unwrap(), want, "{body}");
        }
    }
}

#[test]
fn refuses_bodies() {
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
        &nested(30_000),
        &"[".repeat(60_000),
    ] {
        for parse in [STOCK, TUNED] {
            let got = parse(body.as_bytes());
            assert!(matches!(got, Err(Problem::Body)), "{body:.60}: {got:?}");
        }
    }
    for body in [
        &b"{\"name\":\"\xff\"}"[..],
        b"{\"name\":\"\xed\xa0\x80\"}",
        b"\xff\xfe{\0}\0",
    ] {
        for parse in [STOCK, TUNED] {
            assert!(matches!(parse(body), Err(Problem::Body)), "{body:?}");
        }
    }
    for parse in [STOCK, TUNED] {
        let got = parse(nested(31).as_bytes());
        assert!(matches!(got, Err(Problem::Fields(_))), "{got:?}");
    }
}

/// What `serde_json` by itself draws elsewhere: differences.yaml declares it.
#[test]
fn tells_the_parsers_apart() {
    for (body, stock_blames_the_body) in [
        (nested(32), false),
        (r#"{"name":"\ud800","price":1}"#.into(), true),
        (r#"{"name":"x","price":1e400}"#.into(), true),
    ] {
        for (parse, blames_the_body) in [
            (STOCK, stock_blames_the_body),
            (TUNED, !stock_blames_the_body),
        ] {
            let got = parse(body.as_bytes()).unwrap_err();
            assert_eq!(matches!(got, Problem::Body), blames_the_body, "{body:.60}");
        }
    }
}

#[test]
fn refuses_fields() {
    for parse in [STOCK, TUNED] {
        refuses_fields_with(parse);
    }
}

fn refuses_fields_with(parse: Parse) {
    let parse = |body: &str| parse(body.as_bytes());
    let name = |json: &str| parse(&format!(r#"{{"name":{json},"price":1}}"#));
    let description =
        |json: &str| parse(&format!(r#"{{"name":"x","description":{json},"price":1}}"#));
    let price = |json: &str| parse(&format!(r#"{{"name":"x","price":{json}}}"#));
    let long = |chars| format!("\"{}\"", "x".repeat(chars));
    let check = |got: Result<Fields, Problem>, want: FieldError, json: &str| match got {
        Err(Problem::Fields(got)) => assert_eq!(got, [want], "{json}"),
        got => panic!("{json}: got {got:?}, want {want:?}"),
    };
    let no_text = ["1", "true", "[]", "{}", r#""\u0000""#, r#""\u001b""#];
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
        for parse in [STOCK, TUNED] {
            let body = format!(r#"{{"name":"x","price":{json}}}"#);
            let got = parse(body.as_bytes()).unwrap().price;
            assert_eq!(got.to_string(), want, "{json}");
            assert_eq!(serde_json::to_string(&got).unwrap(), want, "{json}");
            assert_eq!(want.parse(), Ok(got.0), "{json}");
        }
    }
}
