use std::time::{Duration, UNIX_EPOCH};

use items::{
    model::{Price, is_id, next_token, parse_limit, parse_next_token, timestamp},
    problem::Problem,
};

use crate::testing::{EXPIRES_SECONDS, ID};

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
    for (values, want) in [(&[][..], 20), (&["1"], 1), (&["100"], 100)] {
        assert_eq!(parse_limit(values).unwrap(), want);
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
        assert!(
            matches!(parse_limit(&[value]), Err(Problem::Limit)),
            "{value}"
        );
    }
    assert!(matches!(parse_limit(&["1", "1"]), Err(Problem::Limit)));
}

#[test]
fn tokens_are_canonical() {
    let parse = |value: &str| parse_next_token(&[value]);
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
    assert!(matches!(
        parse_next_token(&[&token, &token]),
        Err(Problem::NextToken)
    ));
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

#[test]
fn prices_of_others_show_as_they_are() {
    assert_eq!(serde_json::to_string(&Price(-0.5)).unwrap(), "-0.5");
}
