//! Equality of JSON values across databases, which spell numbers differently.

use serde_json::Value;

/// Equality that takes `1` for `1.0`.
pub(crate) fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same_in_b =
                |(name, a): (&String, &Value)| b.get(name).is_some_and(|b| is_same(a, b));
            a.len() == b.len() && a.iter().all(same_in_b)
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_compared_by_their_value() {
        for (a, b, same) in [
            (json!(1), json!(1.0), true),
            (json!({"a": [1, 0.5]}), json!({"a": [1.0, 0.5]}), true),
            (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), true),
            (json!({"a": 1}), json!({"a": 1, "b": null}), false),
            (json!([1]), json!([1, 2]), false),
            (json!("1"), json!(1), false),
        ] {
            assert_eq!(is_same(&a, &b), same, "{a} {b}");
        }
    }
}
