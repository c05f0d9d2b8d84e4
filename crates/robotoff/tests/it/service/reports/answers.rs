//! Weights that people give as answers: the grammar of labels, its limits, and the one
//! form in which they are sent.

use serde_json::json;

use super::super::client::post;
use super::{put, service, start};

/// Cases, the value that is given, and the quantity that is sent; `None` where it is
/// refused.
const WEIGHTS: [(&str, &str, Option<&str>); 11] = [
    ("x309", "99999 kg", None),
    ("x310", "999 x 99 kg", None),
    ("x313", "1 000 g", Some("1000 g")),
    ("x314", "500 grams", Some("500 g")),
    ("x315", "120 g (4 x 30 g)", Some("120 g")),
    ("x316", "12 oz (340 g)", Some("12 oz")),
    ("x317", "250 gr", Some("250 g")),
    ("x318", "12 fl. oz", Some("12 fl oz")),
    ("x324", ".33 l", Some("0.33 l")),
    ("x325", "1.000 g", Some("1000 g")),
    ("x326", ".5 kg", Some("0.5 kg")),
];

pub(super) const IDS: [&str; WEIGHTS.len()] = [
    "x309", "x310", "x313", "x314", "x315", "x316", "x317", "x318", "x324", "x325", "x326",
];

const ALICE: (&str, &str) = ("Authorization", "Basic YWxpY2U6YWxpY2UtcGFzc3dvcmQ=");
const INVALID_DATA: i64 = 11;
const USER_INPUT_UPDATED: i64 = 12;

#[test]
fn weights_of_people_pass_the_grammar_and_the_limits_of_labels() {
    let service = service();
    let barcode = |number: usize| (3_000_000_000_000 + number).to_string();
    for number in 0..WEIGHTS.len() {
        put(
            &service,
            &barcode(number),
            json!({"product_name": "Farine 6 x 125 g"}),
        );
        service.done(&["refresh", &barcode(number)]);
    }
    let _up = start(&service);
    for (number, (id, given, expected)) in WEIGHTS.into_iter().enumerate() {
        let code = barcode(number);
        let insight = service
            .question(&code, "product_weight", "6 x 125 g")
            .expect("a question");
        let data = json!({"value": given}).to_string();
        let form = format!("insight_id={insight}&annotation=2&data={}", encoded(&data));
        let answer = post(service.port, "/api/v1/insights/annotate", &[ALICE], &form);
        let status = answer.expect("an answer").body["status_code"].clone();
        let code_of = |sent: &str| sent.split(' ').next() == Some(&*code);
        let sent: Vec<String> = service
            .edits()
            .into_iter()
            .filter(|sent| code_of(sent))
            .collect();
        match expected {
            None => {
                assert_eq!(status, INVALID_DATA, "{id} {given}");
                assert!(sent.is_empty(), "{id} {given}: {sent:?}");
            }
            Some(quantity) => {
                assert_eq!(status, USER_INPUT_UPDATED, "{id} {given}");
                assert_eq!(
                    sent,
                    [format!("{code} quantity={quantity}")],
                    "{id} {given}"
                );
            }
        }
    }
    service.check_no_violations();
}

/// A text as a value of a form.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
